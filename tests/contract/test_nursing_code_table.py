"""Our tables of nursing acts and of readings say what the tables of the specification say."""

from __future__ import annotations

import csv
import re

import pytest

from bridge.domain.tables.identity_readings import DEFERRED_REASONS, DIRECT_REASONS, READING_WAYS
from bridge.domain.tables.invoice_rules import INVOICE_RULES
from bridge.domain.tables.nursing_acts import BY_CODE, ActContext, ActKind
from tests.support.shared import SPEC

EFACT = SPEC / "efact"
CONTEXTS = {
    "home, week": ActContext.HOME_WEEK,
    "home, weekend or holiday": ActContext.HOME_WEEKEND,
    "practice room or convalescence home": ActContext.PRACTICE_ROOM,
    "day-care centre for the elderly": ActContext.DAY_CENTRE,
    "any": ActContext.ANY,
    "statistical": ActContext.STATISTICAL,
}
KINDS = {
    "toilet": {ActKind.TOILET},
    "injection": {ActKind.INJECTION},
    "technical": {ActKind.TECHNICAL},
    "diabetes": {ActKind.DIABETES},
    "pseudo": {ActKind.PSEUDO_ACT, ActKind.PSEUDO_BASIC_ACT},
    "forfait": {ActKind.LUMP_SUM},
    "palliative": {ActKind.PALLIATIVE},
    "specific": {ActKind.SPECIFIC_TECHNICAL},
    "supplement": {ActKind.SUPPLEMENT},
    "first": {ActKind.BASIC_ACT},
    "second": {ActKind.BASIC_ACT},
    "third": {ActKind.BASIC_ACT},
}


def rows(name: str) -> list[dict[str, str]]:
    with (EFACT / name).open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


CODES = rows("nursing-codes.csv")


@pytest.mark.parametrize("row", CODES, ids=lambda row: row["code"])
def test_a_code_means_what_the_specification_says(row: dict[str, str]) -> None:
    (act,) = BY_CODE[row["code"]]
    assert act.pseudo_code == row["pseudo_code_when_in_forfait"]
    if row["context"]:
        assert act.context is CONTEXTS[row["context"]]
    else:
        said = "weekend" if "weekend" in row["description"] else "week"
        weeks = {"weekend": ActContext.HOME_WEEKEND, "week": ActContext.HOME_WEEK}
        is_open = act.context is ActContext.ANY
        assert is_open or act.context is weeks[said]
    first = re.split(r"[^a-z]", row["description"])[0]
    assert act.kind in KINDS[first]


def test_we_know_no_other_codes_but_the_pseudo_codes_they_name() -> None:
    named = {row["code"] for row in CODES} | {row["pseudo_code_when_in_forfait"] for row in CODES}
    assert set(BY_CODE) == named - {""}


@pytest.mark.parametrize("number", range(1, 6))
def test_basic_acts_are_numbered_as_the_specification_numbers_them(number: int) -> None:
    (row,) = [each for each in CODES if f"(visit) number {number} " in each["description"]]
    assert BY_CODE[row["code"]][0].visit == number


def test_supports_and_reasons_are_those_of_the_code_lists() -> None:
    lists = rows("code-lists.csv")
    supports = {each["code"] for each in lists if each["zone"] == "R52 Z10"}
    reasons = {each["code"]: each["meaning"] for each in lists if each["zone"] == "R52 Z3"}
    assert {way.support for way in READING_WAYS} == supports
    assert DIRECT_REASONS | DEFERRED_REASONS | {"0"} == set(reasons)
    assert {code for code, said in reasons.items() if said.startswith("deferred")} == set(
        DEFERRED_REASONS
    )


def test_official_codes_of_rules_exist_and_are_of_their_record() -> None:
    official = {row["code"]: row for row in rows("error-codes.csv")}
    for rule in INVOICE_RULES:
        for code in rule.official:
            assert code in official, rule.name


def test_zones_of_rules_are_zones_of_their_record() -> None:
    for rule in INVOICE_RULES:
        zones = {row["zone"] for row in rows(f"record-{rule.record}.csv")}
        assert rule.zone in zones, rule.name
