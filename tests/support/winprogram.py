"""The Windows build as the project makes it, installed and used under Wine."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Any

from tests.support.wine import COMPILER, PATIENCE_S, SOURCES, Done, Wine

ROOT = Path(__file__).resolve().parents[2]
BUILT = "CAREBRIDGE_WINDOWS_DIST"
"""Names the folder in which ``dev.py package windows`` has made this tree's packages already."""
PROGRAM, CONSOLE = "Carebridge.exe", "Carebridge-console.exe"


def package(to: Path, *words: str) -> Path:
    """Build what users get, with the task that releases use, and give its folder."""
    named = words[words.index("--build") + 1] if "--build" in words else "production"
    if BUILT in os.environ:
        return Path(os.environ[BUILT], named)
    command = [sys.executable, "-m", "tools.packages", "windows", "--to", str(to), *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return to / named


def answers(port: int) -> bool:
    """Tell whether somebody listens at a port."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
        return True
    return False


class Program:
    """An installed Carebridge of one user."""

    def __init__(self, wine: Wine, folder: Path) -> None:
        self.wine = wine
        self.folder = folder

    @classmethod
    def copied(cls, wine: Wine, built: Path) -> Program:
        """Put a program folder where the installer for one user puts it."""
        folder = wine.home / "AppData" / "Local" / "Programs" / "Carebridge"
        shutil.copytree(built, folder)
        return cls(wine, folder)

    @property
    def data(self) -> Path:
        return self.wine.home / "AppData" / "Local" / "Carebridge"

    @property
    def facts(self) -> dict[str, Any] | None:
        """What the runtime file says of the running daemon."""
        try:
            return json.loads((self.data / "run" / "instance.json").read_text("utf-8"))
        except (OSError, ValueError):
            return None

    @property
    def log(self) -> str:
        return (self.data / "Logs" / "carebridge.log").read_text("utf-8")

    def say(self, *words: str, given: str = "") -> Done:
        """Use the command line."""
        return self.wine.run(str(self.folder / CONSOLE), *words, given=given)

    def told(self, *words: str, given: str = "") -> Any:
        """Use the command line and give the document it prints."""
        done = self.say(*words, "--json", given=given)
        assert done.status == 0, done.said
        return json.loads(done.said.strip().splitlines()[-1])

    def start(self, *words: str) -> dict[str, Any]:
        """Start the daemon as a login does, and give its facts once it listens."""
        self.wine.start(str(self.folder / PROGRAM), *(words or ("--autostart",)))
        return self.wine.until(self.listens, "the daemon does not listen")

    def listens(self, other_than: dict[str, Any] | None = None) -> dict[str, Any] | None:
        """Give the facts of a daemon that listens; a file that a killed one left says nothing."""
        facts = self.facts
        return facts if facts and facts != other_than and answers(facts["port"]) else None

    def crash(self) -> None:
        """End the daemon as a crash does."""
        program = self.wine.drive / "crash.exe"
        if not program.exists():
            subprocess.run([COMPILER, "-O1", "-s", "-o", program, SOURCES / "crash.c"], check=True)
        assert self.wine.finish(str(program), str(self.facts["pid"])) == 0

    @property
    def daemons(self) -> list[int]:
        """The processes that answer requests."""
        return self.wine.processes(PROGRAM, "run")

    @property
    def starters(self) -> list[int]:
        """The processes that start the daemon again after a crash."""
        return self.wine.processes(PROGRAM, "--autostart")

    def quit(self) -> int:
        """Ask the daemon to end, as installers do; gives the exit status."""
        return self.wine.finish(str(self.folder / PROGRAM), "--quit")

    def running(self) -> list[int]:
        return [*self.wine.processes(PROGRAM), *self.wine.processes(CONSOLE)]


class Caller:
    """Software of somebody else on the same Windows; see ``windows/caller.py``."""

    def __init__(self, wine: Wine, python: Path, called: Program) -> None:
        self._called = called
        self._process = subprocess.Popen(
            ["wine", str(python), "-u", str(SOURCES / "caller.py")],
            env=wine.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
        )
        self.token = ""

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """Make a request; ``_`` in names of headers stands for a hyphen."""
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        if self.token:
            named.setdefault("Authorization", f"Bearer {self.token}")
        host = f"127.0.0.1:{self._called.facts['port']}"
        asked = {"method": method, "host": host, "path": path, "body": body, "headers": named}
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        return answer["status"], json.loads(answer["body"] or "null")

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait(PATIENCE_S)
        self._process.stdout.close()


class PlainPython:
    """Python for Windows without our program, from the same archive."""

    def __init__(self, folder: Path, archive: Path) -> None:
        self._folder = folder
        self._archive = archive

    def told(self, wine: Wine, script: str, *words: str) -> str:
        """Run a script of ``windows/`` and give what it writes."""
        done = wine.run(str(self.executable), str(SOURCES / script), *words)
        assert done.status == 0, done.said
        return done.said.strip()

    @cached_property
    def executable(self) -> Path:
        with tarfile.open(self._archive) as packed:
            (name,) = [each for each in packed.getnames() if each.endswith("/data.zip")]
            content = packed.extractfile(name).read()
        with zipfile.ZipFile(BytesIO(content)) as files:
            files.extractall(self._folder)  # noqa: S202  # a pinned archive
        (found,) = self._folder.glob("*/python.exe")
        return found


@contextmanager
def caller(wine: Wine, python: PlainPython, called: Program) -> Iterator[Caller]:
    made = Caller(wine, python.executable, called)
    try:
        yield made
    finally:
        made.close()
