"""Answers in the terms of the wire become settlements in those of invoices."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from bridge.codecs.efact import answerreader
from bridge.domain.claims import RejectionReason
from bridge.domain.invoicecases import ActKey
from bridge.domain.invoices import InvoiceAnswer
from bridge.domain.settlements import ActVerdict, InvoiceVerdict, MutualityVerdict, Settlement
from bridge.service.settlementwire import error_percentage_of, settlement_of
from tests.support import efact_answers as answers
from tests.support.efact import FIRST_PATIENT, NURSE, constructed
from tests.support.efact_answers import answered_file, echo, settlement
from tests.support.efact_slices import records_of, sealed
from tests.support.shared import SAMPLES

AT = datetime(2026, 4, 20, 9, tzinfo=UTC)
TEN, TWENTY, ACT, READING, OTHER_ACT, OTHER_READING, EIGHTY = records_of(
    constructed().decode("ascii")
)[:7]
NINETY = records_of(constructed().decode("ascii"))[13]
TOTALS = (
    settlement(asked=1280, accepted=640, refused=640),
    settlement(asked=1280, accepted=640, refused=640, mutuality="199", kind="92"),
)
KEY = ActKey(patient=FIRST_PATIENT, code="425110", day=date(2026, 3, 2), provider=NURSE[:8])


def read(content: bytes) -> Settlement:
    found = settlement_of(answerreader.read(content), response_id="rsp_1", at=AT)
    assert found is not None
    return found


def listed(*blocks: str, name: str = "920098", **more: str) -> Settlement:
    return read(answered_file(name, echo(TEN), *blocks, echo(NINETY), **more))


def blank_reference(record: str) -> str:
    return sealed(answers.put(record, "28", " " * 25, of="record-50"))


def test_a_receipt_and_nonsense_decide_nothing() -> None:
    for content in (answers.receipt(), b"", b"931999" + b"0" * 700):
        assert settlement_of(answerreader.read(content), response_id="r", at=AT) is None


@pytest.mark.parametrize(
    ("content", "answer"),
    [
        (answers.refused_message(errors={"3021": "20"}), InvoiceAnswer.MESSAGE_REFUSED),
        (answered_file("920099", kind="01"), InvoiceAnswer.FILE_REFUSED),
        (answered_file("920098", echo(TEN), echo(NINETY)), InvoiceAnswer.FILE_ACCEPTED),
        (answered_file("920900", echo(TEN), echo(NINETY), *TOTALS), InvoiceAnswer.SETTLED),
    ],
    ids=["message refused", "file refused", "file accepted", "settled"],
)
def test_the_name_decides(content: bytes, answer: InvoiceAnswer) -> None:
    found = read(content)
    assert (found.answer, found.response_id, found.at) == (answer, "rsp_1", AT)


def test_the_percentage_is_kept_and_decides_nothing() -> None:
    content = answered_file("920098", echo(TEN), echo(NINETY), percentage="01666", kind="00")
    assert error_percentage_of(answerreader.read(content)) == 1666
    assert read(content).answer is InvoiceAnswer.FILE_ACCEPTED
    assert error_percentage_of(answerreader.read(answers.receipt())) is None


def test_an_act_is_found_by_its_own_reference() -> None:
    reason = RejectionReason(letter="R", code="500423", record="50", zone="4")
    assert listed(echo(ACT, "R500423")).acts == (
        ActVerdict(reference="ACT 20260302", reasons=(reason,)),
    )


def test_what_only_frames_an_error_says_nothing() -> None:
    found = listed(echo(TWENTY), echo(ACT), echo(READING), echo(EIGHTY))
    assert (found.acts, found.invoices) == ((), ())


def test_a_reading_belongs_to_the_act_beside_it() -> None:
    (act, reading) = listed(echo(ACT, "R502641"), echo(READING, "R050000")).acts
    assert act.reference == reading.reference == "ACT 20260302"
    assert reading.reasons[0].record == "52"
    assert reading.key is None


def test_a_reading_without_its_act_is_found_by_patient_code_day_and_provider() -> None:
    (reading,) = listed(echo(READING, "R521922")).acts
    assert (reading.reference, reading.key) == ("", KEY)


def test_an_act_whose_reference_an_insurer_left_out_is_found_by_its_key() -> None:
    (act,) = listed(echo(blank_reference(ACT), "R500423")).acts
    assert (act.reference, act.key) == ("", KEY)


def test_two_acts_alike_leave_a_reading_to_its_key() -> None:
    twin = sealed(answers.put(ACT, "28", "ACT TWIN".ljust(25), of="record-50"))
    found = listed(echo(ACT), echo(twin), echo(READING, "R521922"))
    assert found.acts[0].key == KEY


def test_an_act_without_a_day_is_named_by_nothing() -> None:
    nameless = answers.put(blank_reference(ACT), "5", "00000000", of="record-50")
    (act,) = listed(echo(nameless, "R500502")).acts
    assert (act.reference, act.key) == ("", None)


def test_errors_of_both_ends_of_an_invoice_are_one_verdict() -> None:
    found = listed(echo(TWENTY, "F200703"), echo(EIGHTY, "F801901"))
    (invoice,) = found.invoices
    assert invoice.invoice_number == "202603000001"
    assert [(each.letter, each.code, each.record) for each in invoice.reasons] == [
        ("F", "200703", "20"),
        ("F", "801901", "80"),
    ]


def test_errors_of_the_frame_are_about_the_file() -> None:
    found = read(answered_file("920099", echo(TEN, "B103602"), echo(NINETY), kind="01"))
    assert [(each.letter, each.code, each.zone) for each in found.file_reasons] == [
        ("B", "103602", "36,37,38,39,40,41")
    ]
    assert (found.acts, found.invoices) == ((), ())


def test_only_a_settlement_states_amounts() -> None:
    blocks = (echo(TWENTY), echo(EIGHTY, amount="+00000000640"))
    assert listed(*blocks).invoices == ()
    settled = read(answered_file("920900", echo(TEN), *blocks, echo(NINETY), *TOTALS))
    assert settled.invoices == (InvoiceVerdict(invoice_number="202603000001", accepted_amount=640),)


def test_amounts_that_an_insurer_leaves_at_nothing_are_not_read_as_nothing_paid() -> None:
    blocks = (echo(TWENTY), echo(ACT, "R500423"), echo(EIGHTY))
    found = read(answered_file("920900", echo(TEN), *blocks, echo(NINETY), *TOTALS))
    assert found.invoices == ()
    assert found.accepted == 640


def test_nothing_accepted_at_all_is_read_as_nothing_paid() -> None:
    totals = (
        settlement(asked=1280, accepted=0, refused=1280),
        settlement(asked=1280, accepted=0, refused=1280, mutuality="199", kind="92"),
    )
    found = read(answered_file("920900", echo(TEN), echo(EIGHTY), echo(NINETY), *totals))
    assert found.invoices[0].accepted_amount == 0


def test_a_mutuality_says_what_it_pays_and_under_which_reference() -> None:
    found = read(answered_file("920900", echo(TEN), echo(NINETY), *TOTALS))
    assert found.mutualities == (
        MutualityVerdict(
            mutuality="129",
            asked=1280,
            accepted=640,
            refused=640,
            payment_reference="017/202603/100/",
        ),
    )


def test_rejections_are_told_from_remarks_by_their_letters() -> None:
    letters = frozenset({"B", "R", "F", ""})
    assert listed(echo(ACT, "R500423")).has_rejections(letters)
    assert listed(echo(TWENTY, "F200703")).has_rejections(letters)
    assert not listed(echo(ACT, "S500423")).has_rejections(letters)
    assert not listed(echo(ACT, "E500423"), echo(TWENTY, "S200703")).has_rejections(letters)


@pytest.mark.parametrize(
    ("name", "answer", "codes", "file_codes", "accepted"),
    [
        ("920098-clean-pair-with-931000", "920098", [], [], 0),
        ("920098-with-error-pair-A", "920098", ["521922"], [], 0),
        ("920099-blocking-iban-profession-code", "920099", [], ["103602", "101810"], 0),
        ("920099-blocking-sequence-union600", "920099", ["500210"], [], 0),
        ("920099-over5pct-1666-union500", "920099", ["502641", "050000"], [], 0),
        ("920900-all-refused", "920900", ["502405", "520119", "521922"], [], 0),
        ("920900-pair-A-partly-refused", "920900", ["502020", "521922"], [], 0),
        ("920999-union100-wrong-96", "920999", [], ["20"], 0),
    ],
)
def test_recorded_answers_say_what_their_facts_say(
    name: str, answer: str, codes: list[str], file_codes: list[str], accepted: int
) -> None:
    found = read((SAMPLES / "efact" / f"{name}.txt").read_bytes())
    assert found.answer.value == answer
    assert [reason.code for each in found.acts for reason in each.reasons] == codes
    assert [each.code for each in found.file_reasons] == file_codes
    assert found.accepted == accepted
