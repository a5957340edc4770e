"""The prompt in child processes, with children that do what no good window would."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from bridge.adapters.dialogue import ChildWindowPrompt
from bridge.errors import (
    CardRemoved,
    PinCancelled,
    PinEntryInProgress,
    PinTimeout,
    PromptUnavailable,
)
from bridge.ports.prompt import PinRequest

REQUEST = PinRequest(
    requested_by="Nurse software",
    purpose="open_ehealth_session",
    holder_name="Fien Testens",
    reader="ACR38",
    tries_left=3,
    language="nl",
)
READ = "import sys, os, time; line = sys.stdin.buffer.readline(); "
PIN = b'{"outcome": "pin", "digits": 4}\n1234'


def child(code: str) -> list[str]:
    return [sys.executable, "-S", "-c", READ + code]


def says(answer: bytes) -> list[str]:
    return child(f"os.write(1, {answer!r})")


def prompt(command: list[str], *, timeout_s: float = 5) -> ChildWindowPrompt:
    return ChildWindowPrompt(command, timeout_s=timeout_s)


class Hanging:
    """A window that stays open, with a note of its process."""

    def __init__(self, folder: Path, *, last_words: bytes = b"", timeout_s: float = 60) -> None:
        self.note = folder / "pid"
        self.ended = folder / "go on"
        code = (
            f"open({str(self.note)!r} + '.part', 'w').write(str(os.getpid()));"
            f"os.rename({str(self.note)!r} + '.part', {str(self.note)!r})\n"
            f"while not os.path.exists({str(self.ended)!r}): time.sleep(0.01)\n"
            f"os.write(1, {last_words!r})"
        )
        self.prompt = prompt(child(code), timeout_s=timeout_s)

    async def process(self) -> psutil.Process:
        while not self.note.exists():  # noqa: ASYNC110  # another process writes it
            await asyncio.sleep(0.01)
        return psutil.Process(int(self.note.read_text()))

    def answer(self) -> None:
        self.ended.touch()


@pytest.fixture
def hanging(tmp_path):
    return Hanging(tmp_path)


# -- answers -------------------------------------------------------------------------------------


async def test_the_digits_behind_the_header_are_the_pin():
    with await prompt(says(PIN)).ask_pin(REQUEST) as pin:
        assert bytes(pin.buffer) == b"1234"


async def test_digits_that_come_in_pieces_are_put_together():
    code = (
        'os.write(1, b\'{"outcome": "pin", \')\n'
        "for part in (b'\"digits\": 6}\\n1', b'23', b'456'):\n"
        "    time.sleep(0.05); os.write(1, part)"
    )
    with await prompt(child(code)).ask_pin(REQUEST) as pin:
        assert bytes(pin.buffer) == b"123456"


async def test_what_the_window_shows_arrives_on_its_standard_input_only(tmp_path):
    kept = tmp_path / "request"
    code = (
        f"open({str(kept)!r}, 'wb').write(line); os.write(1, b'{{\"outcome\": \"cancelled\"}}\\n')"
    )
    shown = ChildWindowPrompt(child(code), phrase="drie fietsen", timeout_s=7)
    with pytest.raises(PinCancelled):
        await shown.ask_pin(replace(REQUEST, holder_name="Zoë Ünal"))
    assert json.loads(kept.read_bytes()) == {
        "window": "pin",
        "requested_by": "Nurse software",
        "purpose": "open_ehealth_session",
        "holder_name": "Zoë Ünal",
        "reader": "ACR38",
        "tries_left": 3,
        "language": "nl",
        "phrase": "drie fietsen",
        "limit_s": 7,
    }


async def test_the_windows_time_out_is_a_time_out():
    with pytest.raises(PinTimeout):
        await prompt(says(b'{"outcome": "timeout"}\n')).ask_pin(REQUEST)


@pytest.mark.parametrize(
    ("answer", "is_used"), [(b"yes", True), (b"no", False), (b"cancelled", False)]
)
async def test_only_an_explicit_yes_lets_the_last_try_be_used(answer, is_used):
    asked = prompt(says(b'{"outcome": "' + answer + b'"}\n'))
    assert await asked.consent_to_last_try(REQUEST) is is_used


@pytest.mark.parametrize(
    ("answer", "choice"),
    [(b"yes", "once"), (b"always", "always"), (b"no", "no"), (b"cancelled", "no")],
)
async def test_down_01_only_an_explicit_choice_lets_a_pin_be_typed(answer, choice):
    asked = prompt(says(b'{"outcome": "' + answer + b'"}\n'))
    assert (await asked.consent_to_typing(REQUEST)).value == choice


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b'{"outcome": "pin"', id="half-a-header"),
        pytest.param(b"garbage\n", id="no-json"),
        pytest.param(b"[]\n", id="no-object"),
        pytest.param(b"{}\n", id="no-outcome"),
        pytest.param(b'{"outcome": "unavailable"}\n', id="no-screen"),
        pytest.param(b'{"outcome": "closed"}\n', id="closed"),
        pytest.param(b"x" * 5000 + b"\n", id="endless-header"),
        pytest.param(b'{"outcome": "pin"}\n1234', id="no-number-of-digits"),
        pytest.param(b'{"outcome": "pin", "digits": 99}\n' + b"1" * 99, id="too-many-digits"),
        pytest.param(b'{"outcome": "pin", "digits": 3}\n123', id="too-few-digits"),
        pytest.param(b'{"outcome": "pin", "digits": "4"}\n1234', id="number-as-text"),
        pytest.param(b'{"outcome": "pin", "digits": 4}\nabcd', id="letters"),
        pytest.param(b'{"outcome": "pin", "digits": 4}\n12', id="broken-off"),
    ],
)
async def test_what_is_no_answer_is_no_window(answer):
    with pytest.raises(PromptUnavailable):
        await prompt(says(answer)).ask_pin(REQUEST)


@pytest.mark.parametrize("code", ["os._exit(3)", "os.abort()"])
async def test_a_window_that_crashes_is_no_window(code):
    with pytest.raises(PromptUnavailable):
        await prompt(child(code)).ask_pin(REQUEST)


async def test_a_window_that_reads_nothing_is_no_window():
    with pytest.raises(PromptUnavailable):
        await prompt([sys.executable, "-S", "-c", "pass"]).ask_pin(REQUEST)


async def test_a_program_that_is_not_there_is_no_window(tmp_path):
    with pytest.raises(PromptUnavailable):
        await prompt([str(tmp_path / "nothing")]).ask_pin(REQUEST)


async def test_after_a_crash_the_next_window_works():
    asked = prompt(says(b""))
    for _ in range(2):
        with pytest.raises(PromptUnavailable):
            await asked.ask_pin(REQUEST)


# -- the end of the wait -------------------------------------------------------------------------


async def test_a_window_that_does_not_close_itself_is_ended(tmp_path):
    # Five seconds of grace come on top: the window should have closed itself long ago.
    hanging, me = Hanging(tmp_path, timeout_s=-4), psutil.Process()
    before = set(me.children())
    with pytest.raises(PinTimeout):
        await hanging.prompt.ask_pin(REQUEST)
    assert set(me.children()) <= before


async def test_a_caller_who_leaves_ends_the_window(hanging):
    asking = asyncio.create_task(hanging.prompt.ask_pin(REQUEST))
    process = await hanging.process()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert not process.is_running()


async def test_one_window_at_a_time(hanging):
    first = asyncio.create_task(hanging.prompt.ask_pin(REQUEST))
    await hanging.process()
    with pytest.raises(PinEntryInProgress):
        await hanging.prompt.ask_pin(REQUEST)
    with pytest.raises(PinEntryInProgress):
        await hanging.prompt.consent_to_last_try(REQUEST)
    with pytest.raises(PinEntryInProgress):
        async with hanging.prompt.point_to_keypad(REQUEST):
            pass
    first.cancel()
    await asyncio.wait([first])


async def test_no_process_and_no_descriptor_stays_behind():
    asked = prompt(says(PIN))
    (await asked.ask_pin(REQUEST)).wipe()
    me = psutil.Process()
    before, children = open_descriptors(), set(me.children())
    for _ in range(5):
        (await asked.ask_pin(REQUEST)).wipe()
    assert set(me.children()) == children
    assert open_descriptors() == before


def open_descriptors() -> int:
    me = psutil.Process()
    return me.num_handles() if sys.platform == "win32" else me.num_fds()


# -- beside a keypad -----------------------------------------------------------------------------


async def test_the_keypad_window_is_open_during_the_block_only(hanging):
    async with hanging.prompt.point_to_keypad(REQUEST):
        process = await hanging.process()
        assert process.is_running()
    assert not process.is_running()


async def test_closing_the_keypad_window_interrupts_the_block(tmp_path):
    hanging = Hanging(tmp_path, last_words=b'{"outcome": "cancelled"}\n')

    async def use() -> None:
        async with hanging.prompt.point_to_keypad(REQUEST):
            await hanging.process()
            hanging.answer()
            await asyncio.Event().wait()

    with pytest.raises(PinCancelled):
        await use()
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_a_block_that_was_faster_than_the_closing_keeps_its_result(tmp_path):
    hanging = Hanging(tmp_path, last_words=b'{"outcome": "cancelled"}\n')
    task = asyncio.current_task()
    assert task is not None
    async with hanging.prompt.point_to_keypad(REQUEST):
        await hanging.process()
        hanging.answer()
        while not task.cancelling():
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(0.01)
        done = True
    assert done
    assert task.cancelling() == 0
    await asyncio.sleep(0)


@pytest.mark.parametrize("answer", [b"", b'{"outcome": "unavailable"}\n'])
async def test_a_keypad_works_without_its_window(answer):
    async with prompt(says(answer)).point_to_keypad(REQUEST):
        await asyncio.sleep(0.2)


async def test_an_error_of_the_block_closes_the_keypad_window(hanging):
    processes = []

    async def use() -> None:
        async with hanging.prompt.point_to_keypad(REQUEST):
            processes.append(await hanging.process())
            raise CardRemoved

    with pytest.raises(CardRemoved):
        await use()
    assert not processes[0].is_running()


async def test_a_caller_who_leaves_closes_the_keypad_window(hanging):
    async def use() -> None:
        async with hanging.prompt.point_to_keypad(REQUEST):
            await asyncio.Event().wait()

    using = asyncio.create_task(use())
    process = await hanging.process()
    using.cancel()
    with pytest.raises(asyncio.CancelledError):
        await using
    assert not process.is_running()


def test_the_user_is_asked_in_a_window():
    assert prompt([]).where == "window"


async def test_the_environment_and_the_arguments_hold_nothing_of_the_request(hanging):
    asking = asyncio.create_task(hanging.prompt.ask_pin(REQUEST))
    process = await hanging.process()
    shown = " ".join([*process.cmdline(), *process.environ().values()])
    assert "Testens" not in shown
    asking.cancel()
    await asyncio.wait([asking])
