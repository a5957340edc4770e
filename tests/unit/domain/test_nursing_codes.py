"""Nursing codes, holidays and tariffs: check digits, contexts and dates."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from bridge.domain.holidays import easter, has_weekend_codes, holidays_of
from bridge.domain.katz import CareKind
from bridge.domain.nursingacts import Nomenclature, has_valid_check
from bridge.domain.tables.holidays import HOLIDAYS
from bridge.domain.tables.nursing_acts import (
    BY_CODE,
    NURSING_ACTS,
    STATISTICAL_KINDS,
    ActContext,
    ActKind,
    NursingAct,
)
from bridge.domain.tariffs import Tariffs
from tests.support.invoicecases import TOILET_TARIFF

TABLE = Nomenclature()
DAY = date(2026, 11, 18)


@pytest.mark.parametrize("act", NURSING_ACTS, ids=lambda act: act.code)
def test_every_code_of_the_table_has_its_check_digit_and_a_source(act: NursingAct) -> None:
    assert has_valid_check(act.code)
    assert not act.pseudo_code or has_valid_check(act.pseudo_code)
    assert act.source
    assert TABLE.find(act.code, on=DAY) is act


def test_codes_stand_once_and_pseudo_codes_stand_in_the_table() -> None:
    assert len(BY_CODE) == len(NURSING_ACTS)
    for act in NURSING_ACTS:
        if act.pseudo_code:
            assert BY_CODE[act.pseudo_code][0].kind is ActKind.PSEUDO_ACT
        assert (act.context is ActContext.STATISTICAL) == (act.kind in STATISTICAL_KINDS)


@pytest.mark.parametrize(
    ("code", "is_valid"),
    [
        pytest.param("425110", True, id="rest-zero"),
        pytest.param("426635", True, id="rest-five"),
        pytest.param("425111", False, id="wrong"),
        pytest.param("42511", False, id="short"),
        pytest.param("4251100", False, id="long"),
        pytest.param("42511A", False, id="letter"),
        pytest.param("٤٢٥١١٠", False, id="other-digits"),
    ],
)
def test_the_sixth_digit_is_the_others_modulo_seven(code: str, *, is_valid: bool) -> None:
    assert has_valid_check(code) is is_valid


@pytest.mark.parametrize(
    ("day", "code"),
    [
        pytest.param(date(2026, 11, 20), "425272", id="friday"),
        pytest.param(date(2026, 11, 21), "425670", id="saturday"),
        pytest.param(date(2026, 12, 25), "425670", id="christmas"),
    ],
)
def test_the_lump_sum_of_a_day_is_that_of_week_or_weekend(day: date, code: str) -> None:
    found = TABLE.lump_sum(CareKind.A, on=day)
    assert found is not None
    assert found.code == code


def test_there_is_no_lump_sum_for_toilets() -> None:
    assert TABLE.lump_sum(CareKind.TOILET, on=DAY) is None


def test_loaded_lines_win_on_the_days_they_hold() -> None:
    loaded = NursingAct(
        name="425110",
        kind=ActKind.TECHNICAL,
        context=ActContext.ANY,
        source="loaded",
        valid_from=date(2027, 1, 1),
    )
    table = Nomenclature.with_loaded([loaded])
    assert table.find("425110", on=date(2027, 1, 1)) is loaded
    before = table.find("425110", on=date(2026, 12, 31))
    assert before is not None
    assert before.kind is ActKind.TOILET


def test_loaded_codes_are_known_on_their_days_only() -> None:
    loaded = NursingAct(
        name="101032", kind=ActKind.TECHNICAL, context=ActContext.ANY, source="x", valid_to=DAY
    )
    table = Nomenclature.with_loaded([loaded])
    assert table.find("101032", on=DAY) is loaded
    assert table.find("101032", on=DAY + timedelta(days=1)) is None
    assert table.is_known("101032")
    assert not TABLE.is_known("101032")


@pytest.mark.parametrize(
    ("year", "sunday"),
    [
        pytest.param(2024, date(2024, 3, 31), id="2024"),
        pytest.param(2025, date(2025, 4, 20), id="2025"),
        pytest.param(2026, date(2026, 4, 5), id="2026"),
        pytest.param(2038, date(2038, 4, 25), id="latest"),
        pytest.param(2285, date(2285, 3, 22), id="earliest"),
        pytest.param(2000, date(2000, 4, 23), id="century"),
    ],
)
def test_easter(year: int, sunday: date) -> None:
    assert easter(year) == sunday


def test_easter_is_always_a_sunday_between_its_limits() -> None:
    for year in range(1900, 2200):
        day = easter(year)
        assert day.weekday() == 6
        assert date(year, 3, 22) <= day <= date(year, 4, 25)


def test_the_ten_holidays_of_2026() -> None:
    assert sorted(holidays_of(2026)) == [
        date(2026, 1, 1),
        date(2026, 4, 6),
        date(2026, 5, 1),
        date(2026, 5, 14),
        date(2026, 5, 25),
        date(2026, 7, 21),
        date(2026, 8, 15),
        date(2026, 11, 1),
        date(2026, 11, 11),
        date(2026, 12, 25),
    ]
    assert len(HOLIDAYS) == 10


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        pytest.param(date(2026, 11, 20), False, id="friday"),
        pytest.param(date(2026, 11, 21), True, id="saturday"),
        pytest.param(date(2026, 11, 22), True, id="sunday"),
        pytest.param(date(2026, 11, 23), False, id="monday"),
        pytest.param(date(2026, 5, 14), True, id="ascension"),
        pytest.param(date(2026, 5, 13), False, id="eve"),
        pytest.param(date(2026, 11, 2), False, id="no-legal-holiday"),
    ],
)
def test_weekends_and_holidays_have_codes_of_their_own(day: date, *, expected: bool) -> None:
    assert has_weekend_codes(day) is expected


def test_tariffs_are_found_by_code_and_day_and_have_two_rates() -> None:
    loaded = Tariffs.of([TOILET_TARIFF])
    found = loaded.find("425110", on=date(2026, 1, 1))
    assert found is TOILET_TARIFF
    assert found.insurer_pays(has_preferential_rate=False) == 500
    assert found.insurer_pays(has_preferential_rate=True) == 580
    assert found.patient_pays(has_preferential_rate=False) == 100
    assert found.patient_pays(has_preferential_rate=True) == 20
    assert loaded.find("425110", on=date(2025, 12, 31)) is None
    assert loaded.find("425272", on=DAY) is None
    assert Tariffs().find("425110", on=DAY) is None
