"""Moments that the tests of the tray begin with."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bridge.domain.overview import Overview

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
READY = Overview(now=NOW)
OPEN = replace(
    READY,
    session_id="ses_1",
    opened_at=NOW - timedelta(hours=6),
    expires_at=NOW + timedelta(hours=6),
)
OVER = replace(OPEN, expires_at=NOW)
