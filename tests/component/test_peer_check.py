"""Guard step 6 behind the real server: one look for each connection (SEC-102)."""

from __future__ import annotations

import json
import socket
import sys

import pytest

from api.peers import PeerGate
from bridge.adapters.listener import listen
from bridge.adapters.peers import system_peers
from bridge.daemon.server import LoopThread, Served
from bridge.ports.peers import PeerOwner
from bridge.service.peers import PeerWatch
from tests.support.api_services import GOOD_TOKEN, GuardedProbe
from tests.support.fakes import FixedClock

PATIENCE_S = 30


class Observer:
    """Says of every connection what a test chose, and counts."""

    def __init__(self, owner: PeerOwner) -> None:
        self.owner = owner
        self.looks = []

    def owner_of(self, ends):
        self.looks.append(ends)
        return self.owner

    def program_of(self, ends):
        return None

    def is_shared(self) -> bool:
        return False


class GuardedPort:
    """A guard on a real port."""

    def __init__(self, observer, mode: str) -> None:
        self.listener = listen((0,))
        self.port = self.listener.port
        watch = PeerWatch(observer, mode=mode, clock=FixedClock())
        self.watch = watch
        self.guarded = GuardedProbe(check_peer=PeerGate(watch).check, port=self.port)
        self.loop = LoopThread(
            servers=[Served(app=self.guarded.guard, sockets=self.listener.sockets)],
            before=self._nothing,
            after=self._nothing,
        )
        self.loop.start()

    async def _nothing(self) -> None:
        pass

    def connect(self) -> Connection:
        return Connection(self.port)


class Connection:
    """One connection on which several requests can be made."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
        self.stream = self.socket.makefile("rb")

    def ask(self) -> tuple[int, dict]:
        lines = (
            "GET /v1/health HTTP/1.1",
            f"Host: 127.0.0.1:{self.port}",
            f"Authorization: Bearer {GOOD_TOKEN}",
        )
        self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        status = int(self.stream.readline().split()[1])
        length = 0
        while (line := self.stream.readline().strip().lower()) != b"":
            if line.startswith(b"content-length:"):
                length = int(line.split(b":")[1])
            if line == b"transfer-encoding: chunked":
                length = -1
        return status, json.loads(self.stream.read(length) if length >= 0 else self._chunks())

    def _chunks(self) -> bytes:
        content = b""
        while size := int(self.stream.readline(), 16):
            content += self.stream.read(size)
            self.stream.readline()
        self.stream.readline()
        return content

    def is_closed(self) -> bool:
        return self.stream.read(1) == b""

    def close(self) -> None:
        self.stream.close()
        self.socket.close()


@pytest.fixture
def served():
    running = []

    def start(observer, mode: str = "auto") -> GuardedPort:
        running.append(GuardedPort(observer, mode))
        return running[-1]

    yield start
    for each in running:
        each.loop.stop()


def test_peer_01_a_stranger_with_a_valid_token_is_refused_and_the_connection_closed(served):
    daemon = served(Observer(PeerOwner.ANOTHERS))
    connection = daemon.connect()
    status, problem = connection.ask()
    assert (status, problem["code"]) == (403, "peer_user_mismatch")
    assert connection.is_closed()
    connection.close()
    assert daemon.guarded.probe.calls == 0


@pytest.mark.parametrize(
    ("mode", "answer"),
    [
        pytest.param("enforce", (403, "peer_unverified"), id="PEER-03-enforce"),
        pytest.param("warn", (200, None), id="PEER-03-warn"),
    ],
)
def test_an_owner_that_cannot_be_determined(served, mode, answer):
    daemon = served(Observer(PeerOwner.UNKNOWN), mode)
    connection = daemon.connect()
    status, document = connection.ask()
    connection.close()
    assert (status, document.get("code")) == answer
    found = {check.name: check.code for check in daemon.watch.checks()}
    assert found == {"peer_check:mode": None, "peer:owner": "peer_unverified"}


def test_each_connection_is_looked_at_once(served):
    observer = Observer(PeerOwner.OURS)
    daemon = served(observer)
    first, second = daemon.connect(), daemon.connect()
    assert [first.ask()[0] for _ in range(3)] == [200] * 3
    assert second.ask()[0] == 200
    assert len(observer.looks) == 2
    ports = {ends.client[1] for ends in observer.looks}
    assert ports == {each.socket.getsockname()[1] for each in (first, second)}
    assert {ends.server for ends in observer.looks} == {("127.0.0.1", daemon.port)}
    first.close()
    second.close()


@pytest.mark.skipif(sys.platform != "linux", reason="the system's own tables, without privileges")
def test_a_program_of_our_own_user_is_served_by_the_systems_word(served):
    daemon = served(system_peers())
    connection = daemon.connect()
    assert connection.ask()[0] == 200
    connection.close()
