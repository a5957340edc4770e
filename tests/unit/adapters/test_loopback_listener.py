"""The sockets the daemon listens on."""

from __future__ import annotations

import errno
import socket
import sys
import threading
from contextlib import closing

import psutil
import pytest

from bridge.adapters.listener import CANDIDATE_PORTS, Listener, listen
from bridge.errors import Conflict


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


needs_ipv6 = pytest.mark.skipif(not has_ipv6(), reason="IPv6 is switched off")


def free_ports(count: int) -> list[int]:
    """Give ports that were free in both families a moment ago."""
    drawn = [listen((0,)) for _ in range(count)]
    for each in drawn:
        each.close()
    return [each.port for each in drawn]


def taken(port: int, family: socket.AddressFamily, address: str) -> socket.socket:
    holder = socket.socket(family)
    if family == socket.AF_INET6:
        holder.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    holder.bind((address, port))
    holder.listen()
    return holder


def addresses(listener: Listener) -> set[tuple[str, int]]:
    return {each.getsockname()[:2] for each in listener.sockets}


def test_sq_01_and_sec_47_ports_of_strangers_are_passed_over_and_told():
    first, second = free_ports(2)
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", first))
        stranger.listen()
        with closing(listen((first, second))) as listener:
            assert (listener.port, listener.passed_over) == (second, (first,))
            stranger.settimeout(0)
            with pytest.raises(BlockingIOError):
                stranger.accept()
    with closing(listen((first, second))) as listener:
        assert listener.passed_over == ()


def test_the_public_list_is_ten_ports_below_the_dynamic_range_sec_42():
    assert CANDIDATE_PORTS == tuple(range(42110, 42120))
    assert max(CANDIDATE_PORTS) < 49152


@needs_ipv6
def test_bind_02_both_families_listen_on_the_same_port_of_loopback_only():
    with closing(listen((0,))) as listener:
        assert addresses(listener) == {("127.0.0.1", listener.port), ("::1", listener.port)}
        assert listener.has_ipv6


@pytest.mark.parametrize(
    ("family", "address"),
    [
        pytest.param(socket.AF_INET, "127.0.0.1", id="ipv4"),
        pytest.param(socket.AF_INET6, "::1", id="ipv6", marks=needs_ipv6),
    ],
)
def test_a_client_is_accepted(family, address):
    with closing(listen((0,))) as listener, socket.socket(family) as client:
        client.settimeout(2)
        client.connect((address, listener.port))
        server = next(each for each in listener.sockets if each.family == family)
        connection, _ = server.accept()
        connection.close()


def test_sq_01_strangers_on_the_first_ports_are_passed_by_and_sent_nothing():
    first, second, third = free_ports(3)
    with (
        closing(taken(first, socket.AF_INET, "127.0.0.1")) as stranger,
        closing(taken(second, socket.AF_INET, "127.0.0.1")),
        closing(listen((first, second, third))) as listener,
    ):
        assert listener.port == third
        stranger.settimeout(0)
        with pytest.raises(BlockingIOError):
            stranger.accept()


@needs_ipv6
def test_bind_05_a_port_taken_in_one_family_only_is_given_up_entirely():
    first, second = free_ports(2)
    with (
        closing(taken(first, socket.AF_INET6, "::1")),
        closing(listen((first, second))) as listener,
        closing(taken(first, socket.AF_INET, "127.0.0.1")) as other_half,
    ):
        assert listener.port == second
        assert other_half.getsockname()[1] == first


@pytest.mark.parametrize(
    ("family", "address"),
    [
        pytest.param(socket.AF_INET, "127.0.0.1", id="ipv4"),
        pytest.param(socket.AF_INET6, "::1", id="ipv6", marks=needs_ipv6),
    ],
)
def test_bind_04_nobody_else_takes_a_port_in_use(family, address):
    """Not even where the option lets a dead process's port be taken, which on Windows is more."""
    with closing(listen((0,))) as listener, socket.socket(family) as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with pytest.raises(OSError) as caught:  # noqa: PT011  # the number is checked below
            other.bind((address, listener.port))
        assert caught.value.errno in {errno.EADDRINUSE, errno.EACCES}


def test_bind_04_two_daemons_do_not_share_a_port_sec_11():
    with closing(listen((0,))) as listener, pytest.raises(Conflict) as caught:
        listen((listener.port,))
    assert caught.value.problem_code == "listener_unavailable"


def test_no_free_candidate_is_a_conflict():
    port = free_ports(1)[0]
    with closing(taken(port, socket.AF_INET, "127.0.0.1")), pytest.raises(Conflict):
        listen((port, port))


def test_the_previous_port_is_tried_first():
    first, previous = free_ports(2)
    with closing(listen((first, previous), previous=previous)) as listener:
        assert listener.port == previous


def test_the_previous_port_is_waited_for():
    first, previous = free_ports(2)
    holder = taken(previous, socket.AF_INET, "127.0.0.1")
    threading.Timer(0.2, holder.close).start()
    with closing(listen((first, previous), previous=previous, patience_s=5)) as listener:
        assert listener.port == previous


def test_a_previous_port_that_stays_taken_is_given_up():
    first, previous = free_ports(2)
    with (
        closing(taken(previous, socket.AF_INET, "127.0.0.1")),
        closing(listen((first, previous), previous=previous, patience_s=0)) as listener,
    ):
        assert listener.port == first


def test_a_closed_listener_frees_its_port():
    listener = listen((0,))
    listener.close()
    with closing(listen((listener.port,))) as again:
        assert again.port == listener.port


@pytest.mark.skipif(sys.platform == "win32", reason="there it must not be set")
def test_a_port_can_be_taken_again_at_once():
    with closing(listen((0,))) as listener:
        for each in listener.sockets:
            assert each.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR)


def test_child_processes_do_not_inherit_the_sockets():
    with closing(listen((0,))) as listener:
        assert not any(each.get_inheritable() for each in listener.sockets)


def other_addresses() -> list[tuple[socket.AddressFamily, tuple]]:
    """Give the addresses of this computer at which nothing of ours may listen."""
    found: list[tuple[socket.AddressFamily, tuple]] = [(socket.AF_INET, ("127.0.0.2",))]
    for each in (each for several in psutil.net_if_addrs().values() for each in several):
        if each.family == socket.AF_INET and not each.address.startswith("127."):
            found.append((each.family, (each.address,)))
        elif each.family == socket.AF_INET6 and each.address not in {"::1", ""}:
            address, _, zone = each.address.partition("%")
            index = socket.if_nametoindex(zone) if zone.isidentifier() else 0
            found.append((each.family, (address, 0, index)))
    return found


def test_bind_01_other_addresses_of_the_computer_do_not_answer():
    with closing(listen((0,))) as listener:
        for family, (address, *more) in other_addresses():
            with socket.socket(family) as client:
                client.settimeout(1)
                with pytest.raises(OSError) as caught:  # noqa: PT011  # checked below
                    client.connect((address, listener.port, *more))
                assert caught.value.errno in {
                    errno.ECONNREFUSED,
                    errno.EADDRNOTAVAIL,
                    errno.ENETUNREACH,
                    None,
                }
