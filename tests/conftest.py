"""Fixtures every kind of test shares."""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.support.measuring import Measuring

_DEVICE: Final = Path(__file__).parent / "device"
_MEASURING: Final = pytest.StashKey[Measuring]()
_WHOLE_PROGRAM: Final = tuple(Path(__file__).parent / each for each in ("component", "contract"))
_PATIENCE_S: Final = 60
"""Limit of tests of the whole program: the first one of a process loads and builds all of it, which
takes more than the limit of others where much else runs."""
_SYSTEMS: Final = {"windows": "win32", "macos": "darwin"}
"""Marks of tests that ask one system itself, and what Python calls that system."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Name the one real card that may be used."""
    parser.addoption(
        "--card-serial",
        metavar="HEX",
        help="serial number of the chip of a real eID; without it tests/device is left out",
    )


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the tests with a real card out unless the card is named."""
    is_device = collection_path.is_relative_to(_DEVICE)
    return True if is_device and not config.getoption("--card-serial") else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give tests of the whole program more time, unless they say how much they need."""
    for item in items:
        is_whole = any(item.path.is_relative_to(folder) for folder in _WHOLE_PROGRAM)
        if is_whole and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(_PATIENCE_S))


def pytest_collection_finish(session: pytest.Session) -> None:
    """Spare the collector of garbage what lives until the end: modules and ten thousand tests."""
    session.stash[_MEASURING] = Measuring()
    gc.freeze()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what asks another system than this one."""
    for mark, platform in _SYSTEMS.items():
        if sys.platform != platform and item.get_closest_marker(mark):
            pytest.skip(f"asks {mark} itself")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> None:
    """Measure the tests of single parts only."""
    item.session.stash[_MEASURING].turn_to(item.path)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Run async tests on asyncio, the loop the daemon uses."""
    return "asyncio"
