"""People of the sandbox for care requests: who there is, and how they are written as JSON."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from bridge.errors import InputError
from bridge.sandbox.care_traits import CareTraits
from bridge.sandbox.people_default import default_people
from bridge.sandbox.people_json import person_as_json, person_from_json
from tests.support.careoffice import TODAY, Office, katz, result

PEOPLE = default_people(TODAY).people()
NISS = PEOPLE[0].niss.digits


def test_the_people_that_were_there_keep_their_places() -> None:
    assert [each.first_name for each in PEOPLE[:4]] == ["Anna", "Bert", "Cleo", "Dimitri"]
    assert PEOPLE[15].first_name == "Otto"
    assert all(each.care == CareTraits() for each in PEOPLE[:16])


def test_there_are_enough_for_a_practice_month() -> None:
    office = Office()
    agreed = [each for each in PEOPLE if result(office.decided(katz(each))) == "agreement"]
    assert len(agreed) >= 20
    unions = Counter(each.mutuality.insurer for each in agreed)
    assert len(unions) == 7
    assert sum(count >= 2 for count in unions.values()) >= 3


def test_numbers_are_valid_and_nobody_is_there_twice() -> None:
    assert len({each.niss for each in PEOPLE}) == len(PEOPLE)
    assert len({(each.mutuality, each.membership_number) for each in PEOPLE}) == len(PEOPLE)


@pytest.mark.parametrize("person", PEOPLE, ids=lambda each: each.first_name)
def test_everybody_survives_json(person: Any) -> None:
    assert person_from_json(person_as_json(person)) == person


def test_without_care_nothing_will_happen() -> None:
    assert person_from_json({"niss": NISS}).care == CareTraits()
    assert person_from_json({"niss": NISS, "care": {}}).care == CareTraits()


@pytest.mark.parametrize(
    ("member", "value", "code"),
    [
        pytest.param("visit_after_days", -1, "value_invalid", id="negative"),
        pytest.param("visit_after_days", 367, "value_invalid", id="more-than-a-year"),
        pytest.param("visit_after_days", True, "value_invalid", id="no-count"),
        pytest.param("visit_after_days", "3", "value_invalid", id="text"),
        pytest.param("visit_scores", [1, 2, 3], "value_invalid", id="three-scores"),
        pytest.param("visit_scores", [1, 2, 3, 4, 5, 1], "value_invalid", id="a-five"),
        pytest.param("visit_scores", ["1"] * 6, "value_invalid", id="texts"),
        pytest.param("has_other_nurse", 1, "value_invalid", id="no-truth"),
        pytest.param("visit", 1, "member_unknown", id="unknown"),
    ],
)
def test_what_is_wrong_is_named(member: str, value: object, code: str) -> None:
    with pytest.raises(InputError) as caught:
        person_from_json({"niss": NISS, "care": {member: value}})
    (finding,) = caught.value.findings
    assert (finding.pointer, finding.code) == (f"/care/{member}", code)
