"""What changed within the last day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bridge.domain.health import HealthCheck, HealthStatus
from bridge.service.healthhistory import MOST_KEPT, HealthHistory

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def check(code=None, about=None, name="mycarenet:reachability"):
    status = HealthStatus.PASS if code is None else HealthStatus.WARN
    return HealthCheck(name=name, status=status, time=NOW, code=code, about=about)


def test_trouble_and_its_end_are_two_changes_newest_first():
    kept = HealthHistory()
    for minute, code in enumerate([None, "remote_unavailable", "remote_unavailable", None, None]):
        kept.note([check(code)], NOW + timedelta(minutes=minute))
    changes = kept.changes(NOW + timedelta(hours=1))
    assert [(each.at.minute, each.code) for each in changes] == [
        (3, None),
        (1, "remote_unavailable"),
    ]


def test_two_services_are_two_stories():
    kept = HealthHistory()
    kept.note([check("remote_unavailable", "a"), check(None, "b")], NOW)
    kept.note([check("remote_unavailable", "a"), check("remote_timeout", "b")], NOW)
    assert [(each.about, each.code) for each in kept.changes(NOW)] == [
        ("b", "remote_timeout"),
        ("a", "remote_unavailable"),
    ]


def test_a_day_later_it_is_forgotten():
    kept = HealthHistory()
    kept.note([check("remote_unavailable")], NOW)
    assert kept.changes(NOW + timedelta(hours=24)) != []
    assert kept.changes(NOW + timedelta(hours=24, seconds=1)) == []


def test_a_check_that_flutters_does_not_fill_memory():
    kept = HealthHistory()
    for turn in range(MOST_KEPT + 10):
        kept.note([check("remote_timeout" if turn % 2 else None)], NOW)
    assert len(kept.changes(NOW)) == MOST_KEPT
