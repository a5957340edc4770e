"""Who is at the other end, by the kernel's own tables (SEC-102, SEC-47)."""

from __future__ import annotations

import os
import socket
import struct
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from bridge.adapters.peers import sockdiag, system_peers
from bridge.adapters.peers.linux import LinuxPeers, needles
from bridge.ports.peers import Ends, PeerOwner

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
NOBODY = 12345
HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid\n"


@contextmanager
def connected(address: str = "127.0.0.1", *, client_family: int | None = None):
    """Give a real connection of this process: ends as the server sees them, and the client."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as listening:
        listening.bind((address, 0))
        listening.listen()
        port = listening.getsockname()[1]
        with socket.socket(client_family or family) as client:
            wanted = f"::ffff:{address}" if client_family and family == socket.AF_INET else address
            client.connect((wanted, port))
            served, peer = listening.accept()
            with served:
                ends = Ends(client=peer[:2], server=served.getsockname()[:2])
                yield ends, client


def no_answer(_ends):
    """A kernel that is only read, not asked."""
    raise OSError


WAYS = [pytest.param(sockdiag.ask, id="asked"), pytest.param(no_answer, id="read")]
"""The kernel is asked about one connection, or its table is read."""


@linux_only
@pytest.mark.parametrize("ask", WAYS)
@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_a_connection_of_our_own_is_ours(address, ask):
    with connected(address) as (ends, _client):
        assert LinuxPeers(ask=ask).owner_of(ends) is PeerOwner.OURS
        assert LinuxPeers(ask=ask).program_of(ends) is not None


@linux_only
@pytest.mark.parametrize("ask", WAYS)
def test_a_socket_of_both_families_is_found_under_its_mapped_address(ask):
    with connected(client_family=socket.AF_INET6) as (ends, _client):
        assert ends.client[0] == "127.0.0.1"
        assert LinuxPeers(ask=ask).owner_of(ends) is PeerOwner.OURS


@linux_only
@pytest.mark.parametrize("ask", WAYS)
def test_peer_01_a_connection_that_is_not_of_our_user_is_anothers(ask):
    with connected() as (ends, _client):
        assert LinuxPeers(user=NOBODY, ask=ask).owner_of(ends) is PeerOwner.ANOTHERS


@linux_only
@pytest.mark.parametrize("ask", WAYS)
@pytest.mark.parametrize("leaving", ["in-order", "at-once"])
def test_peer_01_whoever_sends_and_leaves_is_gone_and_not_unknown(ask, leaving):
    with connected() as (ends, client):
        client.sendall(b"POST / HTTP/1.1\r\n")
        if leaving == "at-once":
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
        assert LinuxPeers(ask=ask).owner_of(ends) is PeerOwner.GONE
        assert LinuxPeers(user=NOBODY, ask=ask).owner_of(ends) is PeerOwner.GONE


@linux_only
@pytest.mark.parametrize("ask", WAYS)
def test_peer_01_who_listens_on_the_port_of_one_who_left_is_not_taken_for_him(ask):
    for _ in range(20):
        with connected() as (ends, client), socket.socket() as later:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.close()
            try:
                later.bind(ends.client)
            except OSError:  # another program of this computer was faster
                continue
            later.listen()
            assert LinuxPeers(ask=ask).owner_of(ends) is PeerOwner.GONE
            return
    pytest.fail("the port was never free again")


@linux_only
def test_the_program_at_the_other_end_is_named():
    with connected() as (ends, _client):
        program = system_peers().program_of(ends)
    assert program.path == str(Path(sys.executable).resolve())
    assert program.name == Path(sys.executable).resolve().name
    assert program.path not in repr(program)


@linux_only
def test_sec_47_the_program_that_listens_on_a_port_is_named():
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        found = system_peers().listener_on(listening.getsockname()[1])
        assert found.name == Path(sys.executable).resolve().name
    assert system_peers().listener_on(listening.fileno() + 1) is None


def row(local: str, remote: str, *, state: str = "01", uid: int = NOBODY, inode: int = 7) -> str:
    return (
        f"   0: {local} {remote} {state} 00000000:00000000 00:00000000 00000000 "
        f"{uid:5}        0 {inode} 1 0000000000000000 20 4 30 10 -1\n"
    )


ENDS = Ends(client=("127.0.0.1", 50000), server=("127.0.0.1", 42110))
HERE = ("0100007F:C350", "0100007F:A47E")
little_endian_only = pytest.mark.skipif(sys.byteorder != "little", reason="rows of such a computer")


class Proc:
    """A folder like ``/proc`` with the tables a test writes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "net").mkdir()
        self.peers = LinuxPeers(folder, folder / "sessions", user=NOBODY, ask=no_answer)

    def write(self, name: str, *rows: str) -> None:
        (self.folder / "net" / name).write_text(HEAD + "".join(rows))

    def session(self, name: str, **facts: str) -> None:
        (self.folder / "sessions").mkdir(exist_ok=True)
        lines = "".join(f"{key}={value}\n" for key, value in facts.items())
        (self.folder / "sessions" / name).write_text(f"# comment\n{lines}")


@pytest.fixture
def proc(tmp_path):
    return Proc(tmp_path)


@little_endian_only
@pytest.mark.parametrize(
    ("line", "owner"),
    [
        pytest.param(row(*HERE), PeerOwner.OURS, id="ours"),
        pytest.param(row(*HERE, uid=1000), PeerOwner.ANOTHERS, id="PEER-01-anothers"),
        pytest.param(row(*HERE, uid=0), PeerOwner.ANOTHERS, id="root-is-another-too"),
        pytest.param(row(*HERE, state="06", uid=0, inode=0), PeerOwner.GONE, id="time-wait"),
        pytest.param(row(*HERE, state="05", inode=0), PeerOwner.GONE, id="orphan"),
        pytest.param(row(HERE[1], HERE[0]), PeerOwner.UNKNOWN, id="PEER-03-row-missed"),
        pytest.param(row(HERE[1], HERE[0], state="08"), PeerOwner.GONE, id="they-closed"),
        pytest.param("", PeerOwner.GONE, id="no-row"),
        pytest.param(row(*HERE).replace("12345", "xxxxx"), PeerOwner.UNKNOWN, id="unreadable"),
    ],
)
def test_what_a_row_says(proc, line, owner):
    proc.write("tcp", line)
    assert proc.peers.owner_of(ENDS) is owner


def test_peer_03_without_tables_nothing_is_known(proc):
    assert proc.peers.owner_of(ENDS) is PeerOwner.UNKNOWN
    assert proc.peers.program_of(ENDS) is None
    assert proc.peers.listener_on(42110) is None


@little_endian_only
def test_the_words_of_an_address_are_written_in_the_order_of_the_processor():
    assert needles(ENDS)[0] == ("tcp", f" {HERE[0]} {HERE[1]} ")
    assert needles(ENDS)[1][1].startswith(" 0000000000000000FFFF00000100007F:C350 ")
    both = Ends(client=("::1", 50000), server=("::1", 42110))
    assert needles(both) == [
        ("tcp6", f" {'0' * 24}01000000:C350 {'0' * 24}01000000:A47E "),
    ]


@little_endian_only
def test_a_program_that_was_updated_meanwhile_keeps_its_name(proc):
    proc.write("tcp", row(*HERE))
    process = proc.folder / "77"
    (process / "fd").mkdir(parents=True)
    (process / "fd" / "3").symlink_to("socket:[7]")
    assert proc.peers.program_of(ENDS) is None
    (process / "exe").symlink_to("/opt/app/app (deleted)")
    assert proc.peers.program_of(ENDS).path == "/opt/app/app"


@pytest.mark.parametrize(
    ("sessions", "is_shared"),
    [
        pytest.param([], False, id="none-known"),
        pytest.param([{"UID": "1000", "CLASS": "user"}], False, id="one"),
        pytest.param([{"UID": "1000", "CLASS": "user"}] * 2, True, id="two-of-one-person"),
        pytest.param([{"UID": "1000", "CLASS": "user", "REMOTE": "1"}], True, id="remote"),
        pytest.param(
            [{"UID": "1000", "CLASS": "user"}, {"UID": "113", "CLASS": "greeter"}],
            False,
            id="login-screen",
        ),
        pytest.param(
            [
                {"UID": "1000", "CLASS": "user"},
                {"UID": "1001", "CLASS": "user", "STATE": "closing"},
            ],
            False,
            id="one-that-ends",
        ),
    ],
)
def test_whether_others_work_here_too(proc, sessions, is_shared):
    for number, facts in enumerate(sessions):
        proc.session(str(number), **facts)
    assert proc.peers.is_shared() is is_shared


def test_a_session_that_cannot_be_read_is_passed_over(proc):
    proc.session("1", UID="1000", CLASS="user")
    (proc.folder / "sessions" / "2").mkdir()
    assert proc.peers.is_shared() is False


@linux_only
def test_a_closed_end_is_told_for_this_process_by_its_number():
    with connected() as (ends, client):
        client.shutdown(socket.SHUT_WR)
        assert LinuxPeers(user=os.geteuid()).owner_of(ends) is PeerOwner.OURS


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(b"", id="empty"),
        pytest.param(struct.pack("=IHHII", 20, 2, 0, 1, 0) + struct.pack("=i", -1), id="forbidden"),
        pytest.param(struct.pack("=IHHII", 20, 3, 0, 1, 0) + bytes(80), id="another-kind"),
        pytest.param(struct.pack("=IHHII", 20, 20, 0, 1, 0) + bytes(20), id="cut-off"),
    ],
)
def test_an_answer_that_is_none_makes_us_read_the_table(message):
    with pytest.raises(OSError, match=r".*"):
        sockdiag.answer(message)
