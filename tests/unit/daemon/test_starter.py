"""What starts the daemon again after a crash, with a back-off, and gives up."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bridge.daemon.starter import LONGEST_PAUSE_S, MOST_ENDS, WITHIN_S, Starter, pause_after

ROOT = Path(__file__).resolve().parents[3]
PATIENCE_S = 60


class Daemons:
    """Daemons that end as a test says, after so many seconds; all time is played."""

    def __init__(self, *ends: tuple[float, int]) -> None:
        self._ends = iter(ends)
        self.now_s = 0.0
        self.started = 0
        self.ended = 0
        self.pauses: list[float] = []
        self.while_running = lambda: None
        self.while_pausing = lambda: None

    def start(self) -> Daemons:
        self.started += 1
        return self

    def wait(self) -> int:
        self.while_running()
        lasted_s, status = next(self._ends)
        self.now_s += lasted_s
        return status

    def terminate(self) -> None:
        self.ended += 1

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now_s += seconds
        self.while_pausing()

    def starter(self) -> Starter:
        return Starter(self.start, pause=self.pause, now_s=lambda: self.now_s)


def test_pauses_grow_up_to_a_minute():
    assert [pause_after(ends) for ends in range(1, 9)] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert pause_after(99) == LONGEST_PAUSE_S


def test_what_ends_in_order_is_not_started_again():
    daemons = Daemons((5, 0))
    assert daemons.starter().run() == 0
    assert (daemons.started, daemons.pauses) == (1, [])


@pytest.mark.parametrize("status", [1, -signal.SIGSEGV.value, 3221225477])
def test_a_crash_is_followed_by_another_start(status):
    daemons = Daemons((1, status), (1, status), (1, 0))
    assert daemons.starter().run() == 0
    assert (daemons.started, daemons.pauses) == (3, [1, 2])


def test_after_a_long_run_the_back_off_begins_anew():
    daemons = Daemons((1, 1), (1, 1), (WITHIN_S, 1), (1, 0))
    assert daemons.starter().run() == 0
    assert daemons.pauses == [1, 2, 1]


def test_it_gives_up_with_the_status_of_the_last_one():
    daemons = Daemons(*[(1, 70)] * (MOST_ENDS + 5))
    assert daemons.starter().run() == 70
    assert daemons.started == MOST_ENDS


def test_the_wish_to_end_reaches_the_running_one_and_no_other_is_started():
    daemons = Daemons((1, -15))
    starter = daemons.starter()
    daemons.while_running = starter.end
    assert starter.run() == 0
    assert (daemons.started, daemons.ended) == (1, 1)


def test_the_wish_to_end_in_a_pause_ends_it():
    daemons = Daemons((1, 1))
    starter = daemons.starter()
    daemons.while_pausing = starter.end
    assert starter.run() == 0
    assert daemons.started == 1


CHILD = """
import pathlib, signal, sys, time
from bridge.daemon import starter
starts = pathlib.Path(sys.argv[2])
starter.own_command = lambda _verb: (sys.executable, "-c", {body!r})
starter.pause_after = lambda ends: 0.01
sys.exit(starter.main())
"""
BODY = """
import os, pathlib, signal, sys, time
file = pathlib.Path(sys.argv[1])
count = len(file.read_text()) + 1 if file.exists() else 1
file.write_text("x" * count)
if count < 3:
    os.kill(os.getpid(), signal.SIGKILL)
signal.signal(signal.SIGTERM, lambda *_: (file.with_name("ended").touch(), sys.exit(0)))
file.with_name("ready").touch()
time.sleep(60)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="its signals are those of POSIX")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
@pytest.mark.timeout(60)
def test_a_killed_program_comes_back_and_log_off_ends_both_in_order(name, tmp_path):
    starts = tmp_path / "starts"
    made = subprocess.Popen(
        [sys.executable, "-c", CHILD.format(body=BODY), "--autostart", str(starts)], cwd=ROOT
    )
    deadline = time.monotonic() + PATIENCE_S
    while not (tmp_path / "ready").exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.kill(made.pid, getattr(signal, name))
    assert made.wait(PATIENCE_S) == 0
    assert (tmp_path / "ended").exists()
    assert starts.read_text() == "xxx"
