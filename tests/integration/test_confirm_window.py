"""The windows that ask before something happens, and the one about the program."""

from __future__ import annotations

import asyncio
import sys
import time

import pytest

from bridge.adapters.confirmwindow import ConfirmWindow
from bridge.adapters.conversation import Conversation
from bridge.adapters.selfcall import own_command
from bridge.cli import secondstart
from bridge.errors import PromptUnavailable
from bridge.ports.consent import Question
from tests.support.screen import Screen, shown
from tests.support.xevents import send_key

pytestmark = [
    pytest.mark.timeout(60),
    pytest.mark.skipif(sys.platform != "linux", reason="Xvfb is an X server"),
]
QUIT = {"window": "confirm", "question": "quit", "params": {"count": 2}}
ABOUT = {
    "window": "about",
    "details": {"version": "1.0.0", "folder": "/home/fien/Carebridge"},
    "licences": ["pystray 0.19.5: LGPLv3"] * 40,
}
QUESTION = Question(code="end_session", asked_by="You", language="nl")


@pytest.fixture(scope="module")
def server():
    made = Screen()
    yield made
    made.close()


@pytest.fixture
def screen(server, monkeypatch):
    monkeypatch.setenv("DISPLAY", server.name)
    return server


@pytest.mark.parametrize(
    ("keys", "outcome"),
    [
        pytest.param(["Return"], "no", id="enter"),
        pytest.param(["q", "y", "space"], "no", id="letters"),
        pytest.param(["Escape"], "cancelled", id="escape"),
        pytest.param(["shift+Tab", "Return"], "yes", id="its-own-button"),
        pytest.param(["alt+q"], "yes", id="its-letter"),
    ],
)
def test_only_its_own_button_means_yes(screen, keys, outcome):
    with shown(screen, **QUIT, language="en") as window:
        screen.press(*keys)
        assert window.answer() == ({"outcome": outcome}, b"")


def test_sec_83_a_letter_that_another_program_sends_presses_nothing(screen):
    with shown(screen, **QUIT, language="en") as window:
        send_key(screen.name, int(window.id), "q", alt=True)
        screen.press("Escape")
        assert window.answer()[0] == {"outcome": "cancelled"}


def test_pair_06_a_letter_only_goes_to_the_button_that_connects(screen):
    facts = {"window": "pairing", "origin": "https://a.example", "code": "1", "inert_s": 0}
    with shown(screen, **facts) as window:
        screen.press("alt+v")  # "Verbinden"
        screen.press("Escape")
        assert window.answer()[0] == {"outcome": "cancelled"}


def test_the_pin_is_confirmed_by_the_letter_of_its_button(screen):
    with shown(screen) as window:
        screen.type("1234")
        while window.is_open:  # a letter that comes before the last digit presses nothing
            screen.press("alt+o")
            time.sleep(0.5)
        assert window.answer()[1] == b"1234"


def test_the_window_about_the_program_is_gone_through_and_closed_by_keyboard(screen):
    with shown(screen, **ABOUT) as window:
        screen.press("shift+Tab", "shift+Tab", "Tab", "Tab", "Return")
        assert window.answer()[0] == {"outcome": "cancelled"}


def test_at_200_percent_windows_are_about_twice_as_large_and_fit_the_screen():
    """*Desktop packaging* 2.1: per-monitor scaling; under X11 the dots per inch decide."""
    sizes = []
    for dots in (96, 192):
        large = Screen("1920x1400", dots_per_inch=dots)
        try:
            with shown(large, window="consent", tries_left=1, language="de") as window:
                left, top, right, bottom = large.place(window.id)
                sizes.append((right - left, bottom - top))
                assert (left >= 0, top >= 0, right <= 1920, bottom <= 1400) == (True,) * 4
                large.press("Escape")
                window.answer()
        finally:
            large.close()
    (width, height), (wider, higher) = sizes
    # Borders of buttons do not grow, and lines may break elsewhere.
    assert 1.6 * width < wider
    assert 1.6 * height < higher


def test_in_high_contrast_the_ground_is_black_and_the_text_white(screen, monkeypatch):
    monkeypatch.setenv("GTK_THEME", "HighContrast")
    with shown(screen, **QUIT) as window:
        seen = {colour for _, colour in screen.picture(window.id).convert("RGB").getcolors(1 << 20)}
        assert {(0, 0, 0), (255, 255, 255)} <= seen
        screen.press("Escape")
        window.answer()


async def answered(screen, asking, *keys: str):
    task = asyncio.ensure_future(asking)
    await asyncio.to_thread(screen.wait_for_window)
    await asyncio.to_thread(screen.press, *keys)
    return await task


async def test_the_adapter_takes_only_a_yes(screen):
    window = ConfirmWindow(own_command("--pin-dialog"))
    assert await answered(screen, window.confirm(QUESTION), "Return") is False
    assert await answered(screen, window.confirm(QUESTION), "shift+Tab", "Return") is True


async def test_one_question_at_a_time_and_none_is_a_yes():
    window = ConfirmWindow(["/nowhere/at/all"])
    assert await window.confirm(QUESTION) is False
    slow = ConfirmWindow([sys.executable, "-c", "import time; time.sleep(60)"])
    first = asyncio.create_task(slow.confirm(QUESTION))
    await asyncio.sleep(0)
    assert await slow.confirm(QUESTION) is False
    first.cancel()
    await asyncio.wait([first])


def test_d30_the_other_session_is_taken_over_only_after_a_yes_in_a_window(screen):
    assert asyncio.run(answered(screen, asyncio.to_thread(secondstart.agrees), "Return")) is False
    yes = asyncio.run(
        answered(screen, asyncio.to_thread(secondstart.agrees), "shift+Tab", "Return")
    )
    assert yes is True


def talking(code: str) -> list[str]:
    return [sys.executable, "-S", "-c", f"import sys, os; sys.stdin.readline(); {code}"]


async def heard(code: str) -> list:
    window = Conversation(talking(code), {"window": "assistant"})
    said = []
    while (each := await window.next()) is not None:
        said.append(each)
    await window.close()
    return said


async def test_sec_136_a_password_comes_as_bytes_behind_its_line_and_shows_nowhere():
    line = b'{"do": "certificate", "file": "a.p12", "secret": 4}\n1234{"do": "pairing"}\n'
    first, second = await heard(f"os.write(1, {line!r})")
    assert (first.action, first.words, first.secret) == (
        "certificate",
        {"file": "a.p12"},
        bytearray(b"1234"),
    )
    assert "1234" not in repr(first)
    assert "a.p12" not in repr(first)
    assert (second.action, second.secret) == ("pairing", None)


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"garbage\n", id="no-json"),
        pytest.param(b"[]\n", id="no-words"),
        pytest.param(b'{"do": 1}\n', id="no-text"),
        pytest.param(b'{"do": "x", "secret": 99999}\n', id="too-long-a-password"),
        pytest.param(b'{"do": "x"', id="broken-off"),
    ],
)
async def test_a_window_that_says_nothing_sensible_is_over(said):
    assert await heard(f"os.write(1, {said!r})") == []


async def test_a_window_that_does_not_start_says_so():
    with pytest.raises(PromptUnavailable):
        Conversation(["/nowhere/at/all"], {})
