"""From parts to services: who gets which port."""

from __future__ import annotations

import asyncio
from typing import Any

from bridge.adapters.clientprocess import client_process
from bridge.adapters.db.safekeeping import DAMAGED
from bridge.adapters.db.store import SqlStore
from bridge.daemon.access import Access, build_access
from bridge.daemon.engine import Engine, build_engine
from bridge.daemon.parts import BillingParts, Parts, Platform
from bridge.daemon.sessionengine import Watching, build_sessions, build_user_acts, build_watching
from bridge.daemon.updates import build_updates
from bridge.ports.ossession import OsSessionChange
from bridge.service.actors import ActorBook
from bridge.service.batchanswers import interrupted as batches_go_on
from bridge.service.checks import CheckService, interrupted
from bridge.service.events import EventBook
from bridge.service.facade import Services
from bridge.service.health import HealthService
from bridge.service.identities import IdentityService
from bridge.service.operations import OperationBook
from bridge.service.patientcards import PatientCardService
from bridge.service.practices import PracticeBook
from bridge.service.probing import Prober
from bridge.service.readers import ReaderService
from bridge.service.referencedata import ReferenceDataService
from bridge.service.registrations import RegistrationBook
from bridge.service.rights import RightsDesk
from bridge.service.sessions import SessionService

__all__ = ["BillingParts", "Parts", "Platform", "build_services", "start", "stop"]


def build_services(parts: Parts) -> Services:
    """Build all services of one daemon."""
    events = EventBook(clock=parts.clock, ids=parts.ids)
    readers = ReaderService(reader=parts.reader, events=events)
    operations = OperationBook(store=parts.store, clock=parts.clock, ids=parts.ids, events=events)
    registrations = RegistrationBook(store=parts.store, events=events, audit=parts.audit)
    identities = _identities(parts)
    sessions = build_sessions(parts, operations, registrations, events, (readers, identities))
    actors, rights = _actors(parts, events, sessions)
    health = _health(parts, registrations, sessions, (readers, identities))
    engine = build_engine(
        parts,
        operations=operations,
        registrations=registrations,
        sessions=sessions,
        events=events,
        rights=rights,
    )
    access = build_access(parts, events, actors)
    _tell_health(health, engine, access)
    watching = build_watching(parts, events, health, sessions, readers)
    user_acts = build_user_acts(parts, sessions, access, operations, engine=engine, health=health)
    return Services(
        **_given(parts, events),
        operations=operations,
        sessions=sessions,
        registrations=registrations,
        actors=actors,
        checks=_checks(parts, operations, registrations, sessions, rights),
        health=health,
        prober=_prober(parts, health, watching),
        readers=readers,
        **vars(user_acts),
        **vars(watching),
        identities=identities,
        patient_cards=_patient_cards(parts, operations, registrations, identities),
        updates=build_updates(parts, events, health, work=(*engine.outboxes, operations, sessions)),
        **vars(access),
        **_members(engine),
    )


def _prober(parts: Parts, health: HealthService, watching: Watching) -> Prober:
    """Build what looks at this computer, and let health tell what it saw.

    It looks soon when the computer woke, or the user is back at a screen.
    """
    prober = Prober(clock=parts.clock, store=parts.store, probe=parts.probe, keep=health.keep)
    health.ask(prober.checks)

    def look() -> None:
        health.look_again()
        prober.hasten()

    def back(change: OsSessionChange) -> None:
        if change is OsSessionChange.RETURNED:
            look()

    watching.wake.listen(look)
    watching.session_endings.listen(back)
    return prober


def _given(parts: Parts, events: EventBook) -> dict[str, Any]:
    """Give what the façade has of the parts themselves, or builds of little else."""
    return {
        "clock": parts.clock,
        "ids": parts.ids,
        "audit": parts.audit,
        "events": events,
        "practices": _practices(parts, events),
        "simulator": parts.simulator,
        "default_language": parts.language,
        "process_of": client_process,
        "reference_data": ReferenceDataService(store=parts.store, clock=parts.clock, ids=parts.ids),
    }


def _tell_health(health: HealthService, engine: Engine, access: Access) -> None:
    """Let health ask those who know more than it does."""
    health.watch_mailboxes(engine.poller.troubles)
    health.ask(engine.billing.billing_sync.checks)
    health.ask(access.paired_tokens.checks)
    health.ask(access.secret_watch.checks)
    if access.peers is not None:
        health.ask(access.peers.checks)


def _members(engine: Engine) -> dict[str, Any]:
    """Give the services of the engine by their names, which are those of the façade."""
    parts = ("care", "invoices", "billing")
    own = dict(vars(engine))
    for part in parts:
        own |= vars(getattr(engine, part))
    return {name: each for name, each in own.items() if name not in parts}


async def start(services: Services, parts: Parts) -> None:
    """Close what the last run left unfinished, look at the certificate, say ready.

    Without a database only looking is left: card, reader and health answer, nothing is sent.
    """
    services.audit.start()
    if isinstance(parts.store, SqlStore):
        parts.store.watch_damage(lambda: services.health.blame_storage(DAMAGED))
    if parts.storage_problem is not None:
        services.health.blame_storage(parts.storage_problem)
        await services.readers.start()
        services.health.follow()
        services.watch.start()
        return
    await services.actors.load()
    await services.pairing_shelf.load()
    await services.practices.ensure()
    await services.exports.expire()
    await services.reports.expire()
    await services.outbox.recover()
    go_on = batches_go_on(interrupted(parts.clock.now))
    await services.operations.recover(interrupted=go_on)
    await services.outbox.catch_up()
    await services.sessions.restore()
    services.session_endings.start()
    await services.readers.start()
    await services.health.refresh()
    services.health.follow()
    services.health.set_ready(is_ready=True)
    services.prober.start()
    if services.updates is not None:
        services.updates.start()
    services.watch.start()
    services.outbox.start()
    services.billing_outbox.start()
    services.poller.start()
    services.billing_sync.start()
    services.retention.start()


async def stop(services: Services, parts: Parts) -> None:
    """Say not ready, end the work, forget the sessions, close the database."""
    services.health.set_ready(is_ready=False)
    services.events.stop()
    services.session_endings.close()
    if services.updates is not None:
        await services.updates.close()
    await services.retention.close()
    await services.billing_sync.close()
    await services.poller.close()
    await services.billing_outbox.close()
    await asyncio.to_thread(parts.billing.inspector.close)
    await services.outbox.close()
    await services.watch.close()
    await services.health.stop()
    await services.prober.close()
    await services.operations.stop()
    services.sessions.stop()
    await services.paired_tokens.close()
    await services.readers.close()
    for close in parts.closers:
        await close()
    await services.audit.close()
    await parts.store.close()


def _identities(parts: Parts) -> IdentityService:
    return IdentityService(
        reader=parts.reader,
        roots=parts.roots,
        clock=parts.clock,
        has_chain_check=parts.has_chain_check,
    )


def _health(
    parts: Parts,
    registrations: RegistrationBook,
    sessions: SessionService,
    cards: tuple[ReaderService, IdentityService],
) -> HealthService:
    readers, identities = cards
    health = HealthService(
        clock=parts.clock,
        registrations=registrations,
        keystore=parts.keystore,
        sessions=sessions,
        readers=readers,
        identities=identities,
        doctor=parts.doctor,
        shelf=parts.health_shelf,
    )
    health.watch_audit(lambda: parts.audit.verdict)
    health.blame_lists(parts.known_software.refused)
    return health


def _checks(
    parts: Parts,
    operations: OperationBook,
    registrations: RegistrationBook,
    sessions: SessionService,
    rights: RightsDesk,
) -> CheckService:
    return CheckService(
        store=parts.store,
        clock=parts.clock,
        ids=parts.ids,
        registrations=registrations,
        sessions=sessions,
        operations=operations,
        transport=parts.transport,
        place=parts.memberdata_place,
        audit=parts.audit,
        rights=rights,
    )


def _patient_cards(
    parts: Parts,
    operations: OperationBook,
    registrations: RegistrationBook,
    identities: IdentityService,
) -> PatientCardService:
    return PatientCardService(
        identities=identities,
        operations=operations,
        registrations=registrations,
        store=parts.store,
        clock=parts.clock,
        ids=parts.ids,
    )


def _actors(
    parts: Parts, events: EventBook, sessions: SessionService
) -> tuple[ActorBook, RightsDesk]:
    actors = ActorBook(
        store=parts.store, clock=parts.clock, ids=parts.ids, events=events, audit=parts.audit
    )
    return actors, RightsDesk(actors.find, holders=sessions.holders, audit=parts.audit)


def _practices(parts: Parts, events: EventBook) -> PracticeBook:
    return PracticeBook(
        store=parts.store, clock=parts.clock, ids=parts.ids, events=events, audit=parts.audit
    )
