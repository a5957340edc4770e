"""Windows' table of connections and its accounts, played; the calls themselves need Windows."""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from bridge.adapters.peers import system_peers
from bridge.adapters.peers.windows import Account, ProcessGone, WindowsPeers, rows_4, rows_6
from bridge.ports.peers import Ends, PeerOwner

NURSE = Account("S-1-5-21-1-2-3-1001", 2)
COLLEAGUE = Account("S-1-5-21-1-2-3-1002", 3)
ENDS = Ends(client=("127.0.0.1", 50000), server=("127.0.0.1", 42110))
ENDS_6 = Ends(client=("::1", 50000), server=("::1", 42110))


def network_port(port: int) -> int:
    """A port as it stands in a double word of the table."""
    return int.from_bytes(port.to_bytes(2, "big") + b"\0\0", "little")


def table_4(*rows: tuple[int, int, int, int]) -> bytes:
    """Rows of state, local and remote port, process."""
    here = socket.inet_aton("127.0.0.1")
    parts = [
        struct.pack("<I4sI4sII", state, here, network_port(local), here, network_port(remote), pid)
        for state, local, remote, pid in rows
    ]
    return struct.pack("<I", len(rows)) + b"".join(parts)


def table_6(*rows: tuple[str, int, int, int]) -> bytes:
    """Rows of address, local and remote port, process."""
    parts = []
    for host, local, remote, pid in rows:
        packed = socket.inet_pton(socket.AF_INET6, host)
        ports = network_port(local), network_port(remote)
        parts.append(struct.pack("<16sII16sIIII", packed, 0, ports[0], packed, 0, ports[1], 5, pid))
    return struct.pack("<I", len(rows)) + b"".join(parts)


@dataclass
class Api:
    """Windows as a test wants it."""

    four: bytes = b""
    six: bytes = b""
    accounts: dict[int, Account | None] = field(default_factory=dict)
    paths: dict[int, str] = field(default_factory=dict)
    fails: bool = False
    has_sessions: bool = False

    def tables(self) -> tuple[bytes, bytes]:
        self._fail()
        return self.four, self.six

    def own_account(self) -> Account:
        return NURSE

    def account_of(self, pid: int) -> Account | None:
        if pid not in self.accounts:
            raise ProcessGone
        return self.accounts[pid]

    def path_of(self, pid: int) -> str | None:
        return self.paths.get(pid)

    def is_shared(self) -> bool:
        self._fail()
        return self.has_sessions

    def _fail(self) -> None:
        if self.fails:
            raise OSError


BOTH_ENDS = table_4((5, 42110, 50000, 1), (5, 50000, 42110, 7), (2, 42111, 0, 8))


@pytest.mark.parametrize(
    ("account", "owner"),
    [
        pytest.param(NURSE, PeerOwner.OURS, id="ours"),
        pytest.param(COLLEAGUE, PeerOwner.ANOTHERS, id="PEER-01-another-user"),
        pytest.param(Account(NURSE.sid, 3), PeerOwner.ANOTHERS, id="PEER-02-another-session"),
        pytest.param(None, PeerOwner.HIDDEN, id="hidden"),
    ],
)
def test_user_and_session_are_compared(account, owner):
    peers = WindowsPeers(Api(four=BOTH_ENDS, accounts={7: account}))
    assert peers.owner_of(ENDS) is owner


@pytest.mark.parametrize(
    ("api", "owner"),
    [
        pytest.param(Api(four=table_4((5, 50000, 42110, 0))), PeerOwner.GONE, id="time-wait"),
        pytest.param(Api(four=BOTH_ENDS), PeerOwner.GONE, id="process-ended"),
        pytest.param(Api(), PeerOwner.GONE, id="no-row"),
        pytest.param(Api(fails=True), PeerOwner.UNKNOWN, id="PEER-03-no-table"),
    ],
)
def test_an_end_that_nobody_holds(api, owner):
    assert WindowsPeers(api).owner_of(ENDS) is owner


def test_ipv6_and_mapped_addresses_are_found():
    peers = WindowsPeers(Api(six=table_6(("::1", 50000, 42110, 7)), accounts={7: NURSE}))
    assert peers.owner_of(ENDS_6) is PeerOwner.OURS
    assert peers.owner_of(ENDS) is PeerOwner.GONE
    mapped = WindowsPeers(
        Api(six=table_6(("::ffff:127.0.0.1", 50000, 42110, 7)), accounts={7: NURSE})
    )
    assert mapped.owner_of(ENDS) is PeerOwner.OURS


def test_programs_are_named_also_where_only_their_name_is_known():
    paths = {7: r"C:\Program Files\Zorg\zorg.exe", 8: "proxy.exe"}
    peers = WindowsPeers(Api(four=BOTH_ENDS, paths=paths))
    assert peers.program_of(ENDS).name == "zorg.exe"
    assert peers.listener_on(42111).name == "proxy.exe"
    assert peers.listener_on(42112) is None
    assert peers.program_of(ENDS_6) is None


def test_what_windows_does_not_tell_is_not_made_up():
    peers = WindowsPeers(Api(fails=True))
    assert peers.program_of(ENDS) is None
    assert peers.listener_on(42110) is None
    assert peers.is_shared() is True
    assert WindowsPeers(Api()).is_shared() is False


@pytest.mark.parametrize("cut", [0, 3, 4, 20, 27])
def test_a_table_that_is_cut_off_is_read_as_far_as_it_goes(cut):
    assert len(list(rows_4(BOTH_ENDS[:cut]))) == max(cut - 4, 0) // 24
    assert list(rows_6(BOTH_ENDS[: min(cut, 4)])) == []


@pytest.mark.windows
def test_windows_itself_says_that_our_own_connection_is_ours():
    ours = psutil.Process().exe()  # in a virtual environment not what Python calls itself
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(b"GET")  # Wine knows whose it is only when it was used
            ends = Ends(client=client.getsockname(), server=("127.0.0.1", port))
            assert system_peers().owner_of(ends) is PeerOwner.OURS
            assert system_peers().program_of(ends).path.lower() == ours.lower()
        program = system_peers().listener_on(port)
        assert program.name.lower() == Path(ours).name.lower()
        assert system_peers().is_shared() in {True, False}
