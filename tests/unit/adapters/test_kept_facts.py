"""Small files that health asks: earlier runs, the last backup, the history of a day."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from bridge.adapters.backupmark import BackupMark
from bridge.adapters.healthfile import FILE_NAME, HealthFile
from bridge.adapters.runmark import RunMark
from bridge.adapters.systemprobe import ComputerProbe
from bridge.domain.health import HealthChange, HealthCheck, HealthStatus
from bridge.errors import NotDelivered, OutcomeUnknown
from bridge.service.healthhistory import HealthHistory
from tests.support.fakes import FixedClock

NOW = FixedClock().now()
HOUR = timedelta(hours=1)


def test_a_run_that_ended_in_order_is_no_crash(tmp_path):
    for _ in range(3):
        RunMark(tmp_path).begin(NOW)
        RunMark(tmp_path).end(NOW)
    assert RunMark(tmp_path).crashes(NOW) == 0


def test_runs_that_broke_off_are_counted_for_a_day(tmp_path):
    for hour in range(3):
        RunMark(tmp_path).begin(NOW + hour * HOUR)
    assert RunMark(tmp_path).crashes(NOW + 3 * HOUR) == 2
    RunMark(tmp_path).end(NOW + 4 * HOUR)
    assert RunMark(tmp_path).crashes(NOW + 25 * HOUR) == 1
    assert RunMark(tmp_path).crashes(NOW + 26 * HOUR) == 0


@pytest.mark.parametrize("damage", ["", "[]", '{"crashes": 3}', '{"crashes": ["x"]}', "\xff"])
def test_a_damaged_mark_says_nothing_and_hinders_nothing(damage, tmp_path):
    (tmp_path / "runs.json").write_text(damage, "latin-1")
    assert RunMark(tmp_path).crashes(NOW) == 0
    RunMark(tmp_path).begin(NOW)
    RunMark(tmp_path).begin(NOW)
    assert RunMark(tmp_path).crashes(NOW) == 1


def test_marks_that_cannot_be_written_hinder_nothing(tmp_path):
    nowhere = tmp_path / "absent"
    RunMark(nowhere).begin(NOW)
    RunMark(nowhere).end(NOW)
    assert BackupMark(nowhere).since(NOW) == NOW


def test_without_a_backup_the_age_counts_from_the_first_look(tmp_path):
    assert BackupMark(tmp_path).since(NOW) == NOW
    assert BackupMark(tmp_path).since(NOW + 99 * HOUR) == NOW
    BackupMark(tmp_path).set(NOW + 100 * HOUR)
    assert BackupMark(tmp_path).since(NOW + 200 * HOUR) == NOW + 100 * HOUR
    assert [path.stat().st_mode & 0o077 for path in tmp_path.iterdir()] == [0]


def check(code):
    status = HealthStatus.PASS if code is None else HealthStatus.WARN
    return HealthCheck(name="clock:skew", status=status, time=NOW, code=code)


def test_api_85_the_history_survives_a_restart(tmp_path):
    before = HealthHistory()
    before.note([check("clock_skew")], NOW)
    HealthFile(tmp_path).save(before.kept(NOW))

    after = HealthHistory()
    after.carry_on(HealthFile(tmp_path).load(), NOW + HOUR)
    after.note([], NOW + HOUR)  # nothing was looked at yet
    assert not after.has_news
    after.note([check(None)], NOW + 2 * HOUR)
    assert [(each.at - NOW, each.code) for each in after.changes(NOW + 3 * HOUR)] == [
        (2 * HOUR, None),
        (0 * HOUR, "clock_skew"),
    ]
    assert after.has_news


def test_what_stands_as_badly_as_before_the_restart_is_no_change(tmp_path):
    change = HealthChange(at=NOW, name="clock:skew", status=HealthStatus.WARN, code="clock_skew")
    HealthFile(tmp_path).save([change])
    after = HealthHistory()
    after.carry_on(HealthFile(tmp_path).load(), NOW)
    after.note([check("clock_skew")], NOW + HOUR)
    assert after.changes(NOW + HOUR) == [change]


def test_an_old_history_is_left_behind(tmp_path):
    change = HealthChange(at=NOW, name="clock:skew", status=HealthStatus.WARN, code="clock_skew")
    HealthFile(tmp_path).save([change])
    after = HealthHistory()
    after.carry_on(HealthFile(tmp_path).load(), NOW + 25 * HOUR)
    assert after.changes(NOW + 25 * HOUR) == []


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{}",
        "[1]",
        '[{"at": "2026-11-23T09:00:00", "name": "a", "status": "pass"}]',
        '[{"at": "2026-11-23T09:00:00+00:00", "name": "a", "status": "odd"}]',
        json.dumps([{"name": "a"}]),
    ],
)
def test_a_damaged_history_is_nothing(content, tmp_path):
    (tmp_path / FILE_NAME).write_text(content)
    assert list(HealthFile(tmp_path).load()) == []


@pytest.mark.parametrize(
    ("error", "code"),
    [
        pytest.param(NotDelivered(code="tls_intercepted"), "tls_intercepted", id="opened"),
        pytest.param(NotDelivered(), None, id="silent"),
        pytest.param(OutcomeUnknown(), None, id="broken-off"),
        pytest.param(TimeoutError(), None, id="too-slow"),
    ],
)
async def test_a_proxy_that_opens_the_connection_is_told_from_silence(error, code, tmp_path):
    async def reach(_address):
        raise error

    probe = ComputerProbe(
        clock=FixedClock(),
        folder=tmp_path,
        try_keys=lambda: None,
        addresses={"sts": "https://sts.example"},
        reach=reach,
    )
    facts = await probe.look()
    assert (facts.services["sts"].took_ms, facts.services["sts"].code) == (None, code)
