"""Giving the registrations of a test daemon other settings."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.support.daemon import TestDaemon


async def set_registrations(daemon: TestDaemon, **changes: Any) -> None:
    """Change members of the settings of every registration."""

    def work(unit: Any) -> None:
        for kept in unit.registrations.all():
            unit.registrations.put(replace(kept, settings=replace(kept.settings, **changes)))

    await daemon.parts.store.write(work)
