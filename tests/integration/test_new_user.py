"""The path of a new user with the Debian package, from the installation to its removal.

Everything is as she has it: the package as it is released, installed by ``apt`` on a computer of
its own; an account that is new; the real icon and real windows, by keys and clicks alone.
Only platform and card are played.
It needs root and takes a minute or two, so it runs with ``dev.py test --all``.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest

from installer.linux import layout
from tests.support.computer import (
    INSTALLING_S,
    USER,
    Computer,
    Seat,
    logged_in,
    require_computer,
)
from tests.support.newuser import (
    Nurse,
    Reader,
    history,
    listening,
    own_programs,
    software_of,
)
from tests.support.played import Platform
from tools.linux_package import build_linux

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "CAREBRIDGE_LINUX_PACKAGE"
"""Names a package that was built already, such as one that is to be released."""
SHOTS = "CAREBRIDGE_SHOTS"
"""Names a folder in which a picture of each step is kept."""
DOCUMENT = ROOT / "docs" / "installing-linux-macos.md"
MENU = "/usr/share/applications/carebridge.desktop"
_SYSTEMS = [
    f"/{name}"
    for name in (
        *("var/lib/dpkg", "var/lib/apt", "var/cache", "var/log"),
        *("usr/share/applications/mimeinfo.cache", "usr/share/icons/hicolor/icon-theme.cache"),
    )
]
"""What Debian keeps of every installation, whatever is installed."""
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def package(tmp_path_factory) -> Path:
    require_computer()
    if PACKAGE in os.environ:
        return Path(os.environ[PACKAGE])
    to = tmp_path_factory.mktemp("package")
    words = argparse.Namespace(build="production", to=to, update_root=None, quick=True)
    (package,) = [path for path in build_linux(words) if path.suffix == ".deb"]
    return package


@pytest.fixture
def platform() -> Iterator[Platform]:
    served = Platform()
    yield served
    served.close()


@pytest.fixture
def reader(platform: Platform) -> Iterator[Reader]:
    made = Reader(platform)
    yield made
    made.close()


class Story:
    """What lasts over her days.

    Attributes:
        token: Of the software that she connected.
        told: What that software asked, with the answers.
    """

    def __init__(self, computer: Computer, platform: Platform, package: Path) -> None:
        self.computer = computer
        self.platform = platform
        self._package = package
        self._bare = computer.written()
        self.token = ""
        self.told: list[dict[str, Any]] = []

    def install(self) -> None:
        """Install the package as the documents say."""
        place = self.computer.files / "root" / "carebridge.deb"
        shutil.copy(self._package, place)
        words = ("apt-get", "install", "--yes", "/root/carebridge.deb")
        self.computer.root(*words, patience_s=INSTALLING_S)
        place.unlink()

    def written(self) -> set[str]:
        """Give what is on the disk that was not there before the installation."""
        return self.computer.written() - self._bare


@pytest.fixture
def story(tmp_path: Path, package: Path, platform: Platform, reader: Reader) -> Iterator[Story]:
    """Give a computer with what the package depends on, and a user who logged in once."""
    computer = Computer(tmp_path, card_service=reader.folder)
    try:
        needs_windows(computer)
        with logged_in(computer, tmp_path / "before"):
            pass
        yield Story(computer, platform, package)
    finally:
        computer.close()


def needs_windows(computer: Computer) -> None:
    """Install what our windows need, where this computer lacks it."""
    words = computer.command("apt-get", "install", "--yes", "python3-tk")
    done = subprocess.run(words, capture_output=True, check=False, timeout=INSTALLING_S)
    if done.returncode != 0:
        pytest.skip("python3-tk is neither installed nor to be had")


@pytest.fixture
def shots(tmp_path: Path) -> Path:
    folder = Path(os.environ.get(SHOTS) or tmp_path / "shots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def keys(seat: Seat) -> int:
    """Count what the key store keeps for us, by a program of the desktop's own."""
    place = ("--dest", "org.freedesktop.secrets", "--object-path", "/org/freedesktop/secrets")
    method = ("--method", "org.freedesktop.Secret.Service.SearchItems")
    said = seat.run("gdbus", "call", "--session", *place, *method, "{'service': 'Carebridge'}")
    return said.count("/org/freedesktop/secrets/collection/")


def documented(line: str) -> list[str]:
    """Give the places that the table behind a line of the document names."""
    _, found, rest = DOCUMENT.read_text("utf-8").partition(line)
    assert found, line
    rows = rest.strip().split("\n\n")[0].splitlines()[2:]
    return places_in(" ".join(row.split("|")[2] for row in rows))


def empty_folders() -> set[str]:
    """Give the folders that the document says may stay empty."""
    (line,) = re.findall(
        r"^Folders .* may stay empty: .*$", DOCUMENT.read_text("utf-8"), re.MULTILINE
    )
    return set(places_in(line))


def places_in(text: str) -> list[str]:
    found = re.findall(r"`([^`]+)`", text)
    return [place.replace("~", f"/home/{USER}", 1) for place in found]


def unnamed(names: set[str], places: list[str]) -> list[str]:
    """Give the names that neither lie at one of the places nor below one."""
    wanted = [pattern for place in places for pattern in (place, f"{place}/*")]
    return sorted(each for each in names if not any(fnmatch(each, one) for one in wanted))


OF_THE_PACKAGE = "For everybody, and gone with the package:"
OF_THE_USER = "Of each user, and gone with `carebridge uninstall-data erase`:"
HER_OWN = [f"/home/{USER}/issuers.pem", f"/home/{USER}/ehealth.p12"]
UNITS = f"/home/{USER}/.config/systemd/user"
UNUSED = [f"{UNITS}/carebridge*.service", f"{UNITS}/*.wants/carebridge*.service"]
"""What she has instead is the entry for start at login."""


def test_the_path_of_a_new_user(story, reader, shots, tmp_path):
    computer = story.computer
    story.install()
    put = story.written()
    assert f"/{layout.PROGRAM}" in put
    assert unnamed(put, [*documented(OF_THE_PACKAGE), *_SYSTEMS]) == []
    with logged_in(computer, tmp_path / "first") as seat:
        nurse = Nurse(seat, story.platform, shots)
        nurse.is_told_what_is_missing(MENU)
        nurse.prepares()
        seat.launch(MENU)
        seat.wait_for_icon("Carebridge: no card")
        nurse.takes_the_first_steps(reader.card)
        with software_of(seat) as software:
            nurse.connects(software)
            session = nurse.opens_a_session(software)
            nurse.asks(software)
            story.told, story.token = history(software), software.token
    assert [each["is_insured"] for each in story.told] == [True]
    assert nothing_runs(computer)
    with logged_in(computer, tmp_path / "second") as seat:
        nurse = Nurse(seat, story.platform, shots)
        seat.wait_for_icon("Carebridge: ready")
        nurse.keep("the-next-day")
        assert seat.desktop.window() is None
        with software_of(seat, token=story.token) as software:
            assert history(software) == story.told
            verified = reader.card.state().verifications
            assert nurse.opens_a_session(software)["id"] != session["id"]
            assert reader.card.state().verifications == verified + 1
        is_kept_without_the_program(story, nurse)
        leaves_nothing(story, seat)
    assert nothing_runs(computer)
    assert unnamed(story.written() - empty_folders(), [*_SYSTEMS, *HER_OWN]) == []


def is_kept_without_the_program(story: Story, nurse: Nurse) -> None:
    """Data of which she says nothing stay where the documents say, for a later installation."""
    seat, places = nurse.seat, documented(OF_THE_USER)
    nurse.quits()
    assert keys(seat) > 0
    story.computer.root("apt-get", "remove", "--yes", "carebridge")
    left = story.written()
    assert unnamed(left, [*places, *_SYSTEMS, *HER_OWN]) == []
    left |= {"$XDG_RUNTIME_DIR/Carebridge"} if (seat.own / "Carebridge").exists() else set()
    assert [each for each in places if unnamed(left, [each]) == sorted(left)] == UNUSED
    story.install()
    seat.launch(MENU)
    with software_of(seat, token=story.token) as software:
        assert history(software) == story.told
    nurse.quits()


def leaves_nothing(story: Story, seat: Seat) -> None:
    """After the removal that the documents describe no process, file, key or entry is left."""
    seat.run("carebridge", "uninstall-data", "erase", "--yes")
    story.computer.root("apt-get", "purge", "--yes", "carebridge")
    assert own_programs(story.computer) == []
    assert keys(seat) == 0
    assert not (seat.own / "Carebridge").exists()
    assert unnamed(story.written() - empty_folders(), [*_SYSTEMS, *HER_OWN]) == []


def nothing_runs(computer: Computer) -> bool:
    return (computer.programs(), listening(computer)) == ({}, [])
