"""The one entry point for developers; needs only Python 3.11 to 3.13 and git.

::

    python3 dev.py demo     set everything up and start the simulator build
    python3 dev.py test     set everything up, run linters and fast tests (--all: every test)
    python3 dev.py lint     run the linters alone
    python3 dev.py openapi  write openapi.yaml from the running code
    python3 dev.py build    build both wheels below dist/
    python3 dev.py package  build what users get: package windows|linux|macos
    python3 dev.py bench    print the table of measurements
    python3 dev.py screenshots  renew the pictures of docs/windows.md (needs Xvfb)
    python3 dev.py lock     renew requirements/ from pyproject.toml (--upgrade: newest versions)

What follows the command is passed on: ``dev.py demo --help``, ``dev.py test tests/unit -k niss``.
Set-up talks on stderr, so that stdout carries only what the command itself prints.
The environment is ``.venv``, built from the hashed lists of ``requirements/``; a stamp in it
remembers the list it was built from, so a second start installs nothing.
Nothing outside the standard library may be imported here; the work is done in ``tools/``.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
OLDEST, NEWEST = (3, 11), (3, 13)
STDERR = 2

MODULES = {
    "test": ("tools.suite",),
    "lint": ("tools.suite", "--lint"),
    "openapi": ("tools.openapi",),
    "build": ("tools.wheels",),
    "package": ("tools.packages",),
    "bench": ("benchmarks",),
    "screenshots": ("tools.screenshots",),
    "lock": ("tools.locks",),
}
"""Commands that run a module in the environment, and its first arguments."""

CONTAINS = {"runtime": ("runtime",), "dev": ("runtime", "dev")}
"""Each list of ``requirements/`` and the lists it contains."""

PACKAGES = {
    "softhsm2-util": {"apt-get": "softhsm2", "brew": "softhsm", "choco": "softhsm.install"},
    "pkcs11-tool": {"apt-get": "opensc", "brew": "opensc", "choco": "opensc"},
    "xmlsec1": {"apt-get": "xmlsec1", "brew": "libxmlsec1"},
    "openssl": {"apt-get": "openssl", "brew": "openssl"},
    "gnome-keyring-daemon": {"apt-get": "gnome-keyring"},
    "dbus-run-session": {"apt-get": "dbus"},
    "curl": {"apt-get": "curl", "brew": "curl", "choco": "curl"},
    "jq": {"apt-get": "jq", "brew": "jq", "choco": "jq"},
    "pcscd": {"apt-get": "pcscd"},
    "libifdvpcd.so": {"apt-get": "vsmartcard-vpcd"},
    "Xvfb": {"apt-get": "xvfb"},
    "xdotool": {"apt-get": "xdotool"},
    "certutil": {"apt-get": "libnss3-tools", "brew": "nss"},
    "chromium": {"apt-get": "chromium"},
    "chromedriver": {"apt-get": "chromium-driver"},
    "desktop-file-validate": {"apt-get": "desktop-file-utils"},
    "systemd-analyze": {"apt-get": "systemd"},
    "openbox": {"apt-get": "openbox"},
    "trayer": {"apt-get": "trayer"},
    "gi": {"apt-get": "python3-gi"},
    "Gtk": {"apt-get": "gir1.2-gtk-3.0"},
    "AyatanaAppIndicator3": {"apt-get": "gir1.2-ayatanaappindicator3-0.1"},
}
"""Programs of others that the tests use, and the system package that brings each."""

SLOW_PACKAGES = {
    "wine": {"apt-get": "wine"},
    "wine64": {"apt-get": "wine64"},
    "makensis": {"apt-get": "nsis"},
    "x86_64-w64-mingw32-gcc": {"apt-get": "gcc-mingw-w64-x86-64"},
    "osslsigncode": {"apt-get": "osslsigncode"},
}
"""The same for the slow tests alone: the Windows build, and a Windows to try it in."""

BUILDERS = ("makensis", "x86_64-w64-mingw32-gcc", "osslsigncode")
"""What ``package windows`` builds with."""

LINUX_ONLY = (
    *("desktop-file-validate", "systemd-analyze"),
    *("pcscd", "libifdvpcd.so", "Xvfb", "xdotool", "chromium", "chromedriver"),
    *("openbox", "trayer", "gi", "Gtk", "AyatanaAppIndicator3"),
    *SLOW_PACKAGES,
)

VIRTUAL_CARD = ("pcscd", "libifdvpcd.so", "pkcs11-tool")
"""What ``demo --card virtual`` plays its reader with."""

COMPILED_HERE = "pyscard"
"""The one package without a ready-made build for Linux; it speaks with card readers."""

COMPILER = {
    "cc": ("gcc", "libc6-dev"),
    "winscard.h": ("libpcsclite-dev",),
    "Python.h": (f"libpython3.{sys.version_info[1]}-dev",),
}
"""What compiling takes, and the Debian packages that bring it."""

TYPELIBS = f"/usr/lib/{platform.machine()}-linux-gnu/girepository-1.0"

PLACES = {
    "wine64": "/usr/lib/wine/wine64",
    "gi": "/usr/lib/python3/dist-packages/gi/__init__.py",
    "Gtk": f"{TYPELIBS}/Gtk-3.0.typelib",
    "AyatanaAppIndicator3": f"{TYPELIBS}/AyatanaAppIndicator3-0.1.typelib",
    "libifdvpcd.so": "/usr/lib/pcsc/drivers/serial/libifdvpcd.so",
    "winscard.h": "/usr/include/PCSC/winscard.h",
    "Python.h": f"{sysconfig.get_path('include')}/Python.h",
}
"""Where files lie that are no programs on the path."""

INSTALL = {
    "apt-get": ("apt-get", "install", "-q", "-y", "--no-install-recommends"),
    "brew": ("brew", "install"),
    "choco": ("choco", "install", "-y", "--no-progress"),
}


def say(text: str) -> None:
    """Talk about the set-up, on stderr."""
    print(f"dev.py: {text}", file=sys.stderr, flush=True)


def run(*command: str, stdout: int | None = STDERR) -> int:
    """Run a program in the project's folder, without standard input, and give its exit status."""
    nothing = subprocess.DEVNULL
    return subprocess.run(command, cwd=ROOT, stdin=nothing, stdout=stdout, check=False).returncode


# -- environment ---------------------------------------------------------------------------------


def environment(name: str) -> str:
    """Make ``.venv`` hold a list of ``requirements/`` and give its interpreter.

    Raises:
        SystemExit: the environment cannot be made; the installer said why.
    """
    python = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if python.exists() and is_stamped(name):
        return str(python)
    if not python.exists() or is_foreign():
        create()
    say(f"installing requirements/{name}.txt, this takes a minute")
    is_whole = sys.platform != "linux" or can_compile()
    with tempfile.TemporaryDirectory() as folder:
        listed = ROOT / "requirements" / f"{name}.txt"
        if not is_whole:
            say(f"{COMPILED_HERE} is left out: card readers cannot be used from this environment")
            listed = without(COMPILED_HERE, listed, Path(folder))
        quiet = ("-qq", "--no-input", "--disable-pip-version-check")
        wanted = ("--require-hashes", "-r", str(listed))
        if run(str(python), "-m", "pip", "install", *quiet, *wanted):
            raise SystemExit("dev.py: the packages could not be installed, see above")
    for contained in CONTAINS[name] if is_whole else ():  # what is not whole is tried again
        stamp(contained).write_text(fingerprint(contained), encoding="utf-8")
    return str(python)


def can_compile() -> bool:
    """Install what compiling takes, where rights allow, and tell whether all of it is there."""
    missing = [name for name in COMPILER if not is_there(name)]
    if missing and shutil.which("apt-get"):
        install("apt-get", sorted(package for name in missing for package in COMPILER[name]))
    return all(is_there(name) for name in COMPILER)


def without(package: str, listed: Path, folder: Path) -> Path:
    """Write a list of requirements again without one package, and give the new file."""
    blocks = re.split(r"\n(?=\S)", listed.read_text("utf-8"))
    kept = [block for block in blocks if not block.startswith(f"{package}==")]
    shorter = folder / listed.name
    shorter.write_text("\n".join(kept), encoding="utf-8")
    return shorter


def stamp(name: str) -> Path:
    """Give the file that remembers the list the environment was built from."""
    return VENV / f"carebridge-{name}.stamp"


def fingerprint(name: str) -> str:
    """Give what an environment built from this list is recognised by."""
    content = (ROOT / "requirements" / f"{name}.txt").read_bytes()
    return f"{sys.version_info[:2]} {hashlib.sha256(content).hexdigest()}"


def is_stamped(name: str) -> bool:
    """Tell whether the environment was built from this list as it is now."""
    mark = stamp(name)
    return mark.exists() and mark.read_text("utf-8") == fingerprint(name)


def is_foreign() -> bool:
    """Tell whether the environment was made by another Python version than the one running."""
    facts = VENV / "pyvenv.cfg"
    lines = facts.read_text("utf-8").splitlines() if facts.exists() else []
    versions = [line.partition("=")[2].strip() for line in lines if line.startswith("version")]
    ours = f"{sys.version_info[0]}.{sys.version_info[1]}."
    return not any(version.startswith(ours) for version in versions)


def create() -> None:
    """Make an empty environment.

    Raises:
        SystemExit: it cannot be made; the interpreter said why.
    """
    if importlib.util.find_spec("ensurepip") is None:  # Debian keeps it in a package of its own
        install("apt-get", [f"python3.{sys.version_info[1]}-venv"])
    say("making .venv")
    if run(sys.executable, "-m", "venv", "--clear", str(VENV)):
        raise SystemExit("dev.py: .venv could not be made, see above")


# -- system packages -----------------------------------------------------------------------------


def lacking(programs: Iterable[str]) -> list[str]:
    """Install the system packages of missing programs; give the programs still missing."""
    missing = [program for program in programs if not is_there(program)]
    manager = next((name for name in INSTALL if shutil.which(name)), "")
    known = PACKAGES | SLOW_PACKAGES
    packages = sorted({known[program].get(manager, "") for program in missing} - {""})
    if packages:
        install(manager, packages)
    return [program for program in missing if not is_there(program)]


def is_there(name: str) -> bool:
    """Tell whether a program is on the path, or a file in its place."""
    system_folders = f"{os.environ.get('PATH', '')}{os.pathsep}/usr/sbin"
    place = PLACES.get(name)
    return Path(place).exists() if place else bool(shutil.which(name, path=system_folders))


def install(manager: str, packages: Sequence[str]) -> None:
    """Install system packages where rights allow; say so where they do not."""
    rights: tuple[str, ...] = ()
    if manager == "apt-get":
        if os.name == "posix" and os.geteuid() != 0:
            rights = ("sudo", "-n")
        if rights and (not shutil.which("sudo") or run(*rights, "true")):
            say(f"no right to install; please run: sudo apt-get install {' '.join(packages)}")
            return
        rights = (*rights, "env", "DEBIAN_FRONTEND=noninteractive")
        run(*rights, "apt-get", "update", "-q")
    say(f"installing with {manager}: {' '.join(packages)}")
    run(*rights, *INSTALL[manager], *packages)


# -- commands ------------------------------------------------------------------------------------


def demo(arguments: Sequence[str]) -> int:
    """Start the simulator build; this process becomes the daemon where the system can do that."""
    if "softhsm" in ",".join(arguments) and lacking(["softhsm2-util"]):
        say("SoftHSM2 is not on the path and could not be installed")
    if "virtual" in ",".join(arguments) and (missing := lacking(VIRTUAL_CARD)):
        say(f"not found and not installed, so there is no virtual card: {', '.join(missing)}")
    command = [environment("runtime"), "-m", "bridge", "demo", *arguments]
    os.chdir(ROOT)
    return attend(command) if os.name == "nt" else os.execv(command[0], command)  # noqa: S606  # no shell is wanted


def attend(command: Sequence[str]) -> int:
    """Run a program to its end; the console's signals reach it by themselves."""
    if sys.platform == "win32":
        signal.signal(signal.SIGBREAK, lambda *_: None)
    with subprocess.Popen(command) as program:
        while True:
            try:
                return program.wait()
            except KeyboardInterrupt:
                continue


def work(command: str, arguments: Sequence[str]) -> int:
    """Run the module that does a command's work; with CI set, the judges must be there."""
    named = (*PACKAGES, *(SLOW_PACKAGES if "--all" in arguments else ()))
    needed = [name for name in named if sys.platform == "linux" or name not in LINUX_ONLY]
    missing = lacking({"test": needed, "package": BUILDERS}.get(command, ()))
    if missing:
        say(f"not found, so what needs them is left out: {', '.join(missing)}")
    python = (environment("dev"), "-X", "utf8", "-m")
    status = run(*python, *MODULES[command], *arguments, stdout=None)
    is_short = bool(missing) and bool(os.environ.get("CI")) and sys.platform == "linux"
    return status or int(is_short)


def main(words: Sequence[str]) -> int:
    """Run the command the words name and give the exit status: 2 for a wrong call."""
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        say(f"needs Python 3.11, 3.12 or 3.13; this is {sys.version.split()[0]}")
        return 2
    if words and words[0] == "demo":
        return demo(words[1:])
    if words and words[0] in MODULES:
        return work(words[0], words[1:])
    print(__doc__, file=sys.stderr)
    return 0 if words and words[0] in ("-h", "--help") else 2


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
