"""A new user of the installed package, her card, and software that she connects.

She uses what she sees: the menu of the desktop, icon, windows, keyboard and mouse, and the command
line where the documents tell her to.
"""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bridge.sandbox.pcscd import PrivatePcscd, pcscd_program
from bridge.sandbox.virtualcard import VirtualCard
from tests.support.computer import PATIENCE_S, USER, Computer, Seat
from tests.support.played import Platform

PAGE = {"Origin": "https://app.vendor.example", "Sec-Fetch-Site": "cross-site"}
SCOPES = [
    *("status:read", "ehealth-session:create", "ehealth-session:read", "insurability:check"),
]
PRACTICE = "zonnebloem"
_CALLER = Path(__file__).with_name("windows") / "caller.py"
_FINAL = {"succeeded", "failed", "cancelled", "outcome_unknown"}
_INERT_S = 0.8
_SETTLED_S = 0.5
_TITLE = (220, 60, 700, 110)
_NEXT = (600, 480, 760, 540)
"""Where the title of a page of the first steps, and the button that leads on, are on the screen."""
_KEYS = itertools.count()


class Software:
    """Software of somebody else, which runs in the user's name."""

    def __init__(self, seat: Seat, *, token: str = "") -> None:
        self._seat = seat
        self.token = token
        self._process = subprocess.Popen(
            seat.command("/usr/bin/python3", "-u", "-c", _CALLER.read_text("utf-8")),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """Make a request; ``_`` in names of headers stands for a hyphen."""
        named = PAGE | {name.replace("_", "-"): text for name, text in headers.items()}
        if self.token:
            named.setdefault("Authorization", f"Bearer {self.token}")
        host = f"127.0.0.1:{facts_of(self._seat)['port']}"
        asked = {"method": method, "host": host, "path": path, "body": body, "headers": named}
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        return answer["status"], json.loads(answer["body"] or "null")

    def finished(self, operation: dict[str, Any]) -> dict[str, Any]:
        """Wait for an operation, and give it as it ended."""

        def ended() -> dict[str, Any] | None:
            status, found = self.ask("GET", f"/v1/operations/{operation['id']}")
            assert status == 200, found
            return found if found["status"] in _FINAL else None

        return self._seat.until(ended, "an operation does not end")

    def close(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            pipe.close()
        self._process.wait(PATIENCE_S)


@contextmanager
def software_of(seat: Seat, *, token: str = "") -> Iterator[Software]:
    """Start it, once Carebridge can be found."""
    seat.until((seat.own / "Carebridge" / "instance.json").exists, "Carebridge is not there")
    made = Software(seat, token=token)
    try:
        yield made
    finally:
        made.close()


def facts_of(seat: Seat) -> dict[str, Any]:
    """Give what the runtime file says."""
    return json.loads((seat.own / "Carebridge" / "instance.json").read_text("utf-8"))


class Reader:
    """A smart-card service with the nurse's card, which is not in the reader yet."""

    def __init__(self, platform: Platform) -> None:
        if pcscd_program() is None:
            pytest.skip("pcscd or vsmartcard-vpcd is not installed")
        self._service = PrivatePcscd()
        self._service.start()
        self.folder = self._service.socket_path.parent
        # As the system's own service, which every user may ask.
        self.folder.chmod(0o755)
        self._service.socket_path.chmod(0o666)
        self.card = VirtualCard(platform.world.document.content(), port=self._service.ports[0])

    def close(self) -> None:
        self.card.close()
        self._service.close()


class Nurse:
    """The new user, on one of her days."""

    def __init__(self, seat: Seat, platform: Platform, shots: Path) -> None:
        self.seat, self.desktop = seat, seat.desktop
        self.platform, self.world = platform, platform.world
        self.home = seat.computer.home
        self._shots = shots

    def keep(self, step: str) -> None:
        """Keep a picture of what she sees."""
        count = len(list(self._shots.iterdir()))
        self.desktop.shot().save(self._shots / f"{count:02d}-{step}.png")

    def part(self, place: tuple[int, int, int, int]) -> bytes:
        return self.desktop.shot().crop(place).tobytes()

    def press_until_changed(self, place: tuple[int, int, int, int], *keys: str) -> None:
        """Press keys, and wait until a part of the screen shows something else."""
        before = self.part(place)
        self.desktop.press(*keys)
        self.seat.until(lambda: self.part(place) != before, f"nothing changes after {keys}")
        time.sleep(_SETTLED_S)  # the rest of the page; nothing else shows that it is there

    def enter(self, text: str) -> None:
        self.desktop.do("type", "--delay", "30", text)

    def is_told_what_is_missing(self, menu: str) -> None:
        """Start without any settings, and close the window that says what is missing."""
        self.seat.launch(menu)
        self.seat.wait_for_window()
        self.keep("not-started")
        self.desktop.press("Return")
        self.seat.until(lambda: not own_programs(self.seat.computer), "it goes on")

    def prepares(self) -> None:
        """Do what the documents say she does before the first start, on the command line."""
        self.seat.run("carebridge", "autostart", "enable")
        self.seat.run("carebridge", "scheme", "register")
        self.seat.run("install", "--directory", "--mode=700", ".local/share/Carebridge")
        issuers = f"/home/{USER}/issuers.pem"
        self.has("issuers.pem", self.platform.issuers)
        settings = self.platform.settings(issuers).encode()
        self.has(".local/share/Carebridge/carebridge.toml", settings)
        self.has("ehealth.p12", self.world.nurse.keystore_p12)
        self.seat.run("carebridge", "licence", "set", given=f"{self.world.licence.password}\n")

    def has(self, name: str, content: bytes) -> None:
        """Give her a file of her own."""
        path, uid = self.home / name, self.seat.computer.uid
        path.write_bytes(content)
        path.chmod(0o600)
        os.chown(path, uid, uid)

    def takes_the_first_steps(self, card: VirtualCard) -> None:
        """Go through the window that opens by itself, by keyboard, until the practice is there."""
        self.seat.wait_for_window()
        time.sleep(_SETTLED_S)
        self.keep("first-steps")
        self.press_until_changed(_TITLE, "alt+n")
        self.press_until_changed(_TITLE, "Return")
        before = self.part(_NEXT)
        card.insert()
        self.seat.wait_for_icon("Carebridge: ready")
        self.seat.until(lambda: self.part(_NEXT) != before, "the card is not seen")
        self.keep("ready")
        time.sleep(_SETTLED_S)
        self.press_until_changed(_TITLE, "Return")
        self.enter("ehealth.p12")
        self.desktop.press("Tab", "Tab")
        self.enter(self.world.nurse.keystore_passphrase)
        self.press_until_changed(_NEXT, "Return")
        self.keep("certificate")
        self.press_until_changed(_TITLE, "Return")
        self.desktop.press(*["Tab"] * 4)
        self.enter(self.world.nurse.registration.holder.nihii.digits)
        self.desktop.press("Tab")
        self.enter(PRACTICE)
        self.press_until_changed(_NEXT, "Return")
        self.keep("practice")
        self.desktop.press("Escape")
        self.desktop.wait_for_no_window()

    def connects(self, software: Software) -> None:
        """Let software ask to be connected, and connect it by a click."""
        wanted = {"client_kind": "web", "display_name": "Zorg", "scopes": SCOPES}
        left, top, width, height = self.desktop.icon()[1]
        place = (left, top, left + width, top + height)
        before = self.part(place)
        status, offer = software.ask("POST", "/v1/pairings", wanted)
        assert status == 202, offer
        self.seat.until(lambda: self.part(place) != before, "no red dot on the icon")
        self.keep("asked-to-be-connected")
        self.desktop.open_menu()
        self.keep("menu")
        self.desktop.press("Escape")
        self.desktop.choose(3)  # the entry that is there when software waits
        self.seat.wait_for_window()
        time.sleep(_INERT_S)  # nobody connects by a click that was meant for something else
        self.keep("pairing")
        self.desktop.click(*self.desktop.buttons()[0])
        self.desktop.wait_for_no_window()
        shown = {"Authorization": f"Pairing {offer['pairing_secret']}"}

        def granted() -> dict[str, Any] | None:
            status, found = software.ask("GET", offer["links"]["self"], **shown)
            assert status in {200, 202}, found
            return found if status == 200 else None

        software.token = self.seat.until(granted, "not granted")["token"]

    def opens_a_session(self, software: Software) -> dict[str, Any]:
        """Let software ask for a session, type the PIN, and give the session."""
        status, problem = software.ask("GET", "/v1/ehealth-sessions/current")
        assert (status, problem["code"]) == (404, "not_found")
        status, begun = software.ask("POST", "/v1/ehealth-sessions", {})
        assert status == 202, begun
        self.seat.wait_for_window()
        self.keep("pin")
        self.desktop.type(self.world.nurse.pin.decode())
        self.desktop.press("Return")
        done = software.finished(begun)
        assert (done["status"], done["problem"]) == ("succeeded", None)
        self.seat.wait_for_icon("Carebridge: session open")
        self.keep("session-open")
        status, session = software.ask("GET", "/v1/ehealth-sessions/current")
        assert (status, session["state"]) == (200, "open")
        return session

    def asks(self, software: Software) -> None:
        """Let software ask whether a patient is insured."""
        question = {
            "patient": {"niss": self.world.people.people()[0].niss.digits},
            "purpose": "information",
            "contact_type": "other",
        }
        key = {"Idempotency_Key": f"new-user-{next(_KEYS):08d}"}
        status, begun = software.ask("POST", "/v1/insurability-checks", question, **key)
        assert status == 202, begun
        done = software.finished(begun)
        assert done["status"] == "succeeded", done
        status, check = software.ask("GET", done["result"]["links"]["self"])
        assert (status, check["is_insured"]) == (200, True)

    def quits(self) -> None:
        """Stop the program before it is taken away, as the documents say."""
        self.seat.run("carebridge", "quit")
        computer = self.seat.computer
        self.seat.until(lambda: not own_programs(computer), "a program of ours goes on")
        assert listening(computer) == []


def history(software: Software) -> list[dict[str, Any]]:
    status, found = software.ask("GET", "/v1/insurability-checks")
    assert status == 200, found
    return found["items"]


def own_programs(computer: Computer) -> list[str]:
    return [words for words in computer.programs().values() if "carebridge" in words.casefold()]


def listening(computer: Computer) -> list[str]:
    """Give the TCP ends at which a program of the user waits for others."""
    lines = [
        line.split()
        for table in ("/proc/net/tcp", "/proc/net/tcp6")
        if Path(table).exists()
        for line in Path(table).read_text("ascii").splitlines()[1:]
    ]
    return [each[1] for each in lines if each[3] == "0A" and int(each[7]) == computer.uid]
