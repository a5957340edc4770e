"""The answers insurers give to a list of GenericInsurability questions.

Source: *Insurability* 2.2 and 2.3, ``genins-errors.csv``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from bridge.domain.identifiers import Niss
from bridge.domain.ids import IdSource
from bridge.domain.insurability import (
    InsurabilityQuestion,
    MedicalHouse,
    PatientIdentity,
)
from bridge.errors import InputError, TheirAnswerInvalid
from bridge.mycarenet import genins
from bridge.mycarenet.common import reference_digits
from bridge.mycarenet.genins_values import (
    MOST_ITEMS,
    GenInsAnswer,
    GenInsDetail,
    GenInsFault,
    GenInsItem,
    GenInsQuestion,
    Reason,
)
from bridge.sandbox.genasync_answers import Due, Parcel, delivered
from bridge.sandbox.memberdata_coverage import Coverage, cover
from bridge.sandbox.memberdata_rules import Rejected
from bridge.sandbox.people import PeopleRegister, SandboxPerson

MESSAGE_NAME: Final = "GENINS"
_UNKNOWN: Final = Reason(code="23", location="Inss")
_NO_INSURER: Final = Reason(code="43", location="PeriodStart")
_SEVERAL: Final = Reason(code="44", location="PeriodStart")
_FUTURE: Final = Reason(code="30", location="PeriodStart")


class GenInsAnswers:
    """Reads lists of GenericInsurability questions and writes the messages that answer them."""

    service = "genasync_insurability"
    message_name = MESSAGE_NAME

    def __init__(self, *, people: PeopleRegister, ids: IdSource) -> None:
        """Answer about ``people``."""
        self._people = people
        self._ids = ids

    def read(self, content: bytes) -> list[GenInsQuestion]:
        """Read a list; the whole list is refused for a number that is none."""
        asked = genins.decode_question_list(content)
        questions = [each for each in asked if not isinstance(each, InputError)]
        if len(questions) != len(asked):
            raise TheirAnswerInvalid("a question with a wrong number")
        return questions

    def write(  # a message has that many facts
        self,
        queries: Sequence[GenInsQuestion],
        *,
        reference: str,
        provider: str,
        insurer: str,
        today: date,
        now: datetime,
        scenario: str,
    ) -> list[Due]:
        """Give the messages, in the order of their delivery."""
        del provider, now  # these answers say neither who asked nor when they were written
        answers = [
            (
                self.answer_one(
                    asked.question, reference=asked.reference, insurer=insurer, today=today
                ),
                asked.question,
            )
            for asked in queries
        ]
        parcel = Parcel(
            reference=reference, name=self.message_name, scenario=scenario, ids=self._ids
        )
        return delivered(answers, genins.encode_answer_list, parcel)

    def answer_one(
        self,
        question: InsurabilityQuestion,
        *,
        reference: str,
        today: date,
        insurer: str | None = None,
    ) -> GenInsAnswer:
        """Answer one question; without an insurer the routing finds the patient's own."""
        reason, coverage = self._cover(question, insurer, today)
        identity = detail = fault = None
        if coverage is None:
            source = "MYCARENET" if insurer is None else f"IO-BE-{insurer}"
            fault = GenInsFault(code=_fault_code(reason), source=source, reasons=(reason,))
        else:
            identity = _identity(coverage.person)
            detail = _detail(coverage, today)
        return GenInsAnswer(
            reference=reference,
            output_reference=reference_digits(self._ids),
            patient=question.patient,
            fault=fault,
            identity=identity,
            detail=detail,
        )

    def _cover(
        self, question: InsurabilityQuestion, insurer: str | None, today: date
    ) -> tuple[Reason, Coverage | None]:
        """Give the insurance at this insurer, or why there is none to tell of."""
        person = self._find(question)
        if person is None or not person.is_known:
            return _UNKNOWN, None
        if question.period.from_on > today:
            return _FUTURE, None
        try:
            coverage = cover(person, question.period, None)
        except Rejected as rejected:
            is_several = rejected.detail_code == "MULTIPLE_IO"
            return (_SEVERAL if is_several else _NO_INSURER), None
        if insurer not in {None, coverage.insurer}:
            return _UNKNOWN, None
        return _UNKNOWN, coverage

    def _find(self, question: InsurabilityQuestion) -> SandboxPerson | None:
        patient = question.patient
        if isinstance(patient, Niss):
            return self._people.find(patient)
        return self._people.find_member(patient.mutuality, patient.membership_number.text)


def _fault_code(reason: Reason) -> str:
    codes = {_SEVERAL: "MULTIIO_ERROR", _NO_INSURER: "NO_IO_ERROR"}
    return codes.get(reason, "INPUT_ERROR")


def _identity(person: SandboxPerson) -> PatientIdentity:
    return PatientIdentity(
        niss=person.niss,
        first_name=person.first_name,
        last_name=person.last_name,
        born_on=person.born_on,
        deceased_on=person.deceased_on,
        gender=person.gender,
    )


def _detail(coverage: Coverage, today: date) -> GenInsDetail:
    person = coverage.person
    items = tuple(
        GenInsItem(
            since=part.from_on,
            until=part.to_on,
            mutuality=span.mutuality.digits,
            communicated_on=today,
            membership_number=span.membership_number.text[:13],
            ct1=span.ct1,
            ct2=span.ct2,
        )
        for span, part in coverage.spans
    )
    event, event_on = _event(coverage)
    house = person.medical_house
    return GenInsDetail(
        pays_provider=person.insurer_pays_provider,
        event=event,
        event_on=event_on,
        medical_house=None
        if house is None
        else MedicalHouse(kind="Nurse", started_on=house.started_on),
        items=items[:MOST_ITEMS],
        is_truncated=len(items) > MOST_ITEMS,
    )


def _event(coverage: Coverage) -> tuple[str | None, date | None]:
    if coverage.changed_on is not None:
        return "changeDuring", coverage.changed_on
    if coverage.spans:
        return None, None
    if coverage.closed_on is not None:
        return "closedBefore", coverage.closed_on
    return "startLater", coverage.starts_on
