"""Identifiers against the vectors of the specification, with python-stdnum as second opinion."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.be import bis, nn, vat

from bridge.domain.identifiers import Cbe, MembershipNumber, Mutuality, Nihii, Niss
from bridge.errors import InvalidIdentifier

VALID_NISS = [
    "60010100172", "85123149853", "05061500215", "00010100303", "26410100126", "20410100293",
    "85223199811", "00210100148", "00410100191", "85203100223", "86103130262", "36121015396",
]  # fmt: skip


@pytest.mark.parametrize("digits", VALID_NISS)
def test_valid_person_numbers(digits: str) -> None:
    assert Niss.parse(digits).digits == digits


@pytest.mark.parametrize("text", ["54001001", "60010100173", "", "6001010017a", "٦٠٠١٠١٠٠١٧٢"])
def test_invalid_person_numbers_are_refused_and_not_echoed(text: str) -> None:
    with pytest.raises(InvalidIdentifier) as raised:
        Niss.parse(text)
    assert raised.value.params == {"kind": "niss"}
    assert not text or text not in str(raised.value)


def test_separators_are_read_over_and_the_number_does_not_show_itself() -> None:
    niss = Niss.parse("85.12.31-498.53")
    assert niss == Niss("85123149853")
    assert "85123149853" not in repr(niss)


@given(st.from_regex(r"[0-9]{11}", fullmatch=True))
def test_what_stdnum_accepts_we_accept(digits: str) -> None:
    if nn.is_valid(digits) or bis.is_valid(digits):
        assert Niss.parse(digits).digits == digits


@given(st.integers(0, 999_999_999))
def test_both_centuries_have_their_check_digits(stem: int) -> None:
    for prefix in ("", "2"):
        check = 97 - int(f"{prefix}{stem:09d}") % 97
        assert Niss.parse(f"{stem:09d}{check:02d}")


@pytest.mark.parametrize(
    ("text", "long"),
    [
        pytest.param("40000028", "40000028000", id="8-digits"),
        pytest.param("40000028401", "40000028401", id="11-digits"),
        pytest.param("4-00000-28-401", "40000028401", id="printed"),
        pytest.param("94000126", "94000126000", id="group"),
        pytest.param("40000055", "40000055000", id="modulus-89"),
        pytest.param("40000060", "40000060000", id="modulus-83"),
        pytest.param("40000056", "40000056000", id="modulus-79"),
    ],
)
def test_care_provider_numbers(text: str, long: str) -> None:
    assert Nihii.parse(text).long == long
    assert Nihii.parse(text).short == long[:8]


@pytest.mark.parametrize("text", ["40000029", "4000002", "400000284011"])
def test_wrong_care_provider_numbers(text: str) -> None:
    with pytest.raises(InvalidIdentifier):
        Nihii.parse(text)


@pytest.mark.parametrize("digits", ["0200000043", "0400000086", "1000000021", "0820563481"])
def test_enterprise_numbers(digits: str) -> None:
    assert Cbe.parse(digits).digits == digits
    assert vat.is_valid(digits)


def test_old_enterprise_numbers_get_a_zero() -> None:
    assert Cbe.parse("200.000.043").digits == "0200000043"


@pytest.mark.parametrize("text", ["0200000044", "2200000043", "020000004"])
def test_wrong_enterprise_numbers(text: str) -> None:
    with pytest.raises(InvalidIdentifier):
        Cbe.parse(text)


def test_the_first_digit_of_a_sickness_fund_names_its_insurer() -> None:
    assert Mutuality.parse("319").insurer == "300"
    for text in ("719", "31", "3199", "a19"):
        with pytest.raises(InvalidIdentifier):
            Mutuality.parse(text)


def test_membership_numbers_may_hold_blanks_and_letters() -> None:
    number = MembershipNumber.parse("913770 023M32")
    assert number.text == "913770 023M32"
    assert "913770" not in repr(number)
    for text in ("", " ", "12345678901234", "12<3"):
        with pytest.raises(InvalidIdentifier):
            MembershipNumber.parse(text)
