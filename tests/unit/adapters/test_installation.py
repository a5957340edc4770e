"""Whether others can change, or changed, the installed program (LOC-02)."""

from __future__ import annotations

import base64
import hashlib
import os
import sys
from pathlib import Path

import pytest

from bridge.adapters.installation import (
    first_changed,
    first_shared,
    is_installed,
    loaded_from,
    root_of_packages,
)

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="Windows has access lists")
root_only = pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() != 0, reason="only root can give a file away"
)
FILES = {
    "bridge/__init__.py": b"",
    "bridge/daemon/real.py": b"pass\n",
    "api/app.py": b"app = 1\n",
    "tray/app.py": b"tray = 1\n",
}


def digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


RECORDED = {name: digest(content) for name, content in FILES.items()}


@pytest.fixture
def root(tmp_path):
    tmp_path.chmod(0o755)
    for name, content in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    for folder in (tmp_path, *(each for each in tmp_path.rglob("*") if each.is_dir())):
        folder.chmod(0o755)
    return tmp_path


def packages(root: Path) -> list[Path]:
    return [root / name for name in ("bridge", "api", "tray")]


def test_an_installation_as_it_was_made(root):
    assert first_changed(root, RECORDED) is None
    (root / "bridge" / "__pycache__").mkdir()
    (root / "bridge" / "__pycache__" / "x.cpython-312.pyc").write_bytes(b"x")
    assert first_changed(root, RECORDED) is None


@pytest.mark.parametrize(
    ("change", "name"),
    [
        pytest.param(
            lambda root: (root / "api/app.py").write_bytes(b"app = 2\n"),
            "api/app.py",
            id="LOC-02-changed",
        ),
        pytest.param(lambda root: (root / "api/app.py").unlink(), "api/app.py", id="missing"),
        pytest.param(
            lambda root: (root / "bridge/ssl.py").write_bytes(b""),
            "bridge/ssl.py",
            id="LOC-02-planted-module",
        ),
        pytest.param(
            lambda root: (root / "bridge/real.cpython-312-x86_64-linux-gnu.so").write_bytes(b"x"),
            "bridge/real.cpython-312-x86_64-linux-gnu.so",
            id="LOC-02-planted-library",
        ),
        pytest.param(
            lambda root: (root / "tray/evil.py").symlink_to(root / "api/app.py"),
            "tray/evil.py",
            id="LOC-02-planted-link",
        ),
    ],
)
def test_loc_02_a_file_that_is_not_as_installed_is_found(root, change, name):
    change(root)
    assert first_changed(root, RECORDED) == name


class TestCompiledModules:
    """Where they were installed, they are what runs: nobody compares them with their source."""

    NAME = "bridge/__pycache__/__init__.cpython-312.pyc"
    RECORDED = RECORDED | {NAME: digest(b"compiled")}

    @pytest.fixture
    def root(self, root):
        path = root / self.NAME
        path.parent.mkdir()
        path.write_bytes(b"compiled")
        return root

    def test_they_are_as_installed(self, root):
        assert first_changed(root, self.RECORDED) is None

    def test_loc_02_one_that_was_changed_is_found(self, root):
        (root / self.NAME).write_bytes(b"Compiled")
        assert first_changed(root, self.RECORDED) == self.NAME

    def test_loc_02_one_that_was_planted_is_found(self, root):
        planted = "api/__pycache__/app.cpython-312.pyc"
        (root / planted).parent.mkdir()
        (root / planted).write_bytes(b"compiled")
        assert first_changed(root, self.RECORDED) == planted


@posix_only
def test_an_installation_of_the_user_alone_is_shared_with_nobody(root):
    assert first_shared([root], packages(root)) is None


@posix_only
@pytest.mark.parametrize(
    "place",
    [
        pytest.param("bridge/daemon/real.py", id="LOC-02-file"),
        pytest.param("bridge/daemon", id="LOC-02-folder"),
        pytest.param("api", id="LOC-02-package"),
        pytest.param(".", id="LOC-02-root"),
    ],
)
def test_loc_02_what_everybody_may_write_is_found(root, place):
    (root / place).chmod(0o777)
    assert first_shared([root], packages(root)) == (root / place).resolve()


@posix_only
def test_loc_02_a_folder_above_counts_too(root):
    inner = root / "outer" / "inner"
    inner.mkdir(parents=True)
    (root / "outer").chmod(0o777)
    assert first_shared([inner]) == root / "outer"


@posix_only
def test_in_a_shared_folder_where_nobody_can_move_our_files_they_are_safe(root):
    (root / "outer").mkdir()
    (root / "outer").chmod(0o1777)
    (root / "outer" / "own").mkdir(mode=0o755)
    assert first_shared([root / "outer" / "own"]) is None


@root_only
def test_loc_02_a_file_of_somebody_else_is_found(root):
    os.chown(root / "api/app.py", 12345, 12345)
    assert first_shared([root], packages(root)) == root / "api/app.py"


@root_only
@pytest.mark.parametrize(
    ("group", "is_shared"),
    [
        pytest.param(0, False, id="own-group"),
        pytest.param(54321, True, id="LOC-02-unknown-group"),
    ],
)
def test_what_a_group_may_write_depends_on_who_is_in_it(root, group, is_shared):
    path = root / "api/app.py"
    os.chown(path, 0, group)
    path.chmod(0o664)
    assert (first_shared([root], packages(root)) == path) is is_shared


def test_what_runs_here_is_a_source_tree_of_which_nothing_is_recorded():
    assert not is_installed()
    assert (root_of_packages() / "bridge" / "__init__.py").is_file()
    places = loaded_from()
    assert Path(sys.executable) in places
    assert all(place.exists() for place in places)
