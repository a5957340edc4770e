"""``libproc`` of macOS, played with its own structures; the library itself needs macOS."""

from __future__ import annotations

import socket
import struct
import sys

import pytest

from bridge.adapters.peers import system_peers
from bridge.adapters.peers.macos import MacPeers, socket_facts
from bridge.ports.peers import Ends, PeerOwner

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="asks for our user's number")
ENDS = Ends(client=("127.0.0.1", 50000), server=("127.0.0.1", 42110))
PATH = b"/Applications/Zorg.app/Contents/MacOS/Zorg"


def socket_info(local: int, foreign: int, *, kind: int = 2, state: int = 4) -> bytes:
    about = bytearray(792)
    struct.pack_into("=i", about, 256, kind)
    about[264:266] = foreign.to_bytes(2, "big")
    about[268:270] = local.to_bytes(2, "big")
    struct.pack_into("=i", about, 344, state)
    return bytes(about)


class Libproc:
    """Processes of one user, each with sockets; a file stands before them."""

    def __init__(self, processes: dict[int, list[bytes]], *, fails: bool = False) -> None:
        self.processes = processes
        self.fails = fails

    def proc_listpids(self, kind, _user, content, _size):
        assert kind == 4
        packed = b"" if self.fails else struct.pack(f"={len(self.processes)}i", *self.processes)
        return self._give(content, packed)

    def proc_pidinfo(self, pid, _flavor, _argument, content, _size):
        sockets = self.processes[pid]
        entries = [(3, 1), *((number + 4, 2) for number in range(len(sockets)))]
        return self._give(content, b"".join(struct.pack("=iI", *entry) for entry in entries))

    def proc_pidfdinfo(self, pid, number, flavor, content, size):
        assert flavor == 3
        about = self.processes[pid][number - 4]
        return self._give(content, about[:size])

    def proc_pidpath(self, pid, content, _size):
        return self._give(content, PATH if pid == 7 else b"")

    @staticmethod
    def _give(content, packed: bytes) -> int:
        if content is not None:
            content[: len(packed)] = packed
        return len(packed)


OTHERS = [socket_info(1, 2), socket_info(50000, 42110, kind=1), socket_info(42110, 50000)]


@posix_only
def test_an_end_that_a_process_of_ours_holds_is_ours():
    peers = MacPeers(Libproc({5: OTHERS, 7: [*OTHERS, socket_info(50000, 42110)]}))
    assert peers.owner_of(ENDS) is PeerOwner.OURS
    assert peers.program_of(ENDS).name == "Zorg"


@posix_only
def test_peer_01_an_end_that_none_of_ours_holds_is_hidden_from_us():
    peers = MacPeers(Libproc({5: OTHERS, 7: []}))
    assert peers.owner_of(ENDS) is PeerOwner.HIDDEN
    assert peers.program_of(ENDS) is None


@posix_only
def test_peer_03_without_a_list_of_processes_nothing_is_known():
    peers = MacPeers(Libproc({}, fails=True))
    assert peers.owner_of(ENDS) is PeerOwner.UNKNOWN
    assert peers.program_of(ENDS) is None
    assert peers.listener_on(42110) is None


@posix_only
def test_sec_47_who_listens_on_a_port():
    peers = MacPeers(Libproc({7: [socket_info(42110, 0, state=1)], 5: [socket_info(42111, 0)]}))
    assert peers.listener_on(42110).name == "Zorg"
    assert peers.listener_on(42111) is None


def test_a_socket_that_is_not_tcp_says_nothing():
    assert socket_facts(socket_info(1, 2, kind=1)) is None
    assert socket_facts(socket_info(258, 772)) == (258, 772, 4)


@pytest.mark.macos
def test_macos_itself_says_that_our_own_connection_is_ours():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as client:
            ends = Ends(client=client.getsockname(), server=("127.0.0.1", port))
            assert system_peers().owner_of(ends) is PeerOwner.OURS
        assert system_peers().listener_on(port) is not None
