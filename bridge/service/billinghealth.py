"""How things stand with billing services, for health: pure judgement of what the last look found.

Their trouble is never our failure (API-81).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from bridge.domain.health import HealthCheck, HealthStatus

NAME: Final = "billing_service:answers"


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
