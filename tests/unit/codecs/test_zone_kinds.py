"""Kinds of zones: what they write, what they read, and what they refuse."""

from __future__ import annotations

from datetime import date, time

import pytest

from bridge.codecs import zoneidentifiers as identifiers
from bridge.codecs import zonekinds as kinds
from bridge.codecs import zonenumbers as numbers
from bridge.codecs.zonekinds import Kind, Value, plain_ascii
from bridge.codecs.zonenumbers import MINUS_ZERO
from bridge.domain.months import Month
from bridge.errors import ZoneFault, ZoneRefused

CHOICE = kinds.choice({"0": "none", "A": "app"})

BOTH_WAYS = [
    pytest.param(numbers.NUMBER, 6, 7, "000007", id="number"),
    pytest.param(numbers.NUMBER, 3, 999, "999", id="number-full"),
    pytest.param(numbers.NUMBER, 3, 0, "000", id="number-zero"),
    pytest.param(numbers.YEAR, 5, 2026, "02026", id="year"),
    pytest.param(numbers.MONTH_NUMBER, 2, 3, "03", id="month-number"),
    pytest.param(numbers.DIGITS, 3, "017", "017", id="digits"),
    pytest.param(numbers.CODE, 3, "000", "000", id="code"),
    pytest.param(numbers.COUNTED, 3, "017", "017", id="counted"),
    pytest.param(identifiers.INSURED, 10, "131131", "0000131131", id="insured"),
    pytest.param(numbers.AMOUNT, 12, 1250, "+00000001250", id="amount"),
    pytest.param(numbers.AMOUNT, 12, -1250, "-00000001250", id="amount-negative"),
    pytest.param(numbers.AMOUNT, 10, 0, "+000000000", id="amount-zero"),
    pytest.param(numbers.AMOUNT, 10, MINUS_ZERO, "-000000000", id="amount-minus-zero"),
    pytest.param(numbers.AMOUNT, 12, 99_999_999_999, "+99999999999", id="amount-full"),
    pytest.param(numbers.UNITS, 5, -1, "-0001", id="units"),
    pytest.param(numbers.CENTS, 11, 3280, "00000003280", id="cents"),
    pytest.param(numbers.DATE, 8, date(2026, 3, 2), "20260302", id="date"),
    pytest.param(numbers.DATE, 8, date(2024, 2, 29), "20240229", id="leap-day"),
    pytest.param(numbers.HOUR, 4, time(8, 15), "0815", id="hour"),
    pytest.param(numbers.MONTH, 6, Month(2026, 12), "202612", id="month"),
    pytest.param(kinds.TEXT, 6, "ACT 1", "ACT 1 ", id="text"),
    pytest.param(kinds.TEXT, 3, "", "   ", id="text-empty"),
    pytest.param(kinds.EXACT, 4, "AB+1", "AB+1", id="exact"),
    pytest.param(kinds.SERIAL, 15, "B123456789", "00000B123456789", id="serial"),
    pytest.param(CHOICE, 1, "A", "A", id="choice"),
    pytest.param(identifiers.NIHII, 12, "40000028401", "040000028401", id="nihii"),
    pytest.param(identifiers.NOMENCLATURE, 7, "425110", "0425110", id="nomenclature"),
    pytest.param(identifiers.PERSON, 13, "60010100172", "0060010100172", id="person"),
    pytest.param(identifiers.PERSON, 13, "2008010000001", "2008010000001", id="no-person-number"),
    pytest.param(identifiers.CBE, 10, "0200000043", "0200000043", id="cbe"),
    pytest.param(identifiers.IBAN, 34, "BE68539007547034", "BE68539007547034".ljust(34), id="iban"),
    pytest.param(identifiers.BIC, 11, "KREDBEBB", "KREDBEBB   ", id="bic"),
]


@pytest.mark.parametrize(("kind", "width", "value", "text"), BOTH_WAYS)
def test_a_value_is_written_and_read_back(kind: Kind, width: int, value: Value, text: str) -> None:
    assert kind.writer(width)(value) == text
    if kind is not kinds.SERIAL:
        assert kind.read(text) == value


def test_minus_zero_keeps_its_sign_and_is_zero() -> None:
    assert numbers.AMOUNT.read("-000000000") is MINUS_ZERO
    assert numbers.AMOUNT.read("-000000000") == 0
    assert numbers.AMOUNT.writer(10)(numbers.AMOUNT.read("-000000000")) == "-000000000"


@pytest.mark.parametrize(
    ("kind", "width", "value", "text"),
    [
        pytest.param(numbers.DIGITS, 14, "17", "00000000000017", id="reference"),
        pytest.param(numbers.ERROR, 2, "20", "20", id="error"),
        pytest.param(identifiers.NIHII, 12, "10000007", "010000007000", id="short-nihii"),
        pytest.param(identifiers.CBE, 10, "200000043", "0200000043", id="old-cbe"),
    ],
)
def test_short_values_are_filled(kind: Kind, width: int, value: str, text: str) -> None:
    assert kind.writer(width)(value) == text


@pytest.mark.parametrize(
    ("kind", "width", "value", "fault"),
    [
        pytest.param(numbers.NUMBER, 2, 100, ZoneFault.TOO_LONG, id="number-overflow"),
        pytest.param(numbers.NUMBER, 2, -1, ZoneFault.TOO_LONG, id="number-negative"),
        pytest.param(numbers.YEAR, 5, 10_000, ZoneFault.TOO_LONG, id="year"),
        pytest.param(numbers.MONTH_NUMBER, 2, 13, ZoneFault.DATE_IMPOSSIBLE, id="month-number"),
        pytest.param(numbers.DIGITS, 3, "12a", ZoneFault.NOT_NUMERIC, id="digits"),
        pytest.param(numbers.DIGITS, 3, "1234", ZoneFault.TOO_LONG, id="digits-long"),
        pytest.param(numbers.DIGITS, 2, "²²", ZoneFault.NOT_NUMERIC, id="superscript"),
        pytest.param(numbers.DIGITS, 2, "٣٣", ZoneFault.NOT_NUMERIC, id="arabic-digits"),
        pytest.param(numbers.CODE, 3, "17", ZoneFault.WRONG_LENGTH, id="code-short"),
        pytest.param(numbers.CODE, 3, "1 7", ZoneFault.NOT_NUMERIC, id="code-blank"),
        pytest.param(numbers.COUNTED, 3, "000", ZoneFault.VALUE_UNKNOWN, id="counted-zero"),
        pytest.param(numbers.COUNTED, 3, "1000", ZoneFault.WRONG_LENGTH, id="counted-long"),
        pytest.param(identifiers.INSURED, 10, "0131131", ZoneFault.WRONG_LENGTH, id="insured"),
        pytest.param(numbers.AMOUNT, 12, 10**11, ZoneFault.TOO_LONG, id="amount-overflow"),
        pytest.param(numbers.AMOUNT, 10, -(10**9), ZoneFault.TOO_LONG, id="amount-underflow"),
        pytest.param(numbers.MONTH, 6, Month(2026, 13), ZoneFault.DATE_IMPOSSIBLE, id="month"),
        pytest.param(kinds.TEXT, 3, "abcd", ZoneFault.TOO_LONG, id="text-long"),
        pytest.param(kinds.TEXT, 9, "café", ZoneFault.NOT_ASCII, id="text-accent"),
        pytest.param(kinds.TEXT, 9, "a\nb", ZoneFault.NOT_ASCII, id="text-line-end"),
        pytest.param(kinds.EXACT, 4, "abc", ZoneFault.WRONG_LENGTH, id="exact-short"),
        pytest.param(kinds.SERIAL, 4, "12345", ZoneFault.TOO_LONG, id="serial-long"),
        pytest.param(kinds.SERIAL, 4, "1 3", ZoneFault.NOT_ASCII, id="serial-blank"),
        pytest.param(CHOICE, 1, "B", ZoneFault.VALUE_UNKNOWN, id="choice"),
        pytest.param(identifiers.NIHII, 12, "40000029", ZoneFault.IDENTIFIER_WRONG, id="nihii"),
        pytest.param(identifiers.NOMENCLATURE, 7, "42511", ZoneFault.WRONG_LENGTH, id="code"),
        pytest.param(identifiers.NOMENCLATURE, 7, "42511X", ZoneFault.NOT_NUMERIC, id="code-text"),
        pytest.param(identifiers.PERSON, 13, "60010100173", ZoneFault.IDENTIFIER_WRONG, id="niss"),
        pytest.param(identifiers.PERSON, 13, "abc", ZoneFault.NOT_NUMERIC, id="niss-text"),
        pytest.param(identifiers.CBE, 10, "0200000044", ZoneFault.IDENTIFIER_WRONG, id="cbe"),
        pytest.param(identifiers.IBAN, 34, "BE69539007547034", ZoneFault.IDENTIFIER_WRONG,
                     id="iban"),
        pytest.param(identifiers.IBAN, 34, "BE68", ZoneFault.IDENTIFIER_WRONG, id="iban-short"),
        pytest.param(identifiers.IBAN, 34, "be68539007547034", ZoneFault.IDENTIFIER_WRONG,
                     id="iban-small-letters"),
        pytest.param(identifiers.IBAN, 34, "B" * 35, ZoneFault.TOO_LONG, id="iban-long"),
        pytest.param(identifiers.BIC, 11, "KREDBEB", ZoneFault.IDENTIFIER_WRONG, id="bic"),
        pytest.param(identifiers.BIC, 11, "KREDBEB-", ZoneFault.IDENTIFIER_WRONG, id="bic-dash"),
    ],
)  # fmt: skip
def test_a_value_that_does_not_fit_is_refused(
    kind: Kind, width: int, value: Value, fault: ZoneFault
) -> None:
    with pytest.raises(ZoneRefused) as caught:
        kind.writer(width)(value)
    assert caught.value.fault is fault
    assert str(value) not in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "text", "fault"),
    [
        pytest.param(numbers.NUMBER, "12a", ZoneFault.NOT_NUMERIC, id="number"),
        pytest.param(numbers.NUMBER, "1_2", ZoneFault.NOT_NUMERIC, id="number-underscore"),
        pytest.param(numbers.NUMBER, " 12", ZoneFault.NOT_NUMERIC, id="number-blank"),
        pytest.param(numbers.NUMBER, "1\u00b2", ZoneFault.NOT_NUMERIC, id="number-superscript"),
        pytest.param(numbers.YEAR, "12026", ZoneFault.LEADING_DIGITS, id="year"),
        pytest.param(numbers.MONTH_NUMBER, "00", ZoneFault.DATE_IMPOSSIBLE, id="month-number"),
        pytest.param(numbers.DIGITS, "12 ", ZoneFault.NOT_NUMERIC, id="digits"),
        pytest.param(numbers.AMOUNT, "00000001250", ZoneFault.SIGN_MISSING, id="amount-no-sign"),
        pytest.param(numbers.AMOUNT, "+0000+01250", ZoneFault.NOT_NUMERIC, id="amount-sign-inside"),
        pytest.param(numbers.DATE, "20260230", ZoneFault.DATE_IMPOSSIBLE, id="date"),
        pytest.param(numbers.DATE, "2026-3-2", ZoneFault.NOT_NUMERIC, id="date-dashes"),
        pytest.param(numbers.DATE, "00000001", ZoneFault.DATE_IMPOSSIBLE, id="date-year-zero"),
        pytest.param(numbers.HOUR, "2400", ZoneFault.HOUR_IMPOSSIBLE, id="hour"),
        pytest.param(numbers.HOUR, "0a00", ZoneFault.NOT_NUMERIC, id="hour-text"),
        pytest.param(numbers.MONTH, "202600", ZoneFault.DATE_IMPOSSIBLE, id="month"),
        pytest.param(numbers.MONTH, "2026-1", ZoneFault.NOT_NUMERIC, id="month-dash"),
        pytest.param(kinds.TEXT, "caf\u00e9", ZoneFault.NOT_ASCII, id="text"),
        pytest.param(kinds.EXACT, "\x00" * 4, ZoneFault.NOT_ASCII, id="exact"),
        pytest.param(identifiers.NIHII, "140000028401", ZoneFault.LEADING_DIGITS, id="nihii"),
        pytest.param(identifiers.NOMENCLATURE, "04251 0", ZoneFault.NOT_NUMERIC, id="code"),
        pytest.param(identifiers.PERSON, "00600101 0172", ZoneFault.NOT_NUMERIC, id="person"),
        pytest.param(identifiers.INSURED, "0001131131", ZoneFault.LEADING_DIGITS, id="insured"),
        pytest.param(identifiers.INSURED, "0000 31131", ZoneFault.NOT_NUMERIC, id="insured-blank"),
        pytest.param(identifiers.CBE, "02000000x3", ZoneFault.NOT_NUMERIC, id="cbe"),
    ],
)
def test_a_text_that_is_no_value_is_refused(kind: Kind, text: str, fault: ZoneFault) -> None:
    with pytest.raises(ZoneRefused) as caught:
        kind.read(text)
    assert caught.value.fault is fault


@pytest.mark.parametrize(
    "kind",
    [
        numbers.NUMBER, numbers.YEAR, numbers.MONTH_NUMBER, numbers.DIGITS, numbers.AMOUNT,
        numbers.DATE, numbers.HOUR, numbers.MONTH, kinds.EXACT, numbers.ERROR, CHOICE,
        identifiers.NIHII, identifiers.NOMENCLATURE, identifiers.PERSON, identifiers.CBE,
        identifiers.INSURED, numbers.CODE,
    ],
    ids=lambda kind: kind.name,
)  # fmt: skip
def test_blanks_are_no_value(kind: Kind) -> None:
    assert not kind.read(" " * 8)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (numbers.DATE, "00000000"), (numbers.MONTH, "000000"), (kinds.EXACT, "0000"),
        (numbers.ERROR, "00"), (identifiers.NIHII, "000000000000"),
    ],
)  # fmt: skip
def test_zeros_are_no_value_where_nothing_is_zero(kind: Kind, text: str) -> None:
    assert kind.read(text) is None


def test_a_code_that_no_list_has_is_read_as_it_is() -> None:
    assert CHOICE.read("B") == "B"
    assert CHOICE.shown("B") == ""
    assert CHOICE.shown("A") == "app"


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        (numbers.AMOUNT, -1250, "-12.50"),
        (numbers.AMOUNT, 5, "0.05"),
        (numbers.CENTS, 3280, "32.80"),
        (numbers.NUMBER, 7, "7"),
        (numbers.DATE, date(2026, 3, 2), "2026-03-02"),
        (numbers.DATE, None, ""),
        (numbers.HOUR, time(8, 5), "08:05"),
        (numbers.HOUR, time(0, 0), ""),
        (numbers.MONTH, Month(2026, 3), "2026-03"),
        (kinds.TEXT, "free", ""),
    ],
)
def test_values_are_shown_without_language(kind: Kind, value: Value, shown: str) -> None:
    assert kind.shown(value) == shown


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("Désirée Lefèbvre", "Desiree Lefebvre"),
        ("Müller-Großmann", "Muller-Grossmann"),
        ("Sœur Ægidius", "Soeur AEgidius"),
        ("D\u2019Hondt \u2013 Øster", "D'Hondt - Oster"),
        ("ŁUKASZ ĐORĐEVIĆ", "LUKASZ DORDEVIC"),
        ("PEETERS", "PEETERS"),
    ],
)
def test_names_lose_their_accents(name: str, plain: str) -> None:
    assert plain_ascii(name) == plain


def test_what_has_no_plain_form_stays_and_is_refused() -> None:
    assert plain_ascii("Ангел") == "Ангел"
    with pytest.raises(ZoneRefused):
        kinds.TEXT.writer(9)(plain_ascii("Ангел"))


def test_reserves_and_constants_always_say_the_same() -> None:
    assert kinds.fixed("50").writer(2)(None) == "50"
    assert kinds.ZEROS.writer(4)("anything") == "0000"
    assert kinds.BLANKS.writer(4)(None) == "    "
