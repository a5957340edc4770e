"""From parts to services: who gets which port."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)

from bridge import __version__
from bridge.domain.ids import IdSource
from bridge.domain.operations import OperationKind
from bridge.ehealth.endpoints import Endpoints
from bridge.ehealth.profiles import StsSettings
from bridge.ehealth.saml import StsTrust
from bridge.eid.trust import BelgianRoots
from bridge.mycarenet.common import Package
from bridge.mycarenet.memberdata import MemberDataSettings
from bridge.mycarenet.services import ASYNC_SERVICES, MEMBERDATA
from bridge.ports.card import CardReader, CardSigner
from bridge.ports.clock import Clock
from bridge.ports.doctor import CardDoctor
from bridge.ports.keystore import EhealthKeystore
from bridge.ports.prompt import Prompt
from bridge.ports.secrets import SecretStore
from bridge.ports.simulator import SimulatorControl
from bridge.ports.store import Store
from bridge.ports.transport import Transport
from bridge.service.batchanswers import KIND as BATCH
from bridge.service.batchanswers import BatchAnswers
from bridge.service.batchanswers import interrupted as batches_go_on
from bridge.service.batchdrafts import BatchDrafter
from bridge.service.batches import BatchService
from bridge.service.checks import CheckService, interrupted
from bridge.service.consultation import MemberDataPlace
from bridge.service.events import EventBook
from bridge.service.facade import Services
from bridge.service.genasync import GenAsyncClient, GenAsyncPlace, TackHmac
from bridge.service.health import HealthService
from bridge.service.history import HistoryService
from bridge.service.identities import IdentityService
from bridge.service.inbox import Inbox
from bridge.service.instance import InstanceFacts
from bridge.service.opening import SessionOpener, StsPlace
from bridge.service.operations import OperationBook
from bridge.service.outbox import EngineParts, Outbox
from bridge.service.patientcards import PatientCardService
from bridge.service.pindesk import PinDesk
from bridge.service.polling import Poller, PollingSettings
from bridge.service.readers import ReaderService
from bridge.service.registrations import RegistrationBook
from bridge.service.sessions import SessionService
from bridge.service.tokens import TokenBook
from bridge.service.watch import StateWatch

_INSTANCE_ID: Final = "instance-id"
_INSTANCE_KEY: Final = "instance-key"


@dataclass(frozen=True, kw_only=True)
class Platform:
    """The platform as this daemon sees it.

    Attributes:
        tack_hmac: How a receipt's HMAC is treated (D22).
        signs_body: Also sign the Body of asynchronous messages (*transport* 1.6).
    """

    endpoints: Endpoints
    trust: StsTrust
    package: Package
    is_test: bool
    sts_settings: StsSettings
    memberdata_settings: MemberDataSettings
    tack_hmac: TackHmac = TackHmac.WARN
    signs_body: bool = False
    polling: PollingSettings = field(default_factory=PollingSettings)


def _pass(_step: str) -> None:
    """Reach a named step of the engine: nothing happens, except in kill tests (D27)."""


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Every port, filled; ``closers`` end what the adapters hold open."""

    clock: Clock
    ids: IdSource
    secrets: SecretStore
    store: Store
    keystore: EhealthKeystore
    card: CardSigner
    reader: CardReader
    prompt: Prompt
    transport: Transport
    platform: Platform
    language: str
    roots: BelgianRoots = field(default_factory=BelgianRoots)
    has_chain_check: bool = True
    doctor: CardDoctor | None = None
    closers: tuple[Callable[[], Awaitable[None]], ...] = ()
    simulator: SimulatorControl | None = None
    reached: Callable[[str], None] = _pass


def build_services(parts: Parts) -> Services:
    """Build all services of one daemon."""
    events = EventBook(clock=parts.clock, ids=parts.ids)
    readers = ReaderService(reader=parts.reader, events=events)
    operations = OperationBook(store=parts.store, clock=parts.clock, ids=parts.ids, events=events)
    registrations = RegistrationBook(store=parts.store)
    identities = IdentityService(
        reader=parts.reader,
        roots=parts.roots,
        clock=parts.clock,
        has_chain_check=parts.has_chain_check,
    )
    sessions = _sessions(parts, operations, registrations, events, (readers, identities))
    health = HealthService(
        clock=parts.clock,
        registrations=registrations,
        keystore=parts.keystore,
        sessions=sessions,
        readers=readers,
        identities=identities,
        doctor=parts.doctor,
    )
    engine = _engine(parts, operations, sessions, events)
    outbox = Outbox(engine)
    inbox = Inbox(engine)
    return Services(
        clock=parts.clock,
        ids=parts.ids,
        tokens=TokenBook(clock=parts.clock, ids=parts.ids),
        operations=operations,
        sessions=sessions,
        checks=_checks(parts, operations, registrations, sessions),
        outbox=outbox,
        poller=Poller(
            engine,
            inbox=inbox,
            registrations=registrations,
            operations=operations,
            settings=parts.platform.polling,
        ),
        batches=_batches(parts, engine, outbox, operations, registrations),
        history=HistoryService(engine),
        health=health,
        instance=_instance(parts),
        events=events,
        readers=readers,
        watch=StateWatch(
            events=events, clock=parts.clock, health=health, sessions=sessions, readers=readers
        ),
        identities=identities,
        patient_cards=_patient_cards(parts, operations, registrations, identities),
        simulator=parts.simulator,
        default_language=parts.language,
    )


async def start(services: Services, parts: Parts) -> None:
    """Close what the last run left unfinished, look at the certificate, say ready."""
    await services.outbox.recover()
    go_on = batches_go_on(interrupted(parts.clock.now))
    await services.operations.recover(interrupted=go_on)
    await services.outbox.catch_up()
    await services.readers.start()
    await services.health.refresh()
    services.health.follow()
    services.health.set_ready(is_ready=True)
    services.watch.start()
    services.outbox.start()
    services.poller.start()


async def stop(services: Services, parts: Parts) -> None:
    """Say not ready, end the work, forget the sessions, close the database."""
    services.health.set_ready(is_ready=False)
    services.events.stop()
    await services.poller.close()
    await services.outbox.close()
    await services.watch.close()
    await services.health.stop()
    await services.operations.stop()
    for session in services.sessions.opened():
        services.sessions.end(session.id)
    await services.readers.close()
    for close in parts.closers:
        await close()
    await parts.store.close()


def _memberdata_place(parts: Parts) -> MemberDataPlace:
    return MemberDataPlace(
        url=parts.platform.endpoints.memberdata,
        package=parts.platform.package,
        is_test=parts.platform.is_test,
        settings=parts.platform.memberdata_settings,
    )


def _engine(
    parts: Parts,
    operations: OperationBook,
    sessions: SessionService,
    events: EventBook,
) -> EngineParts:
    platform = parts.platform
    place = GenAsyncPlace(
        urls={MEMBERDATA.name: platform.endpoints.genasync_memberdata},
        package=platform.package,
        is_test=platform.is_test,
        tack_hmac=platform.tack_hmac,
        signs_body=platform.signs_body,
    )
    answers = BatchAnswers(store=parts.store, clock=parts.clock, operations=operations)
    operations.on_cancel(OperationKind.INSURABILITY_BATCH, answers.withdraw)
    return EngineParts(
        store=parts.store,
        clock=parts.clock,
        ids=parts.ids,
        sessions=sessions,
        client=GenAsyncClient(
            place=place, transport=parts.transport, clock=parts.clock, ids=parts.ids
        ),
        events=events,
        services=ASYNC_SERVICES,
        kinds={BATCH: answers},
        reached=parts.reached,
    )


def _batches(
    parts: Parts,
    engine: EngineParts,
    outbox: Outbox,
    operations: OperationBook,
    registrations: RegistrationBook,
) -> BatchService:
    return BatchService(
        store=parts.store,
        parts=engine,
        outbox=outbox,
        registrations=registrations,
        drafter=BatchDrafter(
            store=parts.store,
            parts=engine,
            operations=operations,
            place=_memberdata_place(parts),
        ),
    )


def _checks(
    parts: Parts,
    operations: OperationBook,
    registrations: RegistrationBook,
    sessions: SessionService,
) -> CheckService:
    return CheckService(
        store=parts.store,
        clock=parts.clock,
        ids=parts.ids,
        registrations=registrations,
        sessions=sessions,
        operations=operations,
        transport=parts.transport,
        place=_memberdata_place(parts),
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


def _sessions(
    parts: Parts,
    operations: OperationBook,
    registrations: RegistrationBook,
    events: EventBook,
    cards: tuple[ReaderService, IdentityService],
) -> SessionService:
    readers, identities = cards
    opener = SessionOpener(
        clock=parts.clock,
        ids=parts.ids,
        card=parts.card,
        transport=parts.transport,
        operations=operations,
        check_card=identities.check,
        place=StsPlace(
            url=parts.platform.endpoints.sts,
            trust=parts.platform.trust,
            settings=parts.platform.sts_settings,
        ),
    )
    return SessionService(
        store=parts.store,
        clock=parts.clock,
        registrations=registrations,
        keystore=parts.keystore,
        operations=operations,
        opener=opener,
        desk=PinDesk(prompt=parts.prompt, clock=parts.clock, gone=readers.gone),
        events=events,
    )


def _instance(parts: Parts) -> InstanceFacts:
    """Give this installation's name and key, made at the first start (SEC-64)."""
    name = parts.secrets.get(_INSTANCE_ID)
    if name is None:
        name = parts.ids.ulid("inst").encode()
        parts.secrets.put(_INSTANCE_ID, name)
    kept = parts.secrets.get(_INSTANCE_KEY)
    if kept is None:
        fresh = ec.generate_private_key(ec.SECP256R1())
        kept = fresh.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        parts.secrets.put(_INSTANCE_KEY, kept)
    public = load_der_private_key(kept, None).public_key()
    encoded = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return InstanceFacts(
        id=name.decode(),
        version=__version__,
        public_key=base64.b64encode(encoded).decode(),
        is_simulator=parts.simulator is not None,
    )
