"""Our tables of electronic invoicing against those of the spec, line by line."""

from __future__ import annotations

import pytest

from bridge.codecs.efact import errorcodes
from bridge.codecs.efact.checkdigits import code_check, record_check
from bridge.codecs.efact.tables import (
    act_records,
    answer_records,
    code_lists,
    errors,
    file_records,
    invoice_records,
    rules,
    segments,
)
from bridge.codecs.fixedwidth import Layout
from tests.support.efact_slices import r99, table, z98

LAYOUTS = {
    "segment-200": segments.SEGMENT_200,
    "segment-300": segments.SEGMENT_300,
    "segment-300-acknowledgement": segments.SEGMENT_300_RECEIPT,
    "segment-300-answer": segments.SEGMENT_300_ANSWER,
    "record-10": file_records.RECORD_10,
    "record-20": invoice_records.RECORD_20,
    "record-30": invoice_records.RECORD_30,
    "record-50": act_records.RECORD_50,
    "record-51": act_records.RECORD_51,
    "record-52": act_records.RECORD_52,
    "record-52-before-2017": act_records.RECORD_52_BEFORE_2017,
    "record-80": invoice_records.RECORD_80,
    "record-90": file_records.RECORD_90,
    "record-91": answer_records.RECORD_91,
    "record-92": answer_records.RECORD_92,
    "record-95": file_records.RECORD_95,
    "record-96": file_records.RECORD_96,
    "answer-trailer": answer_records.TRAILER,
}
LENGTHS = {
    "segment-200": 67, "segment-300": 160, "segment-300-acknowledgement": 160,
    "segment-300-answer": 610, "record-91": 800, "record-92": 800, "answer-trailer": 450,
}  # fmt: skip
LISTS = {
    "R20 Z9": code_lists.SEXES, "R20 Z10": code_lists.INVOICE_TYPES,
    "R20 Z11": code_lists.INVOICING, "R20 Z17": code_lists.CAUSES,
    "R50 Z3": code_lists.ACT_NORMS, "R50 Z12": code_lists.ACT_TIMES,
    "R50 Z16": code_lists.PROVIDER_NORMS, "R50 Z23": code_lists.DEROGATIONS,
    "R50 Z26": code_lists.PRESCRIBER_NORMS, "R50 Z33": code_lists.SHARE_BILLING,
    "R50 Z35": code_lists.CONVENTION, "R52 Z3": code_lists.MANUAL_REASONS,
    "R52 Z9": code_lists.READINGS, "R52 Z10": code_lists.SUPPORTS,
    "R52 Z11": code_lists.STICKER_REASONS, "300 Z308": code_lists.INVOICE_KINDS,
    "300 Z309": code_lists.INVOICING_KINDS, "300 Z311": code_lists.REFUSAL_KINDS,
}  # fmt: skip
NAMES = [pytest.param(name, layout, id=name) for name, layout in LAYOUTS.items()]


@pytest.mark.parametrize(("name", "layout"), NAMES)
def test_every_zone_is_that_of_the_spec(name: str, layout: Layout) -> None:
    ours = [
        (zone.number, zone.title, zone.start, zone.end, zone.length, zone.kind.letter)
        for zone in layout.zones
    ]
    theirs = [
        (row["zone"], row["name"], *(int(row[key]) for key in ("start", "end", "length")),
         row["type"])
        for row in table(name)
    ]  # fmt: skip
    assert ours == theirs


@pytest.mark.parametrize(("name", "layout"), NAMES)
def test_zones_follow_each_other_without_gap(name: str, layout: Layout) -> None:
    for before, after in zip(layout.zones, layout.zones[1:], strict=False):
        assert after.start == before.end + 1
    assert layout.length == LENGTHS.get(name, 350)


@pytest.mark.parametrize(("name", "layout"), NAMES)
def test_every_zone_that_is_written_has_a_key_of_its_own(name: str, layout: Layout) -> None:
    keys = [zone.key for zone in layout.zones if zone.key]
    assert len(set(keys)) == len(keys)
    assert all(zone.key for zone in layout.zones if zone.is_written)


@pytest.mark.parametrize(("name", "layout"), NAMES)
def test_reserves_are_those_the_spec_calls_unused(name: str, layout: Layout) -> None:
    for zone, row in zip(layout.zones, table(name), strict=True):
        if row["required"] == "mandatory" and row["value"] != "0":
            assert zone.key, zone.number


def test_code_lists_are_those_of_the_spec() -> None:
    theirs: dict[str, dict[str, str]] = {}
    for row in table("code-lists"):
        theirs.setdefault(row["zone"], {})[row["code"]] = row["meaning"]
    assert {name: dict(codes) for name, codes in LISTS.items()} == theirs


def test_every_letter_has_an_effect() -> None:
    assert {letter.value for letter in errors.Letter} | {"(blank)"} == {
        row["letter"] for row in table("error-letters")
    }


def test_every_suffix_has_a_kind() -> None:
    for row in table("error-suffixes"):
        suffix = row["suffix"].split("-")[0]
        known = errors.SUFFIXES.get(suffix) or errors.FAMILIES.get(suffix[0])
        assert known or suffix == "A0"


def test_every_error_of_a_header_has_a_name() -> None:
    for row in table("header-error-codes"):
        if row["zone"] == "any":
            assert row["error"] in errors.ANY_HEADER_ERRORS
        else:
            assert (row["zone"], row["error"]) in errors.HEADER_ERRORS
    assert len(table("header-error-codes")) == len(errors.HEADER_ERRORS) + len(
        errors.ANY_HEADER_ERRORS
    )


def test_record_21_has_its_zones() -> None:
    theirs = {row["zone"]: row["name"] for row in table("record-21-zones")}
    assert dict(errors.RECORD_21_TITLES) == theirs


def test_neighbours_agree_with_each_other() -> None:
    for kind, (before, after) in rules.NEIGHBOURS.items():
        for other in before:
            assert other not in rules.NEIGHBOURS or kind in rules.NEIGHBOURS[other].after
        for other in after:
            assert other not in rules.NEIGHBOURS or kind in rules.NEIGHBOURS[other].before


def test_repeated_zones_exist_in_both_records() -> None:
    by_kind = {layout.record: layout for layout in LAYOUTS.values()} | {
        "300": segments.SEGMENT_300,
        "52": act_records.RECORD_52,
    }
    for kind, repeats in rules.REPEATS.items():
        for repeat in repeats:
            ours, theirs = by_kind[kind].zone(repeat.key), by_kind[repeat.leader].zone(repeat.key)
            assert ours.length == theirs.length


@pytest.mark.parametrize(
    ("body", "digits"),
    [
        pytest.param("0" * 348, "97", id="zeros"),
        pytest.param(" " * 348, "85", id="blanks"),
        pytest.param("50000003" + "0" * 340, "08", id="act"),
        pytest.param("A" * 97 + "0" * 251, "97", id="letters"),
        pytest.param("+00000001942GEBABEBB   ".ljust(348, "0"), "92", id="signs"),
        pytest.param("a" * 97 + "0" * 251, "97", id="small-letters"),
    ],
)
def test_check_digits_of_records_hold_for_the_vectors(body: str, digits: str) -> None:
    assert f"{record_check(body.encode()):02d}" == digits == r99(body)


@pytest.mark.parametrize("byte", range(256))
def test_every_character_counts_what_the_definition_says(byte: int) -> None:
    body = bytes([byte]).ljust(348, b"0")
    assert f"{record_check(body):02d}" == r99(body.decode("latin-1"))


@pytest.mark.parametrize(
    ("codes", "digits"),
    [
        ([101032], "55"),
        ([101032, 101032], "13"),
        ([425110] * 4, "30"),
        ([426635, 426731, 425272, 425272], "08"),
    ],
)
def test_check_digits_of_codes_hold_for_the_vectors(codes: list[int], digits: str) -> None:
    assert f"{code_check(sum(codes)):02d}" == digits == z98(codes)


FOREIGN = {"25", "40"}
"""Records of the lists that are not for nurses and have no layout."""


def test_every_code_of_the_official_list_names_a_record_and_is_understood() -> None:
    for row in table("error-codes"):
        error = errorcodes.record_error(row["letter"], row["code"])
        assert error.record == row["record"]
        if row["record"] not in FOREIGN:
            assert error.kind in errors.ErrorKind


def test_codes_for_home_nursing_name_a_zone_of_their_record() -> None:
    nameless = {
        row["code"]
        for row in table("error-codes")
        if row["record"] in {"10", "20", "21", "50", "51", "52", "80", "90"}
        and errorcodes.zone_of(row["record"], row["zone"]) is None
    }
    assert nameless == set()
