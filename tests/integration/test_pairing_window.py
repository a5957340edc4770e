"""The window in which software is connected, used as a person, and as a program, would."""

from __future__ import annotations

import asyncio
import sys

import pytest

from bridge.adapters.pairingwindow import LATER, PairingWindow
from bridge.adapters.selfcall import own_command
from bridge.domain.pairings import PairingState
from bridge.domain.rights import OWNER_ID
from bridge.i18n import LANGUAGES
from bridge.ports.pairings import ActorChoice, Consent, ConsentRequest
from tests.support.pairing import GOOD, WEB, office
from tests.support.screen import Screen, shown
from tests.support.xevents import send_key

pytestmark = [
    pytest.mark.timeout(60),
    pytest.mark.skipif(sys.platform != "linux", reason="Xvfb is an X server"),
]
FACTS = {
    "window": "pairing",
    "requested_by": "<b>Zorg</b>",
    "origin": GOOD,
    "scopes": ["history:read", "history:read-all", "insurability:check"],
    "code": "042137",
}
READY = {**FACTS, "inert_s": 0}
REQUEST = ConsentRequest(
    pairing_id="pair_1",
    display_name="Zorg",
    origin=GOOD,
    scopes=("status:read", "history:read-all"),
    code="042137",
    language="nl",
    actors=(ActorChoice(id=OWNER_ID, name=""), ActorChoice(id="act_1", name="Nele")),
)
TO_APPROVE = ("shift+Tab", "shift+Tab")


@pytest.fixture(scope="module")
def server():
    made = Screen()
    yield made
    made.close()


@pytest.fixture
def screen(server, monkeypatch):
    monkeypatch.setenv("DISPLAY", server.name)
    return server


def window_of(**changes) -> PairingWindow:
    return PairingWindow(own_command("--pin-dialog"), **changes)


@pytest.mark.parametrize(
    ("keys", "outcome"),
    [
        pytest.param(["Return"], "deny", id="enter-refuses"),
        pytest.param(["space"], "deny", id="space-refuses"),
        pytest.param(["y", "j", "o", "1", "Return"], "deny", id="letters"),
        pytest.param(["shift+Tab", "Return"], "block", id="block"),
        pytest.param([*TO_APPROVE, "KP_Enter"], "approve", id="connect"),
        pytest.param(["Tab", "space", *TO_APPROVE, "shift+Tab", "space"], "approve_all", id="all"),
        pytest.param(["Escape"], "cancelled", id="escape-decides-nothing"),
    ],
)
def test_pair_06_only_its_own_button_connects(screen, keys, outcome):
    with shown(screen, **READY) as window:
        screen.press(*keys)
        assert window.answer() == ({"outcome": outcome}, b"")


def test_the_user_chooses_whom_it_acts_for(screen):
    with shown(screen, **{**READY, "scopes": [], "actors": ["", "Nele"]}) as window:
        screen.press("Tab", "Tab", "space", *TO_APPROVE, "shift+Tab", "shift+Tab", "Return")
        assert window.answer()[0] == {"outcome": "approve", "choice": 1}


def test_pair_06_the_buttons_do_nothing_at_first(screen):
    with shown(screen, **{**FACTS, "inert_s": 600}) as window:
        screen.press(*TO_APPROVE, "Return", "space", "Escape")
        assert window.answer()[0] == {"outcome": "cancelled"}


def test_pair_06_the_buttons_do_something_after_a_moment(screen):
    with shown(screen, **FACTS) as window:
        screen.press(*TO_APPROVE)
        while window.is_open:
            screen.press("Return")
        assert window.answer()[0] == {"outcome": "approve"}


def test_pair_06_keys_that_another_program_sends_are_ignored(screen):
    with shown(screen, **READY) as window:
        screen.press(*TO_APPROVE)
        for key in ("Return", "space", "KP_Enter"):
            send_key(screen.name, int(window.id), key)
        screen.press("Escape")
        assert window.answer()[0] == {"outcome": "cancelled"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_window_has_texts_in_every_language_and_closes_itself(screen, language):
    facts = {**FACTS, "origin": "", "language": language, "limit_s": 0.3}
    with shown(screen, is_awaited=False, **facts) as window:
        assert window.answer()[0] == {"outcome": "timeout"}


def test_a_window_nobody_waits_for_closes(screen):
    with shown(screen, **FACTS) as window:
        window.leave()
        assert window.answer() == ({"outcome": "closed"}, b"")


async def test_the_user_connects_a_site_in_the_window_she_expects(screen, tmp_path):
    async with office(tmp_path, screen=window_of()) as has:
        has.desk.expect()
        opened = has.requests.open(WEB)
        await asyncio.to_thread(screen.wait_for_window)
        await asyncio.to_thread(screen.press, *TO_APPROVE)
        async with asyncio.timeout(40):
            while await asyncio.to_thread(screen.window):  # it does nothing at first
                await asyncio.to_thread(screen.press, "Return")
            while has.poll(opened).state is PairingState.PENDING:  # noqa: ASYNC110  # a process
                await asyncio.sleep(0.02)
        assert has.poll(opened).is_ready


async def test_one_window_at_a_time(screen):
    screen_of_ours = window_of(limit_s=2)
    first = asyncio.create_task(screen_of_ours.ask(REQUEST))
    await asyncio.to_thread(screen.wait_for_window)
    assert await screen_of_ours.ask(REQUEST) is LATER
    await asyncio.to_thread(screen.press, "Escape")
    assert await first is LATER


def child(code: str) -> list[str]:
    return [sys.executable, "-S", "-c", f"import sys, os; sys.stdin.buffer.readline(); {code}"]


@pytest.mark.parametrize(
    ("answer", "consent"),
    [
        (b'{"outcome": "approve"}\n', Consent(decision="approve")),
        (b'{"outcome": "approve_all"}\n', Consent(decision="approve", has_all_history=True)),
        (b'{"outcome": "approve", "choice": 1}\n', Consent(decision="approve", actor_id="act_1")),
        (b'{"outcome": "approve", "choice": 2}\n', LATER),
        (b'{"outcome": "approve", "choice": -1}\n', LATER),
        (b'{"outcome": "deny", "choice": 1}\n', Consent(decision="deny")),
        (b'{"outcome": "deny"}\n', Consent(decision="deny")),
        (b'{"outcome": "block"}\n', Consent(decision="block")),
        (b'{"outcome": "yes"}\n', LATER),
        (b'{"outcome": "timeout"}\n', LATER),
        (b'{"outcome": "unavailable"}\n', LATER),
        (b'{"outcome": "pin", "digits": 4}\n1234', LATER),
        (b"garbage\n", LATER),
        (b"", LATER),
    ],
)
async def test_only_a_clear_answer_decides(answer, consent):
    assert await PairingWindow(child(f"os.write(1, {answer!r})")).ask(REQUEST) == consent


async def test_a_window_that_does_not_start_decides_nothing():
    assert await PairingWindow(["/nowhere/at/all"]).ask(REQUEST) is LATER
