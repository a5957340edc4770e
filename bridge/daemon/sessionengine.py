"""From parts to eHealth sessions: opening, watching, ending, surviving, and stopping everything."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bridge.adapters.ossession import os_session_watch
from bridge.adapters.processes import os_session_id
from bridge.adapters.sessionvault import SealedSessions
from bridge.daemon.access import Access
from bridge.daemon.engine import Engine
from bridge.daemon.parts import Parts
from bridge.daemon.support import build_support_desk
from bridge.domain.ids import IdSource
from bridge.ports.secrets import SecretStore
from bridge.service.events import EventBook
from bridge.service.health import HealthService
from bridge.service.identities import IdentityService
from bridge.service.keypads import KeypadWatch
from bridge.service.loglevel import LogLevel
from bridge.service.opening import SessionOpener, StsPlace
from bridge.service.operations import OperationBook
from bridge.service.pindesk import PinDesk
from bridge.service.readers import ReaderService
from bridge.service.registrations import RegistrationBook
from bridge.service.sessionendings import SessionEndings
from bridge.service.sessions import SessionService
from bridge.service.sessionsurvival import SessionSurvival
from bridge.service.stopping import EmergencyStop
from bridge.service.supportdesk import SupportDesk
from bridge.service.waking import WakeWatch
from bridge.service.watch import StateWatch
from bridge.settings import SessionSettings


@dataclass(frozen=True, kw_only=True)
class Watching:
    """What only time and the system tell, by its names in the façade."""

    watch: StateWatch
    session_endings: SessionEndings
    wake: WakeWatch
    log_level: LogLevel


def session_parts(
    settings: SessionSettings, data: Path, secrets: SecretStore, ids: IdSource
) -> dict[str, Any]:
    """Give the parts about sessions of a daemon on the real system, by their names."""
    return {
        "os_session": os_session_id(),
        "session_policy": settings.policy,
        "session_vault": SealedSessions(data, secrets=secrets, ids=ids),
        "os_session_watch": os_session_watch(),
    }


def build_watching(
    parts: Parts,
    events: EventBook,
    health: HealthService,
    sessions: SessionService,
    readers: ReaderService,
) -> Watching:
    """Build what ends sessions by itself and tells what time changes."""
    endings = SessionEndings(
        sessions=sessions,
        readers=readers,
        clock=parts.clock,
        policy=parts.session_policy,
        os_session=parts.os_session_watch,
    )
    wake = WakeWatch(clock=parts.clock, readers=readers)
    level = LogLevel(clock=parts.clock, audit=parts.audit)
    watch = StateWatch(
        events=events,
        clock=parts.clock,
        health=health,
        sessions=sessions,
        readers=readers,
        also=(wake.look, endings.look, level.look),
    )
    return Watching(watch=watch, session_endings=endings, wake=wake, log_level=level)


@dataclass(frozen=True, kw_only=True)
class UserActs:
    """What only the user decides, by its names in the façade."""

    emergency_stop: EmergencyStop
    support_desk: SupportDesk


def build_user_acts(
    parts: Parts,
    sessions: SessionService,
    access: Access,
    operations: OperationBook,
    *,
    engine: Engine,
    health: HealthService,
) -> UserActs:
    """Build the way to stop everything, and the desk for support bundles."""
    stop = EmergencyStop(
        store=parts.store,
        sessions=sessions,
        desk=access.pairing_desk,
        tokens=access.tokens,
        operations=operations,
        outbox=engine.outbox,
        audit=parts.audit,
    )
    desk = build_support_desk(parts, operations, health, engine.retention)
    return UserActs(emergency_stop=stop, support_desk=desk)


def build_sessions(
    parts: Parts,
    operations: OperationBook,
    registrations: RegistrationBook,
    events: EventBook,
    cards: tuple[ReaderService, IdentityService],
) -> SessionService:
    """Build what opens, gives and ends sessions."""
    readers, identities = cards
    return SessionService(
        store=parts.store,
        clock=parts.clock,
        registrations=registrations,
        keystore=parts.keystore,
        operations=operations,
        opener=_opener(parts, operations, identities),
        desk=_pin_desk(parts, readers),
        events=events,
        audit=parts.audit,
        survival=SessionSurvival(
            parts.session_vault, parts.audit, is_wanted=parts.session_policy.survives_restart
        ),
    )


def _opener(parts: Parts, operations: OperationBook, identities: IdentityService) -> SessionOpener:
    return SessionOpener(
        clock=parts.clock,
        ids=parts.ids,
        card=parts.card,
        transport=parts.transport,
        operations=operations,
        check_card=identities.check,
        place=StsPlace(
            url=parts.platform.endpoints.sts,
            saml11_url=parts.platform.endpoints.sts_saml11,
            trust=parts.platform.trust,
            settings=parts.platform.sts_settings,
        ),
    )


def _pin_desk(parts: Parts, readers: ReaderService) -> PinDesk:
    return PinDesk(
        prompt=parts.prompt,
        clock=parts.clock,
        gone=readers.gone,
        audit=parts.audit,
        keypads=KeypadWatch(parts.store, parts.audit),
    )
