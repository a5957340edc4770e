"""Recorded answers of the platform give exactly their facts; the error table fits its source."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from bridge.domain.identifiers import Niss
from bridge.domain.insurability import ContactType, InsurabilityQuestion, MemberFacet, Purpose
from bridge.domain.periods import Period
from bridge.mycarenet.memberdata_facts import facts_of
from bridge.mycarenet.memberdata_response import decode_response
from bridge.mycarenet.tables.memberdata_errors import VERDICTS
from bridge.soap import xml
from tests.support.shared import SAMPLES, SPEC

FOLDER = SAMPLES / "memberdata"
PREFIX = "urn:be:cin:nippin:"
ANSWERED = ["ssin-one-period", "two-periods-ct-change", "hospitalised"]
FIXERS = {"user", "front_end", "support", "insurer", "authority"}
KINDS = {
    "software": {"support"},
    "rights": {"authority"},
    "input": {"user"},
    "patient": {"user", "insurer"},
    "warning": {"user", "insurer"},
    "retry": {"insurer"},
}


def recorded(name: str):
    facts = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    return decode_response(xml.parse((FOLDER / f"{name}.xml").read_bytes())), facts


def day(text: str) -> date:
    return datetime.fromisoformat(text).date()


def question_of(facts) -> InsurabilityQuestion:
    asked = facts["request"]
    dimensions = {
        each["id"]: each["value"] for facet in asked["facets"] for each in facet["dimensions"]
    }
    return InsurabilityQuestion(
        patient=Niss(asked["ssin"]),
        period=Period(
            from_on=day(asked["notBefore"]),
            to_on=day(asked["notOnOrAfter"]) - timedelta(days=1),
        ),
        purpose=Purpose(dimensions.get("requestType", "information")),
        contact_type=ContactType(dimensions.get("contactType", "other")),
    )


@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("*.xml")))
def test_every_statement_is_read_as_it_was_recorded(name: str) -> None:
    response, facts = recorded(name)
    assert list(response.status) == facts["status"]
    assert response.issuer == facts["issuer"]
    read = [
        {
            "type": each.kind,
            "not_before": each.not_before,
            "not_on_or_after": each.not_on_or_after,
            "attributes": {
                attribute: [one.text for one in each.attributes if one.name == attribute]
                for attribute in dict.fromkeys(one.name for one in each.attributes)
            },
        }
        for each in response.statements
    ]
    trace = [each for each in read if each["type"] == PREFIX + "technicalAssertion"]
    for each in trace:  # the recorded facts leave the compressed trace of the platform out
        del each["attributes"][PREFIX + "technicalAssertion:status"]
    assert read == facts["assertions"]


@pytest.mark.parametrize("name", ANSWERED)
def test_answers_give_the_facts_a_nurse_needs(name: str) -> None:
    response, recorded_facts = recorded(name)
    facts = facts_of(response, question_of(recorded_facts))
    periods = [
        each
        for each in recorded_facts["assertions"]
        if each["type"].endswith("insurability:period")
    ]

    def one(each, attribute: str) -> str:
        return each["attributes"][PREFIX + attribute][0]

    expected = sorted(
        (
            day(each["not_before"]),
            day(each["not_on_or_after"]) - timedelta(days=1),
            one(each, "careReceiver:mutuality"),
            one(each, "cb1"),
            one(each, "cb2"),
        )
        for each in periods
    )
    read = [
        (each.period.from_on, each.period.to_on, each.mutuality, each.ct1, each.ct2)
        for each in facts.periods
    ]
    assert read == expected
    assert facts.is_insured is True
    assert facts.refusals == ()


def test_a_refusal_is_read_with_its_code() -> None:
    response, facts = recorded("error-ssin-format")
    asked = InsurabilityQuestion(
        patient=Niss("60010100172"),
        period=Period(from_on=date(2021, 1, 1), to_on=date(2022, 1, 15)),
    )
    read = facts_of(response, asked)
    codes = [value for name, value in facts["faults"] if name == "DetailCode"]
    assert [refusal.remote_code for refusal in read.refusals] == codes
    assert read.refusals[0].code == "patient_identification_invalid"


def rows():
    with (SPEC / "insurability" / "memberdata-errors.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_every_code_of_the_official_list_has_a_meaning_and_no_other_has() -> None:
    assert {row["detail_code"] for row in rows()} == set(VERDICTS)


@pytest.mark.parametrize("row", rows(), ids=lambda row: row["detail_code"])
def test_who_can_fix_fits_the_kind_of_the_list(row) -> None:
    meaning = VERDICTS[row["detail_code"]].meaning
    assert meaning.who_can_fix in FIXERS
    assert meaning.who_can_fix in KINDS[row["kind"]]
    assert meaning.code
    assert meaning.user_action


def test_a_recorded_palliative_status_is_read() -> None:
    response, facts = recorded("palliative-status")
    question = replace(question_of(facts), facets=(MemberFacet.PALLIATIVE_STATUS,))
    read = facts_of(response, question)
    (facet,) = read.facets
    (recorded_start,) = facts["assertions"][0]["attributes"].values()
    assert facet.has_data is True
    assert [facet.members["startDate"]] == recorded_start
    assert read.is_insured is None
