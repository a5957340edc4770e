"""Decisions about access are records, and what strangers repeat is counted (AUD-03, PAIR-02)."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.domain.pairings import PairingState
from bridge.service.securityjournal import AuditedJournal
from tests.support.audit import AuditBench

PAIRING = "par_01M8DYTEPE2JQBYPHQKSF49QJH"


@pytest.fixture
def bench(tmp_path: Path) -> AuditBench:
    return AuditBench(tmp_path / "audit")


@pytest.mark.parametrize(
    "state", sorted(set(PairingState) - {PairingState.PENDING}, key=str), ids=str
)
def test_aud_03_each_decision_about_a_pairing_is_one_record(bench, state: PairingState) -> None:
    journal = AuditedJournal(bench.trail)
    origin = "https://app.vendor.example"
    journal.record(f"pairing.{state.value}", pairing=PAIRING, origin=origin, where="window")
    (record,) = bench.records()
    assert record["action"] == f"pairing_{state.value}"
    assert (record["client"], record["object_id"], record["result"]) == (PAIRING, PAIRING, "window")


def test_aud_03_a_request_and_a_rotation_are_done(bench) -> None:
    journal = AuditedJournal(bench.trail)
    for kind in ("pairing.requested", "pairing.rotated"):
        journal.record(kind, pairing=PAIRING, origin=None)
    journal.record("console.signed_in")
    assert [(each["action"], each["result"]) for each in bench.records()] == [
        ("pairing_requested", "done"),
        ("pairing_rotated", "done"),
        ("console_signed_in", "done"),
    ]


def test_what_strangers_ask_again_and_again_is_counted(bench) -> None:
    journal = AuditedJournal(bench.trail)
    for number in range(50):
        origin = f"https://{number}.evil.example"
        journal.record("pairing.not_taken", origin=origin, code="rate_limited")
    journal.record("pairing.code_wrong", pairing=PAIRING, origin=None, wrong_codes=1)
    journal.record("pairing.foreign_origin", pairing=PAIRING, origin="https://evil.example")
    bench.trail.finish()
    records = bench.records()
    assert [(each["result"], each["repeats"]) for each in records] == [
        ("rate_limited", 0),
        ("code_wrong", 0),
        ("rate_limited", 49),
    ]
    assert "evil" not in bench.path.read_text()


def test_pair_11_a_forged_list_is_recorded(bench) -> None:
    journal = AuditedJournal(bench.trail)
    for _ in range(2):
        journal.record("signed_list.refused", code="signed_list_refused")
    bench.trail.finish()
    records = bench.records()
    assert {each["result"] for each in records} == {"signed_list_refused"}
    assert sum(each["repeats"] or 1 for each in records) == 2


def test_loc_03_a_new_program_is_one_record_its_refusal_and_its_confirmation_another(bench) -> None:
    journal = AuditedJournal(bench.trail)
    bench.trail.refused("program_unconfirmed", route="GET /v1/health", client=PAIRING)
    journal.record("program.new", pairing=PAIRING)
    journal.record("program.confirmed", pairing=PAIRING, where="command_line")
    assert [(each["action"], each["result"], each["client"]) for each in bench.records()] == [
        ("request_refused", "program_unconfirmed", PAIRING),
        ("program_confirmed", "command_line", PAIRING),
    ]
