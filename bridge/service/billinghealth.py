"""How things stand with billing services, for health: pure judgement of what the last look found.

Their trouble is never our failure (API-81).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from bridge.domain.health import HealthCheck, HealthStatus

NAME: Final = "billing_service:answers"
CERTIFICATE: Final = "billing_service:certificate"
EXPIRY_NOTICE: Final = timedelta(days=60)
"""As early as for the eHealth certificate: a new one takes weeks."""


def billing_checks(standings: Mapping[str, str | None], now: datetime) -> list[HealthCheck]:
    """Give a check for each billing service that was asked.

    Args:
        standings: By the identifier of the registration, the trouble or ``None``.
        now: When it is judged.
    """
    return [
        HealthCheck(
            name=NAME,
            status=HealthStatus.PASS if code is None else HealthStatus.WARN,
            time=now,
            code=code,
            about=service_id,
        )
        for service_id, code in sorted(standings.items())
    ]


def certificate_checks(ends: Mapping[str, datetime], now: datetime) -> list[HealthCheck]:
    """Give a check for each billing service that recognises us by a certificate; value in days.

    Args:
        ends: By the identifier of the registration, until when its certificate is valid.
        now: When it is judged.
    """
    return [_certificate(service_id, ends_at, now) for service_id, ends_at in sorted(ends.items())]


def _certificate(service_id: str, ends_at: datetime, now: datetime) -> HealthCheck:
    left = ends_at - now
    code = None
    if left <= timedelta():
        code = "billing_certificate_expired"
    elif left <= EXPIRY_NOTICE:
        code = "billing_certificate_expiring"
    return HealthCheck(
        name=CERTIFICATE,
        status=HealthStatus.PASS if code is None else HealthStatus.WARN,
        time=now,
        code=code,
        observed_value=left.days,
        observed_unit="d",
        about=service_id,
    )
