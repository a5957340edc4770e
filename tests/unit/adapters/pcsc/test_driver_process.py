"""PC/SC in a child: what a library that hangs or crashes does there, and what is left of it."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from structlog.testing import capture_logs

from bridge.adapters.childstart import end_child, pipes_of, start_child
from bridge.adapters.pcsc.api import Pcsc
from bridge.adapters.pcsc.codes import INVALID_HANDLE, NO_ANSWER
from bridge.adapters.pcsc.functions import Limits
from bridge.adapters.pcsc.process import DriverProcess
from bridge.adapters.pcsc.wire import Frame, receive, send
from bridge.adapters.selfcall import own_command
from bridge.errors import CardServiceStopped, ReaderTimeout
from tests.support import misbehaving
from tests.support import virtualreader as vr

pytestmark = pytest.mark.timeout(60)

READER = "Reader of the test"
VERIFY = bytes.fromhex("0020000108241234FFFFFFFFFF")
PATIENT = Limits(answer_s=30, busy_s=0.1, close_s=30)
"""Only the wait for another program is short, and it is what hangs; a busy computer is slow."""


@pytest.fixture
def orders(tmp_path) -> Path:
    return tmp_path / "orders"


@pytest.fixture
def processes(orders) -> Iterator[Callable[..., DriverProcess]]:
    made: list[DriverProcess] = []

    def make(limits: Limits = PATIENT) -> DriverProcess:
        made.append(DriverProcess(misbehaving.command(orders), limits=limits))
        return made[-1]

    yield make
    for process in made:
        process.close()


def running(process: DriverProcess) -> psutil.Process:
    assert process.pid is not None
    return psutil.Process(process.pid)


def is_gone(child: psutil.Process) -> bool:
    return not child.is_running()


def opened(process: DriverProcess):
    """Give a context and a connection of the child, with patience."""
    _, context = process.SCardEstablishContext(0)
    _, card, _ = process.SCardConnect(context, READER, 2, 3)
    return context, card


def test_nothing_is_started_before_it_is_needed(processes):
    assert processes().pid is None


def test_it_stands_in_for_the_library(processes, orders):
    pcsc = Pcsc(processes())
    assert pcsc.readers() == [READER]
    handle = pcsc.connect(READER)
    pcsc.begin(handle)
    assert pcsc.transmit(handle, VERIFY) == b"\x90\x00"
    assert pcsc.control(handle, 1, b"\x01") == b"\x90\x00"
    pcsc.end(handle)
    pcsc.disconnect(handle)
    (state,) = pcsc.changes([(READER, 0)], wait_ms=0)
    assert (state.name, state.state, state.atr) == (READER, 0x10, b"")
    orders.write_text("fail SCardListReaders")
    with pytest.raises(RuntimeError, match=r"ValueError in misbehaving.py, line \d+$"):
        pcsc.readers()
    pcsc.release()


def test_what_is_no_function_of_the_table_is_not_there(processes):
    process = processes()
    with pytest.raises(AttributeError):
        _ = process.SCardForgetReader


@pytest.mark.parametrize("how", ["hang", "crash", "babble"])
def test_dos_06_a_call_without_an_answer_ends_the_child_and_the_next_one_works(
    processes, orders, how
):
    process = processes()
    _, card = opened(process)
    child = running(process)
    orders.write_text(f"{how} SCardBeginTransaction")
    with capture_logs() as logs:
        assert process.SCardBeginTransaction(card) == NO_ANSWER
    assert is_gone(child)
    assert process.pid is None
    assert [(each["event"], each["place"]) for each in logs] == [
        ("card_driver.lost", "SCardBeginTransaction")
    ]
    orders.write_text("")
    assert Pcsc(process).readers() == [READER]


def test_dos_06_a_service_that_hangs_is_a_reader_that_gives_no_answer(processes, orders):
    process = processes(Limits(answer_s=0.1))
    orders.write_text("hang SCardEstablishContext")
    with pytest.raises(ReaderTimeout):
        Pcsc(process).readers()
    assert process.pid is None


def test_what_was_opened_in_a_child_ends_with_it_and_starts_no_other(processes):
    process = processes()
    context, card = opened(process)
    child = running(process)
    child.kill()
    child.wait(30)
    assert process.SCardTransmit(card, 1, list(VERIFY)) == (NO_ANSWER, [])
    assert process.SCardEndTransaction(card, 0) == NO_ANSWER
    assert process.SCardListReaders(context, []) == (INVALID_HANDLE, [])
    assert process.SCardReleaseContext(context) == INVALID_HANDLE
    assert process.pid is None


def test_a_child_that_died_between_two_jobs_is_not_noticed_by_the_next_one(processes):
    process = processes()
    pcsc = Pcsc(process)
    pcsc.prepare()
    child = running(process)
    child.kill()
    child.wait(30)
    assert pcsc.readers() == [READER]
    assert running(process) != child


def test_the_first_loss_is_made_good_at_once_and_further_ones_after_longer_pauses(tmp_path):
    now = 100.0
    process = DriverProcess([str(tmp_path / "nothing")], monotonic=lambda: now)
    tried: list[float] = []
    for _ in range(200):
        before = process.starts
        assert process.SCardEstablishContext(0) == (NO_ANSWER, [])
        if process.starts > before:
            tried.append(now - 100)
        now += 0.25
    assert tried[:7] == [0, 0.25, 0.75, 2.75, 7.75, 12.75, 17.75]
    process.close()


@pytest.mark.slow
def test_the_loss_of_a_child_that_lived_long_is_a_first_one_again(processes, orders):
    now = 100.0
    process = DriverProcess(misbehaving.command(orders), limits=PATIENT, monotonic=lambda: now)
    for _ in range(2):
        _, card = opened(process)
        orders.write_text("crash SCardEndTransaction")
        now += 61
        assert process.SCardEndTransaction(card, 0) == NO_ANSWER
        orders.write_text("")
    opened(process)
    process.close()


def test_a_child_that_cannot_be_started_gives_no_answer(tmp_path):
    process = DriverProcess([str(tmp_path / "nothing")])
    assert process.SCardEstablishContext(0) == (NO_ANSWER, [])
    process.close()


def test_a_child_that_talks_nonsense_gives_no_answer():
    process = DriverProcess((sys.executable, "-c", "import os; os.write(1, b'\\xff' * 99)"))
    assert process.SCardEstablishContext(0) == (NO_ANSWER, [])
    assert process.pid is None
    process.close()


# -- the end ------------------------------------------------------------------------------------


def test_the_child_ends_with_its_owner_and_none_is_started_again(processes):
    process = processes()
    opened(process)
    child = running(process)
    process.close()
    process.close()
    assert is_gone(child)
    assert process.SCardEstablishContext(0) == (NO_ANSWER, [])


@pytest.mark.parametrize("end", ["close", "cancel"])
def test_a_call_that_hangs_keeps_nobody_from_the_end(processes, orders, end):
    process = processes(Limits(answer_s=600, close_s=0.1))
    context, card = opened(process)
    child = running(process)
    orders.write_text("hang SCardTransmit")
    told: list[object] = []
    job = threading.Thread(target=lambda: told.append(process.SCardTransmit(card, 1, [0])))
    job.start()
    vr.until(lambda: orders.with_suffix(".seen").exists())
    with capture_logs() as logs:
        if end == "close":
            process.close()
        else:
            process.SCardCancel(context)
        job.join(30)
    assert told == [(NO_ANSWER, [])]
    assert is_gone(child)
    assert logs == [], "nobody misses a child that was sent away"


ORPHANING = """
import os, subprocess, sys
child = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
child.stdout.read(1)
print(child.pid, flush=True)
os._exit(9)
"""


def test_the_child_ends_when_the_daemon_is_killed():
    command = own_command("--card-driver")
    answer = subprocess.run(
        [sys.executable, "-c", ORPHANING, *command], check=False, capture_output=True, timeout=30
    )
    with suppress(psutil.NoSuchProcess):
        psutil.Process(int(answer.stdout)).wait(30)


@pytest.mark.slow
def test_dos_06_a_child_that_hangs_ends_itself_when_nobody_ends_it(orders):
    orders.touch()
    child = start_child(misbehaving.command(orders))
    stdin, stdout = pipes_of(child)
    receive(stdout)
    orders.write_text("hang SCardEstablishContext")
    send(stdin, Frame(["SCardEstablishContext", 0.1, 0, [0]]))
    child.wait(50)
    end_child(child, patience_s=0)
    stdout.close()


# -- the PIN ------------------------------------------------------------------------------------


def test_sec_86_the_pin_is_on_the_pipe_alone(processes, monkeypatch, orders):
    for name in ("PCSCLITE_DEBUG", "OPENSC_DEBUG"):
        monkeypatch.setenv(name, "1")
    process = processes()
    with capture_logs() as logs:
        _, card = opened(process)
        child = running(process)
        numbers = list(VERIFY)
        process.SCardTransmit(card, 1, numbers)
        environ = child.environ()
        words = [*child.cmdline(), *environ.items()]
        orders.write_text("crash SCardTransmit")
        process.SCardTransmit(card, 1, numbers)
    shown = f"{words} {logs} {process!r} {vars(process)}"
    for secret in ("241234", str(numbers)[1:-1], repr(VERIFY)):
        assert secret not in shown
    assert not {"PCSCLITE_DEBUG", "OPENSC_DEBUG"} & environ.keys()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_sec_86_pin_08_the_child_leaves_no_core_file_and_shares_no_output(processes):
    process = processes()
    opened(process)
    place = Path("/proc") / str(process.pid)
    (limits,) = [
        line.split()[4:6]
        for line in (place / "limits").read_text().splitlines()
        if line.startswith("Max core file size")
    ]
    assert limits == ["0", "0"]
    assert {(place / "fd" / each).readlink() for each in "012"} == {Path("/dev/null")}


def test_a_service_that_says_no_is_told_as_such(processes, monkeypatch):
    monkeypatch.setenv("PCSCLITE_CSOCK_NAME", "/nowhere/at/all")
    process = DriverProcess(own_command("--card-driver"))
    with pytest.raises(CardServiceStopped):
        Pcsc(process).readers()
    process.close()
