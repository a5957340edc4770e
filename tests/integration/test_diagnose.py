"""``carebridge diagnose`` as a process, against a real smart-card service."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bridge.adapters.pcsc.api import EXCLUSIVE, Pcsc, load_scard
from bridge.adapters.pcsc.connection import opened
from bridge.sandbox.pcscd import SOCKET_VARIABLE
from tests.support import virtualreader as vr

pytestmark = [vr.needs_reader, pytest.mark.timeout(180)]
ROOT = Path(__file__).resolve().parents[2]


def diagnose(tmp_path: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bridge", "diagnose", "--folder", str(tmp_path), *words],
        env={**os.environ, **variables},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def codes(finished: subprocess.CompletedProcess[str]) -> dict[str, str | None]:
    return {each["name"]: each["code"] for each in json.loads(finished.stdout)["checks"]}


def test_without_a_service_it_says_who_can_fix_it(tmp_path: Path) -> None:
    finished = diagnose(tmp_path, "--json", **{SOCKET_VARIABLE: str(tmp_path / "nowhere")})
    assert finished.returncode == 1
    assert codes(finished)["smartcard_service"] == "smartcard_service_stopped"
    (first, *_) = json.loads(finished.stdout)["checks"]
    assert first["detail"]
    assert (first["who_can_fix"], first["user_action"]) == ("support", "contact_support")


@pytest.mark.slow
def test_a_reader_without_a_card(tmp_path: Path) -> None:
    vr.service()
    finished = diagnose(tmp_path, "--json")
    assert finished.returncode == 1
    assert codes(finished)["card:present"] == "card_missing"
    assert codes(finished)["reader:connected"] is None


def test_an_eid_passes_every_check_and_no_pin_is_asked(tmp_path: Path) -> None:
    with vr.card(vr.document()) as card:
        finished = diagnose(tmp_path, "--json")
        assert card.state().verifications == 0
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert set(codes(finished).values()) == {None}
    assert "card:validity" in codes(finished)
    for secret in (vr.NURSE.niss.digits, vr.NURSE.last_name, str(tmp_path)):
        assert secret not in finished.stdout + finished.stderr


def test_a_card_that_another_program_holds(tmp_path: Path) -> None:
    pcsc = Pcsc(load_scard())
    with vr.card(vr.document()):
        name = vr.until(lambda: next(iter(pcsc.readers()), None))
        with opened(pcsc, name, mode=EXCLUSIVE):
            finished = diagnose(tmp_path)
        pcsc.release()
    assert finished.returncode == 1
    assert "[card_in_use]" in finished.stdout
