"""What was checked is what starts, also where the system has no sealed memory (SEC-182)."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from bridge.adapters.installers import SystemInstallers
from bridge.domain.updates import Release, Version
from bridge.errors import UpdateError

CONTENT = b"new"


def release(content: bytes = CONTENT) -> Release:
    return Release(
        path="windows/carebridge-setup.exe",
        version=Version.parse("1.5"),
        security_epoch=1,
        length=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
    )


@pytest.fixture
def package(tmp_path: Path) -> Path:
    path = tmp_path / "setup.exe"
    path.write_bytes(CONTENT)
    return path


@pytest.mark.windows
def test_upd_03_on_windows_what_is_held_is_not_written_moved_or_removed(package):
    attempts = (
        lambda: package.write_bytes(b"evil"),
        package.unlink,
        lambda: package.rename(package.with_name("other.exe")),
    )
    with SystemInstallers().hold(package, release()) as held:
        for attempt in attempts:
            with pytest.raises(PermissionError):
                attempt()
        assert held.path.read_bytes() == CONTENT
    package.unlink()


@pytest.mark.parametrize("other", [b"evi", b"new and longer", b""], ids=["hash", "longer", "empty"])
def test_upd_03_what_is_not_the_package_is_not_held(package, other):
    with (
        pytest.raises(UpdateError),
        SystemInstallers().hold(package, release(other or b"\0")),
    ):
        pytest.fail("it was held")
