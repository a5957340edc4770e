"""Every care rule and every rule on the scale has texts in four languages, and is explained."""

from __future__ import annotations

from datetime import date
from itertools import product

import pytest

from bridge.domain.katz import (
    LUMP_SUM_RULES,
    STRENGTH,
    TOILET_RULES,
    WIDER_C,
    CareKind,
    KatzItem,
    KatzScores,
    ToiletRight,
    judge,
)
from bridge.domain.katzexplained import explained
from bridge.domain.tables.sending_rules import SENDING_RULES
from bridge.i18n import LANGUAGES, PROBLEMS, phrase, text
from bridge.i18n.catalogue import messages

DAY = date(2026, 11, 25)
RULES = (*LUMP_SUM_RULES, WIDER_C, *TOILET_RULES)


@pytest.mark.parametrize("code", sorted({rule.code for rule in SENDING_RULES}))
def test_every_finding_has_a_title_and_says_what_to_do_in_four_languages(code: str) -> None:
    assert PROBLEMS[code].family == "finding"
    for member in ("title", "detail"):
        said = [text(code, member, language) for language in LANGUAGES]
        assert len(set(said)) == len(LANGUAGES)
        assert all(0 < len(each) <= 160 for each in said)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_rule_on_the_scale_has_a_sentence_and_no_sentence_lacks_its_rule(
    language: str,
) -> None:
    assert set(messages(language)["care_rules"]) == {rule.name for rule in RULES}
    assert set(messages(language)["katz_items"]) == {item.value for item in KatzItem}


@pytest.mark.parametrize("key", sorted(rule.name for rule in RULES))
def test_sentences_of_rules_are_translated(key: str) -> None:
    assert len({phrase("care_rules", key, language) for language in LANGUAGES}) == len(LANGUAGES)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_sentences_name_the_scores_of_their_rule(rule) -> None:
    needed = {str(least.score) for alternative in rule.alternatives for least in alternative}
    for language in LANGUAGES:
        said = phrase("care_rules", rule.name, language)
        assert all(score in said for score in needed), said


def test_the_explanation_tells_what_is_met_and_what_is_missing() -> None:
    verdict = judge(KatzScores.of((3, 3, 3, 3, 1, 1)), on=DAY)
    told = {each.name: each for each in explained(verdict, CareKind.B)}
    assert list(told) == [rule.name for rule in (*LUMP_SUM_RULES, *TOILET_RULES)]
    wanted = told["lump_sum_b"]
    assert (wanted.is_requested, wanted.is_met, wanted.is_decisive) == (True, False, False)
    assert [(each.item, each.score) for each in wanted.missing] == [(KatzItem.CONTINENCE, 3)]
    given = told["lump_sum_a"]
    assert (given.is_requested, given.is_met, given.is_decisive) == (False, True, True)
    assert [each.item for each in given.met] == [
        KatzItem.WASHING,
        KatzItem.DRESSING,
        KatzItem.TRANSFER,
    ]
    assert given.source == "Nursing messages 5.2 (NomenSoft 427136, VBZV)"
    assert told["toilet_weekly"].is_met
    assert told["toilet_weekly"].is_decisive is False
    assert told["toilet_daily_disoriented"].lacks_certificate is True


def test_toilets_hang_on_all_toilet_rules() -> None:
    verdict = judge(KatzScores.of((2, 2, 1, 1, 1, 1)), on=DAY, is_disoriented=True)
    told = explained(verdict, CareKind.TOILET)
    assert [each.name for each in told if each.is_requested] == [rule.name for rule in TOILET_RULES]
    assert [each.name for each in told if each.is_decisive] == ["toilet_daily_disoriented"]


def test_nothing_is_requested_before_a_kind_is_chosen() -> None:
    verdict = judge(KatzScores.of((1,) * 6), on=DAY)
    told = explained(verdict, None)
    assert not any(each.is_requested or each.is_met or each.is_decisive for each in told)
    assert all(each.missing or each.lacks_certificate for each in told)


def test_the_decisive_rule_always_gives_the_verdict() -> None:
    for scores in product(range(1, 5), repeat=6):
        verdict = judge(KatzScores.of(scores), on=DAY)
        given = [each.grants for each in explained(verdict, None) if each.is_decisive]
        right = verdict.lump_sum or verdict.toilets
        assert given == ([] if right is ToiletRight.NONE else [right]), scores


def test_the_wider_reading_is_explained_by_its_own_rule() -> None:
    verdict = judge(KatzScores.of((4, 4, 4, 4, 3, 1)), on=DAY, has_wider_c=True)
    (first, *_) = explained(verdict, CareKind.C)
    assert (first.name, first.is_met, first.is_requested) == ("lump_sum_c_wider", True, True)
    assert STRENGTH[-1] is first.grants
