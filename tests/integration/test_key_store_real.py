"""The real key store of a Linux desktop: a Secret Service of our own, in a private session."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = ("dbus-run-session", "gnome-keyring-daemon")
IS_PROMISED = os.environ.get("CI") == "true"

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="the Secret Service is Linux's"),
    pytest.mark.skipif(
        not IS_PROMISED and not all(shutil.which(name) for name in PROGRAMS),
        reason="dbus or gnome-keyring is not installed",
    ),
    pytest.mark.timeout(60),
]

STORY = """
set -e
printf 'desktop password' | gnome-keyring-daemon --unlock --components=secrets > /dev/null
"$1" -c 'from story import *; write()'
"$1" -c 'from story import *; read()'
"$1" -c 'from story import *; remove()'
"$1" -c 'from story import *; gone()'
"""

STEPS = """
from bridge.adapters.secrets import KeyringSecrets
from bridge.ports.secrets import MOST_BYTES

VALUE = bytes(n % 256 for n in range(MOST_BYTES))

def store():
    return KeyringSecrets(service="Carebridge test")

def write():
    store().probe()
    store().put("key", b"old")
    store().put("key", VALUE)
    print("written")

def read():
    assert store().get("key") == VALUE
    assert store().get("other") is None
    assert KeyringSecrets(service="Carebridge other").get("key") is None
    print("read")

def remove():
    store().delete("key")
    store().delete("key")
    print("removed")

def gone():
    assert store().get("key") is None
    print("gone")
"""


def environment(folder: Path) -> dict[str, str]:
    """Give an environment in which only the private session is found."""
    (folder / "runtime").mkdir(mode=0o700)
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    return kept | {
        "HOME": str(folder),
        "XDG_DATA_HOME": str(folder / "share"),
        "XDG_CONFIG_HOME": str(folder / "config"),
        "XDG_RUNTIME_DIR": str(folder / "runtime"),
        "PYTHONPATH": f"{ROOT}{os.pathsep}{folder}",
    }


def test_secrets_pass_from_one_process_to_the_next(tmp_path):
    (tmp_path / "story.py").write_text(STEPS)
    command = ["dbus-run-session", "--", "sh", "-c", STORY, "sh", sys.executable]
    answer = subprocess.run(
        command, capture_output=True, text=True, check=False, env=environment(tmp_path)
    )
    assert answer.stdout.split() == ["written", "read", "removed", "gone"], answer.stderr


def test_nothing_readable_lies_on_the_disk(tmp_path):
    (tmp_path / "story.py").write_text(STEPS)
    story = STORY.replace("write()", 'store().put("key", b"PLAINWORD")')
    story = "\n".join(story.splitlines()[:4])
    command = ["dbus-run-session", "--", "sh", "-c", story, "sh", sys.executable]
    subprocess.run(command, check=True, env=environment(tmp_path), capture_output=True)
    files = [path for path in (tmp_path / "share").rglob("*") if path.is_file()]
    assert files
    for path in files:
        content = path.read_bytes()
        assert b"PLAINWORD" not in content
        assert b"UExBSU5XT1JE" not in content


def test_without_a_key_store_nothing_is_kept(tmp_path):
    (tmp_path / "story.py").write_text(STEPS)
    program = (
        "from story import store\n"
        "from bridge.errors import KeyStoreUnavailable\n"
        "try:\n"
        "    store()\n"
        "except KeyStoreUnavailable as error:\n"
        "    print(error.problem_code)\n"
    )
    settings = environment(tmp_path) | {"DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent"}
    answer = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=settings
    )
    assert answer.stdout == "key_store_unavailable\n"
