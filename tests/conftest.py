"""Fixtures every kind of test shares."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Run async tests on asyncio, the loop the daemon uses."""
    return "asyncio"
