"""Rate limits of *Local API security* 17, on a clock that only the test moves."""

from __future__ import annotations

import pytest

from api.limits import FailureBrake, RateLimits, Rates, TokenBucket
from tests.support.fakes import FixedClock


def test_a_bucket_gives_its_burst_and_then_its_rate():
    clock = FixedClock()
    bucket = TokenBucket(rate=2, burst=3, clock=clock)
    assert [bucket.take() for _ in range(3)] == [0, 0, 0]
    assert bucket.take() == pytest.approx(0.5)
    clock.advance(seconds=0.5)
    assert bucket.take() == 0
    clock.advance(hours=1)
    assert [bucket.take() > 0 for _ in range(4)] == [False, False, False, True]


def test_one_token_is_limited_and_another_is_not_dos_03():
    limits = RateLimits(FixedClock())
    answers = [limits.check_client("noisy") for _ in range(41)]
    assert answers[:40] == [None] * 40
    assert answers[40].code == "rate_limited"
    assert answers[40].retry_after_s == 1
    assert dict(answers[40].headers)["RateLimit"] == '"per-token";r=0;t=1'
    assert limits.check_client("quiet") is None


def test_our_own_page_has_a_capacity_of_its_own_dos_03():
    limits = RateLimits(FixedClock())
    assert [limits.check_client("console") for _ in range(160)] == [None] * 160
    assert limits.check_client("console").code == "rate_limited"
    assert limits.check_client("quiet") is None


def test_the_hourly_limit_holds_when_the_caller_is_never_too_fast():
    clock = FixedClock()
    limits = RateLimits(clock, Rates(per_token_hour=10))
    refused = 0
    for _ in range(20):
        clock.advance(seconds=1)
        refused += limits.check_client("steady") is not None
    assert refused == 10


def test_requests_without_token_share_one_bucket_dos_02():
    clock = FixedClock()
    limits = RateLimits(clock)
    answers = [limits.check_without_token() for _ in range(11)]
    assert answers[:10] == [None] * 10
    assert answers[10].code == "rate_limited"
    assert limits.check_client("paired") is None
    clock.advance(seconds=1)
    assert [limits.check_without_token() is None for _ in range(6)] == [True] * 5 + [False]


def test_failures_pause_for_one_five_and_fifteen_minutes():
    clock = FixedClock()
    brake = FailureBrake(clock)
    pauses = []
    for _ in range(4):
        waits = [brake.count() for _ in range(11)]
        assert waits[:10] == [0] * 10
        pauses.append(waits[10])
        clock.advance(seconds=waits[10])
    assert pauses == [60, 300, 900, 900]


def test_slow_failures_never_pause():
    clock = FixedClock()
    brake = FailureBrake(clock)
    for _ in range(50):
        assert brake.count() == 0
        clock.advance(seconds=7)


def test_the_pause_counts_down():
    clock = FixedClock()
    brake = FailureBrake(clock)
    for _ in range(11):
        brake.count()
    clock.advance(seconds=20)
    assert brake.count() == pytest.approx(40)


def test_failures_are_counted_for_each_origin():
    limits = RateLimits(FixedClock())
    for _ in range(11):
        last = limits.check_failure("https://a.example")
    assert last.retry_after_s == 60
    assert limits.check_failure("https://b.example") is None
    assert limits.check_failure(None) is None


def test_our_own_page_has_capacity_of_its_own_dos_02():
    clock = FixedClock()
    limits = RateLimits(clock)
    while limits.check_without_token() is None:
        pass
    assert limits.check_without_token(is_own_page=True) is None
    while limits.check_without_token(is_own_page=True) is None:
        pass
    clock.advance(seconds=1)
    assert limits.check_without_token() is None
