"""Which patients, which client, which period, from records alone (SEC-168)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bridge.domain.auditwho import Question, answer, patients_of

LONG = "ab" * 32
SHORT = LONG[:24]
OTHER = "cd" * 12


def record(day: int, **members):
    return {"at": f"2026-11-{day:02d}T10:00:00+00:00", "action": "message_sent", **members}


RECORDS = [
    record(1, client="front", patient=LONG),
    record(2, client="front", patients=[SHORT, OTHER]),
    record(3, client=None, patients=[OTHER]),
    record(4, client="front", action="export_made"),
    record(5, client="other", patient=LONG, action="message_answered"),
]


def told(**question):
    return [
        (each.client, sorted(each.patients), each.first_at[8:10], each.last_at[8:10], each.actions)
        for each in answer(RECORDS, Question(**question))
    ]


def test_sec_168_which_client_had_to_do_with_which_patients_and_when():
    assert told() == [
        ("front", [SHORT, OTHER], "01", "02", {"message_sent": 2}),
        ("nobody", [OTHER], "03", "03", {"message_sent": 1}),
        ("other", [SHORT], "05", "05", {"message_answered": 1}),
    ]


@pytest.mark.parametrize(
    ("question", "clients"),
    [
        pytest.param({"client": "front"}, ["front"], id="client"),
        pytest.param({"client": "nobody"}, ["nobody"], id="by-itself"),
        pytest.param({"patient": LONG}, ["front", "other"], id="patient"),
        pytest.param({"patient": "none"}, [], id="unknown-patient"),
        pytest.param({"first": datetime(2026, 11, 3, tzinfo=UTC)}, ["nobody", "other"], id="from"),
        pytest.param({"last": datetime(2026, 11, 2, tzinfo=UTC)}, ["front"], id="to"),
    ],
)
def test_sec_168_one_part_of_it(question, clients):
    assert [each[0] for each in told(**question)] == clients


def test_a_patient_has_one_name_in_both_kinds_of_records():
    assert patients_of(RECORDS[0]) == [SHORT]
    assert patients_of(RECORDS[1]) == [SHORT, OTHER]
    assert patients_of(RECORDS[3]) == []
