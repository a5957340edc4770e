"""The played insurers' own positions and codes, judged by the tables of the specification (D4)."""

from __future__ import annotations

import ast
import csv
import itertools
import re
from pathlib import Path

import pytest

from bridge.sandbox.efact_form import codes_of_form
from bridge.sandbox.efact_nomenclature import (
    BASIC,
    LUMP_SUMS,
    PALLIATIVE,
    PRESCRIBED,
    PSEUDO,
    REPEATED_VISITS,
    TOILETS,
)
from bridge.sandbox.efact_slices import SLICES
from bridge.sandbox.efact_tariff import TARIFFS
from tests.support.shared import SPEC

TABLES = SPEC / "efact"
SANDBOX = Path(__file__).parents[2] / "bridge" / "sandbox"
FILES = {
    "200": "segment-200",
    "300": "segment-300",
    "300-answer": "segment-300-answer",
    "300-receipt": "segment-300-acknowledgement",
    "trailer": "answer-trailer",
    **{kind: f"record-{kind}" for kind in SLICES if kind.isdigit() and len(kind) == 2},
}
LENGTHS = {"200": 67, "300": 160, "300-answer": 610, "300-receipt": 160, "91": 800, "92": 800}


def rows(name: str) -> list[dict[str, str]]:
    with (TABLES / f"{name}.csv").open(encoding="utf-8", newline="") as table:
        return list(csv.DictReader(table))


def official_codes() -> set[str]:
    return {row["code"] for row in rows("error-codes")}


def letters_of(code: str) -> set[str]:
    return {row["letter"] for row in rows("error-codes") if row["code"] == code}


@pytest.mark.parametrize("kind", FILES)
def test_positions_are_those_of_the_table(kind: str) -> None:
    table = {row["zone"]: (int(row["start"]), int(row["end"])) for row in rows(FILES[kind])}
    assert dict(SLICES[kind]) == table


@pytest.mark.parametrize("kind", [kind for kind in FILES if kind != "trailer"])
def test_zones_fill_the_record_without_gap_or_overlap(kind: str) -> None:
    ends = sorted(SLICES[kind].values())
    assert ends[0][0] == 1
    assert all(second[0] == first[1] + 1 for first, second in itertools.pairwise(ends))
    assert ends[-1][1] == LENGTHS.get(kind, 350)


def test_nothing_of_the_daemons_codecs_is_used() -> None:
    for module in SANDBOX.glob("efact_*.py"):
        tree = ast.parse(module.read_text("utf-8"))
        imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        assert not any(name and name.startswith("bridge.codecs") for name in imported), module.name


def test_every_code_about_the_content_of_a_zone_is_official() -> None:
    assert codes_of_form() - official_codes() == set()


def spelt_codes(module: Path) -> set[str]:
    """Give the four characters, zone and kind, that a module of rules spells out."""
    tree = ast.parse(module.read_text("utf-8"))
    texts = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return {text for text in texts if isinstance(text, str) and re.fullmatch(r"\d\d[\dGK]\d", text)}


@pytest.mark.parametrize(
    ("module", "records", "others"),
    [
        pytest.param("file_rules", ["10"], set(), id="record-10"),
        pytest.param(
            "patient_rules",
            ["20"],
            {"0000", "0050", "0060", "0070", "0080", "0090"},
            id="record-20",
        ),
        pytest.param("act_rules", ["50"], set(), id="record-50"),
        pytest.param("agreements", ["50"], set(), id="agreements"),
        pytest.param("block_rules", ["50"], set(), id="blocks"),
        pytest.param("reading_rules", ["52"], set(), id="record-52"),
    ],
)
def test_every_code_of_a_rule_is_official(
    module: str, records: list[str], others: set[str]
) -> None:
    spelt = spelt_codes(SANDBOX / f"efact_{module}.py") - others
    given = {record + kind for record in records for kind in spelt}
    assert spelt
    assert given - official_codes() == set()


def test_codes_of_acts_are_those_of_the_nursing_table() -> None:
    known = {row["code"]: row for row in rows("nursing-codes")}
    sorted_codes = TOILETS | PRESCRIBED | PALLIATIVE | REPEATED_VISITS | set(LUMP_SUMS)
    assert sorted_codes - set(known) == set()
    toilets = {code for code, row in known.items() if row["description"].startswith("toilet")}
    assert toilets == TOILETS
    prescribed = {
        code
        for code, row in known.items()
        if row["description"].startswith(("injection", "technical nursing act"))
    }
    assert prescribed == PRESCRIBED
    counted = {row["pseudo_code_when_in_forfait"] for row in known.values()} - {""}
    pseudo = {code for code, row in known.items() if "pseudo-code" in row["description"]}
    assert counted | pseudo == PSEUDO
    visits = [code for code, row in known.items() if "basic act (visit)" in row["description"]]
    assert visits == list(BASIC)
    assert all(
        f"forfait {kind.value}" in known[code]["description"] for code, kind in LUMP_SUMS.items()
    )


def test_tariffs_are_for_nursing_codes_and_do_not_overlap() -> None:
    known = {row["code"] for row in rows("nursing-codes")}
    assert {tariff.code for tariff in TARIFFS} <= known
    for code in {tariff.code for tariff in TARIFFS}:
        times = sorted((t for t in TARIFFS if t.code == code), key=lambda each: each.from_on)
        assert all(
            first.to_on is not None and first.to_on < second.from_on
            for first, second in itertools.pairwise(times)
        )
