"""Messages of any service through the whole engine, with a kind and insurers that say little."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, Final

from bridge.domain.exchanges import Exchange, ExchangeStatus, ReceivedResponse
from bridge.errors import TheirAnswerInvalid
from bridge.mycarenet.services import AsyncService
from bridge.ports.store import Evidence, UnitOfWork
from bridge.sandbox.genasync import GenAsyncService
from bridge.sandbox.genasync_business import BusinessAnswer, MessageBusiness, Received
from bridge.service.exchangekinds import Verdict
from tests.support.daemon import TestDaemon

KIND: Final = "trivial"
YES: Final = b"<m:yes xmlns:m='urn:trivial'/>"
NO: Final = b"<m:no xmlns:m='urn:trivial'/>"


class TrivialKind:
    """Reads yes and no, and remembers what it was given."""

    def __init__(self) -> None:
        self.seen: list[bytes] = []

    def read(
        self, unit: UnitOfWork, exchange: Exchange, response: ReceivedResponse, content: bytes
    ) -> Verdict:
        del unit, exchange, response
        self.seen.append(content)
        is_yes = content == YES
        return Verdict(status=ExchangeStatus.ACCEPTED if is_yes else ExchangeStatus.REFUSED)

    async def settle(self, exchange: Exchange) -> None:
        del exchange

    def check_resend(self, unit: UnitOfWork, exchange: Exchange) -> None:
        del unit, exchange


class TrivialInsurers:
    """Say what they are told to say, and remember what they were asked."""

    def __init__(self, *answers: BusinessAnswer) -> None:
        self.answers = answers
        self.received: list[Received] = []

    def check(self, content: bytes) -> None:
        if b"nonsense" in content:
            raise TheirAnswerInvalid("nonsense")

    def answer(self, received: Received) -> Sequence[BusinessAnswer]:
        self.received.append(received)
        return self.answers


def played(daemon: TestDaemon, path: str) -> GenAsyncService:
    """Give the played service at a path."""
    service = daemon.world.services[path]
    assert isinstance(service, GenAsyncService)
    return service


def listens_to(daemon: TestDaemon, path: str, *answers: BusinessAnswer) -> TrivialInsurers:
    """Let the insurers behind a service take anything and say what they are told to say."""
    business = played(daemon, path).business
    assert isinstance(business, MessageBusiness)
    insurers = TrivialInsurers(*answers)
    business.insurers = insurers
    return insurers


async def release(
    daemon: TestDaemon, service: AsyncService, content: bytes, *, insurer: str = "300"
) -> Exchange:
    """Store a message of kind ``trivial`` that is to be sent."""
    ids, now = daemon.parts.ids, daemon.clock.now()
    exchange = Exchange(
        id=ids.ulid("exc"),
        client_id="test",
        practice_id="",
        registration_id=daemon.world.nurse.registration.id,
        service=service.name,
        kind=KIND,
        insurer=insurer,
        input_reference=f"{int(ids.uuid().replace('-', ''), 16) % 10**14:014}",
        content_digest=hashlib.sha256(content).hexdigest(),
        subject_id=None,
        status=ExchangeStatus.TO_SEND,
        created_at=now,
        updated_at=now,
    )
    evidence = Evidence(
        id=ids.ulid("evi"),
        subject_id=exchange.id,
        kind="content",
        media_type=service.content_type,
        content=content,
        created_at=now,
    )

    def work(unit: UnitOfWork) -> None:
        unit.exchanges.add(exchange)
        unit.evidence.add(evidence)

    await daemon.parts.store.write(work)
    return exchange


async def now_of(daemon: TestDaemon, exchange: Exchange) -> Exchange:
    """Give an exchange as it is stored now."""
    found = await daemon.parts.store.read(lambda unit: unit.exchanges.get(exchange.id))
    assert found is not None
    return found


async def sent(
    daemon: TestDaemon, service: AsyncService, content: bytes, *, insurer: str = "300"
) -> Exchange:
    """Store a message and send it."""
    exchange = await release(daemon, service, content, insurer=insurer)
    await daemon.services.outbox.send_due()
    return await now_of(daemon, exchange)


async def fetched(daemon: TestDaemon, service: AsyncService, *, ahead_s: int = 3600) -> Any:
    """Let the insurers be ahead, and fetch."""
    daemon.world.clock.set_insurers_ahead(ahead_s)
    registration = daemon.world.nurse.registration.id
    return await daemon.services.poller.poll(registration, service.name)


async def evidence_of(daemon: TestDaemon, subject_id: str) -> dict[str, list[bytes]]:
    """Give the evidence of an exchange or a response by its kind."""
    kept = await daemon.parts.store.read(lambda unit: unit.evidence.of_subject(subject_id))
    found: dict[str, list[bytes]] = {}
    for piece in kept:
        found.setdefault(piece.kind, []).append(piece.content)
    return found


async def responses_of(daemon: TestDaemon, exchange: Exchange) -> list[ReceivedResponse]:
    """Give what came back for an exchange."""
    found: list[ReceivedResponse] = await daemon.parts.store.read(
        lambda unit: unit.responses.of_exchange(exchange.id)
    )
    return found
