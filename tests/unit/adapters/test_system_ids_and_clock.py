"""The computer's clock and random source."""

from __future__ import annotations

import threading
import uuid
from datetime import UTC, timedelta

import pytest

from bridge.adapters.clock import SystemClock
from bridge.adapters.ids import SystemIds
from tests.support.fakes import FixedClock


def test_the_moment_is_aware_and_in_utc():
    now = SystemClock().now()
    assert now.tzinfo is UTC
    assert abs(SystemClock().now() - now) < timedelta(seconds=5)


def test_the_monotonic_clock_never_goes_back():
    clock = SystemClock()
    moments = [clock.monotonic() for _ in range(1000)]
    assert moments == sorted(moments)


def test_uuids_are_random_and_in_text_form():
    made = {SystemIds(FixedClock()).uuid() for _ in range(100)}
    assert len(made) == 100
    assert all(uuid.UUID(text).version == 4 and str(uuid.UUID(text)) == text for text in made)


@pytest.mark.parametrize("size", [1, 12, 32])
def test_secrets_have_the_asked_size_and_differ(size):
    ids = SystemIds(FixedClock())
    made = [ids.secret(size) for _ in range(3)]
    assert {len(each) for each in made} == {size}
    assert size == 1 or len(set(made)) == 3


def test_ulids_carry_prefix_and_alphabet():
    made = SystemIds(FixedClock()).ulid("op")
    prefix, _, rest = made.partition("_")
    assert prefix == "op"
    assert len(rest) == 26
    assert set(rest) <= set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")


def test_ulids_of_one_millisecond_sort_in_the_order_of_making():
    ids = SystemIds(FixedClock())
    made = [ids.ulid("op") for _ in range(1000)]
    assert made == sorted(made)
    assert len(set(made)) == 1000


def test_ulids_sort_when_the_clock_moves_by_less_than_a_millisecond():
    clock = FixedClock()
    ids = SystemIds(clock)
    made = []
    for _ in range(200):
        made.append(ids.ulid("op"))
        clock.advance(microseconds=37)
    assert made == sorted(made)


def test_ulids_sort_when_the_clock_is_set_back():
    clock = FixedClock()
    ids = SystemIds(clock)
    first = ids.ulid("op")
    clock.advance(hours=-1)
    second = ids.ulid("op")
    clock.advance(hours=2)
    assert first < second < ids.ulid("op")


def test_ulids_of_different_milliseconds_do_not_share_their_random_part():
    clock = FixedClock()
    ids = SystemIds(clock)
    first = ids.ulid("op")
    clock.advance(milliseconds=1)
    assert first[-16:] != ids.ulid("op")[-16:]


def test_ulids_of_several_threads_are_all_different():
    ids, made = SystemIds(FixedClock()), []
    threads = [
        threading.Thread(target=lambda: made.extend(ids.ulid("op") for _ in range(500)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 2000
