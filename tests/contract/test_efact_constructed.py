"""The constructed file of a home nurse: its exact bytes, and every wrong total in it caught."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bridge.codecs.efact import reader, writer
from bridge.codecs.efact.scan import records
from bridge.codecs.efact.values import InvoiceFile
from bridge.errors import ZoneFault
from tests.support.efact import CONSTRUCTED, FIRST, FOLDER, HEADER, SECOND, constructed
from tests.support.efact_slices import (
    HEADER as HEADER_LENGTH,
)
from tests.support.efact_slices import (
    cut,
    facts_of,
    joined,
    records_of,
    sealed,
    spoil,
)

TEXT = constructed().decode("ascii")
RECORDS = records_of(TEXT)
FACTS = json.loads((FOLDER / "920000-constructed-home-nursing.json").read_text("utf-8"))
AS_READ = replace(HEADER, contact_phone="0020000000")
"""Numbers come back in the width of their zone."""


def test_it_is_written_byte_for_byte() -> None:
    assert writer.write_whole(CONSTRUCTED) == constructed()


def test_it_is_read_back() -> None:
    read = reader.read(constructed())
    assert read.findings == ()
    assert read.file == InvoiceFile(header=AS_READ, invoices=(FIRST, SECOND))


def test_it_holds_in_every_zone() -> None:
    assert reader.verify(constructed()) == ()


def test_our_records_give_the_facts_of_its_json_file() -> None:
    found = list(records(constructed(), [], begin=HEADER_LENGTH))
    body = [record for record in found if record.layout.record < "95"]
    totals = {
        f"{record.layout.record}:{record.raw('mutuality')}": record
        for record in found
        if record.layout.record >= "95"
    }
    codes = [int(record.value("code")) for record in body if "50" <= record.layout.record <= "52"]
    assert {
        "length": len(constructed()),
        "records": [record.layout.record for record in body],
        "check_digits": [record.raw("check_digits") for record in body],
        "control": {name: record.value("control") for name, record in totals.items()},
        "counts": {name: record.value("record_count") for name, record in totals.items()},
        "total_cents": body[-1].value("amount"),
        "codes": codes,
        "sum_codes": sum(codes),
        "z98_file": int(body[-1].value("control")),
    } == FACTS


def test_plain_slicing_of_what_we_write_gives_the_same_facts() -> None:
    assert facts_of(writer.write_whole(CONSTRUCTED).decode("ascii")) == FACTS


def place_of(kind: str, nth: int = 0) -> int:
    return [index for index, record in enumerate(RECORDS) if record[:2] == kind][nth]


def plus_one(text: str) -> str:
    """Count one more behind a sign, in the same width."""
    sign, digits = (text[0], text[1:]) if text[0] in "+-" else ("", text)
    return f"{sign}{(int(digits) + 1) % 10 ** len(digits):0{len(digits)}d}"


MUTANTS = [
    pytest.param("80", 0, "19", ZoneFault.TOTAL_WRONG, id="invoice-amount"),
    pytest.param("80", 1, "19", ZoneFault.TOTAL_WRONG, id="second-invoice-amount"),
    pytest.param("80", 0, "27", ZoneFault.TOTAL_WRONG, id="invoice-share"),
    pytest.param("80", 0, "30,31", ZoneFault.TOTAL_WRONG, id="invoice-supplement"),
    pytest.param("80", 0, "15", ZoneFault.TOTAL_WRONG, id="invoice-account-b"),
    pytest.param("80", 0, "38", ZoneFault.TOTAL_WRONG, id="invoice-advance"),
    pytest.param("80", 0, "98", ZoneFault.CHECK_DIGITS_WRONG, id="invoice-codes"),
    pytest.param("90", 0, "19", ZoneFault.TOTAL_WRONG, id="file-amount"),
    pytest.param("90", 0, "15", ZoneFault.TOTAL_WRONG, id="file-account-b"),
    pytest.param("90", 0, "98", ZoneFault.CHECK_DIGITS_WRONG, id="file-codes"),
    pytest.param("95", 0, "404", ZoneFault.TOTAL_WRONG, id="mutuality-amount"),
    pytest.param("95", 1, "404", ZoneFault.TOTAL_WRONG, id="second-mutuality-amount"),
    pytest.param("95", 0, "406", ZoneFault.TOTAL_WRONG, id="mutuality-account-b"),
    pytest.param("95", 0, "408", ZoneFault.TOTAL_WRONG, id="mutuality-total"),
    pytest.param("95", 0, "409", ZoneFault.COUNT_WRONG, id="mutuality-count"),
    pytest.param("95", 0, "410", ZoneFault.CHECK_DIGITS_WRONG, id="mutuality-codes"),
    pytest.param("96", 0, "504", ZoneFault.TOTAL_WRONG, id="message-amount"),
    pytest.param("96", 0, "506", ZoneFault.TOTAL_WRONG, id="message-account-b"),
    pytest.param("96", 0, "508", ZoneFault.TOTAL_WRONG, id="message-total"),
    pytest.param("96", 0, "509", ZoneFault.COUNT_WRONG, id="message-count"),
    pytest.param("96", 0, "510", ZoneFault.CHECK_DIGITS_WRONG, id="message-codes"),
]


@pytest.mark.parametrize(("kind", "nth", "zone", "fault"), MUTANTS)
def test_a_wrong_total_count_or_check_is_caught_where_it_stands(
    kind: str, nth: int, zone: str, fault: ZoneFault
) -> None:
    index = place_of(kind, nth)
    mutant = list(RECORDS)
    mutant[index] = spoil(mutant[index], zone, plus_one(cut(mutant[index], zone)))
    (found,) = reader.verify(joined(TEXT, mutant))
    assert (found.fault, found.record, found.kind, found.zone) == (fault, index + 1, kind, zone)
    begins = HEADER_LENGTH + 350 * index
    assert found.position == begins + found.start
    assert TEXT[found.position - 1 :][: found.length] == cut(RECORDS[index], zone)


@pytest.mark.parametrize("index", range(14))
def test_wrong_check_digits_of_any_record_are_caught(index: int) -> None:
    mutant = list(RECORDS)
    mutant[index] = mutant[index][:348] + plus_one(mutant[index][348:])
    (found,) = reader.verify(joined(TEXT, mutant))
    assert (found.fault, found.record) == (ZoneFault.CHECK_DIGITS_WRONG, index + 1)
    assert (found.zone, found.start, found.title) == ("99", 349, "check digits of the record")


@pytest.mark.parametrize("index", range(14))
def test_a_wrong_sequence_number_is_caught_once_and_the_return_to_order_once(index: int) -> None:
    mutant = list(RECORDS)
    mutant[index] = spoil(mutant[index], "2", "000099")
    found = reader.verify(joined(TEXT, mutant))
    expected = [index + 1, index + 2] if index < 13 else [index + 1]
    assert [each.record for each in found] == expected
    assert {each.fault for each in found} == {ZoneFault.SEQUENCE_WRONG}


@pytest.mark.parametrize(
    ("kind", "nth", "zone", "text", "fault"),
    [
        ("10", 0, "4", "0001999", ZoneFault.DIFFERS),
        ("90", 0, "7", "018", ZoneFault.DIFFERS),
        ("10", 0, "25,26", "20260403", ZoneFault.DIFFERS),
        ("50", 0, "7", "130", ZoneFault.DIFFERS),
        ("50", 1, "8a,8b", "0085123149853", ZoneFault.DIFFERS),
        ("50", 2, "9", "1", ZoneFault.DIFFERS),
        ("52", 0, "5", "20260303", ZoneFault.DIFFERS),
        ("52", 1, "8a,8b", "0085123149853", ZoneFault.DIFFERS),
        ("52", 2, "15", "041234502401", ZoneFault.DIFFERS),
        ("80", 0, "24,25", "202603000009", ZoneFault.DIFFERS),
        ("80", 0, "14", "041234502401", ZoneFault.DIFFERS),
        ("80", 1, "17", "0080", ZoneFault.DIFFERS),
        ("90", 0, "14", "041234502401", ZoneFault.DIFFERS),
        ("90", 0, "23", "04", ZoneFault.DIFFERS),
        ("96", 0, "501", "299", ZoneFault.DIFFERS),
        ("96", 0, "501", "100", ZoneFault.VALUE_UNKNOWN),
    ],
)
def test_a_zone_that_does_not_repeat_its_leader_is_caught(
    kind: str, nth: int, zone: str, text: str, fault: ZoneFault
) -> None:
    index = place_of(kind, nth)
    mutant = list(RECORDS)
    mutant[index] = spoil(mutant[index], zone, text)
    (found,) = reader.verify(joined(TEXT, mutant))
    assert (found.fault, found.record, found.zone) == (fault, index + 1, zone)


@pytest.mark.parametrize(
    ("kind", "zone"),
    [
        ("50", "27"), ("50", "30,31"), ("50", "47"), ("80", "27"), ("80", "30,31"), ("80", "15"),
        ("80", "38"), ("90", "15"),
    ],
)  # fmt: skip
def test_a_zero_with_the_wrong_sign_is_caught(kind: str, zone: str) -> None:
    """Both signs count the same in the check digits, and zero is zero."""
    index = place_of(kind)
    mutant = list(RECORDS)
    mutant[index] = spoil(mutant[index], zone, cut(mutant[index], zone).replace("+", "-"))
    assert mutant[index][348:] == RECORDS[index][348:]
    (found,) = reader.verify(joined(TEXT, mutant))
    assert (found.fault, found.record, found.zone) == (ZoneFault.SIGN_WRONG, index + 1, zone)


def test_day_prices_count_in_the_totals_though_we_never_write_them() -> None:
    """Record 30 is not for nurses, but a file that has one is still added up."""
    day = sealed(
        "30" + RECORDS[2][2:8] + "0" + RECORDS[2][9:80] + "0" * 7 + RECORDS[2][87:99] + "0" * 8
        + "+0001" + "00" + "+00000000000" + "0" + "+000000000" + " " * 25 + "00" + "+000000000"
        + "0" * 174
    )  # fmt: skip
    assert len(day) == 350
    mutant = [*RECORDS[:2], day, *RECORDS[2:]]
    mutant = [sealed(each[:2] + f"{at:06d}" + each[8:]) if each[:2] < "95" else each
              for at, each in enumerate(mutant, start=1)]  # fmt: skip
    found = {(each.fault, each.kind, each.zone) for each in reader.verify(joined(TEXT, mutant))}
    assert (ZoneFault.TOTAL_WRONG, "80", "19") in found
    assert (ZoneFault.CHECK_DIGITS_WRONG, "80", "98") not in found
    assert (ZoneFault.COUNT_WRONG, "95", "409") in found


@pytest.mark.parametrize(
    ("old", "new", "zone"),
    [
        pytest.param("020260300017", "020260200017", "300", id="month"),
        pytest.param("009200", "001200", "304", id="test-type-with-production"),
    ],
)
def test_a_header_that_differs_from_the_file_is_caught(old: str, new: str, zone: str) -> None:
    head = TEXT[:HEADER_LENGTH]
    assert old in head
    (found,) = reader.verify((head.replace(old, new, 1) + TEXT[HEADER_LENGTH:]).encode())
    assert (found.fault, found.record, found.kind) == (ZoneFault.DIFFERS, 0, "300")
    assert found.zone == zone


@pytest.mark.parametrize(
    ("kind", "nth", "zone", "text", "fault"),
    [
        ("50", 0, "19", "000000000640", ZoneFault.SIGN_MISSING),
        ("50", 0, "19", "+0000000064X", ZoneFault.NOT_NUMERIC),
        ("50", 0, "20,21", "20260230", ZoneFault.DATE_IMPOSSIBLE),
        ("50", 0, "36,37", "2460", ZoneFault.HOUR_IMPOSSIBLE),
        ("50", 0, "3", "X", ZoneFault.VALUE_UNKNOWN),
        ("50", 0, "24,25", "110000007000", ZoneFault.LEADING_DIGITS),
        ("50", 0, "24,25", "010000008000", ZoneFault.IDENTIFIER_WRONG),
        ("50", 0, "29", "11", ZoneFault.RESERVE_FILLED),
        ("20", 0, "12", "1", ZoneFault.RESERVE_FILLED),
        ("20", 0, "20,21", "        ", ZoneFault.FORM_WRONG),
        ("10", 0, "14", "000000000000", ZoneFault.MISSING),
        ("10", 0, "36,37,38,39,40,41", "BE69539007547034".ljust(34), ZoneFault.IDENTIFIER_WRONG),
        ("10", 0, "22", "12026", ZoneFault.LEADING_DIGITS),
        ("10", 0, "23", "13", ZoneFault.DATE_IMPOSSIBLE),
    ],
)
def test_a_zone_that_we_would_never_write_is_caught(
    kind: str, nth: int, zone: str, text: str, fault: ZoneFault
) -> None:
    index = place_of(kind, nth)
    mutant = list(RECORDS)
    mutant[index] = spoil(mutant[index], zone, text)
    found = reader.verify(joined(TEXT, mutant))
    assert (fault, index + 1, zone) in {(each.fault, each.record, each.zone) for each in found}


@pytest.mark.parametrize(
    ("change", "fault", "record"),
    [
        pytest.param(lambda all_of: all_of[:1] + all_of[2:], "order_wrong", 2, id="no-20"),
        pytest.param(lambda all_of: all_of[:3] + [all_of[3]] * 2 + all_of[4:], "order_wrong", 5,
                     id="two-52"),
        pytest.param(lambda all_of: all_of[1:], "order_wrong", 1, id="no-10"),
        pytest.param(lambda all_of: all_of[:6] + all_of[7:], "order_wrong", 7, id="no-80"),
        pytest.param(lambda all_of: all_of[:13] + all_of[14:], "order_wrong", 14, id="no-90"),
        pytest.param(lambda all_of: all_of[:15] + all_of[16:], "record_missing", 16, id="no-95"),
        pytest.param(lambda all_of: all_of[:16], "record_missing", 17, id="no-96"),
        pytest.param(lambda all_of: [*all_of[:15], all_of[14], *all_of[16:]], "record_doubled", 16,
                     id="95-twice"),
        pytest.param(lambda all_of: [*all_of[:4], sealed("77" + all_of[4][2:]), *all_of[5:]],
                     "record_unknown", 5, id="unknown-type"),
        pytest.param(lambda all_of: [*all_of[:15], all_of[15].replace("134", "131"), *all_of[16:]],
                     "zone_differs", 16, id="95-of-nobody"),
        pytest.param(lambda all_of: [*all_of[:15], all_of[15].replace("00+", "00-", 1),
                                     *all_of[16:]], "zone_sign_wrong", 16, id="95-sign"),
    ],
)  # fmt: skip
def test_a_file_that_is_out_of_order_is_caught(change, fault: str, record: int) -> None:
    found = reader.verify(joined(TEXT, change(list(RECORDS))))
    assert (fault, record) in {(each.fault.value, each.record) for each in found}
    assert reader.read(joined(TEXT, change(list(RECORDS)))).file is None
