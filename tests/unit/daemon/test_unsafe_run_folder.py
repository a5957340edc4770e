"""A daemon does not start where its run folder is not its own (SEC-43)."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from bridge.daemon.real import configuration
from bridge.errors import StoreError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has access lists")


def link(run: Path) -> None:
    (run.parent / "elsewhere").mkdir(mode=0o700)
    run.symlink_to(run.parent / "elsewhere")


def writable(run: Path) -> None:
    run.mkdir()
    run.chmod(0o770)


def given_away(run: Path) -> None:
    run.mkdir(mode=0o700)
    os.chown(run, 12345, 12345)


def file(run: Path) -> None:
    run.touch()


root_only = pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() != 0, reason="only root can give a folder away"
)


@pytest.mark.parametrize(
    "prepare",
    [
        pytest.param(link, id="FILE-02-link"),
        pytest.param(writable, id="FILE-02-writable-by-others"),
        pytest.param(given_away, id="FILE-02-of-somebody-else", marks=root_only),
        pytest.param(file, id="FILE-02-no-folder"),
    ],
)
def test_file_02_the_daemon_refuses_to_start(tmp_path: Path, prepare) -> None:
    prepare(tmp_path / "run")
    with pytest.raises(StoreError):
        configuration(None, tmp_path)


def test_a_folder_of_its_own_is_used_again(tmp_path: Path) -> None:
    first = configuration(None, tmp_path).folders
    assert configuration(None, tmp_path).folders == first
