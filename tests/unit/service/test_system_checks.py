"""Each check about computer, network and work, forced to each of its states."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bridge.domain.health import HealthStatus
from bridge.domain.systemfacts import Reach, SystemFacts, WorkFacts
from bridge.i18n import LANGUAGES, PROBLEMS, check_name, phrase
from bridge.service.systemchecks import system_checks, work_checks

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ANSWERS = Reach(took_ms=180, clock_offset=timedelta(seconds=1))
SILENT = Reach()
WELL = SystemFacts(
    seen_at=NOW,
    free_bytes=10**12,
    services={"sts": ANSWERS, "memberdata": ANSWERS},
)
DAY = timedelta(days=1)


IDLE = WorkFacts()


def all_of(facts=WELL, work=IDLE):
    checks = [*system_checks(facts), *work_checks(work, NOW)]
    return {(check.name, check.about): check for check in checks}


def late(seconds):
    return Reach(took_ms=5, clock_offset=timedelta(seconds=seconds))


STATES = {
    "room": (WELL, "storage:free", None),
    "little-room": (replace(WELL, free_bytes=499_999_999), "storage:free", "storage_low"),
    "no-room": (replace(WELL, free_bytes=19_999_999), "storage:free", "storage_full"),
    "keys": (WELL, "key_store:available", None),
    "no-keys": (replace(WELL, has_key_store=False), "key_store:available", "key_store_unavailable"),
    "online": (replace(WELL, services={"sts": SILENT, "a": ANSWERS}), "network:online", None),
    "offline": (
        replace(WELL, services={"sts": SILENT, "a": SILENT}),
        "network:online",
        "network_offline",
    ),
    "clock": (WELL, "clock:skew", None),
    "clock-behind": (replace(WELL, services={"sts": late(121)}), "clock:skew", "clock_skew"),
    "clock-ahead": (replace(WELL, services={"sts": late(-121)}), "clock:skew", "clock_skew"),
    "one-clock-wrong": (
        replace(WELL, services={"a": late(999), "b": late(0), "c": late(1)}),
        "clock:skew",
        None,
    ),
    "sts": (WELL, "ehealth_sts:reachability", None),
    "sts-silent": (
        replace(WELL, services={"sts": SILENT}),
        "ehealth_sts:reachability",
        "remote_unavailable",
    ),
    "sts-slow": (
        replace(WELL, services={"sts": Reach(took_ms=10_001)}),
        "ehealth_sts:reachability",
        "remote_timeout",
    ),
}


@pytest.mark.parametrize(("facts", "name", "code"), STATES.values(), ids=STATES)
def test_each_state_of_computer_and_network(facts, name, code):
    check = all_of(facts)[name, None]
    assert check.code == code
    assert (check.status is HealthStatus.PASS) == (code is None)


def test_each_service_of_mycarenet_is_judged_by_itself():
    checks = all_of(replace(WELL, services={"memberdata": SILENT, "genasync": ANSWERS}))
    assert checks["mycarenet:reachability", "memberdata"].code == "remote_unavailable"
    assert checks["mycarenet:reachability", "genasync"].code is None
    assert checks["mycarenet:reachability", "genasync"].observed_value == 180


@pytest.mark.parametrize(
    ("work", "name", "code"),
    [
        pytest.param(WorkFacts(waiting=9), "queue:depth", None, id="waiting"),
        pytest.param(WorkFacts(oldest_at=NOW - DAY), "queue:oldest", None, id="a-day"),
        pytest.param(
            WorkFacts(oldest_at=NOW - DAY - timedelta(seconds=1)),
            "queue:oldest",
            "sending_delayed",
            id="longer",
        ),
        pytest.param(WorkFacts(), "outcome_unknown:count", None, id="known"),
        pytest.param(WorkFacts(unknown=1), "outcome_unknown:count", "outcome_open", id="unknown"),
        pytest.param(WorkFacts(unread=4), "responses:unread", None, id="unread"),
    ],
)
def test_each_state_of_the_work(work, name, code):
    assert all_of(work=work)[name, None].code == code


def test_only_our_own_inability_is_a_failure_api_81():
    broken = SystemFacts(
        seen_at=NOW, free_bytes=0, has_key_store=False, services={"sts": SILENT, "a": SILENT}
    )
    failing = {
        check.name
        for check in all_of(broken, WorkFacts(unknown=1)).values()
        if check.status is HealthStatus.FAIL
    }
    assert failing == {"storage:free", "key_store:available"}


def test_what_was_not_looked_at_is_not_judged():
    names = {name for name, _ in all_of(SystemFacts(seen_at=NOW))}
    assert not names & {"storage:free", "network:online", "clock:skew", "proxy:mode"}


def test_a_proxy_is_named_by_its_kind_alone_api_84():
    assert ("proxy:mode", "configured") in all_of(replace(WELL, has_proxy=True))
    assert ("proxy:mode", "none") in all_of()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_check_has_a_name_and_every_code_a_text(language):
    for check in all_of(replace(WELL, services={"sts": SILENT, "a": SILENT})).values():
        assert check_name(check.name, language) != phrase("health", "other", language)
        assert check.code is None or check.code in PROBLEMS
