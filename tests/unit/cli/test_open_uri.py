"""``carebridge open-uri``: one address, and nothing but the daemon and a known page (SEC-45)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bridge.adapters.launching import show_page, start_daemon
from bridge.cli.app import app
from bridge.cli.openuri import Surroundings, opened
from bridge.cli.speech import NotRunning
from bridge.errors import BridgeError, InputError, NotDelivered, StoreError

ROOT = Path(__file__).resolve().parents[3]
PAGE = "https://app.vendor.example/#port=42110&pairing_handle=00"
GOOD = "carebridge://start?origin=https://app.vendor.example"


class World:
    """A daemon that starts after some questions, and a desktop."""

    def __init__(self, *, runs: bool = True, answer=None, starts_after: int = 2) -> None:
        self.runs = runs
        self.answer = {"address": PAGE} if answer is None else answer
        self.starts_after = starts_after
        self.asked, self.shown, self.started, self.slept = [], [], 0, 0

    def around(self) -> Surroundings:
        return Surroundings(
            call=self._call, start=self._start, show=self._show, sleep=self._sleep, patience_s=1
        )

    def _call(self, request):
        if not self.runs:
            raise NotDelivered(code="daemon_not_running")
        self.asked.append(request)
        return self.answer

    def _start(self) -> None:
        self.started += 1

    def _show(self, address: str) -> bool:
        self.shown.append(address)
        return True

    def _sleep(self, seconds: float) -> None:
        self.slept += 1
        self.runs = self.started > 0 and self.slept >= self.starts_after


def test_the_page_of_connected_software_is_shown():
    world = World()
    assert opened(GOOD, world.around())
    assert world.asked == [{"verb": "open-uri", "uri": GOOD}]
    assert (world.shown, world.started) == ([PAGE], 0)


def test_a_daemon_that_does_not_run_is_started_once_and_then_asked():
    world = World(runs=False)
    assert opened(GOOD, world.around())
    assert (world.started, world.shown) == (1, [PAGE])


def test_a_daemon_that_does_not_come_up_shows_nothing():
    world = World(runs=False, starts_after=10**6)
    with pytest.raises(NotRunning):
        opened(GOOD, world.around())
    assert (world.started, world.shown) == (1, [])


def test_without_a_site_only_the_daemon_is_started():
    world = World(runs=False, answer={"address": None})
    assert not opened("carebridge://start", world.around())
    assert (world.started, world.shown) == (1, [])


@pytest.mark.parametrize("runs", [True, False], ids=["runs", "does-not-run"])
def test_loc_04_a_wrong_address_starts_nothing_and_opens_nothing(runs):
    world = World(runs=runs)
    with pytest.raises(InputError):
        opened("carebridge://start?origin=https://a.example&run=calc.exe", world.around())
    assert (world.started, world.shown, world.asked) == (0, [], [])


def test_loc_04_a_site_that_is_neither_connected_nor_listed_is_refused_by_the_daemon():
    world = World(answer={"error": "open_uri_refused"})
    with pytest.raises(InputError):
        opened(GOOD, world.around())
    assert world.shown == []
    with pytest.raises(BridgeError):
        opened(GOOD, World(answer={"error": "internal_error"}).around())


def test_loc_04_the_command_ends_with_2_and_says_why(tmp_path):
    done = CliRunner().invoke(app, ["open-uri", "--folder", str(tmp_path), "carebridge://stop"])
    assert done.exit_code == 2
    assert "[open_uri_refused]" in done.output
    assert list(tmp_path.iterdir()) == []


def test_loc_04_an_option_in_the_place_of_the_address_is_an_address():
    done = CliRunner().invoke(app, ["open-uri", "--", "--help"])
    assert done.exit_code == 2
    assert "[open_uri_refused]" in done.output


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(["--url"], id="no-address"),
        pytest.param(["--url", "carebridge:", "run"], id="words-of-a-command"),
    ],
)
def test_loc_04_a_desktops_call_takes_one_address_and_no_option(words):
    done = subprocess.run(
        [sys.executable, "-m", "bridge", *words],
        cwd=ROOT,
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )
    assert done.returncode == 2
    assert "Usage" not in done.stdout


posix_only = pytest.mark.skipif(sys.platform == "win32", reason="plays programs with scripts")


def script(path: Path, text: str) -> str:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o700)
    return str(path)


@posix_only
def test_a_page_is_given_to_the_desktop_as_one_word(tmp_path):
    program = script(tmp_path / "open", f'printf "%s|" "$@" > {tmp_path / "seen"}')
    assert show_page(PAGE, openers=("/absent", program))
    assert (tmp_path / "seen").read_text() == f"{PAGE}|"


@posix_only
def test_a_desktop_that_fails_or_is_not_there_shows_nothing(tmp_path):
    assert not show_page(PAGE, openers=(script(tmp_path / "open", "exit 3"),))
    (tmp_path / "no-program").write_text("x")
    assert not show_page(PAGE, openers=(str(tmp_path / "no-program"),))
    assert not show_page(PAGE, openers=())


@pytest.mark.parametrize("address", ["file:///etc/passwd", "https://a.example/", "calc.exe", "-x"])
def test_loc_04_the_desktop_is_given_no_other_address(tmp_path, address):
    program = script(tmp_path / "open", f"touch {tmp_path / 'seen'}")
    with pytest.raises(InputError):
        show_page(address, openers=(program,))
    assert not (tmp_path / "seen").exists()


@posix_only
def test_the_daemon_is_started_apart_from_its_caller(tmp_path):
    program = script(tmp_path / "daemon", f'printf "%s|" "$@" > {tmp_path / "seen"}')
    assert start_daemon(tmp_path / "own", command=(program,)).wait(60) == 0
    assert (tmp_path / "seen").read_text() == f"--folder|{tmp_path / 'own'}|"
    with pytest.raises(StoreError):
        start_daemon(None, command=(str(tmp_path / "absent"),))
