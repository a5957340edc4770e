"""Where every feature gets a PIN: one at a time, never kept, the last try guarded.

Source: *Local API security* 8 (SEC-81, SEC-84, SEC-85); *Belgian eID card* 14; D9.
"""

from __future__ import annotations

import asyncio
import hashlib
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

import structlog

from bridge.domain.audit import Action
from bridge.domain.operations import WaitingFor
from bridge.domain.secrets import Pin
from bridge.errors import (
    CardError,
    KeypadBypassRefused,
    LastTryRefused,
    MiddlewareCrashed,
    PinBlocked,
    PinCancelled,
    PinEntryInProgress,
    PinPaused,
    PinWrong,
    ReaderTimeout,
)
from bridge.ports.audit import NO_AUDIT, Auditor
from bridge.ports.card import CardFacts
from bridge.ports.clock import Clock
from bridge.ports.prompt import PIN_TIMEOUT_S, PinRequest, Prompt
from bridge.service.keypads import KeypadWatch

PAUSES_S: Final = (5, 30, 300)
"""How long a client waits after its first, second and each further cancelled PIN, seconds."""
_LAST_TRY: Final = 1
_MAY_HAVE_COST_A_TRY: Final = (PinWrong, PinBlocked, ReaderTimeout, MiddlewareCrashed)
"""After a driver or a library that hung or crashed nobody knows whether the card judged the PIN."""

_T = TypeVar("_T")
Gone = Callable[[str], Awaitable[CardError]]
"""Waits until the card of the reader so named goes, and gives the error that says so."""
Tell = Callable[[WaitingFor], Awaitable[object]]
"""Hears of what the user is asked, before she is asked."""

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Errand:
    """What a PIN is for, as the prompt shows it.

    Attributes:
        requested_by: Name of the software that asks.
        purpose: Code of a phrase of the section ``purposes``.
        holder_name: Whose card it is.
        language: ``fr``, ``nl``, ``de`` or ``en``.
    """

    requested_by: str
    purpose: str
    holder_name: str = field(repr=False)
    language: str


@dataclass(frozen=True)
class _Pause:
    cancelled: int
    until: datetime


class PinDesk:
    """Lets one caller at a time ask for the PIN.

    It remembers, for this run only: who cancelled how often, and on which cards a PIN failed
    or may have failed (by hash of the certificate); never a PIN.
    """

    def __init__(
        self,
        *,
        prompt: Prompt,
        clock: Clock,
        gone: Gone | None = None,
        audit: Auditor = NO_AUDIT,
        keypads: KeypadWatch | None = None,
    ) -> None:
        """Ask with ``prompt``; ``gone`` ends the asking when the card goes away."""
        self._keypads = keypads
        self._audit = audit
        self._prompt = prompt
        self._clock = clock
        self._gone = gone
        self._visit: PinVisit | None = None
        self._pauses: dict[str, _Pause] = {}
        self._failed: set[bytes] = set()

    def admit(self, client_id: str) -> PinVisit:
        """Let a client in; the visit must be closed, whatever happens.

        Raises:
            PinEntryInProgress: somebody else is at the desk.
            PinPaused: the client cancelled a moment ago; ``retry_after_s`` tells how long to wait.
        """
        if self._visit is not None:
            raise PinEntryInProgress
        pause = self._pauses.get(client_id)
        if pause is not None and self._clock.now() < pause.until:
            remaining = (pause.until - self._clock.now()).total_seconds()
            raise PinPaused(retry_after_s=math.ceil(remaining))
        self._visit = PinVisit(self, client_id)
        return self._visit

    @property
    def is_taken(self) -> bool:
        """Tell whether somebody is at the desk: a PIN is asked for, or about to be."""
        return self._visit is not None

    def leave(self, visit: PinVisit) -> None:
        """Let the next one in; does nothing for a visit that is over."""
        if self._visit is visit:
            self._visit = None

    @asynccontextmanager
    async def serve(
        self,
        visit: PinVisit,
        facts: CardFacts,
        errand: Errand,
        tell: Tell,
    ) -> AsyncIterator[Pin | None]:
        """Serve a visit; see ``PinVisit.pin``."""
        if self._visit is not visit:
            raise PinEntryInProgress
        card = hashlib.sha256(facts.authentication_certificate).digest()

        async def shown(waiting_for: WaitingFor) -> None:
            self._audit.record(
                Action.PIN_ASKED, client=visit.client_id, object_id=waiting_for.where
            )
            await tell(waiting_for)

        try:
            await self._guard_keypad(facts, errand, shown, client_id=visit.client_id)
            await self._guard_last_try(facts, errand, shown, has_failed=card in self._failed)
            async with self._asked(facts, errand, shown) as pin:
                yield pin
        except CardError as error:
            self._note(error, visit.client_id, card)
            raise
        self._failed.discard(card)
        self._pauses.pop(visit.client_id, None)

    def _note(self, error: CardError, client_id: str, card: bytes) -> None:
        """Remember what went wrong: who cancelled, and on which card a PIN failed."""
        self._audit.record(Action.PIN_FAILED, result=error.problem_code, client=client_id)
        if isinstance(error, (PinCancelled, LastTryRefused, KeypadBypassRefused)):
            self._pause(client_id)
        elif isinstance(error, _MAY_HAVE_COST_A_TRY):
            self._failed.add(card)

    async def _guard_keypad(
        self, facts: CardFacts, errand: Errand, tell: Tell, *, client_id: str
    ) -> None:
        """Let no PIN be typed where the reader had a keypad, without a choice (DOWN-01)."""
        if self._keypads is None:
            return
        if facts.has_keypad:
            await self._keypads.used(facts.reader)
        elif facts.tries_left != 0 and await self._keypads.is_missed(facts.reader):
            await tell(self._waiting(self._prompt.where))
            asking = self._prompt.consent_to_typing(_request(facts, errand))
            choice = await self._unless_gone(facts.reader, asking)
            await self._keypads.chosen(facts.reader, choice, client_id=client_id)

    async def _guard_last_try(
        self,
        facts: CardFacts,
        errand: Errand,
        tell: Tell,
        *,
        has_failed: bool,
    ) -> None:
        """Let the last try, or what may be the last one, be used with consent only (SEC-85)."""
        if facts.tries_left == 0:
            raise PinBlocked
        may_be_last = has_failed if facts.tries_left is None else facts.tries_left == _LAST_TRY
        if not may_be_last:
            return
        if facts.asks_itself:
            # The library's own window warns nobody (D9).
            raise LastTryRefused
        await tell(self._waiting(self._prompt.where))
        asking = self._prompt.consent_to_last_try(_request(facts, errand))
        if not await self._unless_gone(facts.reader, asking):
            raise LastTryRefused

    @asynccontextmanager
    async def _asked(
        self,
        facts: CardFacts,
        errand: Errand,
        tell: Tell,
    ) -> AsyncIterator[Pin | None]:
        """Have the PIN entered: on the keypad, in the library's window, or in our prompt."""
        request = _request(facts, errand)
        if facts.has_keypad:
            await tell(self._waiting("reader_keypad"))
            async with self._prompt.point_to_keypad(request):
                yield None
        elif facts.asks_itself:
            await tell(self._waiting("middleware"))
            yield None
        else:
            await tell(self._waiting(self._prompt.where))
            with await self._unless_gone(facts.reader, self._prompt.ask_pin(request)) as pin:
                yield pin

    async def _unless_gone(self, reader: str, asking: Coroutine[Any, Any, _T]) -> _T:
        """Ask while the card is there; when it goes, close the prompt and say so."""
        if self._gone is None:
            return await asking
        question = asyncio.ensure_future(asking)
        departure = asyncio.ensure_future(self._gone(reader))
        is_taken = False
        try:
            await asyncio.wait({question, departure}, return_when=asyncio.FIRST_COMPLETED)
            is_taken = question.done()
            if not is_taken:
                raise departure.result()
            return question.result()
        finally:
            await _dropped(departure)
            if not is_taken:
                await _dropped(question)

    def _waiting(self, where: str) -> WaitingFor:
        until = self._clock.now() + timedelta(seconds=PIN_TIMEOUT_S)
        return WaitingFor(what="pin", where=where, expires_at=until)

    def _pause(self, client_id: str) -> None:
        earlier = self._pauses.get(client_id)
        cancelled = 1 if earlier is None else earlier.cancelled + 1
        seconds = PAUSES_S[min(cancelled, len(PAUSES_S)) - 1]
        until = self._clock.now() + timedelta(seconds=seconds)
        self._pauses[client_id] = _Pause(cancelled, until)
        log.info("pin.paused", client=client_id, seconds=seconds)


class PinVisit:
    """A client's turn at the desk, from its request to the end of its work."""

    def __init__(self, desk: PinDesk, client_id: str) -> None:
        """Belong to a desk; made by ``PinDesk.admit``."""
        self._desk = desk
        self.client_id = client_id

    @asynccontextmanager
    async def pin(
        self,
        facts: CardFacts,
        errand: Errand,
        *,
        tell: Tell,
    ) -> AsyncIterator[Pin | None]:
        """Ask for the PIN and give it for the block, in which the card signs once.

        The PIN is wiped when the block ends; an end without error counts as a success.
        ``None`` means that it is entered elsewhere while the block runs: on the keypad of the
        reader, or in the library's own window.

        Args:
            facts: The card that will sign, as it was just seen.
            errand: What the prompt shows.
            tell: Hears where the user is asked, before each question.

        Raises:
            PinBlocked: the card tells that no try is left.
            LastTryRefused: one try may be left, and the user keeps it.
            KeypadBypassRefused: the reader had a keypad before, and the user types no PIN.
            PinCancelled, PinTimeout, PromptUnavailable: no answer.
            CardRemoved, ReaderRemoved: it went away while the prompt was open.
            PinEntryInProgress: the visit is over.
        """
        async with self._desk.serve(self, facts, errand, tell) as pin:
            yield pin

    def close(self) -> None:
        """Let the next one in."""
        self._desk.leave(self)


def _request(facts: CardFacts, errand: Errand) -> PinRequest:
    return PinRequest(
        requested_by=errand.requested_by,
        purpose=errand.purpose,
        holder_name=errand.holder_name,
        reader=facts.reader,
        tries_left=facts.tries_left,
        language=errand.language,
    )


async def _dropped(task: asyncio.Future[Any]) -> None:
    """End a task whose answer nobody takes, and wipe a PIN it gave after all."""
    task.cancel()
    await asyncio.wait([task])
    if not task.cancelled() and task.exception() is None and isinstance(task.result(), Pin):
        task.result().wipe()
