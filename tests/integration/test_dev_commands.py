"""``dev.py`` as its user calls it: one line on stdout, everything else on stderr."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

import dev

ROOT = Path(__file__).resolve().parents[2]
LIVE_S = 10
END_S = 20


def dev_py(*words: str, timeout_s: float = 30) -> subprocess.CompletedProcess[str]:
    """Run ``dev.py`` to its end with the interpreter of the tests."""
    command = [sys.executable, "dev.py", *words]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=timeout_s
    )


def test_a_wrong_call_explains_itself_on_stderr():
    finished = dev_py("no-such-command")
    assert finished.returncode == 2
    assert finished.stdout == ""
    assert "dev.py demo" in finished.stderr


def test_help_is_no_mistake():
    assert dev_py("--help").returncode == 0


@pytest.mark.parametrize("word", ["demo", *dev.MODULES])
def test_every_command_is_explained(word):
    assert f"dev.py {word}" in (dev.__doc__ or "")


@pytest.mark.parametrize("name", sorted(dev.CONTAINS))
def test_an_environment_is_recognised_by_its_list_and_its_python(name):
    version, _, digest = dev.fingerprint(name).rpartition(" ")
    assert version == str(sys.version_info[:2])
    assert len(digest) == 64


@pytest.mark.timeout(120)
@pytest.mark.skipif(sys.platform == "win32", reason="an interrupt is sent as POSIX signal")
@pytest.mark.skipif(not dev.is_stamped("runtime"), reason=".venv was not made by dev.py")
def test_the_demo_prints_one_line_and_ends_well_when_interrupted(tmp_path: Path):
    command = [sys.executable, "dev.py", "demo", "--headless", "--json", "--port", "0"]
    with (tmp_path / "stderr").open("wb") as said:
        demo = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=said)
    with demo:
        try:
            facts = json.loads(demo.stdout.readline())
            assert facts.keys() == {"base_url", "token", "sandbox_url", "pid"}
            assert facts["pid"] == demo.pid
            answer = httpx.get(facts["base_url"] + "/livez", timeout=LIVE_S, trust_env=False)
            assert answer.json() == {"status": "pass"}
            demo.send_signal(signal.SIGINT)
            assert demo.wait(END_S) == 0
            assert demo.stdout.read() == b""
        finally:
            demo.kill()


def walk_through() -> str:
    """Give the README's commands from the demo's start to its end, as one script."""
    text = (ROOT / "README.md").read_text("utf-8").partition("## From zero")[2]
    return "set -eu\n" + "".join(re.findall(r"```bash\n(.*?)```", text, re.DOTALL))


@pytest.mark.timeout(120)
@pytest.mark.skipif(not dev.is_stamped("runtime"), reason=".venv was not made by dev.py")
@pytest.mark.skipif(
    not all(map(shutil.which, ("bash", "curl", "jq"))), reason="bash, curl or jq is not installed"
)
def test_the_walk_through_of_the_readme_ends_with_an_answer():
    finished = subprocess.run(
        ["bash", "-c", walk_through()],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert finished.returncode == 0, finished.stderr
    assert '"state": "open"' in finished.stdout
    assert '"is_insured": true' in finished.stdout
