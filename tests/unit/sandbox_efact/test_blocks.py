"""What the played insurers say about a day at a lump sum."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.support.efactoffice import (
    COLLEAGUE,
    EIGHTY,
    LUMP_SUM_C,
    EfactOffice,
    act,
    codes,
    counted,
    invoice,
    invoice_file,
    lump_sum,
    only,
)

DAY = date(2026, 3, 3)
OTHER = "0" + COLLEAGUE.long
VISIT, TOILET, SECOND = "426635", "426731", "426650"


def found(*days: list[str]) -> set[str]:
    given = codes(EfactOffice().send(invoice_file(invoice(EIGHTY, *days))))
    return {code for each in given.values() for code in each}


def chained(*more: str) -> set[str]:
    """Give the codes with those of the neighbours that fall too."""
    return {"R500119", "R520119", *more}


def two(**zones: str) -> list[str]:
    return [counted(EIGHTY, VISIT, **zones), counted(EIGHTY, TOILET, **zones)]


def test_a_day_is_in_order() -> None:
    assert found(lump_sum(EIGHTY)) == set()


@pytest.mark.parametrize(
    ("before", "zones", "codes_"),
    [
        pytest.param([], {}, {"R500417", "R520119"}, id="nothing-before"),
        pytest.param([VISIT], {}, chained("R500458"), id="no-toilet"),
        pytest.param([TOILET], {}, chained("R500458", "E500452"), id="no-visit"),
        pytest.param([TOILET, VISIT], {}, {"E500452"}, id="visit-second"),
        pytest.param([VISIT, TOILET, "425110"], {}, chained("R500459"), id="no-pseudo-code"),
        pytest.param([VISIT, TOILET], {"z12": "1"}, chained("R501217"), id="other-time"),
        pytest.param(
            [VISIT, TOILET], {"z14": "071000139000"}, chained("R501417"), id="other-place"
        ),
        pytest.param([VISIT, TOILET], {"z15": OTHER}, chained("R501512"), id="other-provider"),
        pytest.param([VISIT, TOILET], {"z16": "9"}, chained("R501615"), id="several-but-one"),
        pytest.param(
            [VISIT, TOILET], {"z16": "2", "z49": OTHER}, chained("R501617"), id="assisted-but-not"
        ),
        pytest.param([VISIT, TOILET], {"z50a": "100"}, chained("R505012"), id="share-at-lump-sum"),
    ],
)
def test_order_and_equal_zones(before: list[str], zones: dict[str, str], codes_: set[str]) -> None:
    given: dict[str, Any] = zones
    lines = [counted(EIGHTY, code) for code in before]
    assert found(lump_sum(EIGHTY, before=lines, **given)) == codes_


def test_days_of_a_block_are_the_same() -> None:
    before = [counted(EIGHTY, VISIT, date(2026, 3, 2)), counted(EIGHTY, TOILET)]
    assert found(lump_sum(EIGHTY, before=before)) == chained("R500517", "R500617")


def test_a_record_between_counting_and_lump_sum() -> None:
    between = [*two(), *act(EIGHTY, day=DAY)]
    assert "R500417" in found(lump_sum(EIGHTY, before=between))


@pytest.mark.parametrize(
    ("second", "codes_"),
    [
        pytest.param(True, set(), id="two-visits"),
        pytest.param(False, chained("R500458"), id="one-visit"),
    ],
)
def test_lump_sum_c_has_a_second_visit(second: bool, codes_: set[str]) -> None:  # noqa: FBT001  # a case
    visits = [counted(EIGHTY, VISIT, z50a="060" if second else "100"), counted(EIGHTY, TOILET)]
    visits += [counted(EIGHTY, SECOND, z50a="040")] if second else []
    assert found(lump_sum(EIGHTY, LUMP_SUM_C, before=visits)) == codes_


@pytest.mark.parametrize(
    ("first", "second", "code"),
    [
        pytest.param("060", "040", None, id="hundred"),
        pytest.param("060", "041", "R505011", id="hundred-and-one"),
        pytest.param("060", "039", "R505011", id="ninety-nine"),
        pytest.param("100", "000", "R505010", id="nothing-for-one"),
    ],
)
def test_shares(first: str, second: str, code: str | None) -> None:
    before = [
        counted(EIGHTY, VISIT, z50a=first),
        counted(EIGHTY, TOILET),
        counted(EIGHTY, SECOND, z50a=second),
    ]
    given = found(lump_sum(EIGHTY, before=before))
    assert given == (chained(code) if code else set())


@pytest.mark.parametrize(
    ("norm", "providers", "code"),
    [
        pytest.param("9", (None, OTHER), None, id="several"),
        pytest.param("1", (None, OTHER), "R501614", id="several-said-to-be-one"),
    ],
)
def test_providers(norm: str, providers: tuple[str | None, str], code: str | None) -> None:
    before = [counted(EIGHTY, VISIT), counted(EIGHTY, TOILET, z15=providers[1])]
    given = found(lump_sum(EIGHTY, before=before, z16=norm))
    assert given == (chained(code) if code else set())


def test_norms_of_the_counted() -> None:
    assisted = {"z16": "2", "z49": OTHER}
    assert found(lump_sum(EIGHTY, before=two(**assisted))) == chained("R501616")
    given: dict[str, Any] = assisted
    assert found(lump_sum(EIGHTY, before=two(**assisted), **given)) == set()


def test_what_only_counts_costs_nothing() -> None:
    before = [counted(EIGHTY, VISIT, z19="+00000000001"), counted(EIGHTY, TOILET)]
    assert "R500344" in found(lump_sum(EIGHTY, before=before))


def test_a_supplement_for_several_visits_needs_several() -> None:
    supplement = act(EIGHTY, "428035", DAY, is_read=False)
    assert "R500453" in found(lump_sum(EIGHTY), supplement)
    visits = [*two(z50a="000"), counted(EIGHTY, SECOND, z50a="050")]
    visits[0] = counted(EIGHTY, VISIT, z50a="050")
    assert found(lump_sum(EIGHTY, before=visits), supplement) == set()


def test_nothing_else_on_a_palliative_day() -> None:
    office = EfactOffice()
    office.agree(EIGHTY, None)
    text = invoice_file(invoice(EIGHTY, lump_sum(EIGHTY, "427136"), act(EIGHTY, day=DAY)))
    assert codes(office.send(text))["50"] == ["R5004G3"]


def test_one_error_takes_the_block_and_the_rest_of_the_day() -> None:
    other_day = lump_sum(EIGHTY, day=date(2026, 3, 4))
    same_day = act(EIGHTY, day=DAY)
    text = invoice_file(invoice(EIGHTY, lump_sum(EIGHTY, z12="1"), same_day, other_day))
    answers = EfactOffice().send(text, scenario="efact_lenient")
    assert codes(answers) == {
        "50": ["R500119", "R500119", "R501217", "R500118"],
        "52": ["R520119", "R520119"],
    }
    assert only(answers, "920900")[-800:][79:91] == "+00000002000"
    # one record of fourteen: what fell with it does not count
    assert only(answers, "920098")[67 + 140 : 67 + 145] == "00714"
