"""Storing one page of deliveries, and what each of them means for its exchange.

Source: *MyCareNet transport* 2.4, 2.5 and 9.2; decisions D17, D19 and D32.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, replace
from typing import Final

from bridge.domain.exchanges import (
    AWAITING,
    Decision,
    Exchange,
    ExchangeStatus,
    ReceivedResponse,
    ResponseKind,
    SendProblem,
)
from bridge.errors import BridgeError, Conflict
from bridge.mycarenet import genasync
from bridge.mycarenet.genasync_values import Tack, WaitingMessage, WaitingTack
from bridge.mycarenet.services import AsyncService
from bridge.ports.store import UnitOfWork
from bridge.service.exchangekinds import Verdict
from bridge.service.outbox import EngineParts
from bridge.service.wrapping import REJECT, Reading

UNSOLICITED: Final = "unsolicited"
"""Kind of an exchange that begins with an answer to something we do not know."""

MOST_BAD_DELIVERIES: Final = 3
"""After so many unreadable deliveries a person has to look, and it is confirmed."""

OPENED: Final = "opened"
"""Kind of evidence: what was in the seal of an answer."""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """One stored delivery, and the exchange it changed."""

    response: ReceivedResponse
    exchange: Exchange
    is_new: bool
    may_confirm: bool = True


class PageStore:
    """Stores the deliveries of one page within its transaction."""

    def __init__(
        self, parts: EngineParts, unit: UnitOfWork, registration_id: str, service: AsyncService
    ) -> None:
        self._parts = parts
        self._unit = unit
        self._registration_id = registration_id
        self._service = service
        self._now = parts.clock.now()
        self._practice_id: str | None = None

    def keep_receipt(self, waiting: WaitingTack) -> Kept:
        """Store a receipt, and move the exchange it is about."""
        tack = waiting.tack
        value = base64.b64encode(tack.value).decode("ascii")
        facts = self._facts(
            identity=f"receipt:{tack.applies_to}:{tack.result_major}:{value}",
            kind=ResponseKind.RECEIPT,
            content=tack.value + tack.result_major.encode(),
        )
        response = replace(
            facts,
            message_name="TACK",
            input_reference=tack.input_reference,
            issuer=tack.issuer,
            result=tack.result_major,
            confirm_reference=tack.reference,
            confirm_value=value,
        )
        known = self._known(response, self._earlier(response))
        if known is not None:
            return known
        exchange = self._exchange_of(response)
        after = self._with_receipt(exchange, tack)
        return self._add(response, after, None)

    def keep_message(self, waiting: WaitingMessage, reading: Reading) -> Kept:
        """Store a business answer, and take over what it says."""
        detail = waiting.detail
        facts = self._facts(
            identity=_identity(detail.reference, detail.hash_value, reading.raw),
            kind=ResponseKind.REJECT if detail.message_name == REJECT else ResponseKind.MESSAGE,
            content=reading.raw if reading.content is None else reading.content,
        )
        response = replace(
            facts,
            message_name=detail.message_name,
            input_reference=waiting.input_reference,
            output_reference=waiting.output_reference,
            confirm_hash=detail.hash_value,
            confirm_reference=detail.reference,
            is_readable=reading.is_readable,
        )
        earlier = self._earlier(response)
        if earlier is not None and not earlier.is_readable:
            return self._repair(earlier, response, reading)
        known = self._known(response, earlier)
        if known is not None:
            return known
        exchange = self._exchange_of(response)
        if self._unit.responses.of_content(exchange.id, response.content_digest) is not None:
            return self._add(replace(response, is_duplicate=True), exchange, reading)
        return self._read(response, exchange, reading)

    def _read(self, response: ReceivedResponse, exchange: Exchange, reading: Reading) -> Kept:
        response = replace(response, exchange_id=exchange.id)
        exchange = self._troubled(exchange, reading)
        if reading.content is None:
            kept = self._add(response, exchange, reading)
            return replace(kept, may_confirm=False)
        verdict = self._verdict(exchange, response, reading.content)
        response = replace(response, findings=verdict.findings)
        return self._add(response, self._decide(exchange, response, verdict), reading)

    def _troubled(self, exchange: Exchange, reading: Reading) -> Exchange:
        """Say what does not hold of a delivery, read or not."""
        if reading.problem_code is None:
            return exchange
        return exchange.troubled(SendProblem(at=self._now, code=reading.problem_code))

    def _verdict(self, exchange: Exchange, response: ReceivedResponse, content: bytes) -> Verdict:
        if response.kind is ResponseKind.REJECT:
            return _rejected(content)
        kind = self._parts.kinds.get(exchange.kind)
        if exchange.kind == UNSOLICITED:
            kind = self._parts.strays.get(self._service.name)
        if kind is None:
            return Verdict(status=ExchangeStatus.MANUAL_ACTION_REQUIRED)
        return kind.read(self._unit, exchange, response, content)

    def _decide(self, exchange: Exchange, response: ReceivedResponse, verdict: Verdict) -> Exchange:
        exchange = _owned(exchange, verdict)
        if verdict.problem_code is not None:
            problem = SendProblem(
                at=self._now, code=verdict.problem_code, remote_code=verdict.remote_code
            )
            exchange = exchange.troubled(problem)
        if verdict.status is None:
            return self._received(exchange)
        decision = Decision(at=self._now, status=verdict.status, response_id=response.id)
        try:
            decided = exchange.decided(decision)
        except Conflict:  # such as a rejection after an answer: a person has to look
            manual = replace(decision, status=ExchangeStatus.MANUAL_ACTION_REQUIRED)
            decided = exchange.decided(manual)
        return replace(decided, problem_code=verdict.problem_code)

    def _received(self, exchange: Exchange) -> Exchange:
        if exchange.status not in AWAITING | {ExchangeStatus.ERROR}:
            return exchange
        if exchange.status is ExchangeStatus.RECEIVED:
            return replace(exchange, updated_at=self._now)
        return exchange.moved(
            ExchangeStatus.RECEIVED, at=self._now, has_tack=True, problem_code=None
        )

    def _with_receipt(self, exchange: Exchange, tack: Tack) -> Exchange:
        if tack.is_success:
            return self._received(exchange)
        problem = SendProblem(
            at=self._now, code="remote_refused", remote_code=tack.result_minor or tack.result_major
        )
        troubled = exchange.troubled(problem)
        if exchange.status not in AWAITING:
            return troubled
        return troubled.moved(ExchangeStatus.ERROR, at=self._now, problem_code="remote_refused")

    def _repair(
        self, earlier: ReceivedResponse, response: ReceivedResponse, reading: Reading
    ) -> Kept:
        """Look again at a delivery that could not be read the first time."""
        exchange = self._unit.exchanges.get(earlier.exchange_id) or self._exchange_of(response)
        again = replace(
            response, id=earlier.id, exchange_id=exchange.id, deliveries=earlier.deliveries + 1
        )
        exchange = self._troubled(exchange, reading)
        if reading.content is not None:
            verdict = self._verdict(exchange, again, reading.content)
            again = replace(again, findings=verdict.findings)
            after = self._decide(exchange, again, verdict)
        elif again.deliveries >= MOST_BAD_DELIVERIES:
            verdict = Verdict(
                status=ExchangeStatus.MANUAL_ACTION_REQUIRED, problem_code=reading.problem_code
            )
            after = self._decide(exchange, again, verdict)
        else:
            self._unit.responses.replace(again)
            return Kept(response=again, exchange=exchange, is_new=False, may_confirm=False)
        self._unit.responses.replace(again)
        self._prove(again.id, reading)
        self._unit.exchanges.replace(after)
        return Kept(response=again, exchange=after, is_new=True)

    def _facts(self, *, identity: str, kind: ResponseKind, content: bytes) -> ReceivedResponse:
        return ReceivedResponse(
            id=self._parts.ids.ulid("rsp"),
            exchange_id="",
            registration_id=self._registration_id,
            service=self._service.name,
            kind=kind,
            message_name="",
            identity=identity,
            content_digest=hashlib.sha256(content).hexdigest(),
            received_at=self._now,
        )

    def _earlier(self, response: ReceivedResponse) -> ReceivedResponse | None:
        return self._unit.responses.of_identity(
            response.service, response.registration_id, response.identity
        )

    def _known(self, response: ReceivedResponse, earlier: ReceivedResponse | None) -> Kept | None:
        """Recognise a redelivery: it is counted, and confirmed once more."""
        if earlier is None:
            return None
        counted = replace(earlier, deliveries=earlier.deliveries + 1)
        self._unit.responses.replace(counted)
        exchange = self._unit.exchanges.get(earlier.exchange_id)
        if exchange is None:
            exchange = self._exchange_of(response)
        return Kept(response=counted, exchange=exchange, is_new=False)

    def _exchange_of(self, response: ReceivedResponse) -> Exchange:
        """Find what an answer belongs to; without it, a person has to look."""
        reference = response.input_reference or f"~{response.id}"
        known = self._unit.exchanges.of_reference(response.service, reference)
        if known is not None:
            return known
        exchange = Exchange(
            id=self._parts.ids.ulid("exc"),
            client_id="",
            practice_id=self._practice(),
            registration_id=self._registration_id,
            service=self._service.name,
            kind=UNSOLICITED,
            insurer=(response.issuer or "")[-3:],
            input_reference=reference,
            content_digest="",
            subject_id=None,
            status=ExchangeStatus.MANUAL_ACTION_REQUIRED,
            created_at=self._now,
            updated_at=self._now,
        )
        self._unit.exchanges.add(exchange)
        return exchange

    def _practice(self) -> str:
        """Give the practice of the mailbox: every row of every list carries it."""
        if self._practice_id is None:
            registrations = self._unit.registrations.all()
            found = (each.practice_id for each in registrations if each.id == self._registration_id)
            self._practice_id = next(found, "")
        return self._practice_id

    def _add(self, response: ReceivedResponse, exchange: Exchange, reading: Reading | None) -> Kept:
        stored = replace(response, exchange_id=exchange.id, practice_id=exchange.practice_id)
        self._unit.responses.add(stored)
        if reading is not None:
            self._prove(stored.id, reading)
        self._unit.exchanges.replace(exchange)
        return Kept(response=stored, exchange=exchange, is_new=True)

    def _prove(self, response_id: str, reading: Reading) -> None:
        """Keep what was delivered, and what was in its seal."""
        if reading.raw:
            self._unit.evidence.add(self._parts.evidence(response_id, "answer", reading.raw))
        if reading.was_sealed and reading.content is not None:
            opened = self._parts.evidence(response_id, OPENED, reading.content)
            self._unit.evidence.add(opened)


def _owned(exchange: Exchange, verdict: Verdict) -> Exchange:
    """Give an exchange to whom its answer turned out to belong."""
    owner = verdict.owner
    if owner is None:
        return exchange
    return replace(exchange, client_id=owner.client_id, practice_id=owner.practice_id)


def _identity(reference: str | None, hash_value: str | None, content: bytes) -> str:
    if reference:
        return f"reference:{reference}"
    if hash_value:
        return f"hash:{hash_value}"
    return f"content:{hashlib.sha256(content).hexdigest()}"


def _rejected(content: bytes) -> Verdict:
    try:
        reject = genasync.decode_reject(content)
    except BridgeError:
        return Verdict(
            status=ExchangeStatus.MANUAL_ACTION_REQUIRED, problem_code="remote_invalid_answer"
        )
    return Verdict(
        status=ExchangeStatus.ERROR, problem_code="remote_refused", remote_code=reject.code
    )
