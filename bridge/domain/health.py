"""Health as values: one check, how it stands, and the worst of several (API-80, API-81)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class HealthStatus(Enum):
    """How a check stands; the order is from good to bad."""

    PASS = "pass"  # noqa: S105  # the word of the health format, no secret
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, kw_only=True)
class HealthCheck:
    """One check.

    Attributes:
        name: Such as ``ehealth_session:remaining``.
        code: For a check that does not pass: the code of the problem it would cause (API-83).
        observed_value: A number that is safe to show, with ``observed_unit``.
        about: Which reader, driver, library or program is meant; never a person, path or user
            (API-84).
    """

    name: str
    status: HealthStatus
    time: datetime
    code: str | None = None
    observed_value: int | None = None
    observed_unit: str | None = None
    about: str | None = None


@dataclass(frozen=True, kw_only=True)
class HealthChange:
    """One check that stands otherwise than before.

    Attributes:
        code: ``None`` when it passes.
        about: As the check says it; never a person, path or user (API-84).
    """

    at: datetime
    name: str
    status: HealthStatus
    code: str | None = None
    about: str | None = None


def overall(checks: list[HealthCheck]) -> HealthStatus:
    """Give the worst status; only our own inability is ``fail`` (API-81)."""
    order = list(HealthStatus)
    return max((check.status for check in checks), key=order.index, default=HealthStatus.PASS)
