"""The fields of identity and address, and the dates in them."""

from __future__ import annotations

from datetime import date

import pytest

from bridge.eid.dates import read_birth, read_day, write_birth, write_day
from bridge.eid.tlv import read_fields, write_fields
from bridge.errors import CardDataInvalid

MONTHS = {
    "fr": "JAN FEV MARS AVR MAI JUIN JUIL AOUT SEPT OCT NOV DEC",
    "nl": "JAN FEB MAAR APR MEI JUN JUL AUG SEP OKT NOV DEC",
    "de": "JAN FEB MÄR APR MAI JUN JUL AUG SEP OKT NOV DEZ",
}


@pytest.mark.parametrize("length", [0, 1, 254, 255, 256, 509, 510, 511, 765])
def test_a_value_of_any_length_comes_back(length):
    value = bytes(range(1, 256)) * 4
    written = write_fields([(0x07, value[:length])])
    assert read_fields(written) == {0x07: value[:length]}


def test_a_length_is_a_chain_of_255s_and_a_rest():
    assert write_fields([(0x07, b"x" * 255)])[:3] == b"\x07\xff\x00"
    assert write_fields([(0x07, b"x" * 300)])[:3] == b"\x07\xff\x2d"


@pytest.mark.parametrize("padding", [b"", b"\0", b"\0\0", bytes(100)])
def test_padding_ends_the_fields(padding):
    assert read_fields(b"\x01\x01A\x02\x01B" + padding) == {1: b"A", 2: b"B"}


def test_a_version_with_tag_0_may_come_first():
    assert read_fields(b"\x00\x02\x00\x05\x01\x01A") == {0: b"\x00\x05", 1: b"A"}


@pytest.mark.parametrize("nothing", [b"", b"\0", bytes(50)])
def test_a_file_of_zeros_has_no_fields(nothing):
    assert read_fields(nothing) == {}


@pytest.mark.parametrize(
    "broken",
    [b"\x01", b"\x01\x05AB", b"\x01\xff", b"\x01\xff\xff", b"\x01\x01A\x01\x01B"],
    ids=["no-length", "cut-off", "chain-cut-off", "longer-chain", "same-tag-twice"],
)
def test_fields_that_do_not_fit_are_refused(broken):
    with pytest.raises(CardDataInvalid):
        read_fields(broken)


def test_a_file_can_be_padded_to_its_size():
    assert len(write_fields([(1, b"A")], padded_to=117)) == 117


@pytest.mark.parametrize(
    ("language", "month"),
    [(language, month) for language in MONTHS for month in range(1, 13)],
)
def test_every_month_in_every_language(language, month):
    name = MONTHS[language].split()[month - 1]
    for text in (
        f"03 {name} 1960",
        f"03 {name}  1960",
        f"03.{name}.1960",
        f" 3 {name.lower()} 1960",
    ):
        assert read_birth(text) == date(1960, month, 3)


@pytest.mark.parametrize("language", MONTHS)
def test_a_birth_that_is_written_can_be_read(language):
    for month in range(1, 13):
        day = date(2001, month, 28)
        assert read_birth(write_birth(day, language)) == day


@pytest.mark.parametrize("text", ["", "1960", "MAR 1960", "00 JAN 1960", "31 FEB 1960", "x JAN y"])
def test_an_incomplete_birth_is_unknown_and_no_error(text):
    assert read_birth(text) is None


def test_a_day_in_figures():
    assert read_day("05.02.2031") == date(2031, 2, 5)
    assert write_day(date(2031, 2, 5)) == "05.02.2031"


@pytest.mark.parametrize("text", ["", "5.2.2031", "31.02.2031", "2031-02-05", "aa.bb.cccc"])
def test_another_form_of_day_is_refused(text):
    with pytest.raises(CardDataInvalid):
        read_day(text)
