"""``carebridge support bundle`` without a running daemon and without a key store."""

from __future__ import annotations

import json
import stat
import sys
import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bridge.adapters.folders import Folders
from bridge.cli.app import app
from tests.support.logfiles import logging_to

RUNNER = CliRunner()
WITHOUT_KEY_STORE = {"PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}


@pytest.fixture
def log(tmp_path: Path) -> Path:
    folders = Folders.under(tmp_path)
    folders.create()
    with logging_to(folders.logs) as path:
        pass
    return path


def made(tmp_path: Path):
    words = ["support", "bundle", str(tmp_path / "b.zip"), "--json", "--folder", str(tmp_path)]
    return RUNNER.invoke(app, words, env=WITHOUT_KEY_STORE)


@pytest.mark.timeout(60)
def test_a_bundle_is_made_when_nothing_else_works(tmp_path: Path, log: Path) -> None:
    log.write_text('{"event": "http.answered", "request_id": "req_01M8DYTEPE2JQBYPHQKSF49QJH"}\n')
    answer = made(tmp_path)
    assert answer.exit_code == 0, answer.output
    told = json.loads(answer.stdout)
    bundle = tmp_path / "b.zip"
    with zipfile.ZipFile(bundle) as archive:
        assert archive.namelist() == ["contents.json", *told["files"]]
        assert json.loads(archive.read("contents.json"))["reference"] == told["reference"]
        assert json.loads(archive.read("health.json")) == {"code": "daemon_not_running"}
        assert archive.read("logs/carebridge.log") == log.read_bytes()
    if sys.platform != "win32":
        assert stat.S_IMODE(bundle.stat().st_mode) == 0o600


def test_log_05_with_a_canary_nothing_is_written(tmp_path: Path, log: Path) -> None:
    log.write_text('{"event": "odd", "code": "85123149853"}\n')
    answer = made(tmp_path)
    assert answer.exit_code == 1
    assert "bundle_unmasked" in answer.stderr
    assert "logs/carebridge.log" in answer.stderr
    assert "85123149853" not in answer.output
    assert not list(tmp_path.glob("*.zip"))
