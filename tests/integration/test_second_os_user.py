"""A second user of the same computer, made for the test: nothing of the first one's is hers.

PEER-01, PEER-04; run as root, with ``dev.py test --all`` (D26).
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bridge.adapters.folders import Folders
from bridge.adapters.localsocket import LocalClient
from bridge.adapters.runtimefile import RuntimeFile

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = ("useradd", "userdel", "setpriv", "curl")
START_S = 60
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(
        sys.platform != "linux" or os.geteuid() != 0, reason="only root can make a user"
    ),
    pytest.mark.skipif(
        not all(map(shutil.which, PROGRAMS)), reason=f"one of {PROGRAMS} is not installed"
    ),
]
ONLY_READS = ("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search")
"""Lets a program be read that lies in a folder of root alone, as an interpreter may in CI."""


class OtherUser:
    """A user account that exists as long as the test."""

    def __init__(self, name: str, home: Path) -> None:
        self.name = name
        self.home = home
        subprocess.run(["useradd", "--no-create-home", "--home-dir", str(home), name], check=True)
        home.mkdir(mode=0o700)
        shutil.chown(home, user=name, group=name)

    def remove(self) -> None:
        subprocess.run(["userdel", "--force", self.name], check=False, capture_output=True)

    def command(self, *words: str, may_read: bool = False) -> list[str]:
        """The command line that runs a program as this user, with her groups and no others."""
        switch = ["setpriv", f"--reuid={self.name}", f"--regid={self.name}", "--clear-groups"]
        return [*switch, *(ONLY_READS if may_read else ()), *words]

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*words), capture_output=True, text=True, check=False, timeout=60
        )

    def curl(self, address: str, *words: str) -> tuple[int, Any]:
        done = self.run("curl", "-sS", "-w", "\n%{http_code}", *words, address)
        document, _, status = done.stdout.rpartition("\n")
        return int(status), json.loads(document)


@pytest.fixture
def stranger(tmp_path: Path):
    # Pytest's folders are their owner's alone; the account needs a home it can reach.
    for parent in (tmp_path, *tmp_path.parents):
        if parent.stat().st_mode & 0o001 == 0:
            parent.chmod(0o711)
    user = OtherUser(f"cb{os.getpid()}", tmp_path / "stranger")
    yield user
    user.remove()


@contextmanager
def demo(folder: Path, *, port: int, user: OtherUser | None = None):
    """Run the demo, as root or as another user, and give its one line."""
    command = [sys.executable, "-m", "bridge", "demo", "--headless", "--json"]
    command += ["--port", str(port), "--folder", str(folder)]
    kept = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    process = subprocess.Popen(
        command if user is None else user.command(*command, may_read=True),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env=kept,
    )
    try:
        line = process.stdout.readline()
        assert line, process.stderr.read().decode()
        yield json.loads(line)
        process.send_signal(signal.SIGINT)
        assert process.wait(START_S) == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()


def header(facts: dict[str, Any]) -> tuple[str, ...]:
    return "-H", f"Authorization: Bearer {facts['token']}"


def test_peer_01_a_stolen_token_is_worth_nothing_to_another_user(
    tmp_path: Path, stranger: OtherUser
) -> None:
    folders = Folders.under(tmp_path / "mine")
    with demo(tmp_path / "mine", port=0) as facts:
        address = facts["base_url"] + "/v1/health"
        own = subprocess.run(
            ["curl", "-sS", *header(facts), address], capture_output=True, check=True, timeout=60
        )
        assert json.loads(own.stdout)["status"] in {"pass", "warn"}
        assert_refused(stranger.curl(address, *header(facts)))
        assert_refused(stranger.curl(facts["base_url"] + "/livez"))
        by_name = facts["base_url"].replace("127.0.0.1", "[::1]")
        assert_refused(stranger.curl(by_name + "/v1/health", *header(facts)))
        health = json.loads(
            subprocess.run(
                ["curl", "-sS", *header(facts), address],
                capture_output=True,
                check=True,
                timeout=60,
            ).stdout
        )
        (seen,) = health["checks"]["peer:owner"]
        assert (seen["output"], seen["about"]) == ("peer_user_mismatch", "curl")
        socket = folders.runtime / "local.sock"
        asked = stranger.run("curl", "-sS", "--unix-socket", str(socket), "http://local/")
        assert asked.returncode == 7, asked.stderr  # could not connect
        assert asked.stdout == ""
        assert stranger.run("cat", str(folders.runtime / "instance.json")).returncode != 0
        records = (folders.data / "audit").rglob("*")
        told = "".join(each.read_text() for each in records if each.is_file())
        assert '"result":"peer_user_mismatch"' in told


def assert_refused(answer: tuple[int, Any]) -> None:
    status, problem = answer
    assert (status, problem["code"]) == (403, "peer_user_mismatch")


def test_peer_01_who_sends_and_leaves_changes_nothing_either(
    tmp_path: Path, stranger: OtherUser
) -> None:
    """Without an end that can be looked at there is no owner, and so no work is done."""
    with demo(tmp_path / "mine", port=0) as facts:
        port = int(facts["base_url"].rpartition(":")[2])
        request = (
            f"POST /v1/ehealth-sessions HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
            f"Authorization: Bearer {facts['token']}\r\nContent-Type: application/json\r\n"
            "Content-Length: 2\r\n\r\n{}"
        )
        leave = (
            "import socket,struct,sys;"
            f"s=socket.create_connection(('127.0.0.1',{port}));"
            "s.setsockopt(socket.SOL_SOCKET,socket.SO_LINGER,struct.pack('ii',1,0));"
            "s.sendall(sys.argv[1].encode());s.close()"
        )
        for _ in range(20):
            done = subprocess.run(
                stranger.command(sys.executable, "-c", leave, request, may_read=True),
                capture_output=True,
                check=False,
                timeout=60,
            )
            assert done.returncode == 0, done.stderr
        time.sleep(0.5)  # nothing tells us that nothing happened
        answer = subprocess.run(
            ["curl", "-sS", *header(facts), facts["base_url"] + "/v1/operations"],
            capture_output=True,
            check=True,
            timeout=60,
        )
        assert json.loads(answer.stdout)["items"] == []


def test_peer_04_two_users_have_two_daemons_without_cross_talk_sec_11_sec_101(
    tmp_path: Path, stranger: OtherUser
) -> None:
    mine, hers = Folders.under(tmp_path / "mine"), Folders.under(stranger.home / "own")
    with (
        demo(tmp_path / "mine", port=0) as first,
        demo(stranger.home / "own", port=0, user=stranger) as second,
    ):
        assert first["base_url"] != second["base_url"]
        files = [RuntimeFile(each.runtime).read() for each in (mine, hers)]
        assert {f"http://127.0.0.1:{each.port}" for each in files} == {
            first["base_url"],
            second["base_url"],
        }
        assert len({each.instance_id for each in files}) == 2
        assert len({each.instance_public_key for each in files}) == 2
        assert_refused(stranger.curl(first["base_url"] + "/v1/health", *header(first)))
        assert_refused(stranger.curl(first["base_url"] + "/v1/health", *header(second)))
        status, health = stranger.curl(second["base_url"] + "/v1/health", *header(second))
        assert (status, health["status"]) in {(200, "pass"), (200, "warn")}
        status, problem = stranger.curl(second["base_url"] + "/v1/health", *header(first))
        assert (status, problem["code"]) == (401, "token_invalid")
        assert hers.runtime.stat().st_uid != os.geteuid()
        channel = LocalClient(mine.runtime, key=bytes)
        assert channel.call({"verb": "pairings"}) == {"pairings": []}
        refused = own_curl(second["base_url"] + "/v1/health", *header(second))
        assert refused["code"] == "peer_user_mismatch"


def own_curl(address: str, *words: str) -> Any:
    done = subprocess.run(
        ["curl", "-sS", *words, address], capture_output=True, check=True, timeout=60
    )
    return json.loads(done.stdout)
