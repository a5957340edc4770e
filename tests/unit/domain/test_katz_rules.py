"""The rules on the Katz scale, against a second form of them that shares nothing with the first."""

from __future__ import annotations

import ast
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from itertools import product
from pathlib import Path

import pytest

from bridge.domain.carerules import check_declaration
from bridge.domain.katz import (
    LUMP_SUM_RULES,
    TOILET_RULES,
    WIDER_C,
    CareKind,
    KatzItem,
    KatzScores,
    ToiletRight,
    judge,
)
from bridge.errors import InputError
from tests.support import katz_second_form
from tests.support.carecases import context, declaration, katz
from tests.support.katz_second_form import (
    ALL_OF_CLASS_C,
    lump_sum_of,
    toilets_of,
    weaker_or_equal_to,
)

DAY = date(2026, 11, 22)
ALL = list(product(range(1, 5), repeat=6))
COUNTED = {ToiletRight.NONE: 1024, ToiletRight.WEEKLY: 2144, ToiletRight.DAILY: 928}
COUNTED_DISORIENTED = {ToiletRight.NONE: 1024, ToiletRight.WEEKLY: 768, ToiletRight.DAILY: 2304}
# By hand. None: 1 · 4⁵ wash alone.
# Daily: 768 lump sums, 64 with w4 d4 and 96 with c3 that have none; disoriented 3 · 3 · 4⁴.


@cache
def verdict(scores: tuple[int, ...], *, is_disoriented: bool = False):
    return judge(KatzScores.of(scores), on=DAY, is_disoriented=is_disoriented)


def test_the_second_form_imports_nothing_of_the_program() -> None:
    tree = ast.parse(Path(katz_second_form.__file__).read_text("utf-8"))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    assert [ast.unparse(node) for node in imports] == ["from __future__ import annotations"]


@pytest.mark.parametrize("is_wider", [False, True], ids=["strict-c", "wider-c"])
def test_all_combinations_agree_with_the_second_form(*, is_wider: bool) -> None:
    for scores in ALL:
        found = judge(KatzScores.of(scores), on=DAY, has_wider_c=is_wider).lump_sum
        assert (found and found.value) == lump_sum_of(scores, is_wider=is_wider), scores


@pytest.mark.parametrize("is_disoriented", [False, True])
def test_all_that_may_be_requested_agrees_with_the_second_form(*, is_disoriented: bool) -> None:
    for scores in ALL:
        found = verdict(scores, is_disoriented=is_disoriented)
        allowed = {kind.value for kind in CareKind if found.allows(kind)}
        toilets = toilets_of(scores, is_disoriented=is_disoriented)
        assert allowed == weaker_or_equal_to(lump_sum_of(scores), toilets), scores


@pytest.mark.parametrize(
    ("is_disoriented", "counts"),
    [
        pytest.param(False, COUNTED, id="oriented"),
        pytest.param(True, COUNTED_DISORIENTED, id="disoriented"),
    ],
)
def test_rights_to_toilets_count_as_written_out(
    *, is_disoriented: bool, counts: dict[ToiletRight, int]
) -> None:
    found = Counter(verdict(scores, is_disoriented=is_disoriented).toilets for scores in ALL)
    assert found == counts


def test_class_c_is_exactly_the_three_vectors_written_out() -> None:
    found = tuple(scores for scores in ALL if verdict(scores).lump_sum is CareKind.C)
    assert found == ALL_OF_CLASS_C


@pytest.mark.parametrize(
    ("scores", "kinds"),
    [
        pytest.param((1, 4, 4, 4, 4, 4), "", id="washes-alone"),
        pytest.param((2, 1, 1, 1, 1, 1), "toilet", id="toilet"),
        pytest.param((3, 3, 3, 1, 1, 1), "toilet A", id="A-by-transfer"),
        pytest.param((3, 3, 1, 3, 1, 1), "toilet A", id="A-by-toileting"),
        pytest.param((3, 3, 3, 3, 1, 3), "toilet A B", id="B-by-eating"),
        pytest.param((4, 4, 4, 4, 3, 3), "toilet A B", id="B-just-below-C"),
        pytest.param((4, 4, 4, 4, 4, 3), "toilet A B C", id="C"),
    ],
)
def test_the_finding_of_too_strong_a_kind_follows_the_scale(
    scores: tuple[int, ...], kinds: str
) -> None:
    for kind in CareKind:
        asked = declaration(katz(scores=KatzScores.of(scores), care_kind=kind))
        codes = {each.code for each in check_declaration(asked, context())}
        assert ("care_kind_too_strong" in codes) == (kind.value not in kinds.split())
        is_weaker = kind.value in kinds.split()[:-1]
        assert ("care_kind_weaker" in codes) == is_weaker


@pytest.mark.parametrize(
    ("first", "last", "day", "holds"),
    [
        pytest.param(None, None, DAY, True, id="always"),
        pytest.param(DAY, None, DAY, True, id="first-day"),
        pytest.param(DAY, None, DAY - timedelta(days=1), False, id="day-before"),
        pytest.param(None, DAY, DAY, True, id="last-day"),
        pytest.param(None, DAY, DAY + timedelta(days=1), False, id="day-after"),
    ],
)
def test_a_rule_on_the_scale_holds_from_its_first_to_its_last_day(
    first: date | None, last: date | None, day: date, *, holds: bool
) -> None:
    rule = replace(LUMP_SUM_RULES[0], valid_from=first, valid_to=last)
    assert rule.holds_on(day) is holds


@pytest.mark.parametrize("is_disoriented", [False, True])
def test_all_toilet_rights_agree_with_the_second_form(*, is_disoriented: bool) -> None:
    for scores in ALL:
        found = verdict(scores, is_disoriented=is_disoriented).toilets
        assert found.value == toilets_of(scores, is_disoriented=is_disoriented), scores


def test_classes_count_as_published() -> None:
    counted = Counter(verdict(scores).lump_sum for scores in ALL)
    assert (counted[CareKind.A], counted[CareKind.B], counted[CareKind.C]) == (576, 189, 3)
    assert sum(counted.values()) == len(ALL) == 4096


@pytest.mark.parametrize("scores", [(4, 4, 4, 4, 4, 3), (4, 4, 4, 4, 3, 4), (4, 4, 4, 4, 4, 4)])
def test_the_three_vectors_of_class_c(scores: tuple[int, ...]) -> None:
    assert verdict(scores).lump_sum is CareKind.C


def test_the_weaker_reading_of_c_is_a_choice() -> None:
    scores = KatzScores.of((4, 4, 4, 4, 3, 1))
    assert judge(scores, on=DAY).lump_sum is CareKind.B
    assert judge(scores, on=DAY, has_wider_c=True).lump_sum is CareKind.C


def test_a_higher_score_never_allows_less() -> None:
    for scores in ALL:
        before = verdict(scores)
        for place, score in enumerate(scores):
            if score == 4:
                continue
            higher = (*scores[:place], score + 1, *scores[place + 1 :])
            after = verdict(higher)
            assert all(after.allows(kind) for kind in CareKind if before.allows(kind))


@pytest.mark.parametrize(
    ("scores", "kind", "is_allowed"),
    [
        ((1, 1, 1, 1, 1, 1), CareKind.TOILET, False),
        ((2, 1, 1, 1, 1, 1), CareKind.TOILET, True),
        ((2, 1, 1, 1, 1, 1), CareKind.A, False),
        ((3, 3, 3, 1, 1, 1), CareKind.A, True),
        ((3, 3, 3, 3, 3, 1), CareKind.A, True),
        ((3, 3, 3, 3, 3, 1), CareKind.C, False),
    ],
)
def test_what_may_be_requested(
    scores: tuple[int, ...], kind: CareKind, *, is_allowed: bool
) -> None:
    assert verdict(scores).allows(kind) is is_allowed


def test_every_rule_that_was_looked_at_is_explained() -> None:
    found = verdict((3, 3, 2, 2, 1, 1))
    assert [each.rule for each in found.outcomes] == [*LUMP_SUM_RULES, *TOILET_RULES]
    explained = {each.rule.name: each for each in found.outcomes}
    (missing,) = explained["lump_sum_a"].missing
    assert (missing.item, missing.score) == (KatzItem.TRANSFER, 3)
    assert explained["toilet_daily_disoriented"].lacks_certificate is True
    assert explained["toilet_weekly"].is_met is True
    assert all(each.is_met == bool(each.met) for each in found.outcomes)


def test_a_certified_disorientation_gives_toilets_every_day() -> None:
    scores = (2, 2, 1, 1, 1, 1)
    assert verdict(scores).toilets is ToiletRight.WEEKLY
    assert verdict(scores, is_disoriented=True).toilets is ToiletRight.DAILY


def test_every_rule_names_its_source_and_has_its_own_name() -> None:
    rules = (*LUMP_SUM_RULES, WIDER_C, *TOILET_RULES)
    assert len({rule.name for rule in rules}) == len(rules)
    assert all("Nursing messages 5." in rule.source for rule in rules)


@pytest.mark.parametrize(
    ("scores", "pointers"),
    [
        ((0, 1, 1, 1, 1, 5), ["/scores/washing", "/scores/eating"]),
        ((1, 1, 1, 1, 1), ["/scores"]),
        ((1,) * 7, ["/scores"]),
    ],
)
def test_scores_are_six_of_one_to_four(scores: tuple[int, ...], pointers: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        KatzScores.of(scores)
    assert [finding.pointer for finding in caught.value.findings] == pointers


def test_scores_keep_the_order_of_the_form() -> None:
    assert tuple(KatzScores.of((1, 2, 3, 4, 1, 2))) == (1, 2, 3, 4, 1, 2)
