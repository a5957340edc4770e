"""One daemon per user: the second start, the other session, and ports of strangers."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from bridge.adapters.clock import SystemClock
from bridge.adapters.folders import Folders
from bridge.adapters.instancelock import InstanceLock
from bridge.adapters.listener import Listener
from bridge.adapters.localsocket import LocalServer
from bridge.adapters.processes import os_session_id, process_started_at
from bridge.adapters.runmark import RunMark
from bridge.adapters.runtimefile import RuntimeFacts, RuntimeFile
from bridge.cli import secondstart
from bridge.cli.app import app
from bridge.daemon import presence
from bridge.daemon.quitting import QUIT, quit_running
from bridge.daemon.storage import LOCK
from bridge.errors import BridgeError, Conflict, NotDelivered
from bridge.ports.ossession import OsSessionChange
from bridge.ports.peers import Program
from tests.support.audit import AuditBench
from tests.support.fakes import FixedClock

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the key of the pipe is a user's")
PATIENCE_S = 30


def no_key() -> bytes:
    raise AssertionError("the key is for Windows only")


class First:
    """A daemon that runs: its lock, its file, its channel; it stops when it is asked to."""

    def __init__(self, folder: Path) -> None:
        self.folders = Folders.under(folder)
        self.folders.create()
        self.bench = AuditBench(self.folders.data / "audit")
        self.shown = 0
        self.is_stubborn = False
        self._lock = InstanceLock(self.folders.runtime / LOCK)
        self._lock.acquire()
        control = presence.MainControl(show=self._show, end=self._end)
        self.verbs = presence.PresenceVerbs(control, self.bench.trail).handlers()
        self._server = LocalServer(self.folders.runtime, self._answer, key=no_key)
        self._server.start()
        self.facts = RuntimeFacts(
            port=42113,
            pid=os.getpid(),
            process_started_at=process_started_at(os.getpid()) or datetime.now(UTC),
            os_session_id=os_session_id(),
            instance_id="inst_1",
            instance_public_key="",
            version="0",
            api="v1",
        )

    def publish(self, **changes) -> None:
        RuntimeFile(self.folders.runtime).publish(replace(self.facts, **changes))

    def close(self) -> None:
        self._server.stop()
        self._lock.release()

    def _answer(self, request):
        return self.verbs[request["verb"]](request)

    def _show(self) -> None:
        self.shown += 1

    def _end(self) -> None:
        if not self.is_stubborn:
            threading.Thread(target=self.close).start()

    def run(self, *words: str):
        return CliRunner().invoke(app, ["run", "--folder", str(self.folders.data.parent), *words])


@pytest.fixture
def first(tmp_path):
    made = First(tmp_path)
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    yield made
    for number, handler in zip((signal.SIGINT, signal.SIGTERM), before, strict=True):
        signal.signal(number, handler)
    made.close()


def test_sec_46_a_second_start_brings_the_first_to_the_front_and_exits_0(first, monkeypatch):
    monkeypatch.delenv("XDG_SESSION_ID", raising=False)
    first.publish(os_session_id="whatever")
    done = first.run("--json")
    assert done.exit_code == 0, done.output
    assert '{"base_url": "http://127.0.0.1:42113", "pid": ' in done.stdout
    assert first.shown == 1


def test_d30_another_session_of_the_user_is_told_and_nothing_is_stopped(first, monkeypatch):
    monkeypatch.setenv("XDG_SESSION_ID", "7")
    first.publish(os_session_id="3")
    done = first.run()
    assert done.exit_code == 1
    assert "[running_in_other_session]" in done.output
    assert first.shown == 0


def test_d30_the_first_stops_in_order_once_its_user_agreed_in_the_other_session(first, monkeypatch):
    monkeypatch.setenv("XDG_SESSION_ID", "7")
    first.publish(os_session_id="3")
    assert secondstart.is_to_start_here(first.folders, json=False, agreed=True)
    with InstanceLock(first.folders.runtime / LOCK):
        pass
    assert [each["action"] for each in first.bench.records()][-1] == "handed_over"


def test_a_first_one_that_does_not_stop_is_a_conflict(first):
    first.is_stubborn = True
    first.publish()
    channel = lambda request: first.verbs[request["verb"]](request)  # noqa: E731  # the channel, short
    with pytest.raises(Conflict) as caught:
        presence.take_over(first.folders, channel, patience_s=0)
    assert caught.value.problem_code == "already_running"


def test_a_first_one_that_refuses_is_told(first):
    with pytest.raises(BridgeError) as caught:
        presence.take_over(first.folders, lambda _request: {"error": "internal_error"})
    assert caught.value.problem_code == "internal_error"


def test_a_first_one_that_is_gone_meanwhile_has_handed_over(tmp_path):
    folders = Folders.under(tmp_path)
    folders.create()

    def gone(_request):
        raise NotDelivered(code="daemon_not_running")

    presence.take_over(folders, gone, patience_s=0)


def test_one_that_never_says_where_it_is_counts_as_running(tmp_path):
    with pytest.raises(Conflict) as caught:
        presence.find_first(Folders.under(tmp_path), patience_s=0)
    assert caught.value.problem_code == "already_running"


def test_handing_over_needs_the_session_that_asks(first):
    with pytest.raises(BridgeError):
        first.verbs[presence.HAND_OVER]({"verb": presence.HAND_OVER})


class Observer:
    """Knows one program."""

    def listener_on(self, port: int) -> Program | None:
        return Program(name="backup.exe", path=r"C:\Users\An\backup.exe") if port == 1 else None


def test_sec_47_health_names_the_ports_of_strangers_and_their_programs():
    listener = Listener(port=3, sockets=(), has_ipv6=True, passed_over=(1, 2))
    checks = presence.port_checks(listener, Observer(), FixedClock())
    assert [(each.name, each.code, each.observed_value, each.about) for each in checks] == [
        ("port:bound", "port_taken", 1, "backup.exe"),
        ("port:bound", "port_taken", 2, None),
    ]
    assert [each.about for each in presence.port_checks(listener, None, FixedClock())] == [None] * 2


def test_sec_41_a_computer_without_ipv6_is_a_remark():
    listener = Listener(port=3, sockets=(), has_ipv6=False)
    (check,) = presence.port_checks(listener, None, FixedClock())
    assert (check.code, check.status.value) == ("ipv6_off", "warn")


def test_in_order_the_port_is_said():
    listener = Listener(port=3, sockets=(), has_ipv6=True)
    (check,) = presence.port_checks(listener, None, FixedClock())
    assert (check.code, check.observed_value) == (None, 3)


def test_quit_stops_the_one_that_runs_and_waits(first: First) -> None:
    first.publish()
    folder = ["--folder", str(first.folders.data.parent)]
    done = CliRunner().invoke(app, ["quit", "--json", *folder])
    assert (done.exit_code, json.loads(done.stdout)) == (0, {"did_run": True})
    with InstanceLock(first.folders.runtime / LOCK):
        pass
    again = CliRunner().invoke(app, ["quit", "--json", *folder])
    assert (again.exit_code, json.loads(again.stdout)) == (0, {"did_run": False})


def test_quit_asks_one_that_still_starts_until_it_listens(tmp_path: Path) -> None:
    folders = Folders.under(tmp_path)
    folders.create()
    lock = InstanceLock(folders.runtime / LOCK)
    lock.acquire()
    asked = []

    def channel(request):
        asked.append(request)
        if len(asked) < 3:
            raise NotDelivered(code="daemon_not_running")
        lock.release()
        return {}

    assert quit_running(folders, channel, sleep=lambda _: None)
    assert asked == [{"verb": QUIT}] * 3


def test_quit_asks_once_and_says_when_it_does_not_stop(first: First) -> None:
    first.is_stubborn = True
    asked = []

    def channel(request):
        asked.append(request)
        return first.verbs[request["verb"]](request)

    with pytest.raises(Conflict) as refusal:
        quit_running(first.folders, channel, patience_s=1, sleep=lambda _: None)
    assert (refusal.value.problem_code, asked) == ("already_running", [{"verb": QUIT}])


def test_quit_needs_no_folder(tmp_path: Path) -> None:
    assert not quit_running(Folders.under(tmp_path), no_key)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("change", OsSessionChange)
def test_the_program_ends_with_the_session_of_its_user_and_with_nothing_less(change):
    heard, ended = [], []
    services = SimpleNamespace(session_endings=SimpleNamespace(listen=heard.append))
    control = presence.MainControl(end=lambda: ended.append(change))
    presence.end_with_session(services, control)
    (hear,) = heard
    hear(change)
    assert ended == ([change] if change is OsSessionChange.SIGNED_OUT else [])


def test_a_run_is_marked_until_it_ends_in_order(tmp_path):
    folders = Folders.under(tmp_path)
    folders.create()
    now = SystemClock().now()
    with ExitStack() as first:
        presence.mark_run(folders, first)
    presence.mark_run(folders, ExitStack())  # this one breaks off
    assert RunMark(folders.data).crashes(now) == 0
    with ExitStack() as third:
        presence.mark_run(folders, third)
        assert RunMark(folders.data).crashes(SystemClock().now()) == 1
