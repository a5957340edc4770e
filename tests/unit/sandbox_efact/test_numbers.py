"""Check digits as the played insurers compute them, by the vectors of the specification."""

from __future__ import annotations

import pytest

from bridge.sandbox.efact_numbers import (
    is_bic,
    is_code,
    is_enterprise,
    is_iban,
    is_person,
    is_provider,
)
from bridge.sandbox.efact_reading import Record, code_check, record_check


@pytest.mark.parametrize(
    ("text", "check"),
    [
        pytest.param("0" * 348, "97", id="zeros"),
        pytest.param(" " * 348, "85", id="blanks"),
        pytest.param("50000003" + "0" * 340, "08", id="begin-of-an-act"),
        pytest.param("A" * 97 + "0" * 251, "97", id="letters"),
        pytest.param("a" * 97 + "0" * 251, "97", id="small-letters"),
        pytest.param("+00000001942GEBABEBB   ".ljust(348, "0"), "92", id="mixture"),
        pytest.param("0" * 348 + "99", "97", id="its-own-place-does-not-count"),
    ],
)
def test_of_a_record(text: str, check: str) -> None:
    assert record_check(text) == check


@pytest.mark.parametrize(
    ("codes", "check"),
    [
        pytest.param([101032], "55", id="one"),
        pytest.param([101032, 101032], "13", id="two"),
        pytest.param([425110] * 4, "30", id="four"),
        pytest.param([426635, 426731, 425272, 425272], "08", id="lump-sum"),
        pytest.param([], "97", id="none"),
    ],
)
def test_over_codes(codes: list[int], check: str) -> None:
    records = [
        Record(place=place, text=f"50{place:06}0{code:07}".ljust(350, "0"))
        for place, code in enumerate(codes)
    ]
    assert code_check(records) == check


@pytest.mark.parametrize("number", ["60010100172", "85123149853", "05061500215", "26410100126"])
def test_person_numbers(number: str) -> None:
    assert is_person("00" + number)
    assert not is_person("00" + number[:-2] + f"{(int(number[-2:]) + 1) % 100:02}")
    assert not is_person("0" + number + "0")


@pytest.mark.parametrize("number", ["40000028", "40000055", "40000060", "40000056", "94000126"])
def test_provider_numbers_by_all_moduli(number: str) -> None:
    assert is_provider(f"0{number}401")


@pytest.mark.parametrize("zone", ["040000029401", "140000028401", "04000002840 "])
def test_no_provider_numbers(zone: str) -> None:
    assert not is_provider(zone)


def test_enterprise_numbers() -> None:
    assert all(map(is_enterprise, ("0200000043", "0400000086", "1000000021", "0999999922")))
    assert not is_enterprise("0200000044")


def test_accounts_and_banks() -> None:
    assert is_iban("BE68539007547034".ljust(34))
    assert is_iban("BE21001234567803".ljust(34))
    assert not is_iban("BE69539007547034".ljust(34))
    assert not is_iban("NL68539007547034".ljust(34))
    assert is_bic("KREDBEBB   ")
    assert is_bic("GKCCBEBBXXX")
    assert not is_bic("KREDBEBBX  ")


def test_codes() -> None:
    assert all(map(is_code, ("425110", "425272", "426635")))
    assert not is_code("425111")
