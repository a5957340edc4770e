"""When sessions end by themselves: sign-out, user switch, lock, a card taken out (SEC-93)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bridge.domain.cards import CardKind, InsertedCard, ReaderSnapshot, ReaderState, ServiceState
from bridge.domain.sessions import SessionPolicy
from bridge.ports.ossession import OsSessionChange
from bridge.service.sessionendings import SessionEndings
from tests.support.fakes import FixedClock

AT = datetime(2026, 11, 23, tzinfo=UTC)
READER = "Reader 0"


class Sessions:
    """Sessions that only remember what ended them."""

    def __init__(self) -> None:
        self.held = {"ses_1": READER}
        self.ended: list[str] = []
        self.listeners: list = []

    def opened(self):
        return list(self.held)

    def end_all(self, *, because):
        self.held.clear()
        self.ended.append(because)

    def end(self, session_id, *, because):
        del self.held[session_id]
        self.ended.append(because)

    def readers_used(self):
        return dict(self.held)

    def listen(self, listener):
        self.listeners.append(listener)


class Readers:
    """Readers that tests fill and empty."""

    def __init__(self) -> None:
        self.listeners: list = []
        self.now: tuple[ReaderState, ...] = ()

    def snapshot(self):
        return ReaderSnapshot(service=ServiceState.RUNNING, readers=self.now, seen_at=AT)

    def listen(self, listener):
        self.listeners.append(listener)

    def become(self, *readers: ReaderState) -> None:
        self.now = readers
        for listener in self.listeners:
            listener()


class Watch:
    """A watch over the user's session, whose computer is shared or not."""

    def __init__(self, *, is_shared: bool) -> None:
        self.shared = is_shared
        self.listener = None
        self.is_closed = False

    def start(self, listener):
        self.listener = listener

    def close(self):
        self.is_closed = True

    def is_shared(self):
        return self.shared


def endings(*, is_shared: bool = False, **policy):
    clock, sessions, readers = FixedClock(), Sessions(), Readers()
    made = SessionEndings(
        sessions=sessions,
        readers=readers,
        clock=clock,
        policy=SessionPolicy(**policy),
        os_session=Watch(is_shared=is_shared),
    )
    return made, sessions, readers, clock


@pytest.mark.parametrize(
    ("change", "policy", "ended"),
    [
        pytest.param("signed_out", {}, True, id="sign-out"),
        pytest.param("switched_away", {}, True, id="user-switch"),
        pytest.param("switched_away", {"ends_on_user_switch": False}, False, id="switch-set-off"),
        pytest.param("signed_out", {"ends_on_user_switch": False}, True, id="sign-out-always"),
        pytest.param("locked", {}, False, id="a-lock-alone"),
        pytest.param("unlocked", {}, False, id="unlock"),
        pytest.param("returned", {}, False, id="back-at-the-screen"),
    ],
)
def test_sec_93_what_ends_at_once(change, policy, ended):
    made, sessions, _, _ = endings(**policy)
    made.take(OsSessionChange(change))
    assert sessions.ended == ([change] if ended else [])


def test_whoever_wants_to_know_hears_of_every_change():
    made, _, _, _ = endings()
    heard = []
    made.listen(heard.append)
    for change in OsSessionChange:
        made.take(change)
    assert heard == list(OsSessionChange)


@pytest.mark.parametrize(
    ("ends_on_lock", "is_shared", "ended"),
    [
        pytest.param("auto", False, False, id="auto-alone"),
        pytest.param("auto", True, True, id="auto-shared"),
        pytest.param("on", False, True, id="on"),
        pytest.param("off", True, False, id="off"),
    ],
)
def test_sec_93_locked_for_ten_minutes(ends_on_lock, is_shared, ended):
    made, sessions, _, clock = endings(is_shared=is_shared, ends_on_lock=ends_on_lock)
    made.look()
    made.take(OsSessionChange.LOCKED)
    clock.advance(minutes=9)
    made.take(OsSessionChange.LOCKED)  # said twice, it began with the first
    made.look()
    assert sessions.ended == []
    clock.advance(minutes=1)
    made.look()
    made.look()
    assert sessions.ended == (["locked"] if ended else [])


def test_sec_93_unlocked_in_time_the_minutes_begin_anew():
    made, sessions, _, clock = endings(ends_on_lock="on", lock_minutes=5)
    for _ in range(3):
        made.take(OsSessionChange.LOCKED)
        clock.advance(minutes=4)
        made.take(OsSessionChange.UNLOCKED)
        made.look()
    assert sessions.ended == []


def test_sec_93_asleep_while_locked_it_is_over_at_the_unlock():
    made, sessions, _, clock = endings(ends_on_lock="on")
    made.take(OsSessionChange.LOCKED)
    clock.advance(hours=8)
    made.take(OsSessionChange.UNLOCKED)
    assert sessions.ended == ["locked"]


def reader(*, has_card: bool = True, name: str = READER) -> ReaderState:
    card = InsertedCard(kind=CardKind.EID, atr=b"", inserted_at=AT) if has_card else None
    return ReaderState(id=f"rdr_{name}", name=name, card=card)


async def started(**policy):
    made, sessions, readers, clock = endings(**policy)
    made.start()
    return made, sessions, readers, clock


async def test_sec_93_a_card_taken_out_ends_nothing_by_default():
    _, sessions, readers, _ = await started()
    readers.become(reader())
    readers.become(reader(has_card=False))
    assert sessions.ended == []


@pytest.mark.parametrize(
    "after", [pytest.param((reader(has_card=False),), id="card"), pytest.param((), id="reader")]
)
async def test_sec_93_where_wanted_its_card_or_reader_taken_away_ends_it(after):
    _, sessions, readers, _ = await started(ends_on_card_removal=True)
    readers.now = (reader(), reader(name="Other"))
    sessions.listeners[0]()
    readers.become(reader(), reader(has_card=False, name="Other"))
    assert sessions.ended == []
    readers.become(*after)
    assert sessions.ended == ["card_removed"]


async def test_a_reader_nobody_knows_never_loses_its_card():
    _, sessions, readers, _ = await started(ends_on_card_removal=True)
    readers.become(replace(reader(), name="Other"))
    assert sessions.ended == []


async def test_the_watch_is_started_heard_and_closed():
    watch, sessions = Watch(is_shared=False), Sessions()
    made = SessionEndings(
        sessions=sessions,
        readers=Readers(),
        clock=FixedClock(),
        policy=SessionPolicy(),
        os_session=watch,
    )
    made.start()
    watch.listener(OsSessionChange.SIGNED_OUT)
    await asyncio.sleep(0)
    assert sessions.ended == ["signed_out"]
    made.close()
    assert watch.is_closed


async def test_without_a_watch_nothing_is_started():
    made = SessionEndings(
        sessions=Sessions(), readers=Readers(), clock=FixedClock(), policy=SessionPolicy()
    )
    made.start()
    made.close()
