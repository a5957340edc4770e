"""Answers that are new, odd, cut off or shifted: read as far as possible, never an exception."""

from __future__ import annotations

import pytest

from bridge.codecs.efact import answerreader
from bridge.codecs.efact.answers import Answer, AnswerName
from bridge.codecs.efact.errorcodes import record_error, zone_of
from bridge.codecs.efact.tables.errors import ErrorKind, Letter
from bridge.errors import ZoneFault
from tests.support import efact_answers as answers
from tests.support.efact import constructed
from tests.support.efact_answers import answered_file, echo, settlement
from tests.support.efact_slices import records_of, sealed, spoil

RECORDS = records_of(constructed().decode("ascii"))
TEN, TWENTY, ACT, READING = RECORDS[:4]
EIGHTY, NINETY = RECORDS[6], RECORDS[13]
TOTAL_95, TOTAL_96 = RECORDS[14], RECORDS[16]
CLEAN = answered_file("920098", echo(TEN), echo(NINETY))
SETTLED = answered_file(
    "920900",
    echo(TEN), echo(TWENTY), echo(ACT, "R500423"), echo(EIGHTY, amount="+00000000640"),
    echo(NINETY), settlement(asked=1280, accepted=640, refused=640),
    settlement(asked=1280, accepted=640, refused=640, mutuality="199", kind="92"),
)  # fmt: skip


def faults_of(answer: Answer) -> list[tuple[str, int, str]]:
    return [(found.fault.value, found.record, found.zone) for found in answer.findings]


def test_a_receipt_is_read() -> None:
    answer = answerreader.read(answers.receipt())
    assert (answer.name, answer.acknowledged) == (AnswerName.RECEIVED, "920000")
    assert (answer.sender_reference, answer.is_whole) == (answers.REFERENCE, True)


def test_a_settlement_of_a_partly_paid_file_is_read_to_the_cent() -> None:
    answer = answerreader.read(SETTLED)
    assert answer.findings == ()
    (part,) = answer.totals
    assert part.accepted is not None
    assert part.refused is not None
    assert (part.asked.a, part.accepted.a, part.refused.a) == (1280, 640, 640)
    assert part.payment_references == ("017/202603/100/", "", "")
    assert answer.settlement is not None
    assert answer.settlement.mutuality == "199"
    assert answer.records[3].amounts == (640, 0, 0)
    act = answer.records[2].act
    assert act is not None
    assert (act.code, act.own_reference) == ("425110", "ACT 20260302")
    invoice = answer.records[1].invoice
    assert invoice is not None
    assert (invoice.invoice_number, invoice.own_reference) == ("202603000001", "INV 0001")


def test_three_errors_are_read_in_order() -> None:
    (error, *others) = (
        answerreader.read(
            answered_file(
                "920099", echo(TEN), echo(ACT, "B500302", "E5004K2", "S500999"), echo(NINETY)
            )
        )
        .records[1]
        .errors
    )
    assert error.zone is not None
    assert (error.code, error.zone.number, error.effect) == ("500302", "3", Letter.BLOCKING)
    assert [(each.letter, each.code, each.kind) for each in others] == [
        ("E", "5004K2", ErrorKind.OTHER), ("S", "500999", ErrorKind.OTHER),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("error", "fault", "zone"),
    [
        pytest.param("X500423", "letter_unknown", "letter1", id="letter"),
        pytest.param("R779900", "error_code_unknown", "code1", id="record"),
        pytest.param("R50A423", "error_code_unknown", "code1", id="not-a-number"),
        pytest.param("R??????", "error_code_unknown", "code1", id="no-code"),
        pytest.param(" 500423", "letter_unknown", "letter1", id="no-letter"),
        pytest.param("R000000", "error_code_unknown", "code1", id="letter-without-code"),
    ],
)
def test_unknown_letters_and_codes_are_kept_as_they_are(error: str, fault: str, zone: str) -> None:
    answer = answerreader.read(answered_file("920098", echo(TEN), echo(ACT, error), echo(NINETY)))
    assert [(each.letter, each.code) for each in answer.records[1].errors] == [
        (error[0].strip(), error[1:])
    ]
    assert (fault, 2, zone) in faults_of(answer)
    assert answer.is_whole


def test_a_filler_without_a_letter_is_no_error() -> None:
    trailer = echo(TEN, " 0000  ", " 000000", " 000000")
    answer = answerreader.read(answered_file("920098", trailer, echo(NINETY)))
    assert answer.records[0].errors == ()


def test_a_refused_message_says_the_zones_of_header_and_totals() -> None:
    wrong = TOTAL_95[:35] + "41" + TOTAL_95[37:]
    answer = answerreader.read(answers.refused_message(wrong, errors={"3011": "40"}))
    assert [(each.record, each.zone, each.code, each.meaning) for each in answer.errors] == [
        ("300", "301", "40", "already_received")
    ]
    (total,) = answer.totals
    assert [(each.zone, each.start, each.meaning) for each in total.errors] == [
        ("404", 25, "total_differs")
    ]
    assert answer.is_whole


def test_an_unknown_header_error_keeps_its_code() -> None:
    (error,) = answerreader.read(answers.refused_message(errors={"3051": "7X"})).errors
    assert (error.zone, error.code, error.meaning) == ("305", "7X", "")


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        pytest.param(b"", "file_truncated", id="nothing"),
        pytest.param(b"920098", "file_truncated", id="only-a-name"),
        pytest.param(CLEAN[:66], "file_truncated", id="in-segment-200"),
        pytest.param(CLEAN[:67], "file_truncated", id="without-segment-300"),
        pytest.param(CLEAN[:300], "file_truncated", id="in-segment-300"),
        pytest.param(CLEAN[:677], "record_missing", id="accepted-without-records"),
        pytest.param(CLEAN[:1477], "record_missing", id="at-the-border-of-a-record"),
        pytest.param(CLEAN[:-1], "file_truncated", id="one-character-short"),
        pytest.param(CLEAN + b"0", "file_truncated", id="one-character-more"),
        pytest.param(CLEAN[:677] + CLEAN[1477:], "record_missing", id="no-record-10"),
        pytest.param(CLEAN[:800] + b"0" + CLEAN[800:], "record_unknown", id="shifted"),
        pytest.param(CLEAN[:700] + CLEAN[701:], "file_truncated", id="shifted-left"),
        pytest.param(SETTLED[:-800], "record_missing", id="settled-without-92"),
        pytest.param(answers.receipt()[:200], "file_truncated", id="receipt-cut"),
        pytest.param(answers.receipt() + b"x", "file_too_long", id="receipt-long"),
        pytest.param(answers.receipt("931999"), "message_unknown", id="unknown-name"),
        pytest.param(answers.receipt("920901"), "message_unknown", id="unknown-settlement"),
        pytest.param(constructed(), "message_unknown", id="a-file-of-ours"),
        pytest.param(answers.refused_message(), "record_missing", id="refused-for-nothing"),
        pytest.param(answers.refused_message(TOTAL_96)[:-1], "file_truncated", id="96-cut"),
        pytest.param(answers.refused_message("77" + TOTAL_96[2:]), "record_unknown",
                     id="refused-with-unknown-record"),
    ],
)  # fmt: skip
def test_what_is_not_whole_is_found_and_asks_for_a_person(content: bytes, fault: str) -> None:
    answer = answerreader.read(content)
    assert fault in {found.fault.value for found in answer.findings}
    assert not answer.is_whole


def test_a_refused_file_may_stop_after_its_header() -> None:
    answer = answerreader.read(answered_file("920099", kind="01", percentage="06667"))
    assert (len(answer.records), answer.findings, answer.is_whole) == (0, (), True)
    assert answer.invoicing is not None
    assert (answer.invoicing.error_percentage, answer.invoicing.refusal_kind) == (6667, "01")


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r\n\x1a"])
def test_a_line_end_behind_an_answer_is_no_fault(end: bytes) -> None:
    assert answerreader.read(CLEAN + end) == answerreader.read(CLEAN)


def test_a_wrong_check_digit_is_found_where_it_stands_but_breaks_nothing() -> None:
    spoilt = ACT[:348] + "00"
    answer = answerreader.read(answered_file("920098", echo(TEN), echo(spoilt), echo(NINETY)))
    (found,) = answer.findings
    assert (found.fault, found.record, found.zone) == (ZoneFault.CHECK_DIGITS_WRONG, 2, "99")
    assert found.position == 677 + 800 + 349
    assert (answer.is_whole, answer.records[1].is_check_valid) == (True, False)


@pytest.mark.parametrize(
    ("zone", "text", "fault"),
    [
        ("4", "0ABCDEF", "zone_not_numeric"),
        ("5", "20261332", "zone_date_impossible"),
        ("15", "940000028401", "zone_leading_digits"),
        ("8a,8b", "00600101001 2", "zone_not_numeric"),
    ],
)
def test_a_key_that_cannot_be_read_is_found(zone: str, text: str, fault: str) -> None:
    spoilt = spoil(ACT, zone, text)
    answer = answerreader.read(answered_file("920098", echo(TEN), echo(spoilt), echo(NINETY)))
    assert faults_of(answer) == [(fault, 2, zone)]


def test_a_misaligned_person_number_is_kept_whole() -> None:
    spoilt = spoil(ACT, "8a,8b", "0600101001720")
    (_, record, _) = answerreader.read(
        answered_file("920098", echo(TEN), echo(spoilt, "R500820"), echo(NINETY))
    ).records
    assert record.act is not None
    assert record.act.patient == "0600101001720"


@pytest.mark.parametrize(
    ("byte", "offset", "record", "zone"),
    [
        pytest.param(0xE9, 677 + 137, 1, "28", id="accent-in-echo"),
        pytest.param(0x00, 677 + 800 + 533, 2, "149", id="null-in-trailer"),
        pytest.param(0x0A, 67 + 47, 0, "305", id="line-end-in-header"),
        pytest.param(0xFF, 3, 0, "200", id="in-the-name"),
    ],
)
def test_odd_characters_are_found_in_their_zone(
    byte: int, offset: int, record: int, zone: str
) -> None:
    content = bytearray(CLEAN)
    content[offset] = byte
    odd = [
        found
        for found in answerreader.read(bytes(content)).findings
        if found.fault is ZoneFault.NOT_ASCII
    ]
    assert {(found.record, found.zone) for found in odd} == {(record, zone)}
    assert all(found.position <= offset + 1 < found.position + found.length for found in odd)


def test_a_flood_of_odd_characters_is_cut_short() -> None:
    answer = answerreader.read(CLEAN[:677] + b"\xff" * 8000)
    odd = [found for found in answer.findings if found.fault is ZoneFault.NOT_ASCII]
    assert len(odd) < 60


def test_records_of_another_place_are_found() -> None:
    blocks = (echo(TEN), echo(TOTAL_95), echo(NINETY), settlement(asked=1, accepted=1, refused=0))
    answer = answerreader.read(answered_file("920098", *blocks))
    assert [each[:2] for each in faults_of(answer) if each[0] == "order_wrong"] == [
        ("order_wrong", 2), ("order_wrong", 4),
    ]  # fmt: skip
    assert (answer.records[1].sequence, answer.records[1].check_digits) == ("", "")


def test_an_echo_behind_the_settlement_is_found() -> None:
    blocks = (echo(TEN), echo(NINETY), settlement(asked=1, accepted=1, refused=0), echo(ACT))
    answer = answerreader.read(answered_file("920900", *blocks))
    assert ("order_wrong", 4, "1") in faults_of(answer)


def test_a_record_of_another_type_in_a_refused_message_is_found() -> None:
    answer = answerreader.read(answers.refused_message(TOTAL_96, TEN))
    assert ("order_wrong", 2, "1") in faults_of(answer)


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [
        pytest.param((1280, 640, 641), (1280, 640, 641),
                     [("settlement_unbalanced", 3, "414"), ("settlement_unbalanced", 3, "422"),
                      ("settlement_unbalanced", 4, "514"), ("settlement_unbalanced", 4, "522")],
                     id="asked-is-not-accepted-and-refused"),
        pytest.param((1280, 640, 640), (1281, 641, 640),
                     [("total_wrong", 4, "504"), ("total_wrong", 4, "508"),
                      ("total_wrong", 4, "512"), ("total_wrong", 4, "520")],
                     id="total-differs"),
        pytest.param((-640, -640, 0), (-640, -640, 0), [], id="taken-back"),
    ],
)  # fmt: skip
def test_a_settlement_that_does_not_add_up_is_found(part, whole, expected) -> None:
    keys = ("asked", "accepted", "refused")
    answer = answerreader.read(answered_file(
        "920900", echo(TEN), echo(NINETY), settlement(**dict(zip(keys, part, strict=True))),
        settlement(**dict(zip(keys, whole, strict=True)), mutuality="199", kind="92"),
    ))  # fmt: skip
    assert faults_of(answer) == expected


def test_blank_amounts_are_left_out_of_the_balance() -> None:
    part = settlement(asked=5, accepted=5, refused=0)
    blank = part[:79] + " " * 26 + part[105:]
    answer = answerreader.read(
        answered_file("920900", echo(TEN), echo(NINETY), blank,
                      settlement(asked=5, accepted=5, refused=0, mutuality="199", kind="92"))
    )  # fmt: skip
    assert answer.findings == ()
    assert answer.totals[0].accepted is not None
    assert answer.totals[0].accepted.a is None


def test_a_missing_sign_of_a_total_is_found() -> None:
    part = settlement(asked=5, accepted=5, refused=0)
    answer = answerreader.read(answered_file(
        "920900", echo(TEN), echo(NINETY), part[:79] + "0" + part[80:],
        settlement(asked=5, accepted=5, refused=0, mutuality="199", kind="92"),
    ))  # fmt: skip
    assert faults_of(answer) == [("zone_sign_missing", 3, "411")]


def test_an_unknown_message_type_is_neither_test_nor_production() -> None:
    content = CLEAN[:12] + b"77" + CLEAN[14:]
    answer = answerreader.read(content)
    assert answer.is_test is None
    assert faults_of(answer) == [("zone_value_unknown", 0, "202")]


def test_an_answer_without_our_reference_is_not_whole() -> None:
    answer = answerreader.read(CLEAN[:20] + b"X" * 14 + CLEAN[34:])
    assert (answer.sender_reference, answer.is_whole) == (None, False)


def test_old_identity_records_are_read_by_their_old_layout() -> None:
    old = sealed(
        "52000004" + "0" + "0425110" + "20160302" + "20160302" + "000" + "0060010100172" + "0"
        + "1" + "2" + "0815" + "0" * 12 + "040000028401" + "0" * 270
    )  # fmt: skip
    (_, record, _) = answerreader.read(
        answered_file("920098", echo(TEN), echo(old), echo(NINETY))
    ).records
    assert record.record.layout.title == "identity reading before 2017"
    assert record.record.value("support") == "1"


@pytest.mark.parametrize(
    ("record", "number", "expected"),
    [
        ("20", "25", "24,25"), ("20", "08", "8a,8b"), ("50", "50", "50a"), ("52", "45", "20-98"),
        ("52", "12", "12,13"), ("21", "06", "6"), ("80", "98", "98"),
        ("10", "41", "36,37,38,39,40,41"),
    ],
)  # fmt: skip
def test_zone_numbers_of_codes_find_their_zone(record: str, number: str, expected: str) -> None:
    found = zone_of(record, number)
    assert found is not None
    assert found.number == expected


@pytest.mark.parametrize(("record", "number"), [("77", "01"), ("21", "55"), ("20", "97")])
def test_a_zone_in_no_table_is_no_zone(record: str, number: str) -> None:
    assert zone_of(record, number) is None


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("500301", ErrorKind.NOT_NUMERIC), ("509902", ErrorKind.CHECK_DIGITS),
        ("500303", ErrorKind.NOT_ALLOWED), ("500404", ErrorKind.LEADING_DIGITS),
        ("520604", ErrorKind.MISSING), ("501905", ErrorKind.SIGN_MISSING),
        ("502205", ErrorKind.SIGN_MISSING), ("502405", ErrorKind.MISSING),
        ("501906", ErrorKind.SIGN_INSIDE), ("502809", ErrorKind.CHARACTERS),
        ("500712", ErrorKind.INCONSISTENT), ("501520", ErrorKind.UNKNOWN_TO_INSURER),
        ("500334", ErrorKind.ADMINISTRATIVE), ("500449", ErrorKind.RIGHTS),
        ("500452", ErrorKind.OTHER), ("5219A0", ErrorKind.OTHER), ("050000", ErrorKind.CHAINED),
        ("7719", ErrorKind.OTHER),
    ],
)  # fmt: skip
def test_the_end_of_a_code_says_the_kind_of_error(code: str, kind: ErrorKind) -> None:
    assert record_error("R", code).kind is kind
