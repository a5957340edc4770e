"""A computer of our own: this one as it is now, with a user who is new, and everything noted.

Files, processes and smart-card service are its own (Linux namespaces); network and screen are
those of this computer.
What is written lands in a layer in memory: nothing of the real computer changes, and what a program
left anywhere on the disk can be told exactly.
It needs root, as a real installation does.
"""

from __future__ import annotations

import os
import shlex
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.desktop import Desktop

PATIENCE_S = 120
INSTALLING_S = 600
USER = "fien"
PASSWORD = "a password of this account"
"""The key store is locked with it, as logging in does."""
_PROGRAMS = ("unshare", "nsenter", "setpriv", "useradd", "apt-get", "gio", "gnome-keyring-daemon")
_GLANCE_S = 0.05
_SCREENS = "/.X11-unix"
"""Sockets of the screens of the real computer."""
_BEGIN = """
set -e
mount -t tmpfs -o mode=755 none "$1"
cd "$1"
mkdir upper work root
mount -t overlay overlay -o lowerdir=/,upperdir=upper,workdir=work root
mount -t proc proc root/proc
mount --rbind /dev root/dev
mount --rbind /sys root/sys
mount -t tmpfs -o mode=755 none root/run
mount -t tmpfs -o mode=1777 none root/tmp
mkdir root/tmp/.X11-unix root/run/pcscd root/run/user
mount --rbind /tmp/.X11-unix root/tmp/.X11-unix
mount --bind "$2" root/run/pcscd
echo begun
while :; do sleep 1; done
"""
"""The loop at the end is the first process, which takes in those whose parents are gone."""


def require_computer() -> None:
    """Skip where there is no root, or a program is missing."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root can make a computer of its own")
    missing = [name for name in _PROGRAMS if shutil.which(name) is None]
    if missing:
        pytest.skip(f"needs {', '.join(missing)}")


class Computer:
    """Debian with one user, who has not logged in yet."""

    def __init__(self, folder: Path, *, card_service: Path) -> None:
        """Begin it; ``card_service`` is the folder with the socket of its smart-card service."""
        require_computer()
        self._folder = folder / "computer"
        self._folder.mkdir()
        named = ("sh", "-c", _BEGIN, "sh", str(self._folder), str(card_service))
        self._process = subprocess.Popen(
            ["unshare", "--mount", "--pid", "--fork", "--kill-child", *named],
            stdout=subprocess.PIPE,
            text=True,
        )
        if self._process.stdout.readline() != "begun\n":
            self.close()
            pytest.skip("this kernel gives no namespaces, or no layers of files")
        pid = self._process.pid
        self._first = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0]
        try:
            self.uid = 30_000 + os.getpid() % 10_000  # nobody's, here and on the real computer
            account = ("--create-home", "--user-group", "--shell", "/bin/sh", USER)
            self.root("useradd", "--uid", str(self.uid), *account)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End every program of it; its files go with them."""
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()

    @property
    def files(self) -> Path:
        """Where its files can be seen from here."""
        return self._seen("root")

    @property
    def home(self) -> Path:
        return self.files / "home" / USER

    def _seen(self, name: str) -> Path:
        return Path(f"/proc/{self._first}/root{self._folder}", name)

    def written(self) -> set[str]:
        """Give the path of every file that was added or changed, and of every empty folder."""
        layer, seen = self._seen("upper"), self.files
        added = (path.relative_to(layer) for path in layer.rglob("*") if not _is_removal(path))
        aside = (path.relative_to(seen) for path in (seen / "tmp").rglob("*"))
        names = {f"/{name}" for name in (*added, *aside) if not _is_filled(seen / name)}
        return {each for each in names if _SCREENS not in each}

    def command(self, *words: str, uid: int | None = None, **variables: str) -> list[str]:
        """Give the command line that runs a program there, as root unless told otherwise."""
        known = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", **variables}
        entered = ("nsenter", f"--target={self._first}", "--mount", "--pid", "chroot")
        line = [*entered, str(self._folder / "root")]
        if uid is not None:
            line += ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups"]
        place = "/" if uid is None else f"/home/{USER}"
        line += ["env", "-i", f"--chdir={place}"]
        return [*line, *(f"{name}={value}" for name, value in known.items()), *words]

    def root(self, *words: str, patience_s: float = PATIENCE_S) -> str:
        """Run a program as the administrator does, and give what it says."""
        return heard(self.command(*words, DEBIAN_FRONTEND="noninteractive"), patience_s=patience_s)

    def programs(self) -> dict[int, str]:
        """Give what runs in the user's name: command lines by number."""
        said = self.root("sh", "-c", f"ps -o pid=,stat=,args= -U {self.uid} || true")
        rows = [line.split(maxsplit=2) for line in said.splitlines()]
        return {int(pid): words for pid, state, words in rows if state[0] != "Z"}


class Seat:
    """The user, logged in with screen, task bar, session bus and key store."""

    def __init__(self, computer: Computer, folder: Path) -> None:
        """Log in: what is entered for the start at login starts."""
        self.computer = computer
        self.desktop = Desktop(folder)
        self._started: list[subprocess.Popen[bytes]] = []
        own = f"/run/user/{computer.uid}"
        self.own = computer.files / own[1:]
        self._variables = {
            "HOME": f"/home/{USER}",
            "USER": USER,
            "LOGNAME": USER,
            "LANGUAGE": "en",
            "DISPLAY": self.desktop.name,
            "XDG_RUNTIME_DIR": own,
            "XDG_SESSION_TYPE": "x11",
            "DBUS_SESSION_BUS_ADDRESS": f"unix:path={own}/bus",
            "NO_AT_BRIDGE": "1",
        }
        try:
            computer.root("install", "-d", "-m", "700", "-o", USER, "-g", USER, own)
            address = self._variables["DBUS_SESSION_BUS_ADDRESS"]
            self.start("dbus-daemon", "--session", "--nofork", f"--address={address}")
            self.until((self.own / "bus").exists, "no session bus")
            keys = ("gnome-keyring-daemon", "--daemonize", "--unlock", "--components=secrets")
            self.run(*keys, given=PASSWORD)
            for entry in sorted((computer.home / ".config" / "autostart").glob("*.desktop")):
                self.launch(f"/home/{USER}/.config/autostart/{entry.name}")
        except BaseException:
            self.leave()
            raise

    def command(self, *words: str) -> list[str]:
        return self.computer.command(*words, uid=self.computer.uid, **self._variables)

    def run(self, *words: str, given: str = "") -> str:
        """Run a program to its end, and give what it prints."""
        return heard(self.command(*words), given=given)

    def start(self, *words: str) -> None:
        """Start a program that goes on; it ends with the session."""
        program = subprocess.Popen(
            self.command(*words),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._started.append(program)

    def launch(self, entry: str) -> None:
        """Start what a desktop entry says, as a desktop does."""
        self.start("gio", "launch", entry)

    def until(self, look: Callable[[], Any], what: str) -> Any:
        """Look until there is something to see, and give it."""
        deadline = time.monotonic() + PATIENCE_S
        while not (seen := look()):
            assert time.monotonic() < deadline, (what, self.computer.programs())
            time.sleep(_GLANCE_S)
        return seen

    def wait_for_icon(self, title: str) -> None:
        """Wait until the icon says something, also where the program is only being started."""
        icon = self.desktop.icon
        self.until(lambda: (icon() or ("",))[0].startswith(title), f"no icon says {title}")

    def wait_for_window(self) -> None:
        """Wait until a window is there and has the focus, as above."""
        self.until(self.desktop.window, "no window")
        self.desktop.wait_for_window()

    def log_off(self) -> None:
        """End the session as systemd does: each program is asked to end, and none is forced to."""
        for pid in self.computer.programs():
            asked = f"kill -TERM {pid} && kill -HUP {pid} || true"
            self.computer.root("sh", "-c", asked)
        self.until(lambda: not self.computer.programs(), "something goes on after the log-off")
        self.computer.root("rm", "-r", "-f", f"/run/user/{self.computer.uid}")
        self.leave()

    def leave(self) -> None:
        """Let go of the screen, and of what was started."""
        for program in self._started:
            program.kill()
            program.wait()
        self.desktop.close()


@contextmanager
def logged_in(computer: Computer, folder: Path) -> Iterator[Seat]:
    """Log in, and off at the end."""
    folder.mkdir()
    seat = Seat(computer, folder)
    try:
        yield seat
    except BaseException:
        seat.desktop.shot().save(folder / "failed.png")
        seat.leave()
        raise
    seat.log_off()


def heard(words: list[str], *, given: str = "", patience_s: float = PATIENCE_S) -> str:
    """Run a program that must succeed, and give what it prints."""
    done = subprocess.run(
        words, input=given, capture_output=True, text=True, check=False, timeout=patience_s
    )
    assert done.returncode == 0, (shlex.join(words), done.stdout + done.stderr)
    return done.stdout.strip()


def _is_removal(path: Path) -> bool:
    """Tell whether it stands for a file that was removed: a character device."""
    return stat.S_ISCHR(path.lstat().st_mode)


def _is_filled(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink() and any(path.iterdir())
