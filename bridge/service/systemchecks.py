"""What the facts about computer, network and waiting work mean: pure judgement, no looking.

Source: *REST API conventions* 10 (API-80, API-81, API-83).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from bridge.domain.health import HealthCheck, HealthStatus
from bridge.domain.systemfacts import Reach, StartAtLogin, SystemFacts, UpkeepFacts, WorkFacts

STS: Final = "sts"
LOW_BYTES: Final = 500_000_000
"""Below this the user is told; below ``FULL_BYTES`` we cannot work."""
FULL_BYTES: Final = 20_000_000
LARGEST_SKEW: Final = timedelta(minutes=2)
"""Messages live for minutes; a larger difference makes the platform refuse them."""
LONGEST_WAIT: Final = timedelta(days=1)
SLOW_MS: Final = 10_000
LONGEST_WITHOUT_BACKUP: Final = timedelta(days=30)
LONGEST_WITHOUT_IMPORT: Final = timedelta(days=400)
"""Official lists have a new edition at least once a year."""
_START_CODES: Final = {
    StartAtLogin.BROKEN: "autostart_broken",
    StartAtLogin.TWICE: "autostart_twice",
}


def system_checks(facts: SystemFacts) -> list[HealthCheck]:
    """Judge computer and network."""
    upkeep = () if facts.upkeep is None else _upkeep(facts.upkeep, facts.seen_at)
    return [*_storage(facts), _key_store(facts), *_network(facts), *upkeep]


def work_checks(facts: WorkFacts, now: datetime) -> list[HealthCheck]:
    """Judge what waits."""
    age = timedelta() if facts.oldest_at is None else now - facts.oldest_at
    oldest = "sending_delayed" if age > LONGEST_WAIT else None
    unknown = "outcome_open" if facts.unknown else None
    return [
        _check("queue:depth", None, now, value=facts.waiting),
        _check("queue:oldest", oldest, now, value=int(age.total_seconds()), unit="s"),
        _check("outcome_unknown:count", unknown, now, value=facts.unknown),
        _check("responses:unread", None, now, value=facts.unread),
        *_age("reference_data:age", facts.reference_data_at, now, most=LONGEST_WITHOUT_IMPORT),
    ]


def _upkeep(facts: UpkeepFacts, now: datetime) -> list[HealthCheck]:
    start = facts.start_at_login
    crashed = "daemon_crashed" if facts.crashes else None
    return [
        *_age("backup:age", facts.copied_at, now, most=LONGEST_WITHOUT_BACKUP),
        _check("autostart:entry", _START_CODES.get(start), now, about=start.value),
        _check("daemon:crashes", crashed, now, value=facts.crashes),
    ]


def _age(name: str, since: datetime | None, now: datetime, *, most: timedelta) -> list[HealthCheck]:
    """Judge how old something is; what is not there is not judged."""
    if since is None:
        return []
    code = f"{name.partition(':')[0]}_old" if now - since > most else None
    return [_check(name, code, now, value=max((now - since).days, 0), unit="d")]


def _storage(facts: SystemFacts) -> list[HealthCheck]:
    free = facts.free_bytes
    if free is None:
        return []
    name, megabytes = "storage:free", free // 1_000_000
    if free < FULL_BYTES:
        return [_check(name, "storage_full", facts.seen_at, value=megabytes, unit="MB", fails=True)]
    code = "storage_low" if free < LOW_BYTES else None
    return [_check(name, code, facts.seen_at, value=megabytes, unit="MB")]


def _key_store(facts: SystemFacts) -> HealthCheck:
    is_there = facts.has_key_store
    code = None if is_there else "key_store_unavailable"
    return _check("key_store:available", code, facts.seen_at, fails=not is_there)


def _network(facts: SystemFacts) -> list[HealthCheck]:
    now, services = facts.seen_at, facts.services
    if not services:
        return []
    # Whoever opens the connection on its way did answer.
    is_online = any(each.took_ms is not None or each.code for each in services.values())
    proxy = "configured" if facts.has_proxy else "none"
    is_refused = facts.has_proxy and not is_online
    checks = [
        _check("network:online", None if is_online else "network_offline", now),
        _check("proxy:mode", "proxy_failed" if is_refused else None, now, about=proxy),
        *_clock(facts),
    ]
    for name, reach in services.items():
        is_sts = name == STS
        code = _reached(reach)
        checks.append(
            _check(
                "ehealth_sts:reachability" if is_sts else "mycarenet:reachability",
                code,
                now,
                value=reach.took_ms,
                unit="ms",
                about=None if is_sts else name,
            )
        )
    return checks


def _reached(reach: Reach) -> str | None:
    if reach.took_ms is None:
        return reach.code or "remote_unavailable"
    return "remote_timeout" if reach.took_ms > SLOW_MS else None


def _clock(facts: SystemFacts) -> list[HealthCheck]:
    """Take the middle of what the services say: one of them may be wrong itself."""
    offsets = sorted(
        reach.clock_offset for reach in facts.services.values() if reach.clock_offset is not None
    )
    if not offsets:
        return []
    offset = offsets[len(offsets) // 2]
    code = "clock_skew" if abs(offset) > LARGEST_SKEW else None
    seconds = round(offset.total_seconds())
    return [_check("clock:skew", code, facts.seen_at, value=seconds, unit="s")]


def _check(  # the members of a check, all by name
    name: str,
    code: str | None,
    now: datetime,
    *,
    value: int | None = None,
    unit: str | None = None,
    about: str | None = None,
    fails: bool = False,
) -> HealthCheck:
    bad = HealthStatus.FAIL if fails else HealthStatus.WARN
    return HealthCheck(
        name=name,
        status=HealthStatus.PASS if code is None else bad,
        time=now,
        code=code,
        observed_value=value,
        observed_unit=unit if value is not None else None,
        about=about,
    )
