"""Slow, idle and too many connections: DOS-01 of *Local API security* 21.7, with short limits."""

from __future__ import annotations

import os
import socket
import threading
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from api.connections import ConnectionBook, WireLimits
from bridge.adapters.clientprocess import client_process
from tests.component.test_guard_on_the_wire import GOOD, HOST, Wire, listening, serving
from tests.support.api_services import GuardedProbe

PATIENCE_S = 30
SHORT = WireLimits(idle_s=0.4, header_s=0.3, body_s=0.3)
LIVEZ = f"GET /livez HTTP/1.1\r\n{HOST}\r\n"
POST = (
    f"POST /v1/ehealth-sessions HTTP/1.1\r\n{HOST}{GOOD}Content-Type: application/json\r\n"
    "Content-Length: 9\r\n\r\n"
)


@contextmanager
def served(limits: WireLimits, process_of=None):
    """Run a server with these limits; gives it, and its book of connections."""
    sock = listening(socket.AF_INET, "127.0.0.1")
    port = sock.getsockname()[1]
    book = ConnectionBook(limits, process_of=process_of)
    guarded = GuardedProbe(port=port, connections=book)
    with serving(guarded, [sock], keep_alive_s=limits.idle_s):
        yield Wire(port, guarded), book


def text_of(wire: Wire, text: str) -> bytes:
    return text.replace("PORT", str(wire.port)).encode("latin-1")


def connected(wire: Wire) -> socket.socket:
    return socket.create_connection(("127.0.0.1", wire.port), timeout=PATIENCE_S)


def is_closed(connection: socket.socket) -> bool:
    """Wait until the other end closes; what it says before that does not matter."""
    connection.settimeout(PATIENCE_S)
    try:
        while connection.recv(65536):
            pass
    except ConnectionResetError:
        pass
    except TimeoutError:
        return False
    return True


def drip(connection: socket.socket, content: bytes, pause_s: float = 0.05) -> None:
    """Send byte by byte, until the other end has had enough."""
    try:
        for byte in content:
            connection.sendall(bytes([byte]))
            time.sleep(pause_s)
    except OSError:
        pass


@pytest.mark.parametrize(
    ("first", "dripped"),
    [
        pytest.param("", "", id="DOS-01-idle"),
        pytest.param("GET /livez HT", "", id="DOS-01-half-a-header"),
        pytest.param("", f"GET /livez HTTP/1.1\r\n{HOST}X: {'a' * 400}", id="DOS-01-slow-header"),
        pytest.param(POST, "", id="DOS-01-no-body"),
        pytest.param(POST, '{"a":1   ', id="DOS-01-slow-body"),
        pytest.param(LIVEZ, "", id="DOS-01-idle-after-an-answer"),
        pytest.param(LIVEZ, "GET /livez HTTP/1.1\r\n" + "X: y\r\n" * 60, id="DOS-01-slow-second"),
        pytest.param(POST.replace(GOOD, ""), "a" * 400, id="DOS-01-slow-body-of-a-refused-request"),
    ],
)
def test_dos_01_who_keeps_us_waiting_is_closed_and_livez_answers(short, first, dripped):
    wire, _ = short
    with connected(wire) as connection:
        connection.sendall(text_of(wire, first))
        dripping = threading.Thread(target=drip, args=(connection, text_of(wire, dripped)))
        dripping.start()
        assert wire.send(text_of(wire, LIVEZ.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n")))
        assert is_closed(connection)
        dripping.join()


@pytest.fixture(scope="module")
def short():
    with served(SHORT) as both:
        yield both


def test_dos_01_many_idle_connections_are_closed_and_the_next_one_is_served():
    with served(WireLimits(most=20, idle_s=2.5)) as (wire, book), ExitStack() as stack:
        idle = [stack.enter_context(connected(wire)) for _ in range(20)]
        eventually(lambda: len(book) == 20)
        with connected(wire) as refused:
            assert is_closed(refused)
        assert all(is_closed(each) for each in idle)
        eventually(lambda: len(book) == 0)
        closing = LIVEZ.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n")
        assert wire.ask(closing).status == 200


def test_dos_01_one_process_has_at_most_sixteen():
    with served(WireLimits(), client_process) as (wire, book), ExitStack() as stack:
        many = [stack.enter_context(connected(wire)) for _ in range(20)]
        eventually(lambda: len(book) == 16)
        eventually(lambda: sum(is_dropped(each) for each in many) == 4)


def is_dropped(connection: socket.socket) -> bool:
    """Tell whether the other end has closed already."""
    connection.settimeout(0.01)
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True
    except TimeoutError:
        return False


def eventually(holds) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


class Peer:
    """A connection that remembers whether it was dropped."""

    def __init__(self) -> None:
        self.is_dropped = False

    def drop(self) -> None:
        self.is_dropped = True


async def admitted(book: ConnectionBook, port: int) -> Peer | None:
    peer = Peer()
    if not book.admit(peer, ("127.0.0.1", port), ("127.0.0.1", 1)):
        return None
    await book.settle()
    if peer.is_dropped:
        book.leave(peer)
    return peer


async def test_the_last_places_are_for_processes_that_have_few():
    limits = WireLimits(most=10, most_per_process=6, reserved=3, few=1)
    book = ConnectionBook(limits, process_of=lambda client, server: client[1] // 100 or None)
    first = [await admitted(book, 100 + n) for n in range(7)]
    assert [peer.is_dropped for peer in first] == [False] * 6 + [True]
    second = [await admitted(book, 200 + n) for n in range(3)]
    assert [peer.is_dropped for peer in second] == [False, True, True]
    assert (await admitted(book, 1)).is_dropped, "nobody knows whose it is"
    assert not (await admitted(book, 300)).is_dropped
    book.leave(first[0])
    assert (await admitted(book, 301)).is_dropped
    book.leave(first[1])
    assert not (await admitted(book, 301)).is_dropped
    assert len(book) == 7
    book.leave(first[0])
    assert len(book) == 7


async def test_the_newest_is_one_too_many_also_where_it_is_found_first():
    is_newest_found = threading.Event()

    def process_of(client, server):
        if client[1] == 0:
            assert is_newest_found.wait(PATIENCE_S)
        elif client[1] == 2:
            is_newest_found.set()
        return 1

    book, peers = ConnectionBook(WireLimits(most_per_process=2), process_of=process_of), []
    for number in range(3):
        peers.append(Peer())
        book.admit(peers[-1], ("127.0.0.1", number), ("127.0.0.1", 1))
    await book.settle()
    assert [peer.is_dropped for peer in peers] == [False, False, True]


async def test_without_a_look_at_processes_the_total_holds():
    book = ConnectionBook(WireLimits(most=3))
    peers = [await admitted(book, n) for n in range(5)]
    assert [peer is not None for peer in peers] == [True, True, True, False, False]


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="only Linux has it")
def test_the_process_at_the_other_end_is_found():
    with listening(socket.AF_INET, "127.0.0.1") as server:
        with socket.create_connection(server.getsockname()) as client:
            accepted, _ = server.accept()
            with accepted:
                ends = client.getsockname(), server.getsockname()
                assert client_process(*ends) == os.getpid()
        assert client_process(("127.0.0.1", 1), ("127.0.0.1", 2)) is None


def test_the_limits_are_those_of_the_specification():
    limits = WireLimits()
    assert (limits.most, limits.most_per_process) == (64, 16)
    assert (limits.idle_s, limits.header_s, limits.body_s) == (15, 5, 30)
