"""What the user brings: the eHealth certificate and the password of the licence.

Both are sealed or kept in the key store; neither stands in a configuration file (SEC-136).
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from bridge.adapters.clock import SystemClock
from bridge.adapters.db.safekeeping import refuse_set_aside
from bridge.adapters.db.store import SqlStore
from bridge.adapters.folders import Folders
from bridge.adapters.ids import SystemIds
from bridge.adapters.secrets import KeyringSecrets
from bridge.crypto.certificates import Certificate
from bridge.daemon.audit import note
from bridge.daemon.network import LICENCE
from bridge.daemon.real import Configuration, vault_of
from bridge.daemon.storage import DATABASE, database_key
from bridge.domain.audit import Action
from bridge.domain.identifiers import Nihii, Niss
from bridge.domain.registrations import Holder, Registration, RegistrationKind
from bridge.errors import InputError, KeystoreUnreadable
from bridge.ports.secrets import MOST_BYTES, SecretStore


def import_keystore(
    file: Path,
    passphrase: str,
    *,
    nihii: Nihii,
    configuration: Configuration,
) -> dict[str, Any]:
    """Seal an eHealth certificate and make its holder the default registration.

    Raises:
        PassphraseWrong, KeystoreUnreadable: about the file.
        KeyStoreUnavailable, StoreError: it cannot be kept.
    """
    folders, secrets = configuration.folders, KeyringSecrets()
    try:
        content = file.read_bytes()
    except OSError as error:
        raise KeystoreUnreadable from error
    registration_id = "reg_default"
    kept = vault_of(folders, secrets).import_pkcs12(
        content,
        passphrase,
        registration_id=registration_id,
    )
    registration = _registration(registration_id, kept.certificate, nihii)
    asyncio.run(_keep(_store(folders, secrets), registration))
    note(folders.data, secrets, Action.SETTING_CHANGED, "keystore")
    return {
        "registration_id": registration_id,
        "expires_at": kept.certificate.not_after.isoformat(),
    }


async def _keep(store: SqlStore, registration: Registration) -> None:
    await store.write(lambda unit: unit.registrations.put(registration))
    await store.close()


def keep_licence_password(password: str, *, configuration: Configuration) -> None:
    """Keep the password of the MyCareNet licence in the key store.

    Raises:
        InputError: ``secret_too_long``, no key store takes so much in one entry (SEC-131).
        KeyStoreUnavailable: it cannot be kept.
    """
    if len(password.encode()) > MOST_BYTES:
        raise InputError(code="secret_too_long", most=MOST_BYTES)
    secrets = KeyringSecrets()
    secrets.put(LICENCE, password.encode())
    note(configuration.folders.data, secrets, Action.SETTING_CHANGED, "licence")


def _registration(registration_id: str, certificate: Certificate, nihii: Nihii) -> Registration:
    """Make a nurse's own registration from what the eHealth certificate says of its holder."""
    identity = certificate.identity
    if identity.niss is None:
        raise KeystoreUnreadable(code="certificate_not_personal")
    return Registration(
        id=registration_id,
        kind=RegistrationKind.NURSE,
        holder=Holder(
            niss=Niss.parse(identity.niss),
            nihii=nihii,
            first_name=identity.first_name or "",
            last_name=identity.last_name or "",
        ),
    )


def _store(folders: Folders, secrets: SecretStore) -> SqlStore:
    path = folders.data / DATABASE
    refuse_set_aside(path)
    return SqlStore.open(path, database_key(path, secrets, SystemIds(SystemClock())))
