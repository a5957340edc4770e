"""Parts that all declarations of care share: patient, days, findings, numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints
from pydantic.json_schema import SkipJsonSchema

from api.models.common import AnswerModel, Day, RequestModel
from api.models.questions import MembershipNumberText, MutualityText, NissText
from bridge.domain.declarations import CarePatient, CarePeriod, Sex
from bridge.domain.identifiers import MembershipNumber, Mutuality, Nihii, Niss
from bridge.errors import Finding, InputError, InvalidIdentifier
from bridge.i18n import text

Number = tuple[str, Callable[[str], object], str | None]
"""A number to look at: where it stands, how it is read, and what was sent."""

CareNihiiText = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9]{8}([0-9]{3})?$"),
    Field(description="Care provider number (NIHII): 8 or 11 digits with valid check digits."),
]
DeclarationId = Annotated[str, StringConstraints(max_length=64)]


class CarePatientRequest(RequestModel):
    """The patient of a declaration: person number, membership number at the fund, or both."""

    niss: NissText | SkipJsonSchema[None] = None
    membership_number: MembershipNumberText | SkipJsonSchema[None] = None
    mutuality: MutualityText
    sex: Literal["male", "female"]


class CarePeriodRequest(RequestModel):
    """Days of care, both included; either end may be left out."""

    start_on: Day | SkipJsonSchema[None] = None
    end_on: Day | SkipJsonSchema[None] = None


class CarePatientFacts(AnswerModel):
    """The patient of a declaration or an agreement."""

    niss: str | None
    membership_number: str | None
    mutuality: str
    insurer: str = Field(description="The insurer (union) of the sickness fund.")
    sex: str


class CarePeriodFacts(AnswerModel):
    """Days of care, both included; an end that is not known is null."""

    model_config = ConfigDict(frozen=True, extra="forbid", from_attributes=True)

    start_on: Day | None
    end_on: Day | None


class DeclarationFinding(AnswerModel):
    """One thing that speaks against sending a declaration today."""

    pointer: str = Field(description="JSON Pointer into the declaration.")
    code: str
    message: str
    is_warning: bool = Field(description="It can be sent all the same (D18).")


def check_numbers(numbers: Iterable[Number]) -> None:
    """Look at numbers of people and care providers, so that all that is wrong is told at once.

    Raises:
        InputError: one has wrong check digits, with a finding for each.
    """
    findings = []
    for pointer, parse, sent in numbers:
        try:
            parse(sent or "") if sent is not None else None
        except InvalidIdentifier as error:
            findings.append(Finding(pointer=pointer, code=f"{error.params['kind']}_invalid"))
    if findings:
        raise InputError(findings=tuple(findings))


def patient_numbers(patient: CarePatientRequest) -> list[Number]:
    """Give the numbers of a patient to look at."""
    return [
        ("/patient/niss", Niss.parse, patient.niss),
        ("/patient/mutuality", Mutuality.parse, patient.mutuality),
        ("/patient/membership_number", MembershipNumber.parse, patient.membership_number),
    ]


def care_patient_of(patient: CarePatientRequest) -> CarePatient:
    """Read a patient whose numbers were looked at."""
    number = patient.membership_number
    return CarePatient(
        mutuality=Mutuality.parse(patient.mutuality),
        sex=Sex(patient.sex),
        niss=None if patient.niss is None else Niss.parse(patient.niss),
        membership_number=None if number is None else MembershipNumber.parse(number),
    )


def care_period_of(period: CarePeriodRequest | None) -> CarePeriod:
    """Read days of care."""
    if period is None:
        return CarePeriod()
    return CarePeriod(start_on=period.start_on, end_on=period.end_on)


def nihii_of(sent: str | None) -> Nihii | None:
    """Read a care provider number that was looked at."""
    return None if sent is None else Nihii.parse(sent)


def digits_of(number: Nihii | Niss | None) -> str | None:
    """Write a number."""
    return None if number is None else number.digits


def patient_facts(patient: CarePatient) -> CarePatientFacts:
    """Show a patient."""
    number = patient.membership_number
    return CarePatientFacts(
        niss=digits_of(patient.niss),
        membership_number=None if number is None else number.text,
        mutuality=patient.mutuality.digits,
        insurer=patient.insurer,
        sex=patient.sex.value,
    )


def patient_body(patient: CarePatient) -> dict[str, object]:
    """Give a patient as it would have been sent, for a merge patch."""
    shown = patient_facts(patient).model_dump(exclude_none=True)
    return {name: value for name, value in shown.items() if name != "insurer"}


def period_facts(period: CarePeriod) -> CarePeriodFacts:
    """Show days of care."""
    return CarePeriodFacts(start_on=period.start_on, end_on=period.end_on)


def finding_models(findings: Sequence[Finding], language: str) -> list[DeclarationFinding]:
    """Show findings."""
    return [
        DeclarationFinding(
            pointer=each.pointer,
            code=each.code,
            message=text(each.code, "detail", language),
            is_warning=each.is_warning,
        )
        for each in findings
    ]
