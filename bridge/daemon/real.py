"""The daemon against the real platform: configuration only (*style anchors* 7).

The settings file names environment, addresses, trust anchors and proxy; the eHealth certificate
and the licence's password come from ``keystore import`` and ``licence set``.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import structlog

from api.app import Door, create_doors
from bridge import logs
from bridge.adapters.clock import SystemClock
from bridge.adapters.folders import Folders
from bridge.adapters.ids import SystemIds
from bridge.adapters.instancelock import InstanceLock
from bridge.adapters.keystore import KeystoreVault
from bridge.adapters.listener import Listener, listen
from bridge.adapters.localprotocol import Handler
from bridge.adapters.localsocket import LocalServer
from bridge.adapters.peers import system_peers
from bridge.adapters.secrets import KeyringSecrets
from bridge.daemon import build, cards, network, presence, referencedata, support
from bridge.daemon.actorverbs import ActorVerbs
from bridge.daemon.audit import AuditDesk, note_settings
from bridge.daemon.billingengine import billing_parts
from bridge.daemon.dataverbs import DataVerbs
from bridge.daemon.knownsoftware import read_lists
from bridge.daemon.localkey import local_key
from bridge.daemon.localverbs import AccessVerbs, Carry
from bridge.daemon.opening import Opened, open_profile
from bridge.daemon.openverbs import OpenVerbs
from bridge.daemon.probes import looking_parts
from bridge.daemon.rotation import CERTIFICATES, KeyRotation, Keys
from bridge.daemon.server import LoopThread, Served
from bridge.daemon.sessionengine import session_parts
from bridge.daemon.storage import DATABASE, LOCK, SnapshotDesk
from bridge.daemon.tls import TlsDoor, open_door, tls_desk
from bridge.daemon.traylink import DaemonTray, chosen_language, tray_of
from bridge.daemon.updates import UpdateDesk, update_ways
from bridge.domain.ids import IdSource
from bridge.domain.knownsoftware import KnownSoftware
from bridge.eid.trust import BelgianRoots
from bridge.errors import BridgeError, InputError
from bridge.ports.secrets import SecretStore
from bridge.service.facade import Services
from bridge.service.tokens import SCOPES, Client
from bridge.settings import FILE_NAME, Settings

log = structlog.get_logger()
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

    def __init__(
        self,
        configuration: Configuration,
        control: presence.MainControl = presence.NO_WINDOW,
    ) -> None:
        """Remember configuration and main thread; ``start`` does the work."""
        self._control = control
        self._settings = configuration.settings
        self._folders = configuration.folders
        self._cleanup = ExitStack()
        self._loop: LoopThread | None = None
        self._further: dict[object, Handler] = {}
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
        self._cleanup.enter_context(InstanceLock(self._folders.runtime / LOCK))
        logs.configure(folder=self._folders.logs)
        presence.mark_run(self._folders, self._cleanup)
        try:
            return self._serve()
        except BridgeError as error:
            # What starts at login has nobody who reads what it prints.
            log.warning("daemon.not_started", code=error.problem_code)
            raise

    def _serve(self) -> dict[str, Any]:
        mode = self._settings.access.peer_check
        parts = replace(self._parts(), peers=system_peers(), peer_mode=mode)
        desk = tls_desk(self._folders.data, parts.secrets)
        services = build.build_services(replace(parts, expiries=(*parts.expiries, desk.ends)))
        presence.end_with_session(services, self._control)
        listening = listen()
        bound = presence.port_checks(listening, parts.peers, parts.clock)
        services.health.ask(lambda: bound)
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
            further={
                **presence.PresenceVerbs(self._control, parts.audit).handlers(),
                **OpenVerbs(services, self._loop.carry, port=listening.port).handlers(),
                **self._further,
            },
        )
        local.start()
        self._cleanup.callback(local.stop)
        presence.publish(services, self._folders, listening.port, self._cleanup, tls_port=door.port)
        self.tray = tray_of(services, parts, self._folders, self._loop, port=listening.port)
        return {"base_url": f"http://127.0.0.1:{listening.port}", "pid": os.getpid()}

    def _parts(self) -> build.Parts:
        clock = SystemClock()
        ids = SystemIds(clock)
        settings = self._settings
        opened = open_profile(self._folders.data, secrets=_key_store, clock=clock, ids=ids)
        secrets, rotation = opened.secrets, self._begin(opened, Keys.of(opened.secrets, ids, clock))
        language = chosen_language(settings.language, self._folders.data)
        ways = cards.card_ways(settings.card, clock=clock, language=language)
        transport = network.transport(settings)
        return build.Parts(
            clock=clock,
            ids=ids,
            secrets=secrets,
            audit=opened.audit,
            store=opened.store,
            daily=(rotation.daily,),
            storage_problem=opened.trouble,
            keystore=opened.vault,
            card=ways.signer,
            reader=ways.reader,
            doctor=ways.doctor,
            prompt=cards.prompt(),
            **looking_parts(self._folders, secrets, transport, settings),
            **_software_parts(settings, clock),
            **support.support_parts(settings, self._folders.logs),
            **session_parts(settings.ehealth_session, self._folders.data, secrets, ids),
            updates=update_ways(settings, self._folders.data),
            transport=transport,
            closers=(transport.close, *ways.closers),
            platform=network.platform(settings, secrets),
            language=language,
            **_work_parts(settings),
            roots=_roots(settings),
            has_chain_check=settings.card.has_chain_check,
        )

    def _begin(self, opened: Opened, keys: Keys) -> KeyRotation:
        """Record a settings file that changed, and give what replaces the keys."""
        if not opened.is_closed:
            note_settings(opened.audit, opened.secrets, self._settings.model_dump_json())
        rotation = KeyRotation(
            opened.store,
            self._folders.data / DATABASE,
            vault=opened.vault,
            keys=keys,
            audit=opened.audit,
        )
        self._further = rotation.handlers()
        return rotation


def _key_store() -> SecretStore:
    """Open the key store and try it out with a value of a real size (SEC-131)."""
    secrets = KeyringSecrets()
    secrets.probe()
    return secrets


def vault_of(folders: Folders, secrets: SecretStore) -> KeystoreVault:
    """Give where eHealth certificates are sealed."""
    ids = SystemIds(SystemClock())
    return KeystoreVault(folders.data / CERTIFICATES, secrets=secrets, ids=ids)


def _work_parts(settings: Settings) -> dict[str, Any]:
    """Give what the parts have of the settings of work, by their names."""
    return {
        "new_patient_months": settings.work_lists.new_patient_months,
        "retention": settings.retention.periods,
        "care": settings.care,
        "invoices": settings.invoices,
        "billing": billing_parts(settings),
        "refusal_meanings": settings.refusal_reasons,
    }


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
    further: Mapping[object, Handler],
) -> LocalServer:
    """Give what answers the command line of the same user: tokens (D10), backups, imports, audit.

    Args:
        services: Of the running daemon.
        folders: Where the channel lies.
        secrets: Keeps the channel's key.
        ids: Makes it.
        desk: Makes the copies.
        carry: Runs on the loop what must be done there.
        further: More verbs, of parts that only the composition root knows.
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
        **further,
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


def _software_parts(settings: Settings, clock: SystemClock) -> dict[str, Any]:
    """Give what the parts have for software that is, or wants to be, connected."""
    return {
        "may_export_plain": settings.exports.may_be_plain,
        "pairing_screen": cards.pairing_screen(),
        "token_limits": settings.pairings.limits,
        "known_software": _known_software(settings, clock),
    }
