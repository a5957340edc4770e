"""The audit trail: takes what happened, keeps the chain, and looks whether it still holds.

A record is with the operating system when ``record`` returns; the disk is waited for once for all
records of a second.
What is refused again and again is one record at once, and one with the number of repeats after a
minute, so that a flood fills neither disk nor log.
Source: *Local API security* 15 and 16 (SEC-16, SEC-168).
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from bridge.domain.audit import (
    DONE,
    GENESIS,
    SHORT_MARK,
    Action,
    AuditEntry,
    AuditKeys,
    Head,
    Verdict,
    seal,
    verify,
)
from bridge.domain.identifiers import Niss
from bridge.errors import BridgeError, StoreError
from bridge.ports.audit import MOST_ANCHORS, AnchorPlace, AuditFile, PatientSalts
from bridge.ports.clock import Clock
from bridge.service.waits import happens

ANCHORED_EVERY: Final = timedelta(days=1)
REPEATS_WITHIN: Final = timedelta(minutes=1)
FLUSHED_AFTER_S: Final = 1.0
MOST_REPEATED: Final = 1000
"""Kinds of refusal that are counted at a time."""
_LOOK_EVERY_S: Final = 60.0

log = structlog.get_logger()
_Same = tuple[str | None, str | None, str]
"""Client, route and code: what makes two refusals the same."""


@dataclass
class _Repeated:
    since: datetime
    count: int = 0


class AuditTrail:
    """Port ``Auditor``, and what is asked about the log."""

    def __init__(
        self,
        *,
        file: AuditFile,
        anchors: AnchorPlace,
        keys: AuditKeys,
        clock: Clock,
        salts: PatientSalts,
    ) -> None:
        """Record in ``file``; ``start`` begins to look after it."""
        self._salts = salts
        self._file = file
        self._anchors = anchors
        self._keys = keys
        self._clock = clock
        self._mutex = threading.Lock()
        self._looking = threading.Lock()
        self._is_over = False
        self._repeated: dict[_Same, _Repeated] = {}
        self._head = GENESIS
        self._witnesses: list[Head] = []
        self._verdict: Verdict | None = None
        self._anchored_at: datetime | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._listeners: list[Callable[[], None]] = []

    @property
    def verdict(self) -> Verdict | None:
        """What the last look at the whole log found; ``None`` before the first one."""
        return self._verdict

    def record(  # the members of a record, all by name
        self,
        action: Action,
        *,
        result: str = DONE,
        actor: Niss | str | None = None,
        client: str | None = None,
        object_id: str | None = None,
        patient: Niss | None = None,
        patients: Collection[Niss] = (),
    ) -> None:
        """Record one thing that happened; a log that cannot be written stops nobody's work."""
        marks = self._marks([*([] if patient is None else [patient]), *patients])
        several = marks if patient is None else marks[1:]
        entry = AuditEntry(
            at=self._clock.now(),
            action=action,
            result=result,
            actor=self._keys.pseudonym(actor) if isinstance(actor, Niss) else actor,
            client=client,
            object_id=object_id,
            patient=marks[0] if patient is not None and marks else None,
            patients=tuple(each[:SHORT_MARK] for each in several),
        )
        self._append(entry)

    def forget(self, patient: Niss) -> None:
        """Destroy the salt of a patient: her records stay, and nobody can find them (SEC-163).

        Raises:
            StoreError: the salt cannot be destroyed.
        """
        self._salts.forget(self._keys.index(patient))

    def mark_of(self, patient: Niss) -> str | None:
        """Give the pseudonym of a patient in the log; ``None`` when there is nothing about her.

        Raises:
            StoreError: the salts cannot be read.
        """
        salt = self._salts.find(self._keys.index(patient))
        return None if salt is None else self._keys.mark(patient, salt)

    def _marks(self, patients: Collection[Niss]) -> list[str]:
        """Give the pseudonyms of patients; none when the salts cannot be read."""
        try:
            return [
                self._keys.mark(each, self._salts.salt(self._keys.index(each))) for each in patients
            ]
        except BridgeError as error:
            log.error("audit.unwritten", code=error.problem_code)  # noqa: TRY400  # the code says it
            return []

    def refused(self, code: str, *, route: str, client: str | None = None) -> None:
        """Record that a request was refused; what repeats within a minute is counted."""
        now = self._clock.now()
        self.settle_repeats()
        route = route.replace(" ", ":")  # names of ours have no blanks
        same = (client, route, code)
        with self._mutex:
            known = self._repeated.get(same)
            if known is not None:
                known.count += 1
                return
            self._repeated[same] = _Repeated(now)
        self.record(Action.REQUEST_REFUSED, result=code, object_id=route, client=client)

    def settle_repeats(self, *, is_end: bool = False) -> None:
        """Write how often was repeated what began to repeat more than a minute ago."""
        now = self._clock.now()
        with self._mutex:
            is_full = is_end or len(self._repeated) >= MOST_REPEATED
            over = [
                (same, repeated)
                for same, repeated in self._repeated.items()
                if is_full or not repeated.since <= now < repeated.since + REPEATS_WITHIN
            ]
            for same, _ in over:
                del self._repeated[same]
        for (client, route, code), repeated in over:
            if repeated.count:
                entry = AuditEntry(
                    at=now,
                    action=Action.REQUEST_REFUSED,
                    result=code,
                    client=client,
                    object_id=route,
                    repeats=repeated.count,
                )
                self._append(entry)

    def verify(self, witness: Head | None = None) -> Verdict:
        """Walk the whole log; takes about half a minute for a million records.

        ``witness`` is an end somebody wrote down elsewhere, such as the system's own log.

        Raises:
            StoreError: it cannot be read.
            KeyStoreUnavailable: the anchors cannot be read.
        """
        own = [*self._witnesses, *([self._head] if self._head.sequence else [])]
        kept = self._anchors.read()
        anchors = [*kept, *own, *([witness] if witness else [])]
        try:
            verdict = verify(self._lines(), key=self._keys.chain, anchors=anchors)
        except OSError as error:
            raise StoreError from error
        if witness is None:
            self._verdict = verdict
        return verdict

    def _lines(self) -> Iterator[bytes]:
        """Give the lines, as long as the daemon does not stop: it need not wait for a long log."""
        for line in self._file.lines():
            if self._is_over:
                raise StoreError("the daemon stops")
            yield line

    def anchor(self) -> None:
        """Write at the second place how far the log goes; lost anchors stay as witnesses."""
        if not self._head.sequence:
            return
        lost = () if self._verdict is None else self._verdict.lost
        known = list(self._anchors.read()) if self._verdict is None else list(lost)
        kept = [each for each in known if each.sequence != self._head.sequence]
        self._anchors.write([*kept[: MOST_ANCHORS - 1], self._head])
        self._anchored_at = self._clock.now()

    def listen(self, listener: Callable[[], None]) -> None:
        """Have a function called on the loop after each look at the whole log."""
        self._listeners.append(listener)

    def start(self) -> None:
        """Look at the whole log in the background, and look after it from here on."""
        self._loop = asyncio.get_running_loop()
        self._task = self._loop.create_task(self._run())

    async def close(self) -> None:
        """Write what is left, anchor the end, and close the file."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        self._loop, self._is_over = None, True
        await asyncio.to_thread(self.finish)

    def finish(self) -> None:
        """Write what is left, anchor the end, and close the file."""
        self.settle_repeats(is_end=True)
        try:
            with self._looking:
                self.anchor()
                self._file.close()
        except BridgeError as error:
            log.warning("audit.unwritten", code=error.problem_code)

    async def _run(self) -> None:
        while True:
            await asyncio.to_thread(self._look_after)
            if self._verdict is not None:
                for listener in self._listeners:
                    listener()
            await happens(self._wake, _LOOK_EVERY_S)
            await asyncio.sleep(FLUSHED_AFTER_S)
            self._wake.clear()

    def _look_after(self) -> None:
        with self._looking:
            if not self._is_over:
                self._look()

    def _look(self) -> None:
        try:
            self.settle_repeats()
            now = self._clock.now()
            if self._anchored_at is None or now >= self._anchored_at + ANCHORED_EVERY:
                self._tell(self.verify())
                self._anchored_at = now
                self.anchor()
            self._file.flush()
        except BridgeError as error:
            log.warning("audit.stuck", code=error.problem_code)

    def _tell(self, verdict: Verdict) -> None:
        """Record a gap once, so that it stays in the log whatever becomes of the file."""
        broken = verdict.broken
        if broken is None:
            return
        log.error("audit.gap", code=broken.kind.value, count=broken.sequence)
        if broken.place not in verdict.known_gaps:
            self.record(Action.GAP_FOUND, result=broken.kind.value, object_id=broken.place)

    def _append(self, entry: AuditEntry) -> None:
        def make(head: Head) -> tuple[bytes, Head]:
            if head.sequence <= self._head.sequence and head != self._head:
                # Somebody took records away under us: our end is a witness, and soon an anchor.
                self._witnesses = [*self._witnesses, self._head][:MOST_ANCHORS]
                self._anchored_at = None
            return seal(entry, after=head, key=self._keys.chain)

        try:
            self._head = self._file.append(make)
        except BridgeError as error:
            log.error("audit.unwritten", code=error.problem_code)  # noqa: TRY400  # the code says it
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._wake.set)
