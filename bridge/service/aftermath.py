"""What follows the wire: receipt, refusal, silence.

What came back, or that nothing did, is written before the next message leaves.
Where the store cannot take it now, such as on a full disk, it is kept in memory and written
first of all at the next turn; a kill before that leaves ``sent`` without a receipt, which the next
start calls ``outcome_unknown``.
Source: decisions D19, D21, D22, D28 and D29; *MyCareNet transport* 9.2.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Final

import structlog

from bridge.domain.audit import Action
from bridge.domain.exchanges import Exchange, ExchangeStatus, SendProblem
from bridge.errors import (
    BridgeError,
    ClockSkew,
    NotDelivered,
    RemoteRefusal,
    StoreError,
    TheirAnswerInvalid,
)
from bridge.mycarenet.services import AsyncService
from bridge.ports.store import Evidence, UnitOfWork
from bridge.ports.transport import WireReply
from bridge.service.engineparts import EngineParts
from bridge.service.genasync import ReadReceipt, TackHmac

FIRST_PAUSE: Final = timedelta(seconds=15)
LONGEST_PAUSE: Final = timedelta(minutes=15)
_MOST_DOUBLINGS: Final = 6

Step = Callable[[], Awaitable[None]]
log = structlog.get_logger()


@dataclass(kw_only=True)
class Arrived:
    """A reply to a post.

    Attributes:
        exchange: The exchange as it was when the post left.
        content: Of the blob that was sent, the seal where it was sealed; the receipt speaks of it.
        answer: The reply as evidence.
        is_kept: Whether the evidence is stored.
    """

    exchange: Exchange
    reply: WireReply
    service: AsyncService
    content: bytes
    answer: Evidence
    is_kept: bool = False


class Aftermath:
    """Takes over what a post led to."""

    def __init__(self, parts: EngineParts) -> None:
        """Begin with nothing unfinished."""
        self._parts = parts
        self._unfinished: list[Step] = []

    async def finish(self) -> None:
        """Write what the store could not take before.

        Raises:
            StoreError: it still cannot; nothing may be sent until it can.
        """
        while self._unfinished:
            await self._surely(self._unfinished.pop(0))

    async def arrived(
        self, exchange: Exchange, reply: WireReply, service: AsyncService, content: bytes
    ) -> None:
        """Store a reply, then read it."""
        answer = self._parts.evidence(exchange.id, "answer", reply.body)
        arrived = Arrived(
            exchange=exchange, reply=reply, service=service, content=content, answer=answer
        )
        await self._surely(partial(self._take, arrived))

    async def not_delivered(self, exchange: Exchange, error: NotDelivered) -> None:
        """Try again later: not one byte was written (D21)."""
        await self._surely(partial(self._postpone, exchange, error.problem_code))

    async def wait(self, exchange: Exchange, error: BridgeError) -> None:
        """Try again later: it cannot be prepared at the moment, and nothing has left."""
        now = self._parts.clock.now()
        remote = error.remote.code if error.remote else None
        problem = SendProblem(at=now, code=error.problem_code, remote_code=remote)
        attempts = exchange.attempts + 1

        def change(current: Exchange) -> Exchange:
            again = now + pause_after(attempts)
            waiting = replace(current, attempts=attempts, next_attempt_at=again, updated_at=now)
            return waiting.troubled(problem)

        await self._write(exchange, change)
        log.warning("exchange.waits", exchange=exchange.id, code=error.problem_code)

    async def lost(self, exchange: Exchange, code: str) -> None:
        """Say that nobody knows: silence, or nonsense, after the first byte (D28)."""
        await self._surely(partial(self._lose, exchange, code))

    async def close(self, exchange: Exchange, code: str, remote_code: str | None) -> None:
        """End in error: an explicit refusal, or nothing was sent at all; one click resends."""
        now = self._parts.clock.now()
        problem = SendProblem(at=now, code=code, remote_code=remote_code)

        def change(current: Exchange) -> Exchange:
            failed = current.moved(ExchangeStatus.ERROR, at=now, problem_code=code)
            return failed.troubled(problem)

        await self._write(exchange, change, result=code)
        log.warning("exchange.error", exchange=exchange.id, code=code)

    async def _surely(self, step: Step) -> None:
        try:
            await step()
        except StoreError:
            self._unfinished.append(step)
            raise

    async def _take(self, arrived: Arrived) -> None:
        exchange = arrived.exchange
        if not arrived.is_kept:
            await self._parts.store.write(lambda unit: unit.evidence.add(arrived.answer))
            arrived.is_kept = True
        self._parts.reached("send.before_receipt")
        try:
            read = self._parts.client.read_receipt(
                arrived.reply, service=arrived.service, content=arrived.content
            )
            if read.tack.input_reference != exchange.input_reference:
                raise TheirAnswerInvalid("receipt of another message")
        except RemoteRefusal as error:
            code = error.remote.code if error.remote else None
            await self.close(exchange, error.problem_code, code)
        except ClockSkew as error:
            # A refusal too, whose cause is known: our clock.
            await self.close(exchange, error.problem_code, None)
        except BridgeError as error:
            await self._lose(exchange, error.problem_code)
        else:
            await self._acknowledge(exchange, read)
        self._parts.reached("send.after_receipt")

    async def _acknowledge(self, exchange: Exchange, read: ReadReceipt) -> None:
        now, tack = self._parts.clock.now(), read.tack
        if not tack.is_success:
            await self.close(exchange, "remote_refused", tack.result_minor or tack.result_major)
            return
        is_wrong = read.has_right_hmac is False
        if is_wrong and self._parts.client.place.tack_hmac is TackHmac.ENFORCE:
            await self._lose(exchange, "receipt_mismatch")
            return

        def change(current: Exchange) -> Exchange:
            known = replace(current, has_tack=True, updated_at=now)
            if is_wrong:
                known = known.troubled(SendProblem(at=now, code="receipt_mismatch"))
            if tack.result_minor:
                minor = tack.result_minor
                warning = SendProblem(at=now, code="receipt_warning", remote_code=minor)
                known = known.troubled(warning)
            return known

        await self._write(exchange, change, result="receipt")
        log.info("exchange.sent", exchange=exchange.id, insurer=exchange.insurer)

    async def _postpone(self, exchange: Exchange, code: str) -> None:
        now = self._parts.clock.now()
        again = now + pause_after(exchange.attempts)

        def change(current: Exchange) -> Exchange:
            waiting = current.moved(
                ExchangeStatus.TO_SEND, at=now, next_attempt_at=again, sent_at=None
            )
            return waiting.troubled(SendProblem(at=now, code=code))

        await self._write(exchange, change, result=code)

    async def _lose(self, exchange: Exchange, code: str) -> None:
        now = self._parts.clock.now()

        def change(current: Exchange) -> Exchange:
            unknown = current.moved(ExchangeStatus.OUTCOME_UNKNOWN, at=now, problem_code=code)
            return unknown.troubled(SendProblem(at=now, code=code))

        await self._write(exchange, change, result=code)

    async def _write(
        self,
        before: Exchange,
        change: Callable[[Exchange], Exchange],
        *,
        result: str | None = None,
    ) -> None:
        """Write what follows, unless an answer was quicker: it knows more than we do.

        ``result`` is what became of the sending, for the audit log.
        """

        def work(unit: UnitOfWork) -> Exchange | None:
            current = unit.exchanges.get(before.id)
            if current is None or current.status is not before.status:
                return current
            changed = change(current)
            unit.exchanges.replace(changed)
            return changed

        written = await self._parts.store.write(work)
        if result is not None and before.status is ExchangeStatus.SENT:
            self._parts.audit.record(
                Action.MESSAGE_ANSWERED,
                result=result,
                client=before.client_id or None,
                object_id=before.id,
            )
        if written is not None:
            await self._parts.settle(written)


def pause_after(attempts: int) -> timedelta:
    """Give the pause before the next try: doubling, with an end."""
    doublings = min(max(attempts - 1, 0), _MOST_DOUBLINGS)
    pause: timedelta = FIRST_PAUSE * 2**doublings
    return min(pause, LONGEST_PAUSE)
