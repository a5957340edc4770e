"""Versions, releases, ends: what may follow what, and what is worth a word."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bridge.domain.health import HealthStatus
from bridge.domain.updates import (
    SECURITY_EPOCH,
    Expiry,
    Installed,
    Permission,
    Release,
    UpdateState,
    Version,
    is_insisting,
    newer,
)
from bridge.errors import UpdateError
from bridge.service.expiries import ExpiryWatch
from tests.support.fakes import FixedClock

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
FACTS = {
    "path": "windows/carebridge-setup.exe",
    "version": "1.5.0",
    "security_epoch": 3,
    "length": 10,
    "sha256": "ab" * 32,
    "is_security": True,
    "signed_until": "2027-11-23T00:00:00+00:00",
}
INSTALLED = Installed(version=Version.parse("1.4.0"), security_epoch=3)


def release(**changes) -> Release:
    return Release.parse({**FACTS, **changes})


@pytest.mark.parametrize(
    ("older", "later"),
    [("1.4", "1.4.1"), ("1.9.9", "1.10"), ("0.9", "1"), ("1.4.0.9", "1.4.1")],
)
def test_versions_are_compared_as_numbers(older, later):
    assert Version.parse(older) < Version.parse(later)


def test_zeros_at_the_end_say_nothing():
    assert Version.parse("1.4.0") == Version.parse("1.4")
    assert str(Version.parse("1.4.0")) == "1.4"
    assert str(Version.parse("0")) == "0"


@pytest.mark.parametrize("text", ["", "1.", "v1", "1.2.3.4.5", "1.0rc1", "-1", "1 ", "٣", 1, None])
def test_anything_else_is_no_version(text):
    with pytest.raises(UpdateError):
        Version.parse(text)


def test_a_release_is_written_and_read_alike():
    assert Release.parse(release().document()) == release()
    bare = release(is_security=False, signed_until=None)
    assert Release.parse(bare.document()) == bare


@pytest.mark.parametrize(
    "wrong",
    [
        {"path": "../setup.exe"},
        {"path": "/etc/passwd"},
        {"path": "C:\\setup.exe"},
        {"path": None},
        {"sha256": "AB" * 32},
        {"sha256": "ab" * 31},
        {"sha256": None},
        {"security_epoch": 0},
        {"security_epoch": True},
        {"security_epoch": "3"},
        {"length": 0},
        {"length": 500_000_001},
        {"version": "1.5-beta"},
        {"signed_until": "soon"},
        {"signed_until": "2027-11-23"},
    ],
    ids=str,
)
def test_what_is_said_of_a_release_is_read_strictly(wrong):
    with pytest.raises(UpdateError):
        release(**wrong)


def test_a_newer_release_may_follow():
    assert newer(release(), INSTALLED) == release()
    assert newer(release(security_epoch=4), INSTALLED) is not None
    assert newer(release(version="1.4.0"), INSTALLED) is None
    assert newer(None, INSTALLED) is None


@pytest.mark.parametrize(
    "changes",
    [{"version": "1.3.9"}, {"version": "9.0", "security_epoch": 2}, {"version": "1.3.9999"}],
    ids=str,
)
def test_upd_02_sec_183_a_step_back_is_refused(changes):
    with pytest.raises(UpdateError) as caught:
        newer(release(**changes), INSTALLED)
    assert caught.value.problem_code == "update_refused"


@pytest.mark.parametrize(
    "wrong",
    [{"replaces": None}, {"replaces": "v1"}, {"permitted_until": None}, {"permitted_until": "x"}],
    ids=str,
)
def test_sec_183_a_permission_is_read_strictly(wrong):
    facts = {**FACTS, "replaces": "1.6.0", "permitted_until": "2026-12-01T00:00:00+00:00"}
    assert Permission.parse(facts).replaces == Version.parse("1.6")
    with pytest.raises(UpdateError):
        Permission.parse({**facts, **wrong})


def test_this_program_has_an_epoch():
    assert Installed(version=Version.parse("1")).security_epoch == SECURITY_EPOCH


@pytest.mark.parametrize(
    ("days", "band"),
    [(61, None), (60, 60), (31, 60), (30, 30), (8, 30), (7, 7), (1, 7), (0, 0), (-9, 0)],
)
def test_sec_185_ends_are_spoken_of_at_60_30_and_7_days(days, band):
    assert Expiry(name="x", at=NOW + timedelta(days=days)).band(NOW) == band


@pytest.mark.parametrize(
    ("facts", "hours", "insists"),
    [
        pytest.param({}, 72, True, id="security"),
        pytest.param({}, 71, False, id="not-yet"),
        pytest.param({"is_security": False}, 999, False, id="other"),
    ],
)
def test_sec_184_only_security_updates_insist(facts, hours, insists):
    state = UpdateState(release=release(**facts), first_seen_at=NOW)
    assert is_insisting(state, NOW + timedelta(hours=hours)) is insists
    assert not is_insisting(UpdateState(), NOW)


def test_sec_185_health_names_what_ends_and_the_log_hears_once():
    clock = FixedClock(NOW)
    ends = ExpiryWatch(clock)
    assert ends.checks() == []
    ends.watch(lambda: [Expiry(name="tls_leaf", at=NOW + timedelta(days=90))])
    ends.watch(lambda: [Expiry(name="signed_list", at=NOW + timedelta(days=61))])
    assert [check.status for check in ends.checks()] == [HealthStatus.PASS]
    clock.advance(days=54)
    shown = [(each.about, each.code, each.observed_value) for each in ends.checks()]
    assert shown == [("tls_leaf", "signing_expiring", 36), ("signed_list", "signing_expiring", 7)]
    clock.advance(days=8)
    assert [each.code for each in ends.checks()] == ["signing_expiring", "signing_expired"]
    assert ends.checks()[1].observed_value == 0
