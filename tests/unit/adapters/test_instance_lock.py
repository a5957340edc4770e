"""One daemon per user."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bridge.adapters.instancelock import InstanceLock
from bridge.errors import Conflict, StoreError

ROOT = Path(__file__).resolve().parents[3]

HOLDER = """
import sys
sys.path.insert(0, sys.argv[2])
from pathlib import Path
from bridge.adapters.instancelock import InstanceLock
InstanceLock(Path(sys.argv[1])).acquire()
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "instance.lock"


def test_a_lock_is_held_once(path):
    with InstanceLock(path), pytest.raises(Conflict) as caught:
        InstanceLock(path).acquire()
    assert caught.value.problem_code == "already_running"


def test_a_released_lock_can_be_taken_again(path):
    with InstanceLock(path):
        pass
    with InstanceLock(path) as lock:
        assert path.exists()
        lock.release()
        lock.release()


def test_a_refused_lock_does_not_disturb_the_holder(path):
    with InstanceLock(path):
        for _ in range(3):
            with pytest.raises(Conflict):
                InstanceLock(path).acquire()


def test_a_folder_that_is_not_there_is_a_store_error(tmp_path):
    with pytest.raises(StoreError):
        InstanceLock(tmp_path / "absent" / "instance.lock").acquire()


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_link_is_not_followed(path, tmp_path):
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StoreError):
        InstanceLock(path).acquire()
    assert not (tmp_path / "elsewhere").exists()


def test_the_lock_of_a_killed_process_is_free(path):
    command = [sys.executable, "-c", HOLDER, str(path), str(ROOT)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, **pipes) as holder:
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(Conflict):
            InstanceLock(path).acquire()
        holder.kill()
    with InstanceLock(path):
        assert holder.returncode != 0
