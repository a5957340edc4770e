"""After the computer slept nothing is ready before the readers were seen again (SEC-96)."""

from __future__ import annotations

from bridge.domain.cards import ReaderSnapshot, ServiceState
from bridge.service.waking import MOST_GAP_S, PATIENCE_S, WakeWatch
from tests.support.fakes import FixedClock


class Readers:
    """Readers seen when a test says so."""

    def __init__(self, clock: FixedClock) -> None:
        self.seen_at = clock.now()
        self.service = ServiceState.RUNNING

    def snapshot(self) -> ReaderSnapshot:
        return ReaderSnapshot(service=self.service, readers=(), seen_at=self.seen_at)


def awake():
    clock = FixedClock()
    readers = Readers(clock)
    return WakeWatch(clock=clock, readers=readers), clock, readers


def test_awake_and_looked_at_regularly_it_is_current():
    wake, clock, _ = awake()
    for _ in range(100):
        clock.advance(seconds=MOST_GAP_S)
        wake.look()
        assert wake.is_current


def test_sec_96_after_a_sleep_the_readers_are_seen_first():
    wake, clock, readers = awake()
    clock.advance(hours=13)
    assert not wake.is_current, "whoever asks first notices it"
    clock.advance(seconds=1)
    assert not wake.is_current
    readers.seen_at = clock.now()
    assert wake.is_current
    assert wake.is_current


def test_sec_96_the_regular_look_notices_it_too():
    wake, clock, _ = awake()
    clock.advance(minutes=5)
    wake.look()
    assert not wake.is_current


def test_readers_that_hang_do_not_keep_it_for_ever():
    wake, clock, _ = awake()
    clock.advance(minutes=5)
    assert not wake.is_current
    clock.advance(seconds=PATIENCE_S + 1)
    assert wake.is_current


def test_without_a_smart_card_service_nothing_is_waited_for():
    wake, clock, readers = awake()
    readers.service = ServiceState.MISSING
    clock.advance(minutes=5)
    assert wake.is_current


def test_a_clock_that_was_set_is_no_sleep():
    wake, clock, _ = awake()
    clock.set_wrong(hours=6)
    assert wake.is_current


def test_whoever_wants_to_know_is_told_once_that_it_woke():
    wake, clock, _ = awake()
    told = []
    wake.listen(lambda: told.append(clock.now()))
    clock.advance(seconds=MOST_GAP_S)
    wake.look()
    assert told == []
    clock.advance(hours=2)
    wake.look()
    wake.look()
    assert told == [clock.now()]
