"""Editions of reference data: which one holds on a day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from bridge.domain.referencedata import (
    NO_TEXTS,
    ErrorSource,
    ErrorText,
    OfficialTexts,
    ReferenceKind,
    ReferenceList,
    tariffs_of,
)
from bridge.domain.tariffs import Tariffs
from tests.support import invoices

CODE = "425110"


def edition(begins: date, cents: int, ends: date | None = None) -> ReferenceList:
    line = invoices.tariff(CODE, valid_from=begins, valid_to=ends, insurer_amount=cents)
    return ReferenceList(
        kind=ReferenceKind.TARIFFS,
        source="test",
        valid_from=begins,
        valid_to=ends,
        tariffs=(line,),
    )


EDITIONS = (
    edition(date(2026, 7, 1), 600),
    edition(date(2025, 1, 1), 500),
    edition(date(2027, 1, 1), 700, date(2027, 6, 30)),
)


@pytest.mark.parametrize(
    ("day", "cents"),
    [
        pytest.param(date(2024, 12, 31), None, id="before-all"),
        pytest.param(date(2025, 1, 1), 500, id="first"),
        pytest.param(date(2026, 6, 30), 500, id="last-day-of-first"),
        pytest.param(date(2026, 7, 1), 600, id="second"),
        pytest.param(date(2027, 6, 30), 700, id="third"),
        pytest.param(date(2027, 7, 1), None, id="after-all"),
    ],
)
def test_an_edition_ends_where_the_next_one_begins(day: date, cents: int | None) -> None:
    found = Tariffs.of(tariffs_of(EDITIONS)).find(CODE, on=day)
    assert (found and found.insurer_amount) == cents


def test_an_act_that_a_newer_edition_does_not_name_has_no_tariff_any_more() -> None:
    newer = replace(EDITIONS[0], tariffs=(invoices.tariff("425014"),))
    found = Tariffs.of(tariffs_of([EDITIONS[1], newer]))
    assert found.find(CODE, on=date(2026, 6, 30)) is not None
    assert found.find(CODE, on=date(2026, 7, 1)) is None


def said(begins: date, text: str, ends: date | None = None) -> ReferenceList:
    return ReferenceList(
        kind=ReferenceKind.ERROR_TEXTS,
        about=ErrorSource.EFACT,
        source="test",
        valid_from=begins,
        valid_to=ends,
        texts=(ErrorText(code="500423", fr=text),),
    )


@pytest.mark.parametrize(
    ("day", "text"),
    [
        pytest.param(date(2025, 12, 31), None, id="not-yet"),
        pytest.param(date(2026, 6, 30), "old", id="old"),
        pytest.param(date(2026, 7, 1), "new", id="new"),
        pytest.param(date(2027, 1, 1), None, id="ended"),
    ],
)
def test_sentences_are_those_of_the_newest_edition(day: date, text: str | None) -> None:
    lists = [said(date(2026, 7, 1), "new", date(2026, 12, 31)), said(date(2026, 1, 1), "old")]
    found = OfficialTexts.of(lists, on=day).find(ErrorSource.EFACT, None, "other", "500423")
    assert (found and found.fr) == text
    assert NO_TEXTS.find(ErrorSource.EFACT, "500423") is None
