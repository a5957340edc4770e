"""The insurers' own form of the Katz rules, on all 4096 combinations."""

from __future__ import annotations

import itertools
from collections import Counter

import pytest

from bridge.domain.declarations import DementiaSeverity, ToiletFrequency
from bridge.mycarenet.medadmin_contractual_values import Dementia, KatzDetail, Toilets
from bridge.mycarenet.medadmin_names import ContractualType
from bridge.sandbox.care_scale import (
    allows,
    asked_by_week,
    is_disoriented,
    is_scale,
    strongest,
    toilets_by_week,
    toilets_for,
)
from tests.support.careoffice import DOCTOR
from tests.support.katz_second_form import lump_sum_of, toilets_of

EVERY_SCALE = list(itertools.product(range(1, 5), repeat=6))
BY_WEEK = {"none": 0, "weekly": 2, "daily": 7}


def test_the_classes_are_as_many_as_the_text_counts() -> None:
    counts = Counter(strongest(scores) for scores in EVERY_SCALE)
    assert counts[ContractualType.C] == 3
    assert counts[ContractualType.B] == 189
    assert counts[ContractualType.A] == 576


def test_lump_sums_agree_with_another_form() -> None:
    for scores in EVERY_SCALE:
        found, expected = strongest(scores), lump_sum_of(scores)
        if expected is not None:
            assert found is ContractualType(expected), scores
        else:
            assert found in {ContractualType.TOILET, None}, scores


@pytest.mark.parametrize("disoriented", [False, True], ids=["oriented", "disoriented"])
def test_toilets_agree_with_another_form(*, disoriented: bool) -> None:
    for scores in EVERY_SCALE:
        expected = BY_WEEK[toilets_of(scores, is_disoriented=disoriented)]
        assert toilets_by_week(scores, is_disoriented=disoriented) == expected, scores


def test_the_three_scales_of_lump_sum_c() -> None:
    found = {scores for scores in EVERY_SCALE if strongest(scores) is ContractualType.C}
    assert found == {(4, 4, 4, 4, 4, 4), (4, 4, 4, 4, 4, 3), (4, 4, 4, 4, 3, 4)}


@pytest.mark.parametrize(
    ("found", "asked", "is_allowed"),
    [
        pytest.param(None, ContractualType.TOILET, False, id="nothing-found"),
        pytest.param(ContractualType.TOILET, ContractualType.TOILET, True, id="same"),
        pytest.param(ContractualType.B, ContractualType.A, True, id="weaker"),
        pytest.param(ContractualType.B, ContractualType.C, False, id="stronger"),
    ],
)
def test_a_kind_is_allowed_when_it_is_not_stronger(
    *, found: ContractualType | None, asked: ContractualType, is_allowed: bool
) -> None:
    assert allows(found, asked) is is_allowed


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        pytest.param((1, 2, 3, 4, 1, 2), True, id="six-scores"),
        pytest.param((1, 2, 3, 4, 1), False, id="five-scores"),
        pytest.param((0, 2, 3, 4, 1, 2), False, id="a-zero"),
        pytest.param((5, 2, 3, 4, 1, 2), False, id="a-five"),
    ],
)
def test_a_scale_is_six_scores_of_one_to_four(*, scores: tuple[int, ...], expected: bool) -> None:
    assert is_scale(scores) is expected


@pytest.mark.parametrize(
    ("toilets", "by_week"),
    [
        pytest.param(None, 2, id="nothing-stated"),
        pytest.param(Toilets(), 2, id="empty"),
        pytest.param(Toilets(count=2, frequency=ToiletFrequency.WEEK), 2, id="two-a-week"),
        pytest.param(Toilets(count=1, frequency=ToiletFrequency.DAY), 7, id="one-a-day"),
        pytest.param(Toilets(count=2, frequency=ToiletFrequency.DAY), 14, id="two-a-day"),
    ],
)
def test_toilets_are_counted_by_the_week(toilets: Toilets | None, by_week: int) -> None:
    assert asked_by_week(toilets) == by_week


def test_toilets_are_written_as_messages_write_them() -> None:
    assert toilets_for(7) == Toilets(count=1, frequency=ToiletFrequency.DAY)
    assert toilets_for(2) == Toilets(count=2, frequency=ToiletFrequency.WEEK)


def test_only_a_doctor_attests_disorientation() -> None:
    said = KatzDetail(scores=(2,) * 6, dementia=Dementia(degree=DementiaSeverity.LIGHT))
    attested = KatzDetail(
        scores=(2,) * 6, dementia=Dementia(degree=DementiaSeverity.LIGHT, doctor=DOCTOR)
    )
    assert not is_disoriented(KatzDetail(scores=(2,) * 6))
    assert not is_disoriented(said)
    assert is_disoriented(attested)
