"""Watching readers with a scripted service: changes, loss and return of the service."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bridge.adapters.pcsc.api import Pcsc, SlotStatus
from bridge.adapters.pcsc.codes import NO_ANSWER
from bridge.adapters.pcsc.monitor import Monitor
from bridge.adapters.pcsc.states import Watched, step
from bridge.domain.cards import (
    CardKind,
    ReaderChange,
    ReaderChangeKind,
    ReaderKind,
    ReaderState,
    ServiceState,
)
from bridge.eid.atr import ATR_17, ATR_18
from bridge.errors import CardMissing
from tests.support import scard
from tests.support import virtualreader as vr
from tests.support.scard import READER, ScriptedReader, ScriptedScard

AT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
INSERTED = ReaderChangeKind.CARD_INSERTED
REMOVED = ReaderChangeKind.CARD_REMOVED
CONNECTED = ReaderChangeKind.READER_CONNECTED
DISCONNECTED = ReaderChangeKind.READER_DISCONNECTED
SERVICE = ReaderChangeKind.SERVICE_CHANGED


def at_once(reader: ReaderState) -> Future[ReaderState]:
    """Say at once that the card is an eID of 2021 or later."""
    told: Future[ReaderState] = Future()
    card = reader.card
    assert card is not None
    told.set_result(replace(reader, card=replace(card, applet="1.8"), has_keypad=True))
    return told


class Seen:
    """A running monitor with what it told."""

    def __init__(self, library: ScriptedScard, look: Callable) -> None:
        self.library = library
        self.changes: list[ReaderChange] = []
        self.monitor = Monitor(Pcsc(library), look=look, now=lambda: AT)
        self.monitor.subscribe(self.changes.append)

    @property
    def kinds(self) -> list[ReaderChangeKind]:
        return [change.kind for change in self.changes]

    def until(self, *kinds: ReaderChangeKind) -> None:
        vr.until(lambda: self.kinds[-len(kinds) :] == list(kinds))

    def state(self) -> ReaderState:
        return self.monitor.snapshot().readers[0]


@contextmanager
def watching(library: ScriptedScard | None = None, look: Callable = at_once) -> Iterator[Seen]:
    seen = Seen(library or ScriptedScard(), look)
    seen.monitor.start()
    try:
        yield seen
    finally:
        seen.monitor.stop()
        assert seen.library.contexts == 0


def put_in(seen: Seen) -> None:
    seen.library.touch(lambda: seen.library.reader.insert(vr.document("ec").content()))


# -- the pure part ------------------------------------------------------------------------------


def status(counter: int = 0, flags: int = scard.EMPTY, atr: bytes = b"") -> SlotStatus:
    return SlotStatus(READER, counter << 16 | flags, atr)


def after(*looks: SlotStatus) -> tuple[dict[str, Watched], list[ReaderChangeKind]]:
    readers: dict[str, Watched] = {}
    kinds: list[ReaderChangeKind] = []
    for look in looks:
        made = step(readers, [look], AT)
        readers = dict(made.readers)
        kinds += [change.kind for change in made.changes]
    return readers, kinds


def test_a_card_exchanged_between_two_looks_is_two_changes():
    _, kinds = after(status(), status(1, scard.PRESENT, ATR_17), status(3, scard.PRESENT, ATR_17))
    assert kinds == [CONNECTED, INSERTED, REMOVED, INSERTED]


@pytest.mark.parametrize(
    "later",
    [
        status(1, scard.PRESENT | 0x400, ATR_17),  # it sleeps
        status(1, scard.PRESENT | 0x400, b""),
        status(1, scard.PRESENT | 0x100, ATR_17),  # somebody uses it
    ],
)
def test_a_card_that_sleeps_or_is_used_is_still_the_same(later):
    readers, kinds = after(status(), status(1, scard.PRESENT, ATR_17), later)
    assert kinds == [CONNECTED, INSERTED]
    assert readers[READER].state.is_card_held is False


def test_a_card_held_by_others_is_marked_and_let_go():
    held = status(1, scard.PRESENT | scard.EXCLUSIVE, ATR_17)
    readers, kinds = after(status(1, scard.PRESENT, ATR_17), held)
    assert readers[READER].state.is_card_held is True
    readers, _ = after(held, status(1, scard.PRESENT, ATR_17))
    assert readers[READER].state.is_card_held is False
    assert kinds == [CONNECTED, INSERTED]


@pytest.mark.parametrize(
    ("flags", "atr", "kind"),
    [
        (scard.PRESENT, ATR_17, CardKind.EID),
        (scard.PRESENT, ATR_18, CardKind.EID),
        (scard.PRESENT, bytes.fromhex("3B6500002063CB6600"), CardKind.FOREIGN),
        (scard.PRESENT | scard.MUTE, b"", CardKind.MUTE),
        (scard.PRESENT, b"", CardKind.MUTE),
    ],
)
def test_the_first_guess_is_made_by_the_answer_to_reset(flags, atr, kind):
    readers, _ = after(status(1, flags, atr))
    card = readers[READER].state.card
    assert card is not None
    assert card.kind is kind


def test_a_card_that_begins_to_answer_is_told_anew():
    readers, kinds = after(status(1, scard.PRESENT | scard.MUTE), status(1, scard.PRESENT, ATR_18))
    assert kinds == [CONNECTED, INSERTED, REMOVED, INSERTED]
    card = readers[READER].state.card
    assert card is not None
    assert card.kind is CardKind.EID


def test_a_reader_that_goes_takes_its_card_with_it():
    readers, _ = after(status(1, scard.PRESENT, ATR_18))
    kinds = [change.kind for change in step(readers, [], AT).changes]
    assert kinds == [REMOVED, DISCONNECTED]


# -- the thread ---------------------------------------------------------------------------------


def test_the_first_snapshot_is_there_when_the_watch_has_begun():
    library = ScriptedScard()
    library.reader.insert(vr.document("ec").content())
    with watching(library) as seen:
        snapshot = seen.monitor.snapshot()
        assert snapshot.service is ServiceState.RUNNING
        card = snapshot.readers[0].card
        assert card is not None
        assert (card.kind, card.applet) == (CardKind.EID, "1.8")
        assert seen.kinds == [SERVICE, CONNECTED, INSERTED]


def test_insertion_and_removal_are_told_with_what_the_card_says():
    with watching() as seen:
        put_in(seen)
        seen.until(INSERTED)
        told = seen.changes[-1].reader
        assert told is not None
        assert told.card is not None
        assert (told.card.applet, told.has_keypad) == ("1.8", True)
        seen.library.touch(seen.library.reader.remove)
        seen.until(REMOVED)
        assert seen.state().card is None


def test_a_slow_card_does_not_hold_up_its_event():
    asked: list[tuple[ReaderState, Future[ReaderState]]] = []

    def slow(reader: ReaderState) -> Future[ReaderState]:
        asked.append((reader, Future()))
        return asked[-1][1]

    with watching(look=slow) as seen:
        put_in(seen)
        seen.until(INSERTED)
        told = seen.changes[-1].reader
        assert told is not None
        assert told.card is not None
        assert (told.card.kind, told.card.applet) == (CardKind.EID, None)
        reader, answer = asked[0]
        answer.set_result(at_once(reader).result())
        card = seen.state().card
        assert card is not None
        assert card.applet == "1.8"


def test_what_a_card_said_is_not_kept_for_the_next_one():
    asked: list[tuple[ReaderState, Future[ReaderState]]] = []

    def slow(reader: ReaderState) -> Future[ReaderState]:
        asked.append((reader, Future()))
        return asked[-1][1]

    with watching(look=slow) as seen:
        put_in(seen)
        seen.until(INSERTED)
        seen.library.touch(seen.library.reader.remove)
        seen.until(REMOVED)
        put_in(seen)
        seen.until(REMOVED, INSERTED)
        reader, answer = asked[0]
        answer.set_result(at_once(reader).result())
        card = seen.state().card
        assert card is not None
        assert card.applet is None


def test_a_card_that_cannot_be_asked_is_told_as_it_looks():
    def gone(_reader: ReaderState) -> Future[ReaderState]:
        told: Future[ReaderState] = Future()
        told.set_exception(CardMissing())
        return told

    with watching(look=gone) as seen:
        put_in(seen)
        seen.until(INSERTED)
        card = seen.state().card
        assert card is not None
        assert (card.kind, card.applet) == (CardKind.EID, None)


def test_a_card_others_held_is_asked_again_when_they_let_it_go():
    looks = []

    def look(reader: ReaderState) -> Future[ReaderState]:
        looks.append(reader)
        assert reader.card is not None
        held = replace(reader.card, kind=CardKind.UNREAD)
        known = replace(reader.card, kind=CardKind.EID, applet="1.8")
        told: Future[ReaderState] = Future()
        told.set_result(replace(reader, card=held if reader.is_card_held else known))
        return told

    library = ScriptedScard()
    library.reader.insert(vr.document("ec").content())
    library.reader.flags |= scard.EXCLUSIVE
    with watching(library, look) as seen:
        card = seen.state().card
        assert card is not None
        assert card.kind is CardKind.UNREAD
        library.touch(lambda: setattr(library.reader, "flags", scard.PRESENT))
        vr.until(lambda: (held := seen.state().card) is not None and held.applet == "1.8")
        assert len(looks) == 2


def test_a_reader_of_the_operating_system_is_shown_and_its_card_is_not_asked():
    virtual = ScriptedReader()
    virtual.insert(vr.document("ec").content())
    looks: list[ReaderState] = []

    def look(reader: ReaderState) -> Future[ReaderState]:
        looks.append(reader)
        return at_once(reader)

    library = ScriptedScard(**{"Windows Hello for Business 1": virtual})
    with watching(library, look) as seen:
        assert seen.state().kind is ReaderKind.VIRTUAL
        assert looks == []


def test_a_reader_plugged_in_and_out_is_told():
    with watching() as seen:
        library = seen.library
        library.touch(lambda: library.readers.update({"Second": ScriptedReader()}))
        seen.until(CONNECTED, CONNECTED)
        library.touch(lambda: library.readers.pop("Second"))
        seen.until(DISCONNECTED)
        assert [each.name for each in seen.monitor.snapshot().readers] == [READER]


def test_a_reader_unplugged_during_the_look_is_no_loss_of_the_service():
    with watching() as seen:
        seen.library.failures["SCardGetStatusChange"] = [scard.UNKNOWN_READER]
        put_in(seen)
        seen.until(INSERTED)
        assert seen.kinds.count(SERVICE) == 1


@pytest.mark.parametrize("code", [scard.NO_SERVICE, scard.INVALID_HANDLE, 0x8010001E, 0x80100014])
def test_the_loss_of_the_service_is_told_and_so_is_its_return(code):
    with watching() as seen:
        put_in(seen)
        seen.until(INSERTED)
        library = seen.library
        library.always["SCardEstablishContext"] = code
        library.touch(lambda: library.always.update(SCardGetStatusChange=code))
        seen.until(REMOVED, DISCONNECTED, SERVICE)
        assert seen.monitor.snapshot().service is ServiceState.STOPPED
        assert seen.monitor.snapshot().readers == ()
        library.always.clear()
        seen.until(SERVICE, CONNECTED, INSERTED)
        assert seen.monitor.snapshot().service is ServiceState.RUNNING


def test_dos_06_one_look_that_hangs_says_nothing_about_the_cards():
    with watching() as seen:
        put_in(seen)
        seen.until(INSERTED)
        before = len(seen.changes)
        seen.library.failures["SCardListReaders"] = [NO_ANSWER]
        vr.until(lambda: not seen.library.failures["SCardListReaders"])
        seen.library.touch(seen.library.reader.remove)
        seen.until(REMOVED)
        assert seen.kinds[before:] == [REMOVED]


def test_dos_06_a_driver_that_goes_on_hanging_is_a_loss_and_the_watch_comes_back():
    with watching() as seen:
        put_in(seen)
        seen.until(INSERTED)
        seen.library.failures["SCardListReaders"] = [NO_ANSWER] * 2
        seen.until(REMOVED, DISCONNECTED, SERVICE, SERVICE, CONNECTED, INSERTED)
        assert seen.monitor.snapshot().service is ServiceState.RUNNING


def test_a_service_that_is_away_is_not_asked_without_pause():
    library = ScriptedScard()
    library.always["SCardEstablishContext"] = scard.NO_SERVICE
    with watching(library) as seen:
        assert seen.monitor.snapshot().service is ServiceState.STOPPED
        begun = time.monotonic()
        vr.until(lambda: len(library.calls) > 2)
        assert time.monotonic() - begun > 0.3
        assert seen.changes == []


def test_without_a_library_the_service_is_missing():
    monitor = Monitor(Pcsc(None), look=at_once, now=lambda: AT)
    monitor.start()
    assert monitor.snapshot().service is ServiceState.MISSING
    monitor.stop()


def test_the_watch_outlives_a_library_that_throws():
    def broken() -> None:
        library.hooks.clear()
        raise RuntimeError("a bug of the library")

    library = ScriptedScard()
    library.hooks["SCardListReaders"] = broken
    with watching(library) as seen:
        vr.until(lambda: seen.monitor.snapshot().service is ServiceState.RUNNING)


def test_the_watch_outlives_a_listener_that_throws():
    def broken(_change: ReaderChange) -> None:
        raise RuntimeError("a bug of a listener")

    seen = Seen(ScriptedScard(), at_once)
    later: list[ReaderChange] = []
    seen.monitor.subscribe(broken)
    seen.monitor.subscribe(later.append)
    seen.monitor.start()
    try:
        put_in(seen)
        seen.until(INSERTED)
        vr.until(lambda: len(later) == len(seen.changes))
    finally:
        seen.monitor.stop()


def test_a_listener_that_ended_is_not_told_any_more():
    with watching() as seen:
        told: list[ReaderChange] = []
        end = seen.monitor.subscribe(told.append)
        end()
        end()
        put_in(seen)
        seen.until(INSERTED)
        assert told == []


def test_the_watch_ends_at_once():
    library, cancelled = ScriptedScard(), threading.Event()
    library.hooks["SCardCancel"] = cancelled.set
    monitor = Monitor(Pcsc(library), look=at_once, now=lambda: AT)
    monitor.start()
    monitor.stop()
    assert cancelled.is_set(), "it does not wait for the next change"
    assert library.contexts == 0
    assert "reader-monitor" not in [thread.name for thread in threading.enumerate()]


def test_dos_06_a_service_that_hangs_holds_up_neither_start_nor_end_for_ever():
    goes_on = threading.Event()
    library = ScriptedScard()
    library.hooks["SCardEstablishContext"] = lambda: goes_on.wait(20)
    monitor = Monitor(Pcsc(library), look=at_once, now=lambda: AT)
    monitor.start(limit_s=0.05)
    assert monitor.snapshot().service is ServiceState.STOPPED
    monitor.stop(limit_s=0.05)
    assert "reader-monitor" in [thread.name for thread in threading.enumerate()]
    goes_on.set()
    monitor.stop()
