"""What a window is asked to show, and the process of a window that cannot be shown."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from bridge.i18n import LANGUAGES
from tray.dialogs.request import WindowRequest

FACTS = {
    "window": "pin",
    "requested_by": "Nurse software",
    "purpose": "open_ehealth_session",
    "holder_name": "Fien Testens",
    "reader": "ACR38",
    "tries_left": 3,
    "language": "nl",
}


def line(**changes) -> bytes:
    return json.dumps({**FACTS, **changes}).encode() + b"\n"


def test_a_request_has_the_limits_of_the_rules_by_default():
    request = WindowRequest.parse(line())
    assert (request.limit_s, request.away_s, request.inert_s) == (120, 60, 0.7)
    assert request.phrase == ""


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"garbage", id="no-json"),
        pytest.param(b"[]", id="no-object"),
        pytest.param(b"{}", id="nothing-asked"),
        pytest.param(line(window="other"), id="unknown-window"),
        pytest.param(line(pin="1234"), id="unknown-member"),
    ],
)
def test_what_is_no_request_is_refused(bad):
    with pytest.raises(ValueError, match=r"no request|no such window|Expecting value"):
        WindowRequest.parse(bad)


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_are_in_the_users_language(language):
    request = WindowRequest.parse(line(language=language))
    assert str(7) in request.say("closes_in", {"seconds": 7})
    assert request.purpose_text
    texts = {tries: request.say("tries_left", {"tries_left": tries}) for tries in (1, 2, 3)}
    assert len(set(texts.values())) == 3


def test_the_holders_name_is_not_in_the_text_form():
    assert repr(WindowRequest.parse(line())) == "WindowRequest(pin)"


def run(request: bytes) -> subprocess.CompletedProcess[bytes]:
    without_screen = {
        name: value
        for name, value in os.environ.items()
        if name not in {"DISPLAY", "WAYLAND_DISPLAY"}
    }
    return subprocess.run(
        [sys.executable, "-m", "bridge", "--pin-dialog"],
        input=request,
        env=without_screen,
        capture_output=True,
        check=False,
    )


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is always a screen")
@pytest.mark.parametrize("window", ["pin", "consent", "keypad"])
def test_without_a_screen_the_process_says_so(window):
    ended = run(line(window=window))
    assert json.loads(ended.stdout) == {"outcome": "unavailable"}
    assert (ended.returncode, ended.stderr) == (0, b"")


@pytest.mark.parametrize("request_line", [b"", b"garbage\n", b"x" * 20_000])
def test_without_a_request_the_process_ends_without_an_answer(request_line):
    ended = run(request_line)
    assert (ended.returncode, ended.stdout) == (2, b"")
