"""The windows on a real screen, used as a person uses them."""

from __future__ import annotations

import asyncio
import sys
import time

import pytest

from bridge.adapters.dialogue import ChildWindowPrompt
from bridge.adapters.selfcall import own_command
from bridge.domain.operations import OperationStatus
from bridge.errors import PinCancelled, PinTimeout
from bridge.i18n import LANGUAGES
from bridge.ports.prompt import PinRequest
from tests.support.daemon import CLIENT, running_daemon
from tests.support.screen import Screen, shown
from tests.support.xevents import ask_to_close, send_key

pytestmark = [
    pytest.mark.timeout(60),
    pytest.mark.skipif(sys.platform != "linux", reason="Xvfb is an X server"),
]
REQUEST = PinRequest(
    requested_by="Nurse software",
    purpose="open_ehealth_session",
    holder_name="Fien Testens",
    reader="ACR38",
    tries_left=3,
    language="nl",
)


@pytest.fixture(scope="module")
def server():
    made = Screen()
    yield made
    made.close()


@pytest.fixture
def screen(server, monkeypatch):
    monkeypatch.setenv("DISPLAY", server.name)
    return server


def prompt(**changes) -> ChildWindowPrompt:
    return ChildWindowPrompt(own_command("--pin-dialog"), **changes)


def settled() -> None:
    """Let a window work off what was typed, where nothing else shows that it did."""
    time.sleep(0.3)


# -- the PIN window ------------------------------------------------------------------------------


@pytest.mark.parametrize("pin", ["1234", "0000", "123456789012"])
def test_typed_digits_and_enter_give_the_pin(screen, pin):
    with shown(screen) as window:
        screen.type(pin)
        screen.press("Return")
        assert window.answer() == ({"outcome": "pin", "digits": len(pin)}, pin.encode())


def test_the_numeric_pad_works(screen):
    with shown(screen) as window:
        screen.press("KP_1", "KP_2", "KP_3", "KP_4", "KP_Enter")
        assert window.answer()[1] == b"1234"


def test_too_few_digits_are_not_accepted(screen):
    with shown(screen) as window:
        screen.type("123")
        screen.press("Return")
        settled()
        assert window.is_open
        screen.type("4")
        screen.press("Return")
        assert window.answer()[1] == b"1234"


def test_letters_and_signs_are_ignored(screen):
    with shown(screen) as window:
        screen.type("1a2-3 é4")
        screen.press("ctrl+5", "F6", "Left", "Return")
        assert window.answer()[1] == b"1234"


def test_more_than_twelve_digits_are_ignored(screen):
    with shown(screen) as window:
        screen.type("12345678901234")
        screen.press("Return")
        assert window.answer()[1] == b"123456789012"


def test_digits_can_be_corrected(screen):
    with shown(screen) as window:
        screen.type("99")
        screen.press("Delete")
        screen.type("129")
        screen.press("BackSpace")
        screen.type("34")
        screen.press("Return")
        assert window.answer()[1] == b"1234"


def test_sec_83_nothing_can_be_pasted(screen):
    with shown(screen) as window:
        screen.press("ctrl+v", "shift+Insert")
        screen.do("click", "2")
        screen.type("1234")
        screen.press("Return")
        assert window.answer()[1] == b"1234"


def test_sec_83_keys_that_another_program_sends_are_ignored(screen):
    with shown(screen) as window:
        for _ in range(4):
            send_key(screen.name, int(window.id), "9")
        settled()
        screen.type("1234")
        screen.press("Return")
        assert window.answer()[1] == b"1234"


def test_escape_cancels_and_no_digit_leaves_the_window(screen):
    with shown(screen) as window:
        screen.type("1234")
        screen.press("Escape")
        assert window.answer() == ({"outcome": "cancelled"}, b"")


def test_closing_the_window_cancels(screen):
    with shown(screen) as window:
        ask_to_close(screen.name, int(window.id))
        assert window.answer() == ({"outcome": "cancelled"}, b"")


def test_the_buttons_are_reached_by_the_keyboard(screen):
    with shown(screen) as window:
        screen.type("1234")
        screen.press("Tab", "Tab", "space")
        assert window.answer()[1] == b"1234"
    with shown(screen) as window:
        screen.type("1234")
        screen.press("Tab", "Return")
        assert window.answer() == ({"outcome": "cancelled"}, b"")


def test_with_too_few_digits_the_button_is_not_reached(screen):
    with shown(screen) as window:
        screen.type("123")
        screen.press("Tab", "Tab")  # to the button that cancels, and back to the field
        screen.type("4")
        screen.press("Return")
        assert window.answer()[1] == b"1234"


def test_sec_83_the_window_closes_itself_when_its_time_is_over(screen):
    with shown(screen, limit_s=3) as window:
        screen.type("1234")
        assert window.answer() == ({"outcome": "timeout"}, b"")


def test_sec_83_digits_are_forgotten_when_another_window_has_the_focus_for_long(screen):
    with shown(screen, away_s=0.3) as window:
        before = screen.place(window.id)
        screen.type("99")
        settled()
        other = screen.do("search", "--maxdepth", "0", "--name", "").split()[0]
        screen.do("windowfocus", other)
        while screen.place(window.id) == before:  # it says so, and that takes more room
            settled()
        screen.do("windowfocus", "--sync", window.id)
        settled()
        screen.type("1234")
        screen.press("Return")
        assert window.answer()[1] == b"1234"


def test_digits_are_kept_when_the_focus_comes_back_soon(screen):
    with shown(screen, away_s=30) as window:
        screen.type("12")
        settled()
        other = screen.do("search", "--maxdepth", "0", "--name", "").split()[0]
        screen.do("windowfocus", other)
        settled()
        screen.do("windowfocus", "--sync", window.id)
        settled()
        screen.type("34")
        screen.press("Return")
        assert window.answer()[1] == b"1234"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "window", [{"window": "pin", "phrase": "drie fietsen"}, {"window": "consent"}], ids=str
)
def test_a_window_has_texts_in_every_language(screen, language, window):
    with shown(screen, language=language, **window, tries_left=1) as asked:
        screen.press("Escape")
        assert asked.answer()[0] == {"outcome": "cancelled"}


# -- the consent window --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "outcome"),
    [
        pytest.param(["Return"], "no", id="enter"),
        pytest.param(["space"], "no", id="space"),
        pytest.param(["Escape"], "cancelled", id="escape"),
        pytest.param(["1", "y", "j", "o", "Return"], "no", id="letters"),
        pytest.param(["shift+Tab", "Return"], "yes", id="the-other-button"),
        pytest.param(["shift+Tab", "KP_Enter"], "yes", id="the-other-enter"),
    ],
)
def test_sec_85_the_last_try_is_used_only_by_its_own_button(screen, keys, outcome):
    with shown(screen, window="consent", tries_left=None) as window:
        screen.press(*keys)
        assert window.answer() == ({"outcome": outcome}, b"")


@pytest.mark.parametrize(
    ("window", "keys", "outcome"),
    [
        pytest.param("typing", ["Return"], "no", id="DOWN-01-enter"),
        pytest.param("typing", ["1", "2", "3", "4", "Return"], "no", id="DOWN-01-digits"),
        pytest.param("typing", ["shift+Tab", "Return"], "yes", id="DOWN-01-this-time"),
        pytest.param("typing", ["shift+Tab", "shift+Tab", "Return"], "always", id="DOWN-01-always"),
        pytest.param("bundle", ["Return"], "no", id="SEC-146-enter"),
        pytest.param("bundle", ["shift+Tab", "Return"], "yes", id="SEC-146-the-other-button"),
    ],
)
def test_what_needs_a_choice_happens_only_by_its_own_button(screen, window, keys, outcome):
    with shown(screen, window=window, tries_left=None) as asked:
        screen.press(*keys)
        assert asked.answer() == ({"outcome": outcome}, b"")


def test_the_question_for_consent_closes_itself(screen):
    with shown(screen, window="consent", tries_left=1, limit_s=0.3, is_awaited=False) as window:
        assert window.answer()[0] == {"outcome": "timeout"}


# -- the keypad window ---------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["pin", "consent", "keypad"])
def test_a_window_nobody_waits_for_closes(screen, kind):
    with shown(screen, window=kind) as window:
        window.leave()
        assert window.answer() == ({"outcome": "closed"}, b"")


def test_pin_06_the_keypad_window_takes_no_digits(screen):
    with shown(screen, window="keypad") as window:
        screen.type("1234")
        settled()
        assert window.is_open
        screen.press("Return")
        assert window.answer() == ({"outcome": "cancelled"}, b"")


# -- through the adapter -------------------------------------------------------------------------


async def answered(screen, asking, *keys: str):
    task = asyncio.ensure_future(asking)
    await asyncio.to_thread(screen.wait_for_window)
    await asyncio.to_thread(screen.press, *keys)
    return await task


async def test_the_adapter_gives_the_typed_pin(screen):
    pin = await answered(screen, prompt().ask_pin(REQUEST), "1", "2", "3", "4", "5", "Return")
    with pin:
        assert bytes(pin.buffer) == b"12345"


async def test_the_adapter_tells_a_closed_window(screen):
    with pytest.raises(PinCancelled):
        await answered(screen, prompt().ask_pin(REQUEST), "1", "Escape")


async def test_the_adapter_tells_a_time_out(screen):
    with pytest.raises(PinTimeout):
        await prompt(timeout_s=0.5).ask_pin(REQUEST)


async def test_the_adapter_takes_only_a_yes_for_consent(screen):
    assert await answered(screen, prompt().consent_to_last_try(REQUEST), "Return") is False
    asked = prompt().consent_to_last_try(REQUEST)
    assert await answered(screen, asked, "shift+Tab", "Return") is True


async def test_a_window_goes_at_once_when_its_caller_leaves(screen):
    asking = asyncio.create_task(prompt().ask_pin(REQUEST))
    await asyncio.to_thread(screen.wait_for_window)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    await asyncio.to_thread(screen.wait_for_no_window)


async def test_the_keypad_window_goes_with_its_block(screen):
    async with prompt().point_to_keypad(REQUEST):
        await asyncio.to_thread(screen.wait_for_window)
    await asyncio.to_thread(screen.wait_for_no_window)


async def test_cancelling_in_the_keypad_window_ends_the_block(screen):
    async def use() -> None:
        async with prompt().point_to_keypad(REQUEST):
            await asyncio.to_thread(screen.wait_for_window)
            await asyncio.to_thread(screen.press, "Escape")
            await asyncio.Event().wait()

    with pytest.raises(PinCancelled):
        await use()


# -- the whole story -----------------------------------------------------------------------------


async def test_a_session_is_opened_with_the_pin_typed_into_the_window(screen, tmp_path):
    async with running_daemon(tmp_path, prompt=prompt()) as daemon:
        operation = await daemon.services.sessions.open(client=CLIENT, language="fr")
        await asyncio.to_thread(screen.wait_for_window)
        await asyncio.to_thread(screen.type, daemon.world.nurse.pin.decode())
        await asyncio.to_thread(screen.press, "Return")
        assert (await daemon.finished(operation)).status is OperationStatus.SUCCEEDED
        assert daemon.world.card.pins_verified == 1


async def test_cancelling_the_operation_takes_the_window_away(screen, tmp_path):
    async with running_daemon(tmp_path, prompt=prompt()) as daemon:
        operation = await daemon.services.sessions.open(client=CLIENT, language="de")
        await asyncio.to_thread(screen.wait_for_window)
        await daemon.services.operations.cancel(operation.id, client_id=CLIENT.id)
        await asyncio.to_thread(screen.wait_for_no_window)
        assert daemon.world.card.pins_verified == 0
