"""Lists of GenericInsurability: judged by the official schema, read as the tables say."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from bridge.domain.identifiers import MembershipNumber, Mutuality, Niss
from bridge.domain.insurability import (
    ContactType,
    HospitalStay,
    InsurabilityQuestion,
    MedicalHouse,
    Membership,
    PatientIdentity,
    Purpose,
    SituationEvent,
)
from bridge.domain.periods import Period
from bridge.errors import InputError, OurMessageInvalid, TheirAnswerInvalid
from bridge.mycarenet import genins, genins_facts
from bridge.mycarenet.genins_values import (
    MOST_QUESTIONS,
    GenInsAnswer,
    GenInsDetail,
    GenInsFault,
    GenInsItem,
    GenInsQuestion,
    Reason,
)
from bridge.soap.xml import parse
from tests.support.shared import SCHEMAS, SPEC

NOW = datetime(2026, 11, 22, 7, 15, tzinfo=UTC)
NISS = Niss.parse("86103130262")
MEMBER = Membership(
    mutuality=Mutuality.parse("319"), membership_number=MembershipNumber.parse("1234567890123")
)
MONTH = Period(from_on=date(2026, 11, 1), to_on=date(2026, 11, 30))
QUESTION = InsurabilityQuestion(patient=NISS, period=MONTH)
FOLDER = SCHEMAS / "connector" / "mycarenet-genasync-insurability" / "XSD"
ITEM = GenInsItem(
    since=date(2026, 1, 1),
    until=None,
    mutuality="319",
    communicated_on=date(2026, 11, 22),
    membership_number="1234567890123",
    ct1="111",
    ct2="110",
    payment_approval="12345",
)
DETAIL = GenInsDetail(
    pays_provider=True,
    event="changeDuring",
    event_on=date(2026, 11, 10),
    has_special_social_category=False,
    hospital_stay=HospitalStay(
        hospital_nihii="000071012345", service="300", admitted_on=date(2026, 11, 2)
    ),
    medical_house=MedicalHouse(kind="Nurse Medical", started_on=date(2026, 2, 1)),
    items=(replace(ITEM, until=date(2026, 6, 30)), ITEM),
)
IDENTITY = PatientIdentity(
    niss=NISS, first_name="Ada", last_name="Voorbeeld", born_on=date(1986, 10, 31), gender="female"
)
INSURED = GenInsAnswer(
    reference="1", output_reference="77", patient=NISS, identity=IDENTITY, detail=DETAIL
)
REFUSED = GenInsAnswer(
    reference="2",
    output_reference=None,
    patient=NISS,
    fault=GenInsFault(
        code="MULTIIO_ERROR",
        source="MYCARENET",
        reasons=(Reason(code="44", location="PeriodStart"),),
        insurers=("1", "3"),
    ),
)


@cache
def official() -> etree.XMLSchema:
    return etree.XMLSchema(file=str(FOLDER / "GenericAsyncBusiness.xsd"))


def judged(content: bytes) -> bytes:
    official().assertValid(parse(content))
    return content


def rows() -> list[dict[str, str]]:
    path = SPEC / "insurability" / "genins-errors.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        return [row for row in csv.DictReader(lines) if not row["code"].startswith("SOA")]


class TestQuestions:
    @pytest.mark.parametrize("patient", [NISS, MEMBER], ids=["niss", "member"])
    @pytest.mark.parametrize("purpose", list(Purpose))
    @pytest.mark.parametrize("contact", list(ContactType))
    def test_official_schema_accepts_them_and_they_come_back(
        self, patient: Any, purpose: Purpose, contact: ContactType
    ) -> None:
        question = InsurabilityQuestion(
            patient=patient, period=MONTH, purpose=purpose, contact_type=contact
        )
        asked = [GenInsQuestion(reference=str(place), question=question) for place in (1, 2)]
        content = judged(genins.encode_question_list(asked, now=NOW))
        assert genins.decode_question_list(content) == asked

    @given(
        st.integers(1, 10**14 - 1),
        st.dates(date(1990, 1, 1), date(2089, 1, 1)),
        st.integers(0, 999),
    )
    @settings(max_examples=50, deadline=None)
    def test_any_reference_and_period_come_back(
        self, reference: int, first: date, days: int
    ) -> None:
        period = Period(from_on=first, to_on=date.fromordinal(first.toordinal() + days))
        asked = GenInsQuestion(reference=str(reference), question=replace(QUESTION, period=period))
        content = genins.encode_question_list([asked], now=NOW)
        assert genins.decode_question_list(content) == [asked]

    @pytest.mark.parametrize("count", [0, MOST_QUESTIONS + 1])
    def test_a_list_has_its_limits(self, count: int) -> None:
        asked = [GenInsQuestion(reference="1", question=QUESTION)] * count
        with pytest.raises(OurMessageInvalid):
            genins.encode_question_list(asked, now=NOW)

    @pytest.mark.parametrize("reference", ["", "a", "123456789012345", "1 "])
    def test_references_are_digits(self, reference: str) -> None:
        with pytest.raises(OurMessageInvalid):
            genins.encode_question_list(
                [GenInsQuestion(reference=reference, question=QUESTION)], now=NOW
            )

    def test_a_wrong_number_is_an_error_of_its_own(self) -> None:
        asked = [GenInsQuestion(reference=str(place), question=QUESTION) for place in (1, 2)]
        content = genins.encode_question_list(asked, now=NOW)
        spoilt = content.replace(NISS.digits.encode(), b"86103130263", 1)
        wrong, right = genins.decode_question_list(spoilt)
        assert isinstance(wrong, InputError)
        assert right == asked[1]


class TestAnswers:
    def test_official_schema_accepts_them_and_they_come_back(self) -> None:
        given_back = [(INSURED, QUESTION), (REFUSED, QUESTION)]
        content = judged(genins.encode_answer_list(given_back))
        assert genins.decode_answer_list(content) == [INSURED, REFUSED]

    def test_a_truncated_list_says_so(self) -> None:
        answer = replace(INSURED, detail=replace(DETAIL, items=(ITEM,) * 5, is_truncated=True))
        content = judged(genins.encode_answer_list([(answer, QUESTION)]))
        facts = genins_facts.facts_of(genins.decode_answer_list(content)[0], QUESTION)
        assert [warning.code for warning in facts.warnings] == ["periods_left_out"]

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            (b"<m:PaymentByIo>true</m:PaymentByIo>", b""),
            (b"<m:PaymentByIo>true", b"<m:PaymentByIo>perhaps"),
            (b"<m:PeriodStart>2026-01-01", b"<m:PeriodStart>2026-13-01"),
            (b"<m:Mutuality>319</m:Mutuality>", b""),
            (b"GenericResponseList", b"SomethingElse"),
            (b"<m:Inss>86103130262", b"<m:Inss>86103130263"),
        ],
    )
    def test_what_cannot_be_read_is_refused(self, old: bytes, new: bytes) -> None:
        content = genins.encode_answer_list([(INSURED, QUESTION)])
        assert old in content
        with pytest.raises(TheirAnswerInvalid):
            genins.decode_answer_list(content.replace(old, new))


class TestFacts:
    def test_facts_are_those_of_the_other_service(self) -> None:
        facts = genins_facts.facts_of(INSURED, QUESTION)
        assert facts.is_insured is True
        assert facts.current is not None
        assert (facts.current.insurer, facts.current.mutuality) == ("300", "319")
        assert facts.current.has_preferential_rate is True
        assert facts.current.period.to_on == MONTH.to_on
        assert facts.insurer_pays_provider is True
        assert (facts.event, facts.event_on) == (
            SituationEvent.CHANGED_DURING,
            date(2026, 11, 10),
        )
        assert facts.patient == IDENTITY

    def test_no_period_is_not_insured(self) -> None:
        closed = replace(INSURED, detail=GenInsDetail(pays_provider=False, event="closedBefore"))
        facts = genins_facts.facts_of(closed, QUESTION)
        assert (facts.is_insured, facts.event) == (False, SituationEvent.CLOSED_BEFORE)

    @pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row['element']}-{row['code']}")
    def test_every_reason_of_the_table_has_a_meaning(self, row: dict[str, str]) -> None:
        place = None if row["element"] == "(none)" else row["element"]
        fault = GenInsFault(
            code="INPUT_ERROR",
            source="MYCARENET",
            reasons=(Reason(code=row["code"], location=place),),
        )
        answer = replace(REFUSED, fault=fault)
        (refusal,) = genins_facts.facts_of(answer, QUESTION).refusals
        assert refusal.code != "refusal_not_known"

    @pytest.mark.parametrize(
        ("code", "ours"),
        [
            ("INPUT_ERROR", "query_rejected"),
            ("NO_IO_ERROR", "insurer_unknown"),
            ("MULTIIO_ERROR", "several_insurers"),
            ("SOMETHING", "refusal_not_known"),
        ],
    )
    def test_a_fault_without_reasons_is_read_by_its_code(self, code: str, ours: str) -> None:
        answer = replace(REFUSED, fault=GenInsFault(code=code, source=""))
        (refusal,) = genins_facts.facts_of(answer, QUESTION).refusals
        assert (refusal.code, refusal.source) == (ours, "mycarenet")

    @pytest.mark.parametrize(
        "answer",
        [
            replace(INSURED, patient=MEMBER),
            replace(INSURED, identity=replace(IDENTITY, niss=Niss.parse("00000000097"))),
            replace(INSURED, detail=None),
        ],
        ids=["another reference", "another person", "nothing"],
    )
    def test_an_answer_about_another_patient_is_refused(self, answer: GenInsAnswer) -> None:
        with pytest.raises(TheirAnswerInvalid):
            genins_facts.facts_of(answer, QUESTION)
