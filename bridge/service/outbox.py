"""The outbox: every message is a row before it is a message.

Order of writing: row and content, then (with the status ``sent``) the exact bytes, then the wire,
then the reply, then what it means.
A kill between two steps therefore leaves either something surely not sent, or ``sent`` without a
stored receipt, which becomes ``outcome_unknown`` at the next start and is never sent again by
itself.
Source: decisions D19, D21, D22, D28 and D29; *MyCareNet transport* 9.2; API-44, API-45.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Final

import structlog

from bridge.domain.audit import Action
from bridge.domain.exchanges import AWAITING, Exchange, ExchangeStatus, SendProblem
from bridge.domain.rights import Right
from bridge.errors import (
    ActorMismatch,
    BridgeError,
    Conflict,
    NotDelivered,
    NotFound,
    OurMessageInvalid,
    OutcomeUnknown,
    SessionError,
    TheirAnswerInvalid,
)
from bridge.ports.store import UnitOfWork
from bridge.service.aftermath import Aftermath
from bridge.service.engineparts import EngineParts
from bridge.service.rights import matters_of
from bridge.service.sendingloop import SendingLoop, mark_sent
from bridge.service.sessionshelf import OpenSession
from bridge.service.tokens import Client

__all__ = ["EngineParts", "Outbox", "next_attempt"]

_EVERY: Final = 1_000_000
_RESENT_BY_PERSON: Final = frozenset({ExchangeStatus.ERROR, ExchangeStatus.OUTCOME_UNKNOWN})

log = structlog.get_logger()


class Outbox(SendingLoop):
    """Sends what is released, one message at a time."""

    def __init__(self, parts: EngineParts) -> None:
        """Keep the parts; ``start`` begins to work."""
        super().__init__(parts, name="outbox")
        self._aftermath = Aftermath(parts)
        parts.sessions.listen(self.wake)

    async def recover(self) -> int:
        """After a start: what was ``sent`` without a stored receipt is of unknown outcome."""
        now = self._parts.clock.now()

        def work(unit: UnitOfWork) -> int:
            lost = [
                exchange
                for exchange in unit.exchanges.with_status(ExchangeStatus.SENT.value, limit=_EVERY)
                if not exchange.has_tack
            ]
            for exchange in lost:
                unknown = exchange.moved(
                    ExchangeStatus.OUTCOME_UNKNOWN, at=now, problem_code="interrupted"
                ).troubled(SendProblem(at=now, code="interrupted"))
                unit.exchanges.replace(unknown)
            return len(lost)

        return await self._parts.store.write(work)

    async def catch_up(self) -> None:
        """After a start: let what follows exchanges catch up with what a crash skipped."""
        open_states = (status.value for status in AWAITING | {ExchangeStatus.ERROR})
        left = await self._parts.store.read(
            lambda unit: unit.exchanges.with_status(*open_states, limit=_EVERY)
        )
        for exchange in left:
            kind = self._parts.kinds.get(exchange.kind)
            if kind is not None:
                await kind.settle(exchange)

    async def resend(self, exchange_id: str, *, client: Client) -> Exchange:
        """Release an exchange again on a person's word, with the same reference (D21).

        Raises:
            NotFound: there is none.
            Conflict: it is not in error and not of unknown outcome (``state_not_allowed``), or
                what it carries is being corrected already (``correction_exists``).
            ActorNotAllowed: the caller's actor may not send such messages.
            ActorMismatch: it is of another person than the open session (SEC-95).
        """
        now = self._parts.clock.now()

        def work(unit: UnitOfWork) -> Exchange:
            exchange = unit.exchanges.get(exchange_id)
            if exchange is None:
                raise NotFound
            self._parts.rights.require(client, Right.SEND, *matters_of(unit, exchange))
            person = self._parts.sessions.person_of(exchange.registration_id)
            if person is not None and not exchange.is_of(person):
                raise ActorMismatch
            if exchange.status not in _RESENT_BY_PERSON:
                raise Conflict(code="state_not_allowed")
            kind = self._parts.kinds.get(exchange.kind)
            if kind is not None:
                kind.check_resend(unit, exchange)
            released = exchange.moved(
                ExchangeStatus.TO_SEND,
                at=now,
                problem_code=None,
                has_tack=False,
                next_attempt_at=None,
            )
            unit.exchanges.replace(released)
            return released

        exchange = await self._parts.store.write(work)
        await self._parts.settle(exchange)
        self.wake()
        return exchange

    async def give_up_queued(self, code: str) -> int:
        """Close what waits to be sent; nothing of it has left, and one click sends it again.

        Raises:
            StoreError: it cannot be written.
        """
        async with self._turn:
            waiting = await self._parts.store.read(
                lambda unit: unit.exchanges.with_status(ExchangeStatus.TO_SEND.value, limit=_EVERY)
            )
            for exchange in waiting:
                await self._aftermath.close(exchange, code, None)
        return len(waiting)

    async def send_due(self) -> int:
        """Send everything that is due now; gives how many were tried.

        Raises:
            StoreError: what an earlier message led to cannot be written; nothing was sent.
        """
        async with self._turn:
            await self._aftermath.finish()
            return await self._send_each(await self._due(self._parts.services))

    async def _send_each(self, due: list[Exchange]) -> int:
        tried = 0
        for exchange in due:
            try:
                session = self._session(exchange)
            except SessionError as error:
                await self._expire(exchange, error)
                continue
            with self._sending():
                await self._send(exchange, session)
            tried += 1
        return tried

    def _session(self, exchange: Exchange) -> OpenSession:
        """Give the session a message leaves in.

        Raises:
            SessionError: there is none, or it is of somebody else than the message (SEC-95).
        """
        session = self._parts.sessions.require(exchange.registration_id)
        if not exchange.is_of(session.registration.person):
            raise ActorMismatch
        return session

    async def _expire(self, exchange: Exchange, error: SessionError) -> None:
        """Give up what waited for a session longer than it may (API-45)."""
        now = self._parts.clock.now()
        if exchange.hold_until is not None and now >= exchange.hold_until:
            is_anothers = isinstance(error, ActorMismatch)
            code = error.problem_code if is_anothers else "ehealth_session_required"
            await self._aftermath.close(exchange, code, None)

    async def _send(self, exchange: Exchange, session: OpenSession) -> None:
        service = self._parts.services[exchange.service]
        content = await self._content(exchange)
        try:
            detail = await self._parts.wrapping.wrap(content, service=service, session=session)
        except OurMessageInvalid as error:
            await self._aftermath.close(exchange, error.problem_code, None)
            return
        except BridgeError as error:
            # Its way cannot be prepared at the moment; nothing of the message has left.
            await self._aftermath.wait(exchange, error)
            return
        try:
            body = await asyncio.to_thread(
                self._parts.client.prepare_post, exchange, detail, service=service, session=session
            )
        except BridgeError as error:
            await self._aftermath.close(exchange, error.problem_code, None)
            return
        sent = await self._release(exchange, body)
        if sent is None:
            return
        await self._tell(exchange, session)
        try:
            reply = await self._parts.client.send_post(body, service=service)
        except NotDelivered as error:
            await self._aftermath.not_delivered(sent, error)
            return
        except (OutcomeUnknown, TheirAnswerInvalid) as error:
            await self._aftermath.lost(sent, error.problem_code)
            return
        self._parts.reached("send.answered")
        await self._aftermath.arrived(sent, reply, service, detail.content)

    async def _tell(self, exchange: Exchange, session: OpenSession) -> None:
        """Record that a message left, with everybody it is about (SEC-168)."""
        people = await self._parts.store.read(lambda unit: unit.exchanges.people(exchange.id))
        # Ten thousand pseudonyms take longer than the loop may be held up.
        await asyncio.to_thread(
            self._parts.audit.record,
            Action.MESSAGE_SENT,
            actor=session.registration.person,
            client=exchange.client_id or None,
            object_id=exchange.id,
            patients=people,
        )

    async def _content(self, exchange: Exchange) -> bytes:
        kept = await self._parts.store.read(lambda unit: unit.evidence.of_subject(exchange.id))
        return next(each.content for each in kept if each.kind == "content")

    async def _release(self, exchange: Exchange, body: bytes) -> Exchange | None:
        """Commit the exact bytes and ``sent``; only then may a byte leave."""
        self._parts.reached("send.before_row")
        now = self._parts.clock.now()
        evidence = self._parts.evidence(exchange.id, "request", body)

        def work(unit: UnitOfWork) -> Exchange | None:
            sent = mark_sent(unit, exchange.id, at=now)
            if sent is not None:
                unit.evidence.add(evidence)
            return sent

        sent = await self._parts.store.write(work)
        self._parts.reached("send.after_row")
        if sent is not None:
            await self._parts.settle(sent)
        return sent


def next_attempt(exchanges: list[Exchange]) -> datetime | None:
    """Give when the first of some exchanges is tried again."""
    moments = [each.next_attempt_at for each in exchanges if each.next_attempt_at is not None]
    return min(moments, default=None)
