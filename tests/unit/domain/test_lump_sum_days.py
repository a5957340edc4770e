"""A day of a lump sum: from visits and acts to the lines that are written (eFact 5.3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time

import pytest

from bridge.domain.claims import ClaimLine, LineNorm, ProviderNorm, blocks_of
from bridge.domain.invoicerules import check_claim
from bridge.domain.lumpsums import (
    CareVisit,
    lump_sum_lines,
    norm_of,
    pseudo_code_of,
    shares_of,
)
from bridge.domain.nursingacts import Nomenclature
from bridge.errors import InputError
from tests.support.invoicecases import (
    ASSISTANT,
    CENTRE,
    CHIP,
    DAY,
    NURSE,
    OTHER_ASSISTANT,
    OTHER_NURSE,
    block,
    claim,
    context,
    lump_sum_day,
    toilet,
    visit,
)

TABLE = Nomenclature()


def codes(lines: tuple[ClaimLine, ...]) -> list[str]:
    return [line.code for line in lines]


def refused(*visits: CareVisit) -> tuple[str, str]:
    with pytest.raises(InputError) as caught:
        lump_sum_lines(replace(lump_sum_day(), visits=visits), nomenclature=TABLE)
    (finding,) = caught.value.findings
    return finding.pointer, finding.code


def test_one_visit_gives_a_basic_act_its_acts_and_the_lump_sum() -> None:
    lines = block(visit(acts=("425110", "423054")))
    assert codes(lines) == ["426635", "426731", "426753", "425272"]
    assert [line.norm for line in lines] == [LineNorm.STATISTICAL] * 3 + [LineNorm.NORMAL]
    assert [line.insurer_amount for line in lines] == [0, 0, 0, 2280]
    assert [line.lump_sum_share for line in lines] == [100, 0, 0, 0]
    assert [line.visit for line in lines] == [1, 1, 1, None]
    assert {line.day for line in lines} == {DAY}


def test_every_line_has_a_reference_and_an_identifier_of_its_own() -> None:
    lines = block(visit(), visit())
    assert [line.reference for line in lines] == ["F1.1", "F1.2", "F1.3", "F1.4", "F1"]
    assert len({line.id for line in lines}) == len(lines)


def test_five_visits_have_five_basic_acts_in_their_order() -> None:
    lines = block(*(visit() for _ in range(5)))
    assert codes(lines)[:-1:2] == ["426635", "426650", "426672", "426694", "426716"]
    assert [line.lump_sum_share for line in lines][:-1:2] == [20] * 5


@pytest.mark.parametrize(
    ("count", "shares"),
    [
        pytest.param(1, (100,), id="one"),
        pytest.param(2, (50, 50), id="two"),
        pytest.param(3, (34, 33, 33), id="three-the-rest-in-front"),
    ],
)
def test_shares_are_equal_where_none_are_stated(count: int, shares: tuple[int, ...]) -> None:
    assert shares_of((visit(),) * count) == shares


def test_stated_shares_are_kept() -> None:
    lines = block(visit(share=70), visit(share=30))
    assert [line.lump_sum_share for line in lines][:-1:2] == [70, 30]


@pytest.mark.parametrize(
    "shares",
    [
        pytest.param((70, None), id="one-missing"),
        pytest.param((70, 29), id="less"),
        pytest.param((70, 31), id="more"),
        pytest.param((100, 0), id="nothing"),
    ],
)
def test_shares_that_are_not_whole_are_refused(shares: tuple[int | None, ...]) -> None:
    visits = [visit(share=share) for share in shares]
    assert refused(*visits) == ("/visits", "lump_sum_shares_wrong")


def test_care_before_october_2021_has_no_shares() -> None:
    before = block(day=date(2021, 9, 30))
    since = block(day=date(2021, 10, 1))
    assert [line.lump_sum_share for line in before] == [0, 0, 0]
    assert since[0].lump_sum_share == 100


@pytest.mark.parametrize("count", [0, 6])
def test_a_lump_sum_has_one_to_five_visits(count: int) -> None:
    assert refused(*[visit()] * count) == ("/visits", "visits_out_of_range")


def test_a_visit_has_an_act() -> None:
    assert refused(visit(), visit(acts=())) == ("/visits/1/acts", "visit_without_acts")


@pytest.mark.parametrize(
    ("visits", "norm"),
    [
        pytest.param((visit(), visit()), ProviderNorm.ONE, id="one-nurse"),
        pytest.param(
            (visit(assistant=ASSISTANT),) * 2, ProviderNorm.CARE_ASSISTANT, id="one-assistant"
        ),
        pytest.param((visit(), visit(provider=OTHER_NURSE)), ProviderNorm.SEVERAL, id="two-nurses"),
        pytest.param(
            (visit(), visit(assistant=ASSISTANT)), ProviderNorm.SEVERAL, id="nurse-and-assistant"
        ),
        pytest.param(
            (visit(assistant=ASSISTANT), visit(assistant=OTHER_ASSISTANT)),
            ProviderNorm.SEVERAL,
            id="two-assistants",
        ),
    ],
)
def test_the_norm_says_whose_hands_gave_the_care(
    visits: tuple[CareVisit, ...], norm: ProviderNorm
) -> None:
    assert norm_of(visits) is norm
    lines = block(*visits)
    assert lines[-1].provider_norm is norm
    assert check_claim(claim(*lines), context()) == ()


def test_the_lump_sum_belongs_to_the_nurse_of_the_first_visit() -> None:
    lines = block(visit(provider=OTHER_NURSE), visit())
    assert lines[-1].provider == OTHER_NURSE
    assert [line.provider for line in lines[:-1]] == [OTHER_NURSE] * 2 + [NURSE] * 2


def test_an_assistant_stands_on_the_lump_sum_when_nobody_else_gave_care() -> None:
    alone, mixed = block(visit(assistant=ASSISTANT)), block(visit(assistant=ASSISTANT), visit())
    assert alone[-1].assistant == ASSISTANT
    assert mixed[-1].assistant is None
    assert [line.assistant for line in mixed[:-1]] == [ASSISTANT, ASSISTANT, None, None]


def test_the_first_reading_of_the_day_stands_behind_the_lump_sum() -> None:
    later = replace(CHIP, read_hour=time(18))
    lines = block(visit(reading=None), visit(reading=CHIP), visit(reading=later))
    assert [line.reading for line in lines] == [None] * 6 + [CHIP]
    assert block(visit(reading=None))[-1].reading is None


@pytest.mark.parametrize(
    ("code", "pseudo_code"),
    [
        pytest.param("425515", "426731", id="toilet-of-weekend"),
        pytest.param("425736", "428013", id="diabetes"),
        pytest.param("426731", "426731", id="pseudo-code"),
        pytest.param("426576", "426576", id="medication"),
        pytest.param("425375", "426856", id="act-without-pseudo-code"),
        pytest.param("101032", "426856", id="unknown-act"),
    ],
)
def test_each_act_has_a_pseudo_code(code: str, pseudo_code: str) -> None:
    assert pseudo_code_of(code, DAY, TABLE) == pseudo_code


def test_place_and_agreement_are_those_of_the_day() -> None:
    lines = block(institution=CENTRE, agreement_number="129202600000001")
    assert {line.institution for line in lines} == {CENTRE}
    assert {line.agreement_number for line in lines} == {"129202600000001"}


def test_lines_are_cut_into_blocks_again() -> None:
    lines = (toilet(), *block(), toilet(reference="A2"), *block(reference="F2"))
    found = list(blocks_of(lines))
    assert [each.start for each in found] == [0, 1, 4, 5]
    assert [len(each.statistics) for each in found] == [0, 2, 0, 2]
    assert tuple(line for each in found for line in each.lines) == lines


def test_statistical_lines_at_the_end_are_a_block_without_lump_sum() -> None:
    (first, last) = blocks_of((toilet(), *block()[:-1]))
    assert (first.start, last.start) == (0, 1)
    assert last.lump_sum is None
    assert len(last.lines) == 2
