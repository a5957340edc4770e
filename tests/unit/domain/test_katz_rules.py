"""The rules on the Katz scale, against a second form of them that shares nothing with the first."""

from __future__ import annotations

from collections import Counter
from datetime import date
from itertools import product

import pytest

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
from tests.support.katz_second_form import lump_sum_of, toilets_of

DAY = date(2026, 11, 22)
ALL = list(product(range(1, 5), repeat=6))


def verdict(scores: tuple[int, ...], *, is_disoriented: bool = False):
    return judge(KatzScores.of(scores), on=DAY, is_disoriented=is_disoriented)


def test_all_combinations_agree_with_the_second_form() -> None:
    for scores in ALL:
        lump_sum = verdict(scores).lump_sum
        assert (lump_sum and lump_sum.value) == lump_sum_of(scores), scores


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
