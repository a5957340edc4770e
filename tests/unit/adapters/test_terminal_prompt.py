"""Asking for the PIN on a real terminal (a pseudo-terminal of the system)."""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import sys
import time
from dataclasses import replace

import pytest

from bridge.errors import (
    PinCancelled,
    PinEntryInProgress,
    PinTimeout,
    PromptUnavailable,
)
from bridge.ports.prompt import PinRequest, TypingChoice

if sys.platform == "win32":
    pytest.skip("Windows has no pseudo-terminals for this", allow_module_level=True)

import select
import termios

from bridge.adapters.keyboard import Keyboard
from bridge.adapters.terminal import TerminalPrompt, TerminalTexts

TEXTS = {
    "en": TerminalTexts(
        ask="{requested_by} / {purpose} / {holder_name} / {reader}: ",
        last_try="last try? ",
        unknown_tries="perhaps the last try? ",
        keypad="{requested_by}: look at {reader}\n",
        consent="yes",
        typing="no keypad at {reader}? ",
        always="always",
    ),
}
REQUEST = PinRequest(
    requested_by="Nurse software",
    purpose="open_ehealth_session",
    holder_name="Fien Testens",
    reader="ACR38",
    tries_left=3,
    language="en",
)


class Terminal:
    """The side of a pseudo-terminal where a person sits."""

    def __init__(self) -> None:
        self.master, self.slave = os.openpty()
        self.screen = io.StringIO()

    def prompt(self, *, timeout_s: float = 5) -> TerminalPrompt:
        keyboard = Keyboard(self.slave)
        return TerminalPrompt(TEXTS, keyboard=keyboard, screen=self.screen, timeout_s=timeout_s)

    async def type(self, text: bytes, *, after: str = "ACR38: ", times: int = 1) -> None:
        """Type as soon as the prompt has shown a text, as often as told."""
        await asyncio.to_thread(self.wait_for, after, times)
        os.write(self.master, text)

    def wait_for(self, text: str, times: int = 1) -> None:
        deadline = time.monotonic() + 5
        while self.screen.getvalue().count(text) < times and time.monotonic() < deadline:
            time.sleep(0.002)

    @property
    def echoes(self) -> bool:
        return bool(termios.tcgetattr(self.slave)[3] & termios.ECHO)

    def shown_by_the_terminal(self) -> bytes:
        os.set_blocking(self.master, False)
        with contextlib.suppress(BlockingIOError):
            return os.read(self.master, 10_000)
        return b""

    def close(self) -> None:
        os.close(self.master)
        os.close(self.slave)


@pytest.fixture
def terminal():
    made = Terminal()
    yield made
    made.close()


async def answer(terminal: Terminal, typed: bytes, request: PinRequest = REQUEST):
    asking = asyncio.create_task(terminal.prompt().ask_pin(request))
    await terminal.type(typed)
    return await asking


@pytest.mark.parametrize("typed", [b"1234\n", b"1234\r", b"123456789012\n"])
async def test_the_typed_digits_are_the_pin(terminal, typed):
    pin = await answer(terminal, typed)
    assert bytes(pin.buffer) == typed.strip()


async def test_who_asks_what_for_is_shown(terminal):
    await answer(terminal, b"1234\n")
    shown = terminal.screen.getvalue()
    assert shown == "Nurse software / Open an eHealth session / Fien Testens / ACR38: \n"


async def test_the_pin_is_not_shown(terminal):
    await answer(terminal, b"7391\n")
    assert b"7391" not in terminal.shown_by_the_terminal()
    assert "7391" not in terminal.screen.getvalue()


async def test_afterwards_the_terminal_shows_typing_again(terminal):
    await answer(terminal, b"1234\n")
    assert terminal.echoes


async def test_what_was_typed_before_the_question_is_thrown_away(terminal):
    os.write(terminal.master, b"9999\n")
    assert select.select([terminal.slave], [], [], 5)[0]
    pin = await answer(terminal, b"1234\n")
    assert bytes(pin.buffer) == b"1234"


async def test_a_correction_with_backspace_counts(terminal):
    pin = await answer(terminal, b"129\x7f34\n")
    assert bytes(pin.buffer) == b"1234"


@pytest.mark.parametrize("typed", [b"\n", b"\x04"], ids=["empty-line", "end-of-input"])
async def test_an_empty_answer_cancels(terminal, typed):
    with pytest.raises(PinCancelled):
        await answer(terminal, typed)
    assert terminal.echoes


@pytest.mark.parametrize("malformed", [b"123\n", b"abcd\n", b"1234567890123\n", b"12 34\n"])
async def test_what_is_no_pin_is_asked_for_again(terminal, malformed):
    asking = asyncio.create_task(terminal.prompt().ask_pin(REQUEST))
    await terminal.type(malformed)
    await terminal.type(b"1234\n", times=2)
    assert bytes((await asking).buffer) == b"1234"


async def test_silence_times_out(terminal):
    with pytest.raises(PinTimeout):
        await terminal.prompt(timeout_s=0.1).ask_pin(REQUEST)
    assert terminal.echoes


async def test_one_prompt_at_a_time(terminal):
    prompt = terminal.prompt()
    first = asyncio.create_task(prompt.ask_pin(REQUEST))
    await asyncio.sleep(0.01)
    with pytest.raises(PinEntryInProgress):
        await prompt.ask_pin(REQUEST)
    await terminal.type(b"1234\n")
    await first
    second = asyncio.create_task(prompt.ask_pin(REQUEST))
    await terminal.type(b"4321\n", times=2)
    assert bytes((await second).buffer) == b"4321"


async def test_a_cancelled_caller_leaves_the_terminal_in_order(terminal):
    asking = asyncio.create_task(terminal.prompt().ask_pin(REQUEST))
    await asyncio.to_thread(terminal.wait_for, "ACR38: ")
    assert not terminal.echoes
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert terminal.echoes


async def test_a_pin_typed_for_a_caller_that_left_is_wiped(terminal):
    asking = asyncio.create_task(terminal.prompt().ask_pin(REQUEST))
    await terminal.type(b"1234\n")
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert terminal.echoes


async def consent(terminal: Terminal, typed: bytes, *, tries_left: int | None = 1) -> bool:
    request = replace(REQUEST, tries_left=tries_left)
    asking = asyncio.create_task(terminal.prompt().consent_to_last_try(request))
    await terminal.type(typed, after="last try? ")
    return await asking


@pytest.mark.parametrize("typed", [b"yes\n", b" YES \n"])
async def test_the_word_of_consent_lets_the_last_try_be_used(terminal, typed):
    assert await consent(terminal, typed) is True
    assert terminal.echoes


@pytest.mark.parametrize("typed", [b"no\n", b"\n", b"1234\n", b"\x04"])
async def test_any_other_word_keeps_the_last_try(terminal, typed):
    assert await consent(terminal, typed) is False


async def test_when_the_tries_are_unknown_the_question_says_so(terminal):
    await consent(terminal, b"no\n", tries_left=None)
    assert terminal.screen.getvalue().startswith("perhaps the last try? ")


async def test_silence_is_no_consent(terminal):
    with pytest.raises(PinTimeout):
        await terminal.prompt(timeout_s=0.1).consent_to_last_try(REQUEST)


async def test_a_caller_who_leaves_ends_the_question_for_consent(terminal):
    asking = asyncio.create_task(terminal.prompt().consent_to_last_try(REQUEST))
    await terminal.type(b"", after="last try? ")
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking


@pytest.mark.parametrize("tries_left", [None, 1, 2, 3])
async def test_asking_for_the_pin_asks_no_consent(terminal, tries_left):
    await answer(terminal, b"1234\n", replace(REQUEST, tries_left=tries_left))
    assert "last try" not in terminal.screen.getvalue()


async def test_with_a_keypad_the_terminal_only_points_to_the_reader(terminal):
    async with terminal.prompt().point_to_keypad(REQUEST):
        assert terminal.screen.getvalue() == "Nurse software: look at ACR38\n"
    assert terminal.echoes


async def test_a_pipe_is_no_terminal():
    reading, writing = os.pipe()
    os.write(writing, b"1234\n")
    prompt = TerminalPrompt(TEXTS, keyboard=Keyboard(reading), screen=io.StringIO())
    with pytest.raises(PromptUnavailable):
        await prompt.ask_pin(REQUEST)
    os.close(reading)
    os.close(writing)


async def test_without_standard_input_there_is_no_terminal(monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(PromptUnavailable):
        await TerminalPrompt(TEXTS, screen=io.StringIO()).ask_pin(REQUEST)


def test_the_user_is_asked_in_the_terminal():
    assert TerminalPrompt(TEXTS).where == "terminal"


# -- a keypad that is missed (DOWN-01) -----------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "choice"),
    [
        pytest.param(b"yes\n", TypingChoice.ONCE, id="once"),
        pytest.param(b" Always \n", TypingChoice.ALWAYS, id="always"),
        pytest.param(b"\n", TypingChoice.NO, id="nothing"),
        pytest.param(b"1234\n", TypingChoice.NO, id="a-pin"),
    ],
)
async def test_down_01_only_a_word_lets_the_pin_be_typed(terminal, typed, choice):
    asking = asyncio.create_task(terminal.prompt().consent_to_typing(REQUEST))
    await terminal.type(typed, after="no keypad at ACR38? ")
    assert await asking is choice
