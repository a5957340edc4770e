"""The real daemon with a real key store: second start, other session, and links (SEC-45, SEC-46).

Each start of a whole program takes seconds, so these run with ``dev.py test --all``.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bridge.adapters.folders import Folders
from bridge.adapters.runtimefile import RuntimeFacts, RuntimeFile
from tests.support import pki

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = ("dbus-daemon", "gnome-keyring-daemon")
PATIENCE_S = 60
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(sys.platform != "linux", reason="the Secret Service is Linux's"),
    pytest.mark.skipif(
        not all(map(shutil.which, PROGRAMS)), reason="dbus or gnome-keyring is not installed"
    ),
]


class Desktop:
    """A private session with a key store, and Carebridge's settings in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.own = folder / "own"
        self.bus = subprocess.Popen(
            ["dbus-daemon", "--session", "--nofork", "--print-address=1"],
            stdout=subprocess.PIPE,
            text=True,
        )
        (folder / "runtime").mkdir(mode=0o700)
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        self.environment = kept | {
            "HOME": str(folder),
            "XDG_RUNTIME_DIR": str(folder / "runtime"),
            "XDG_SESSION_ID": "1",
            "DBUS_SESSION_BUS_ADDRESS": self.bus.stdout.readline().strip(),
        }
        self.keyring = subprocess.Popen(
            ["gnome-keyring-daemon", "--unlock", "--foreground", "--components=secrets"],
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.keyring.stdin.write(b"desktop password")
        self.keyring.stdin.close()
        (self.own / "data").mkdir(parents=True, mode=0o700)
        anchors = folder / "anchors.pem"
        anchors.write_bytes(pki.root().certificate_pem)
        settings = f'[trust]\nsts_anchors = "{anchors}"\n'
        (self.own / "data" / "carebridge.toml").write_text(settings)
        self.own.chmod(0o700)

    def carebridge(self, *words: str, session: str = "1") -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "bridge", *words, "--json", "--folder", str(self.own)],
            env=self.environment | {"XDG_SESSION_ID": session},
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def finished(self, *words: str, session: str = "1") -> tuple[int, str, str]:
        with self.carebridge(*words, session=session) as process:
            said, told = process.communicate(timeout=PATIENCE_S)
        return process.returncode, said, told

    def running(self) -> RuntimeFacts | None:
        return RuntimeFile(Folders.under(self.own).runtime).read()

    def close(self) -> None:
        facts = self.running()
        if facts is not None:
            os.kill(facts.pid, signal.SIGTERM)
            wait_until(lambda: self.running() is None)
        for process in (self.keyring, self.bus):
            process.terminate()
            process.wait(PATIENCE_S)
        self.bus.stdout.close()


def wait_until(is_so) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture
def desktop(tmp_path):
    made = Desktop(tmp_path)
    yield made
    made.close()


def test_sec_46_d30_and_sec_45_as_a_user_meets_them(desktop: Desktop) -> None:
    with desktop.carebridge("run") as first:
        line = first.stdout.readline()
        assert line, first.stderr.read()
        facts = json.loads(line)
        status, said, told = desktop.finished("run")
        assert (status, json.loads(said)) == (0, facts), told
        status, said, told = desktop.finished("run", session="2")
        assert (status, said) == (1, "")
        assert "[running_in_other_session]" in told
        assert desktop.running().pid == facts["pid"]
        status, said, told = desktop.finished("open-uri", "carebridge://start")
        assert (status, json.loads(said)) == (0, {"is_page_shown": False}), told
        with desktop.carebridge("run", "--take-over", session="2") as second:
            line = second.stdout.readline()
            assert line, second.stderr.read()
            assert first.wait(PATIENCE_S) == 0
            assert json.loads(line)["pid"] == desktop.running().pid == second.pid
            assert desktop.running().os_session_id == "2"
            second.send_signal(signal.SIGINT)
            assert second.wait(PATIENCE_S) == 0
    assert desktop.running() is None
    status, said, told = desktop.finished("open-uri", "carebridge://start")
    assert (status, json.loads(said)) == (0, {"is_page_shown": False}), told
    assert desktop.running() is not None
    evil = "carebridge://start?origin=https%3A%2F%2Fevil.example"
    status, said, told = desktop.finished("open-uri", evil)
    assert (status, said) == (2, "")
    assert "[open_uri_refused]" in told


def test_a_daemon_that_is_killed_comes_back_and_health_says_so(desktop: Desktop) -> None:
    with desktop.carebridge("--autostart") as starter:
        line = starter.stdout.readline()
        assert line, starter.stderr.read()
        first = json.loads(line)
        os.kill(first["pid"], signal.SIGKILL)
        second = json.loads(starter.stdout.readline())
        assert second["pid"] == desktop.running().pid != first["pid"]
        status, said, told = desktop.finished("diagnose")
        assert status == 1, told
        document = json.loads(said)
        codes = {each["name"]: each["code"] for each in document["checks"]}
        assert document["is_running"]
        assert codes["daemon:crashes"] == "daemon_crashed"
        assert "port:bound" in codes, "what only a running daemon knows"
        assert desktop.finished("quit")[0] == 0
        assert starter.wait(PATIENCE_S) == 0
    assert desktop.running() is None
