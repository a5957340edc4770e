"""The life of an installation on Windows, under Wine (*Desktop packaging* 3 and 9).

The installers are packed for speed; what they install and do is what is shipped.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
from collections.abc import Iterable
from typing import Any

import pytest

from tests.support import pki
from tests.support.wine import Wine, require_wine
from tests.support.winprogram import CONSOLE, PROGRAM, Program, answers, package

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]

RUN = r"Software\Microsoft\Windows\CurrentVersion\Run"
UNINSTALL = r"Software\Microsoft\Windows\CurrentVersion\Uninstall\Carebridge"
SCHEME = r"Software\Classes\carebridge"
COMMAND = rf"{SCHEME}\shell\open\command"
OTHER_VARIANT = 6
ELEVATED = "[access]\nmay_be_elevated = true\n"
"""The user of Wine is an administrator."""
DATA = "AppData/Local/Carebridge"
KEY_STORE = r"Software\Wine\Credential Manager"
OF_WINDOWS = re.compile(
    r"^file (windows/temp|users/\w+/((AppData/Local/)?Temp|AppData/Local/Programs$)|crash\.exe$)",
    re.IGNORECASE,
)
"""What Windows makes for any program: temporary folders, where a removal runs from a copy of itself
that is deleted later, and the folder for programs; and a program of the tests.
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    require_wine()
    return package(tmp_path_factory.mktemp("windows"), "--quick")


@pytest.fixture(scope="module")
def wine(tmp_path_factory):
    made = Wine(tmp_path_factory.mktemp("wine"))
    yield made
    made.close()


@pytest.fixture
def for_one(wine, built):
    """Give the installer for one user, and what it installs, with settings to start with."""
    program = Program(wine, wine.home / "AppData" / "Local" / "Programs" / "Carebridge")
    program.data.mkdir(parents=True, exist_ok=True)
    anchors = program.data / "anchors.pem"
    anchors.write_bytes(pki.root().certificate_pem)
    settings = f"{ELEVATED}[trust]\nsts_anchors = '{wine.named(anchors)}'\n"
    (program.data / "carebridge.toml").write_text(settings, "utf-8")
    made = Installation(program, built / "carebridge-setup.exe", "HKCU")
    yield made
    if program.folder.exists():  # of a test that failed
        made.uninstall()


@pytest.fixture(scope="module")
def for_all(wine, built):
    folder = wine.drive / "Program Files" / "Carebridge"
    return Installation(Program(wine, folder), built / "carebridge-setup-allusers.exe", "HKLM")


class Installation:
    """An installer and what it leaves on the computer."""

    def __init__(self, program: Program, setup, root: str) -> None:
        self.program = program
        self.wine = program.wine
        self._setup = str(setup)
        self._root = root

    def install(self, *words: str) -> int:
        return self.wine.finish(self._setup, "/S", *words, seconds=900)

    def uninstall(self, *words: str) -> None:
        """Remove it; the uninstaller goes on in a copy of itself, so wait for the last thing."""
        program = self.program.folder / "uninstall.exe"
        assert self.wine.finish(str(program), "/S", *words) == 0
        self.wine.until(lambda: not self.program.folder.exists(), "the folder stays", 600)
        self.wine.until(lambda: not self.has(UNINSTALL), "the entry stays", 600)

    def value(self, key: str, name: str = "") -> str | None:
        return self.wine.registry(rf"{self._root}\{key}", name)

    def has(self, key: str) -> bool:
        return self.wine.has_key(rf"{self._root}\{key}")

    def shortcuts(self) -> list[str]:
        menus = self.wine.drive.rglob("Start Menu")
        return [each.name for menu in menus for each in menu.rglob("*.lnk")]

    def command(self) -> str:
        return rf'"{self.wine.named(self.program.folder / PROGRAM)}"'


def test_the_life_of_an_installation_for_one_user(for_one) -> None:
    before = traces(for_one.wine)
    installs_silently(for_one)
    shows_why_it_does_not_start(for_one)
    first = starts_at_login(for_one)
    second = starts_again_after_a_crash(for_one, first)
    upgrades_what_runs(for_one, second)
    keeps_what_the_user_chose(for_one)
    starts_for_a_link(for_one)
    leaves_the_data_and_nothing_else(for_one, before)


def installs_silently(for_one: Installation) -> None:
    program, wine = for_one.program, for_one.wine
    assert for_one.install("/LAUNCH=0") == 0
    assert {PROGRAM, CONSOLE, "uninstall.exe"} <= {each.name for each in program.folder.iterdir()}
    assert program.running() == []
    assert for_one.value(RUN, "Carebridge") == f"{for_one.command()} --autostart"
    assert for_one.value(SCHEME) == "URL:Carebridge"
    assert for_one.value(COMMAND) == f'{for_one.command()} --url "%1"'
    assert for_one.value(UNINSTALL, "InstallLocation") == wine.named(program.folder)
    assert for_one.value(UNINSTALL, "QuietUninstallString").endswith('uninstall.exe" /S')
    assert len(for_one.shortcuts()) == 1


def shows_why_it_does_not_start(for_one: Installation) -> None:
    """Whoever clicks has no console to read it in; what is missing here is whom to trust."""
    program, wine = for_one.program, for_one.wine
    settings = program.data / "carebridge.toml"
    kept = settings.read_text("utf-8")
    settings.write_text(ELEVATED, "utf-8")
    wine.finish("start", wine.named(program.folder / PROGRAM))
    window = wine.until(wine.screen.window, "no window says why nothing starts")
    assert program.facts is None
    wine.screen.do("windowfocus", "--sync", window)
    wine.screen.press("Return")
    wine.until(lambda: program.running() == [], "the window stays")
    assert '"code": "setting_missing"' in program.log
    settings.write_text(kept, "utf-8")


def starts_at_login(for_one: Installation) -> dict[str, Any]:
    for_one.wine.login()
    first = for_one.wine.until(for_one.program.listens, "nothing starts at login")
    assert answers(first["port"])
    return first


def starts_again_after_a_crash(for_one: Installation, first: dict[str, Any]) -> dict[str, Any]:
    """The entry starts a starter, which stays and watches the daemon."""
    program = for_one.program
    starters = program.starters
    assert [len(starters), len(program.daemons)] == [1, 1]
    program.crash()
    second = for_one.wine.until(lambda: program.listens(other_than=first), "nobody starts it again")
    assert program.starters == starters
    assert answers(second["port"])
    return second


def upgrades_what_runs(for_one: Installation, first: dict[str, Any]) -> None:
    """It is stopped, no file of before stays, and it is started again."""
    program = for_one.program
    stale = program.folder / "_internal" / "app" / "bridge" / "stale.py"
    stale.write_text("", "utf-8")
    assert for_one.install() == 0
    assert not stale.exists()
    second = for_one.wine.until(
        lambda: for_one.program.listens(other_than=first), "it does not come back"
    )
    assert second["instance_id"] == first["instance_id"]
    assert [len(program.starters), len(program.daemons)] == [1, 1]


def keeps_what_the_user_chose(for_one: Installation) -> None:
    key = rf"HKCU\{RUN}"
    assert for_one.wine.finish("reg", "delete", key, "/v", "Carebridge", "/f") == 0
    assert for_one.install("/LAUNCH=0") == 0
    assert for_one.value(RUN, "Carebridge") is None
    assert for_one.program.running() == []


def starts_for_a_link(for_one: Installation) -> None:
    """Wine does not look up links of one user (trap), so what is registered is run."""
    program = str(for_one.program.folder / PROGRAM)
    assert for_one.wine.finish(program, "--url", "carebridge://evil") == 2
    assert for_one.program.running() == []
    assert for_one.wine.finish(program, "--url", "carebridge://start") == 0
    assert for_one.program.facts is not None


def leaves_the_data_and_nothing_else(for_one: Installation, before: set[str]) -> None:
    program = for_one.program
    port = program.facts["port"]
    assert answers(port)
    for_one.uninstall()
    assert program.running() == []
    assert not answers(port)
    assert not for_one.has(SCHEME)
    assert for_one.value(RUN, "Carebridge") is None
    assert for_one.shortcuts() == []
    assert (program.data / "carebridge.db").is_file()
    new = new_traces(for_one.wine, before)
    assert [each for each in new if DATA not in each and KEY_STORE not in each] == []
    assert any("arebridge" in each for each in traces(for_one.wine) if KEY_STORE in each)


@pytest.mark.parametrize("hanging", ["daemon", "both"])
def test_a_daemon_that_does_not_answer_is_ended_by_an_upgrade(for_one, hanging) -> None:
    program, wine = for_one.program, for_one.wine
    assert for_one.install("/AUTOSTART=0") == 0
    assert for_one.value(RUN, "Carebridge") is None
    first = wine.until(program.listens, "the installer starts nothing")
    with stopped([*program.daemons, *(program.starters if hanging == "both" else [])]):
        assert for_one.install() == 0
    wine.until(lambda: program.listens(other_than=first), "it does not come back")
    assert [len(program.starters), len(program.daemons)] == [1, 1]
    for_one.uninstall()


def test_a_removal_with_everything_leaves_no_trace(for_one) -> None:
    """No process, file, key or entry of the registry; what is compared is the whole computer."""
    program, wine = for_one.program, for_one.wine
    assert program.running() == []
    before = {each for each in traces(wine) if DATA not in each}
    assert for_one.install() == 0
    wine.until(program.listens, "the installer starts nothing")
    for_one.uninstall("/PURGE=1")
    assert program.running() == []
    assert new_traces(wine, before) == []
    assert not program.data.exists()


def test_the_other_variant_is_refused(for_one, for_all) -> None:
    assert for_all.install() == 0
    assert for_all.value(RUN, "Carebridge") == f"{for_all.command()} --autostart"
    assert for_all.value(COMMAND) == f'{for_all.command()} --url "%1"'
    assert for_all.program.running() == []  # it would run with the rights of the installer
    assert for_one.install() == OTHER_VARIANT
    assert not for_one.program.folder.exists()
    for_all.uninstall()
    assert not for_all.has(SCHEME)
    assert for_one.install("/LAUNCH=0") == 0
    assert for_all.install() == OTHER_VARIANT
    for_one.uninstall()


@contextlib.contextmanager
def stopped(numbers: Iterable[int]):
    """Have processes that hang: they are there, and do nothing any more."""
    numbers = list(numbers)
    assert numbers
    for number in numbers:
        os.kill(number, signal.SIGSTOP)
    try:
        yield
    finally:
        for number in numbers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal.SIGCONT)


def traces(wine: Wine) -> set[str]:
    """Give every file of this Windows, and what is about us in its registry.

    Whatever an installation writes there has our name, be it in a path.
    """
    found = {f"file {each.relative_to(wine.drive)}" for each in wine.drive.rglob("*")}
    for root in (r"HKCU", r"HKLM\Software"):
        key = ""
        for line in wine.run("reg", "query", root, "/s").said.splitlines():
            key = line if line.startswith("HKEY_") else key
            if "carebridge" in f"{key}{line}".lower():
                found.add(f"entry {key} {line.strip()}")
    return found


def new_traces(wine: Wine, before: set[str]) -> list[str]:
    """Give what was not there before, in order, without what Windows makes for any program."""
    return sorted(each for each in traces(wine) - before if not OF_WINDOWS.search(each))
