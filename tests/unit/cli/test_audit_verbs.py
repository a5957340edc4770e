"""``carebridge audit``: intact or the place, told by the exit status too; AUD-01, AUD-02."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bridge.adapters.folders import Folders
from bridge.adapters.localsocket import LocalServer
from bridge.adapters.processes import os_session_id, process_started_at
from bridge.adapters.runtimefile import RuntimeFacts, RuntimeFile
from bridge.cli.app import app
from bridge.daemon.audit import AuditDesk
from bridge.domain.audit import Action
from bridge.domain.identifiers import Niss
from tests.support.audit import AuditBench

RUNNER = CliRunner()
HER, HIM = Niss("85073003328"), Niss("60010100172")


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[AuditBench]:
    """Give a log with a daemon that answers for it, as far as the command line sees."""
    folders = Folders.under(tmp_path)
    folders.create()
    bench = AuditBench(folders.data / "audit")
    bench.record(3)
    bench.trail.refused("insufficient_scope", route="/v1/health", client="poor")
    RuntimeFile(folders.runtime).publish(
        RuntimeFacts(
            port=42110,
            pid=os.getpid(),
            process_started_at=process_started_at(os.getpid()) or datetime.now(tz=UTC),
            os_session_id=os_session_id(),
            instance_id="inst_1",
            instance_public_key="",
            version="0",
            api=1,
        )
    )
    desk = AuditDesk(bench.trail)
    verbs = {"audit-verify": desk.begin, "audit-verify-state": desk.state}
    server = LocalServer(
        folders.runtime, lambda request: verbs[request["verb"]](request), key=lambda: bytes(32)
    )
    with server:
        yield bench


def told(*words: str, folder: Path) -> tuple[int, str]:
    answer = RUNNER.invoke(app, ["audit", *words, "--folder", str(folder)])
    return answer.exit_code, answer.stdout.strip()


def test_verify_says_intact(bench: AuditBench, tmp_path: Path) -> None:
    assert told("verify", folder=tmp_path) == (0, "intact: 4 records")


def test_aud_01_verify_says_where_it_breaks(bench: AuditBench, tmp_path: Path) -> None:
    lines = bench.lines()
    bench.rewrite([lines[0], lines[1].replace(b"export_made", b"backup_made"), *lines[2:]])
    assert told("verify", folder=tmp_path) == (4, "changed: record 2, line 2")
    status, document = told("verify", "--json", folder=tmp_path)
    assert status == 4
    finding = {"kind": "changed", "sequence": 2, "line": 2}
    assert json.loads(document) == {"is_intact": False, "records": 1, "findings": [finding]}


def test_aud_02_verify_says_that_the_end_is_missing(bench: AuditBench, tmp_path: Path) -> None:
    bench.rewrite(bench.lines()[:2])
    assert told("verify", folder=tmp_path) == (4, "truncated: record 3")


def test_verify_compares_with_an_end_that_was_written_down_elsewhere(
    bench: AuditBench, tmp_path: Path
) -> None:
    last = bench.records()[-1]
    right = f"4:{last['mac']}"
    assert told("verify", "--witness", right, folder=tmp_path)[0] == 0
    wrong = f"2:{last['mac']}"
    assert told("verify", "--witness", wrong, folder=tmp_path) == (4, "replaced: record 2, line 2")
    assert told("verify", "--witness", "85073003328", folder=tmp_path)[0] == 1


def test_show_gives_the_records_that_are_asked_for(bench: AuditBench, tmp_path: Path) -> None:
    status, document = told("show", "--json", folder=tmp_path)
    assert status == 0
    assert json.loads(document) == bench.records()
    _, found = told("show", "--client", "poor", "--action", "request_refused", folder=tmp_path)
    assert "insufficient_scope poor /v1/health" in found
    assert len(found.splitlines()) == 1
    assert told("show", "--from", "2026-11-24", folder=tmp_path) == (0, "")
    assert len(told("show", "--to", "2026-11-23", folder=tmp_path)[1].splitlines()) == 4


def test_without_a_daemon_and_a_key_store_it_says_so(tmp_path: Path) -> None:
    bench = AuditBench(tmp_path / "data" / "audit")
    bench.trail.record(Action.EXPORT_MADE)
    environment = {"PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}
    answer = RUNNER.invoke(app, ["audit", "verify", "--folder", str(tmp_path)], env=environment)
    assert answer.exit_code == 1
    assert "key_store_unavailable" in answer.stderr


def test_sec_168_who_answers_which_patients_which_client_which_period(
    bench: AuditBench, tmp_path: Path
) -> None:
    bench.trail.record(Action.MESSAGE_SENT, client="par_1", patients=[HER, HIM])
    bench.trail.record(Action.MESSAGE_ANSWERED, client="par_1", patient=HER)
    her, his = (str(bench.trail.mark_of(each))[:24] for each in (HER, HIM))
    status, text = told("who", "--client", "par_1", "--json", folder=tmp_path)
    assert status == 0
    (access,) = json.loads(text)
    assert access["patients"] == sorted([her, his])
    assert access["actions"] == {"message_sent": 1, "message_answered": 1}
    lines = told("who", folder=tmp_path)[1].splitlines()
    assert lines[0].startswith("par_1: ")
    assert [line.strip() for line in lines[1:]] == sorted([her, his])
    assert told("who", "--from", "2030-01-01", folder=tmp_path) == (0, "")
    assert HER.digits not in text
