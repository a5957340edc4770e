"""The tray as a nurse uses it: real icon, real menu, real windows; everything by xdotool."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.support.desktop import Desktop

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT_S = 40
PIN = "1234"
PAGE = {"Origin": "https://app.vendor.example", "Sec-Fetch-Site": "cross-site"}
pytestmark = [
    pytest.mark.timeout(180),
    pytest.mark.skipif(sys.platform != "linux", reason="Xvfb is an X server"),
]


@pytest.fixture(scope="module")
def desktop(tmp_path_factory):
    made = Desktop(tmp_path_factory.mktemp("desktop"))
    yield made
    made.close()


class Nurse:
    """The demo with its tray, and the interface that a front end uses."""

    def __init__(self, process: subprocess.Popen[bytes], facts: dict) -> None:
        self.process = process
        self.http = httpx.Client(
            base_url=facts["base_url"],
            headers={"Authorization": f"Bearer {facts['token']}"},
            timeout=TIMEOUT_S,
            trust_env=False,
        )

    def get(self, path: str):
        return self.http.get(path)

    def operation(self, operation_id: str) -> dict:
        deadline = time.monotonic() + TIMEOUT_S
        while True:
            found = self.get(f"/v1/operations/{operation_id}").json()
            if found["status"] in {"succeeded", "failed", "cancelled"}:
                return found
            assert time.monotonic() < deadline
            time.sleep(0.05)


@contextmanager
def demo(desktop: Desktop, folder: Path, *arguments: str):
    command = [sys.executable, "-m", "bridge", "demo", "--json", "--port", "0"]
    with (folder / "stderr").open("wb") as said:
        process = subprocess.Popen(
            [*command, *arguments],
            cwd=ROOT,
            env=desktop.environment,
            stdout=subprocess.PIPE,
            stderr=said,
        )
    try:
        nurse = Nurse(process, json.loads(process.stdout.readline()))
        with nurse.http:
            yield nurse
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_a_day_with_the_tray(desktop, tmp_path):
    with demo(desktop, tmp_path) as nurse:
        desktop.wait_for_icon("Carebridge: simulator")
        a_wrong_pin_lowers_the_counter(desktop, nurse)
        the_session_is_opened_by_a_click(desktop, nurse)
        software_is_connected_by_a_click(desktop, nurse)
        the_program_is_quit(desktop, nurse)


def a_wrong_pin_lowers_the_counter(desktop, nurse):
    begun = nurse.http.post("/v1/ehealth-sessions", json={})
    assert begun.status_code == 202
    desktop.wait_for_window()
    desktop.type("0000")
    desktop.press("Return")
    problem = nurse.operation(begun.json()["id"])["problem"]
    assert problem["code"] == "pin_wrong"
    assert problem["params"]["tries_left"] == 2
    desktop.wait_for_no_window()


def the_session_is_opened_by_a_click(desktop, nurse):
    left, top, width, _ = desktop.open_menu()
    desktop.click(left + width / 2, top + 16)
    desktop.wait_for_window()
    desktop.type(PIN)
    desktop.press("Return")
    desktop.wait_for_icon("Carebridge: session open")
    assert nurse.get("/v1/ehealth-sessions/current").json()["state"] == "open"
    desktop.until(
        lambda: "The eHealth session is open until" in desktop.notifications(), "not notified"
    )


def software_is_connected_by_a_click(desktop, nurse):
    asked = httpx.post(
        nurse.http.base_url.join("/v1/pairings"),
        json={"client_kind": "web", "display_name": "Zorg", "scopes": ["status:read"]},
        headers=PAGE,
        trust_env=False,
    )
    assert asked.status_code == 202
    desktop.until(lambda: "asks to be connected" in desktop.notifications(), "not notified")
    desktop.choose(5)
    desktop.wait_for_window()
    connect = desktop.until(desktop.buttons, "no buttons")[0]

    def is_decided() -> bool:  # no click does anything at first
        desktop.click(*connect)
        return desktop.window() is None

    desktop.until(is_decided, "the window stays")
    offer = asked.json()
    shown = {**PAGE, "Authorization": f"Pairing {offer['pairing_secret']}"}
    fetched = [nurse.http.get(offer["links"]["self"], headers=shown)]

    def is_granted() -> bool:  # the window closes a moment before its answer is kept
        if fetched[-1].status_code == 202:
            fetched.append(nurse.http.get(offer["links"]["self"], headers=shown))
        return fetched[-1].status_code == 200

    desktop.until(is_granted, "not granted")
    assert fetched[-1].json()["scopes"] == ["status:read"]


def the_program_is_quit(desktop, nurse):
    desktop.open_menu()
    desktop.press("Up", "Return")
    assert nurse.process.wait(TIMEOUT_S) == 0
    assert desktop.icon() is None
