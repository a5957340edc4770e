"""The daemon against the real platform: configuration only (*style anchors* 7).

The settings file names environment, addresses, trust anchors and proxy; the eHealth certificate
and the licence's password come from ``keystore import`` and ``licence set``.
"""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from api.app import Door, create_doors
from bridge import __version__, logs
from bridge.adapters.clock import SystemClock
from bridge.adapters.db.safekeeping import refuse_set_aside
from bridge.adapters.db.store import SqlStore
from bridge.adapters.folders import Folders
from bridge.adapters.ids import SystemIds
from bridge.adapters.instancelock import InstanceLock
from bridge.adapters.keystore import KeystoreVault
from bridge.adapters.listener import Listener, listen
from bridge.adapters.localprotocol import Handler
from bridge.adapters.localsocket import LocalServer
from bridge.adapters.processes import os_session_id, process_started_at
from bridge.adapters.runtimefile import RuntimeFacts, RuntimeFile
from bridge.adapters.secrets import KeyringSecrets
from bridge.crypto.certificates import Certificate
from bridge.daemon import build, cards, network, referencedata
from bridge.daemon.actorverbs import ActorVerbs
from bridge.daemon.audit import AuditDesk, audit_trail, note, note_settings
from bridge.daemon.dataverbs import DataVerbs
from bridge.daemon.knownsoftware import read_lists
from bridge.daemon.localkey import local_key
from bridge.daemon.localverbs import AccessVerbs, Carry
from bridge.daemon.probes import probe_of
from bridge.daemon.server import LoopThread, Served
from bridge.daemon.storage import DATABASE, LOCK, SnapshotDesk, database_key, open_store
from bridge.daemon.tls import TlsDoor, open_door, tls_desk
from bridge.daemon.traylink import DaemonTray, chosen_language, tray_of
from bridge.daemon.updates import UpdateDesk, update_ways
from bridge.domain.audit import Action
from bridge.domain.identifiers import Nihii, Niss
from bridge.domain.ids import IdSource
from bridge.domain.knownsoftware import KnownSoftware
from bridge.domain.registrations import Holder, Registration, RegistrationKind
from bridge.eid.trust import BelgianRoots
from bridge.errors import InputError, KeystoreUnreadable
from bridge.ports.secrets import SecretStore
from bridge.service.audit import AuditTrail
from bridge.service.facade import Services
from bridge.service.instance import API_MAJORS
from bridge.service.tokens import SCOPES, Client
from bridge.settings import FILE_NAME, Settings

CERTIFICATES: Final = "certificates"
_CLI_TOKEN_LIFETIME: Final = timedelta(minutes=10)


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """Settings and the folders they lead to."""

    settings: Settings
    folders: Folders


def configuration(config: Path | None, folder: Path | None) -> Configuration:
    """Read the settings and prepare the folders.

    Raises:
        InputError: the settings file has a mistake; names the setting.
        StoreError: a folder cannot be used.
    """
    folders = Folders.of_user() if folder is None else Folders.under(folder)
    path = config or folders.data / FILE_NAME
    is_absent = config is None and not path.is_file()
    settings = Settings() if is_absent else Settings.load(path)
    folders.create()
    return Configuration(settings=settings, folders=folders)


class RealDaemon:
    """One run against the real platform."""

    def __init__(self, configuration: Configuration) -> None:
        """Remember the configuration; ``start`` does the work."""
        self._settings = configuration.settings
        self._folders = configuration.folders
        self._cleanup = ExitStack()
        self._loop: LoopThread | None = None
        self.tray: DaemonTray | None = None

    def start(self) -> dict[str, Any]:
        """Build everything, listen, and give what a caller may know.

        Raises:
            BridgeError: what keeps the daemon from starting.
        """
        try:
            return self._start()
        except BaseException:
            self._cleanup.close()
            raise

    def stop(self) -> None:
        """Stop listening, finish, and leave nothing behind."""
        if self._loop is not None:
            if self.tray is not None:
                self._loop.begin(self.tray.close())
            self._loop.stop()
        self._cleanup.close()

    def _start(self) -> dict[str, Any]:
        logs.configure(folder=self._folders.logs)
        self._cleanup.enter_context(InstanceLock(self._folders.runtime / LOCK))
        parts = self._parts()
        desk = tls_desk(self._folders.data, parts.secrets)
        services = build.build_services(replace(parts, expiries=(*parts.expiries, desk.ends)))
        listening = listen()
        door = open_door(desk, self._folders.data)
        services.health.ask(lambda: door.checks(parts.clock))
        self._loop = LoopThread(
            servers=served(services, listening, door),
            before=lambda: build.start(services, parts),
            after=lambda: build.stop(services, parts),
            closing=services.events.stop,
        )
        self._loop.start()
        local = local_server(
            services,
            self._folders,
            parts.secrets,
            parts.ids,
            desk=SnapshotDesk(parts.store, parts.audit),
            carry=self._loop.carry,
        )
        local.start()
        self._cleanup.callback(local.stop)
        publish(services, self._folders, listening.port, self._cleanup, tls_port=door.port)
        self.tray = tray_of(services, parts, self._folders, self._loop, port=listening.port)
        return {"base_url": f"http://127.0.0.1:{listening.port}", "pid": os.getpid()}

    def _parts(self) -> build.Parts:
        clock, secrets = SystemClock(), KeyringSecrets()
        ids = SystemIds(clock)
        secrets.probe()
        settings = self._settings
        language = chosen_language(settings.language, self._folders.data)
        ways = cards.card_ways(settings.card, clock=clock, language=language)
        transport = network.transport(settings)
        database = self._folders.data / DATABASE
        store, trouble = open_store(database, database_key(database, secrets, ids))
        return build.Parts(
            clock=clock,
            ids=ids,
            secrets=secrets,
            audit=self._audit(secrets, clock, ids),
            store=store,
            storage_problem=trouble,
            keystore=_vault(self._folders, secrets),
            card=ways.signer,
            reader=ways.reader,
            doctor=ways.doctor,
            prompt=cards.prompt(),
            probe=probe_of(self._folders, secrets, transport, settings.resolved_endpoints()),
            pairing_screen=cards.pairing_screen(),
            token_limits=settings.pairings.limits,
            known_software=_known_software(settings, clock),
            os_session=os_session_id(),
            updates=update_ways(settings, self._folders.data),
            transport=transport,
            closers=(transport.close, *ways.closers),
            platform=network.platform(settings, secrets),
            language=language,
            new_patient_months=settings.work_lists.new_patient_months,
            retention=settings.retention.periods,
            care=settings.care,
            invoices=settings.invoices,
            refusal_meanings=settings.refusal_reasons,
            roots=_roots(settings),
            has_chain_check=settings.card.has_chain_check,
        )

    def _audit(self, secrets: SecretStore, clock: SystemClock, ids: IdSource) -> AuditTrail:
        data = self._folders.data
        trail = audit_trail(data, secrets=secrets, clock=clock, ids=ids, is_announced=True)
        note_settings(trail, secrets, self._settings.model_dump_json())
        return trail


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
    kept = _vault(folders, secrets).import_pkcs12(
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
        KeyStoreUnavailable: it cannot be kept.
    """
    secrets = KeyringSecrets()
    secrets.put(network.LICENCE, password.encode())
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


def _vault(folders: Folders, secrets: SecretStore) -> KeystoreVault:
    ids = SystemIds(SystemClock())
    return KeystoreVault(folders.data / CERTIFICATES, secrets=secrets, ids=ids)


def _known_software(settings: Settings, clock: SystemClock) -> KnownSoftware:
    return read_lists(settings.pairings.list_files, settings.pairings.list_keys, clock=clock)


def _roots(settings: Settings) -> BelgianRoots:
    """Give the roots of the cards; test cards are for test platforms only."""
    if settings.card.root_keys and settings.environment == "production":
        raise InputError(code="setting_invalid", setting="card.root_keys")
    return BelgianRoots(settings.card.root_keys)


def local_server(
    services: Services,
    folders: Folders,
    secrets: SecretStore,
    ids: IdSource,
    *,
    desk: SnapshotDesk,
    carry: Carry[dict[str, Any]],
) -> LocalServer:
    """Give what answers the command line of the same user: tokens (D10), backups, imports, audit.

    Args:
        services: Of the running daemon.
        folders: Where the channel lies.
        secrets: Keeps the channel's key.
        ids: Makes it.
        desk: Makes the copies.
        carry: Runs on the loop what must be done there.
    """
    client = Client(
        id="command-line",
        display_name=f"Carebridge ({Path(sys.executable).name})",
        scopes=SCOPES - {"console"},
    )

    def token(_request: dict[str, Any]) -> dict[str, Any]:
        return {"token": services.tokens.issue(client, lifetime=_CLI_TOKEN_LIFETIME)}

    looking = AuditDesk(services.audit)
    verbs: dict[object, Handler] = {
        "token": token,
        "audit-verify": looking.begin,
        "audit-verify-state": looking.state,
        "support-bundle-made": looking.note_bundle,
        "snapshot": desk.begin,
        "snapshot-state": desk.state,
        referencedata.VERB: referencedata.ReferenceDesk(services.reference_data).take,
        **AccessVerbs(services, carry).handlers(),
        **ActorVerbs(services, carry).handlers(),
        **DataVerbs(services, carry).handlers(),
        **UpdateDesk(services.updates, carry).handlers(),
    }

    def answer(request: dict[str, Any]) -> dict[str, Any]:
        handler = verbs.get(request.get("verb"))
        return {"problem": "unknown_verb"} if handler is None else handler(request)

    return LocalServer(folders.runtime, answer, key=local_key(secrets, ids))


def served(services: Services, listening: Listener, door: TlsDoor) -> list[Served]:
    """Give the servers: http, and https where it is on, with one application behind both."""
    doors = [Door(port=listening.port)]
    if door.port is not None:
        doors.append(Door(port=door.port, scheme="https"))
    apps = create_doors(services, doors)
    servers = [Served(app=apps[0], sockets=listening.sockets)]
    if door.listening is not None:
        servers.append(Served(app=apps[1], sockets=door.listening.sockets, tls=door.context))
    return servers


def publish(
    services: Services,
    folders: Folders,
    port: int,
    cleanup: ExitStack,
    *,
    tls_port: int | None = None,
) -> None:
    """Write the runtime file for programs of the same user, until the end (SEC-43)."""
    pid = os.getpid()
    file = RuntimeFile(folders.runtime)
    file.publish(
        RuntimeFacts(
            port=port,
            tls_port=tls_port,
            pid=pid,
            process_started_at=process_started_at(pid) or services.clock.now(),
            os_session_id=os_session_id(),
            instance_id=services.instance.id,
            instance_public_key=services.instance.public_key,
            version=__version__,
            api=API_MAJORS[0],
        ),
    )
    cleanup.callback(file.withdraw, pid=pid)
