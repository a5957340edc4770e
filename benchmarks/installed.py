"""The installed Linux package: its size, its start to icon and to ready, and what it costs idle.

``python -m benchmarks.installed PACKAGE.deb`` unpacks the package into a folder that goes with the
run, and starts it on a screen of its own, with a session bus, a key store and a tray host.
It needs Xvfb, dbus, gnome-keyring and trayer.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import psutil

from benchmarks.table import row, show
from tests.support import pki

RUNS: Final = 3
SETTLED_AFTER_S: Final = 20
WATCHED_S: Final = 60
PATIENCE_S: Final = 120
MIB: Final = 2**20
_WOKEN: Final = re.compile(r"^voluntary_ctxt_switches:\s+(\d+)", re.MULTILINE)


@contextmanager
def session(folder: Path) -> Iterator[dict[str, str]]:
    """Give the variables of a session with screen, bus, key store and tray host."""
    with ExitStack() as ended:
        screen = _started(ended, "Xvfb", "-displayfd", "1", "-screen", "0", "800x600x24")
        bus = _started(ended, "dbus-daemon", "--session", "--nofork", "--print-address=1")
        address = bus.stdout.readline().strip() if bus.stdout else ""
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        variables = kept | {
            "HOME": str(folder),
            "DISPLAY": f":{screen.stdout.readline().strip()}",
            "DBUS_SESSION_BUS_ADDRESS": address,
        }
        keys = ("gnome-keyring-daemon", "--unlock", "--foreground", "--components=secrets")
        keyring = _started(ended, *keys, env=variables)
        if keyring.stdin:
            keyring.stdin.write("password")
            keyring.stdin.close()
        _started(ended, "trayer", env=variables)
        yield variables


def _started(ended: ExitStack, *words: str, env: dict[str, str] | None = None) -> Any:
    process = subprocess.Popen(
        words,
        env=env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    ended.callback(process.wait)
    ended.callback(process.terminate)
    return process


class Run:
    """One run of the installed program, and how long it took to be there."""

    def __init__(self, program: Path, own: Path, variables: dict[str, str]) -> None:
        begun = time.perf_counter()
        words = (program, "-P", "-m", "bridge", "run", "--json", "--folder", own)
        self.process = subprocess.Popen(words, env=variables, stdout=subprocess.PIPE, text=True)
        facts = json.loads(self.process.stdout.readline() if self.process.stdout else "")
        urllib.request.urlopen(facts["base_url"] + "/readyz").close()
        self.ready_s = time.perf_counter() - begun
        self.ready_cpu_s = sum(psutil.Process(self.process.pid).cpu_times()[:2])
        while "tray.shown" not in _log(own):
            if time.perf_counter() - begun > PATIENCE_S:
                raise TimeoutError("no icon was shown")
            time.sleep(0.01)
        self.icon_s = time.perf_counter() - begun

    def idle(self) -> tuple[float, float, float]:
        """Give MiB, per cent of one processor, and wake-ups in a second, of an idle program."""
        time.sleep(SETTLED_AFTER_S)
        watched = psutil.Process(self.process.pid)
        cpu, woken = sum(watched.cpu_times()[:2]), _switches(self.process.pid)
        time.sleep(WATCHED_S)
        used = (sum(watched.cpu_times()[:2]) - cpu) * 100 / WATCHED_S
        wakes = (_switches(self.process.pid) - woken) / WATCHED_S
        return watched.memory_info().rss / MIB, used, wakes

    def end(self) -> None:
        """End it in order."""
        self.process.terminate()
        self.process.wait(PATIENCE_S)


def _log(own: Path) -> str:
    return "".join(path.read_text("utf-8") for path in (own / "log").glob("*.log*"))


def _switches(pid: int) -> int:
    """Count how often the threads of a program were woken."""
    texts = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/status")]
    return sum(int(found[1]) for text in texts if (found := _WOKEN.search(text)))


def main() -> None:
    """Print the tables."""
    package = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        root = folder / "root"
        subprocess.run(["/usr/bin/dpkg-deb", "-x", package, root], check=True)
        files = [path for path in root.rglob("*") if path.is_file() and not path.is_symlink()]
        installed = sum(path.stat().st_blocks * 512 for path in files) / MIB
        print(f"\n{len(files)} files, {installed:.0f} MiB on disk; ", end="")
        print(f"package {package.stat().st_size / MIB:.0f} MiB")
        ready, worked, icon, idle = [], [], [], []
        program = root / "opt/carebridge/bin/python"
        with session(folder) as variables:
            own = _own_folder(folder)
            for turn in range(RUNS):
                run = Run(program, own, variables)
                ready.append(run.ready_s * 1000)
                worked.append(run.ready_cpu_s * 1000)
                icon.append(run.icon_s * 1000)
                if turn == RUNS - 1:
                    idle = [run.idle()]
                run.end()
                for path in (own / "log").glob("*"):
                    path.unlink()
        rows = [
            row("until ready", ready, unit="ms"),
            row("processor time until ready", worked, unit="ms"),
            row("until the icon", icon, unit="ms"),
        ]
        show("Start", rows)
        for name, unit, place in (
            ("memory", "MiB", 0),
            ("processor", "%", 1),
            ("wake-ups", "/s", 2),
        ):
            show(
                f"Idle {name}",
                [row("installed program", [each[place] for each in idle], unit=unit)],
            )


def _own_folder(folder: Path) -> Path:
    own = folder / "own"
    (own / "data").mkdir(parents=True, mode=0o700)
    own.chmod(0o700)
    anchors = folder / "anchors.pem"
    anchors.write_bytes(pki.root().certificate_pem)
    settings = own / "data" / "carebridge.toml"
    lines = ("[access]", "may_be_elevated = true", "[trust]", f'sts_anchors = "{anchors}"', "")
    settings.write_text("\n".join(lines), "utf-8")
    return own


if __name__ == "__main__":
    main()
