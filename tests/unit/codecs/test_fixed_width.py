"""The engine of fixed-width records: positions, fillers, check digits, exact findings."""

from __future__ import annotations

from datetime import date

import pytest

from bridge.codecs.fixedwidth import NOWHERE, Layout, Place, zone
from bridge.codecs.zonekinds import BLANKS, TEXT, ZEROS, choice, fixed
from bridge.codecs.zonenumbers import AMOUNT, DATE, DIGITS, NUMBER
from bridge.errors import (
    OurMessageInvalid,
    RecordInvalid,
    TheirAnswerInvalid,
    ZoneFault,
    ZoneUnreadable,
)


def check_by_sum(body: bytes) -> int:
    return sum(body) % 97


SMALL = Layout(
    "77",
    "small record",
    (
        zone("1", "record type", 1, 2, fixed("77"), key="record_type"),
        zone("2", "sequence", 3, 3, NUMBER, key="sequence", required=True),
        zone("3", "reserve", 6, 2, ZEROS),
        zone("4,5", "amount", 8, 5, AMOUNT, key="amount", required=True),
        zone("6", "name", 13, 4, TEXT, key="name"),
        zone("7", "day", 17, 8, DATE, key="day"),
        zone("8", "reserve", 25, 1, BLANKS),
        zone("9", "mark", 26, 1, choice({"0": "no", "1": "yes"}), key="mark"),
        zone("10", "empty number", 27, 2, NUMBER, key="gap", blank=" "),
        zone("99", "check", 29, 2, DIGITS, key="check_digits"),
    ),
    check=check_by_sum,
)  # fmt: skip
VALUES = {"sequence": 7, "amount": -250, "name": "AB", "day": date(2026, 3, 2), "mark": "1"}
BODY = "7700700-0250AB  20260302 1  "
AT = Place(4, 1000)


def ours() -> str:
    return SMALL.write(VALUES)


def received(text: str):
    return SMALL.read(b"#" * AT.offset + text.encode("latin-1"), AT)


def test_a_record_is_written_position_by_position() -> None:
    text = ours()
    assert text == f"{BODY}{check_by_sum(BODY.encode()):02d}"
    assert [text[each.start - 1 : each.end] for each in SMALL.zones][:-1] == [
        "77", "007", "00", "-0250", "AB  ", "20260302", " ", "1", "  ",
    ]  # fmt: skip


def test_zones_without_a_value_are_empty() -> None:
    assert SMALL.write({"sequence": 1, "amount": 0}).startswith("7700100+0000    00000000 0  ")


def test_every_wrong_zone_is_found_with_its_place() -> None:
    with pytest.raises(RecordInvalid) as caught:
        SMALL.write({"sequence": 1000, "name": "ABCDE", "mark": "2"}, AT)
    assert [
        (found.fault, found.zone, found.title, found.start, found.length, found.position)
        for found in caught.value.zones
    ] == [
        (ZoneFault.TOO_LONG, "2", "sequence", 3, 3, 1003),
        (ZoneFault.MISSING, "4,5", "amount", 8, 5, 1008),
        (ZoneFault.TOO_LONG, "6", "name", 13, 4, 1013),
        (ZoneFault.VALUE_UNKNOWN, "9", "mark", 26, 1, 1026),
    ]
    assert {(found.record, found.kind) for found in caught.value.zones} == {(4, "77")}
    assert isinstance(caught.value, OurMessageInvalid)
    assert "ABCDE" not in str(caught.value) + repr(caught.value.zones)


def test_what_can_be_written_has_no_faults() -> None:
    assert SMALL.faults(VALUES) == ()


def test_zones_are_read_when_they_are_asked_for() -> None:
    record = received(ours())
    assert {key: record.value(key) for key in ("sequence", "amount", "name", "day", "mark")} == {
        **VALUES
    }
    assert (record.value("gap"), record.raw("gap")) == (None, "  ")
    assert record.place == AT


def test_an_unreadable_zone_is_our_error_with_its_place() -> None:
    record = received(ours().replace("-0250", "x0250"))
    with pytest.raises(ZoneUnreadable) as caught:
        record.value("amount")
    found = caught.value.zone
    assert (found.fault, found.zone, found.position) == (ZoneFault.SIGN_MISSING, "4,5", 1008)
    assert isinstance(caught.value, TheirAnswerInvalid)
    assert record.value("sequence") == 7


def test_an_unreadable_zone_may_become_a_finding() -> None:
    findings = []
    record = received(ours().replace("20260302", "20260332"))
    assert record.get("day", findings) is None
    assert record.get("sequence", findings) == 7
    assert [found.fault for found in findings] == [ZoneFault.DATE_IMPOSSIBLE]


def test_a_record_shows_nothing_of_its_text() -> None:
    assert repr(received(ours())) == "Record('77', Place(record=4, offset=1000))"
    assert repr(SMALL) == "Layout('77')"


def test_records_are_equal_when_text_and_place_are() -> None:
    assert received(ours()) == received(ours())
    assert hash(received(ours())) == hash(received(ours()))
    assert received(ours()) != SMALL.read(ours().encode(), NOWHERE)
    assert received(ours()) != ours()


@pytest.mark.parametrize("position", range(1, 31))
def test_each_position_belongs_to_the_zone_that_covers_it(position: int) -> None:
    found = SMALL.zone_at(position)
    assert found.start <= position <= found.end


def test_behind_the_end_is_the_last_zone() -> None:
    assert SMALL.zone_at(99).number == "99"


def test_the_form_of_a_record_is_checked_zone_by_zone() -> None:
    text = ours()
    changes = [
        ("77007", "77 07", "2", ZoneFault.NOT_NUMERIC),
        ("00-", "01-", "3", ZoneFault.RESERVE_FILLED),
        ("-0250", "     ", "4,5", ZoneFault.MISSING),
        ("20260302", "        ", "7", ZoneFault.FORM_WRONG),
        ("AB  ", "A\x00  ", "6", ZoneFault.NOT_ASCII),
        (" 1", "x1", "8", ZoneFault.RESERVE_FILLED),
        (" 1  ", " 1 7", "10", ZoneFault.NOT_NUMERIC),
    ]
    for old, new, number, fault in changes:
        assert old in text
        found = list(SMALL.form_faults(received(text.replace(old, new, 1))))
        assert [(each.zone, each.fault) for each in found] == [(number, fault)]
    assert list(SMALL.form_faults(received(text))) == []


def test_an_empty_zone_that_cannot_be_read_is_right_when_it_need_not_be_filled() -> None:
    small = (
        zone("1", "mark", 1, 2, choice({"A1": ""}), key="mark"),
        zone("2", "amount", 3, 3, AMOUNT, key="amount", blank="0"),
    )
    serials = Layout("1", "", small)
    record = serials.read(b"00000", NOWHERE)
    assert [found.zone for found in serials.form_faults(record)] == []


def test_check_digits_are_compared() -> None:
    plain = Layout("1", "", (zone("1", "name", 1, 3, TEXT, key="name"),))
    assert plain.has_valid_check(plain.read(b"abc", NOWHERE))
    good = ours()
    assert SMALL.has_valid_check(received(good))
    assert not SMALL.has_valid_check(received(good.replace("AB", "AC")))


def test_check_digits_are_no_matter_of_form() -> None:
    assert list(SMALL.form_faults(received(ours()[:-2] + "00"))) == []


def test_a_trailer_counts_its_positions_from_the_record_in_front() -> None:
    trailer = Layout("", "trailer", (zone("t1", "number", 11, 2, NUMBER, key="number"),
                                     zone("t2", "name", 13, 3, TEXT, key="name")))  # fmt: skip
    record = trailer.read(b"#" * 100 + b"0123456789" + b"07abc", Place(3, 100))
    assert (record.value("number"), record.value("name")) == (7, "abc")
    assert trailer.last == 15
    wrong = record.finding("name", ZoneFault.NOT_ASCII)
    assert (wrong.start, wrong.position) == (13, 113)
