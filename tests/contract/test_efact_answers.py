"""Recorded answers of insurers: exactly the facts of the JSON file beside each."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest

from bridge.codecs.efact import answerreader
from bridge.codecs.efact.answers import Answer, AnswerName, EchoedRecord, Totals
from bridge.codecs.efact.explain import explain
from bridge.codecs.efact.tables.errors import ErrorKind, Letter
from bridge.errors import ZoneFault
from tests.support.shared import SAMPLES

FOLDER = SAMPLES / "efact"
ANSWERS = [pytest.param(path, id=path.stem) for path in sorted(FOLDER.glob("*.txt"))]
FRAME = ("10", "90")
NAMES_OF_ZONES = {"401": "mutuality", "501": "mutuality"}


def answer_of(name: str) -> Answer:
    return answerreader.read((FOLDER / f"{name}.txt").read_bytes())


def facts_of(answer: Answer) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "message": answer.message,
        "sender_reference": answer.sender_reference,
        "insurer_reference": answer.insurer_reference,
        "status": answer.status,
        "test": answer.is_test,
    }
    if answer.acknowledged is not None:
        facts["acknowledged"] = answer.acknowledged
    if answer.invoicing is not None:
        said = answer.invoicing
        assert said.month is not None
        assert said.created_on is not None
        facts |= {
            "invoiced_month": f"{said.month.year:04d}{said.month.month:02d}",
            "sending_number": said.sending_number,
            "creation_date": f"{said.created_on:%Y%m%d}",
            "version": said.instructions,
        }
        if said.error_percentage is not None:
            facts |= {
                "error_percentage": said.error_percentage / 100,
                "refusal_kind": said.refusal_kind,
            }
        totals = [*answer.totals, *([answer.settlement] if answer.settlement else [])]
        facts["records"] = [
            *(facts_of_record(each) for each in answer.records),
            *(facts_of_totals(each) for each in totals),
        ]
    return facts


def facts_of_record(record: EchoedRecord) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "type": record.kind,
        "sequence": record.sequence,
        "check_digits": record.check_digits,
        "check_digits_valid": record.is_check_valid,
        "errors": [error.letter + error.code for error in record.errors],
    }
    if record.act is not None:
        facts["code"] = f"0{record.act.code}"
    if record.kind not in FRAME:
        facts |= {"comment": record.comment, "answer_index": record.answer_index}
    return facts


def facts_of_totals(totals: Totals) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "type": totals.record.layout.record,
        "mutuality": totals.mutuality,
        "collective_invoice": totals.collective_invoice,
        "asked_A": signed(totals.asked.a),
        "asked_B": signed(totals.asked.b),
        "asked_total": signed(totals.asked.total),
        "record_count": totals.record_count,
        "control": totals.control,
        "zone_errors": [[NAMES_OF_ZONES[error.zone], error.code] for error in totals.errors],
    }
    if totals.accepted is not None and totals.refused is not None:
        facts |= {
            "accepted_A": signed(totals.accepted.a),
            "refused_A": signed(totals.refused.a),
            "accepted_total": signed(totals.accepted.total),
            "refused_total": signed(totals.refused.total),
        }
    if totals.record.layout.record == "91":
        facts["payment_reference_A"] = totals.payment_references[0]
    return facts


def signed(cents: int | None) -> str:
    assert cents is not None
    return f"{'-' if cents < 0 else '+'}{abs(cents):011d}"


@pytest.mark.parametrize("path", ANSWERS)
def test_an_answer_gives_exactly_its_facts(path: Path) -> None:
    expected = json.loads(path.with_suffix(".json").read_text("utf-8"))
    content = path.read_bytes()
    for key in ("file", "sha256"):
        del expected[key]
    assert facts_of(answerreader.read(content)) | {"length": len(content)} == expected


@pytest.mark.parametrize("path", ANSWERS)
def test_an_answer_is_understood_from_beginning_to_end(path: Path) -> None:
    answer = answerreader.read(path.read_bytes())
    assert answer.is_whole
    wrong = [each for each in answer.records if not each.is_check_valid]
    assert [found.fault for found in answer.findings] == [ZoneFault.CHECK_DIGITS_WRONG] * len(wrong)


@pytest.mark.parametrize("path", ANSWERS)
def test_an_answer_is_explained_character_for_character(path: Path) -> None:
    content = path.read_bytes()
    parts = list(explain(content))
    assert "".join(zone.raw for part in parts for zone in part.zones) == content.decode("latin-1")
    assert parts[0].position == 1
    for before, after in itertools.pairwise(parts):
        assert after.position == before.position + sum(zone.length for zone in before.zones)


@pytest.mark.parametrize("path", ANSWERS)
def test_what_is_read_is_written_again_character_for_character(path: Path) -> None:
    """Zones that insurers leave blank or fill with anything are written as we would write them."""
    for part in answerreader.parts_of(path.read_bytes()):
        layout = part.layout
        if list(layout.form_faults(part)) or not layout.has_valid_check(part):
            continue
        values = {key: part.value(key) for key in layout.cuts}
        assert layout.write(values) == part.text


def test_most_parts_of_recorded_answers_are_in_our_form() -> None:
    parts = [
        part for path in FOLDER.glob("*.txt") for part in answerreader.parts_of(path.read_bytes())
    ]
    right = [part for part in parts if not list(part.layout.form_faults(part))]
    assert len(right) > len(parts) / 3


def test_errors_are_marked_at_their_zone_with_the_letter_of_the_answer() -> None:
    answer = answer_of("920099-blocking-iban-profession-code")
    iban, qualification = answer.records[0].errors
    assert (iban.letter, iban.code, iban.effect) == ("B", "103602", Letter.BLOCKING)
    assert iban.zone is not None
    assert (iban.zone.number, iban.zone.start, iban.zone.length) == (
        "36,37,38,39,40,41", 179, 34,
    )  # fmt: skip
    assert (iban.zone.title, iban.kind) == ("IBAN of account A", ErrorKind.CHECK_DIGITS)
    assert qualification.zone is not None
    assert (qualification.zone.number, qualification.kind) == ("18", ErrorKind.INCONSISTENT)


def test_a_chained_error_is_told_apart() -> None:
    errors = [
        error
        for record in answer_of("920099-over5pct-1666-union500").records
        for error in record.errors
    ]
    assert [(error.code, error.kind) for error in errors] == [
        ("502641", ErrorKind.RIGHTS),
        ("050000", ErrorKind.CHAINED),
    ]
    assert errors[1].zone is None


def test_a_missing_prescriber_is_called_missing() -> None:
    (error,) = answer_of("920900-all-refused").records[2].errors
    assert error.zone is not None
    assert (error.code, error.kind, error.zone.number) == ("502405", ErrorKind.MISSING, "24,25")


def test_answers_of_one_file_share_our_reference_only() -> None:
    accepted, settled = (
        answer_of("920098-with-error-pair-A"),
        answer_of("920900-pair-A-partly-refused"),
    )
    assert accepted.sender_reference == settled.sender_reference
    assert accepted.insurer_reference != settled.insurer_reference
    assert (accepted.name, settled.name) == (AnswerName.FILE_ACCEPTED, AnswerName.SETTLED)


def test_an_echoed_act_is_found_again_by_its_key() -> None:
    accepted, settled = (
        answer_of("920098-with-error-pair-A"),
        answer_of("920900-pair-A-partly-refused"),
    )
    reading, act = accepted.records[2].act, settled.records[2].act
    assert reading is not None
    assert act is not None
    assert (reading.patient, reading.code, reading.day, reading.provider) == (
        act.patient, act.code, act.day, act.provider,
    )  # fmt: skip
    assert (reading.own_reference, act.own_reference) == (None, "")


def test_a_settlement_has_its_amounts_and_references() -> None:
    answer = answer_of("920900-all-refused")
    (part,) = answer.totals
    assert answer.settlement is not None
    assert part.payment_references == ("713/202402/900/",) * 3
    assert (part.asked.total, part.accepted, part.refused) != (None, None, None)
    assert answer.settlement.refused is not None
    assert answer.settlement.refused.total == part.asked.total == 2375


def test_an_error_behind_a_total_says_its_zone() -> None:
    (total,) = answer_of("920999-union100-wrong-96").totals
    (error,) = total.errors
    assert (error.record, error.zone, error.start, error.length) == ("96", "501", 5, 3)
    assert (error.code, error.meaning, error.title) == (
        "20", "number_unknown", "union number + 99",
    )  # fmt: skip


def test_nothing_about_a_patient_is_shown_by_repr() -> None:
    for path in FOLDER.glob("920*.txt"):
        content = path.read_text("latin-1")
        answer = answerreader.read(content.encode("latin-1"))
        patients = {each.act.patient for each in answer.records if each.act}
        patients |= {each.invoice.patient for each in answer.records if each.invoice}
        keys = [key for each in answer.records for key in (each.act, each.invoice) if key]
        for patient in patients - {None}:
            assert str(patient) not in repr(answer)
            assert str(patient) not in repr(keys)
