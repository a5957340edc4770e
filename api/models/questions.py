"""The insurability question as callers send it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import ConfigDict, Field, StringConstraints, model_validator
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import PydanticCustomError

from api.models.common import Day, RequestModel
from api.models.sessions import RegistrationId
from bridge.domain.identifiers import MembershipNumber, Mutuality, Niss
from bridge.domain.insurability import (
    ContactType,
    InsurabilityQuestion,
    MemberFacet,
    Membership,
    Purpose,
)
from bridge.domain.periods import Period
from bridge.errors import Finding, InputError, InvalidIdentifier

T = TypeVar("T")

_SEVERAL: Final = "single_patient_only"
_MEMBERSHIP: Final = frozenset({"mutuality", "membership_number"})

NissText = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9]{11}$"),
    Field(description="Person number (NISS, INSZ): 11 digits with valid check digits."),
]
MutualityText = Annotated[
    str,
    StringConstraints(pattern=r"^[1-69][0-9]{2}$"),
    Field(description="Sickness fund: three digits, the first one of an insurer."),
]
MembershipNumberText = Annotated[
    str,
    StringConstraints(max_length=13, pattern=r"^[0-9A-Za-z ]*[0-9A-Za-z][0-9A-Za-z ]*$"),
    Field(description="Membership number at the sickness fund, as printed."),
]


class PatientReference(RequestModel):
    """One patient, named in one of two ways: person number, or sickness fund and number there."""

    model_config = ConfigDict(
        json_schema_extra={
            "minProperties": 1,
            "maxProperties": 2,
            "dependentRequired": {
                "mutuality": ["membership_number"],
                "membership_number": ["mutuality"],
            },
        },
    )

    niss: NissText | SkipJsonSchema[None] = None
    mutuality: MutualityText | SkipJsonSchema[None] = None
    membership_number: MembershipNumberText | SkipJsonSchema[None] = None

    @model_validator(mode="before")
    @classmethod
    def refuse_several(cls, value: Any) -> Any:
        """Refuse a list of patients, or one patient named in two ways."""
        if isinstance(value, list):
            raise PydanticCustomError(_SEVERAL, "a list")
        if isinstance(value, dict):
            if "niss" in value and _MEMBERSHIP & value.keys():
                raise PydanticCustomError(_SEVERAL, "two ways")
            if "niss" not in value and _MEMBERSHIP - value.keys():
                raise PydanticCustomError("patient_reference_incomplete", "one is missing")
        return value


class AskedPeriod(RequestModel):
    """Days asked about, both included."""

    from_on: Day = Field(description="First day: not after today, at most five years ago.")
    to_on: Day = Field(description="Last day, not before the first.")


AskedFacets = Annotated[
    list[
        Literal[
            "insurability",
            "palliative_status",
            "global_medical_file",
            "chronic_condition",
            "care_path_diabetes",
            "care_path_renal_insufficiency",
            "reference_pharmacy",
        ]
    ],
    Field(
        min_length=1,
        max_length=7,
        description=(
            "What is asked; without it `insurability`. One facet that is not granted spoils the "
            "whole question, so ask others in a question of their own."
        ),
    ),
]


class InsurabilityCheckRequest(RequestModel):
    """One question about one patient."""

    patient: PatientReference
    period: AskedPeriod | SkipJsonSchema[None] = Field(
        default=None,
        description="Without it: today.",
    )
    purpose: Literal["information", "invoicing"] = Field(
        default="information",
        description="`invoicing` also gives a payment approval.",
    )
    contact_type: Literal["hospitalized", "other"] = "other"
    facets: AskedFacets | SkipJsonSchema[None] = None
    registration_id: RegistrationId | SkipJsonSchema[None] = Field(
        default=None,
        description="On whose behalf; without it the default registration.",
    )

    @model_validator(mode="before")
    @classmethod
    def refuse_several(cls, value: Any) -> Any:
        """Refuse a list of patients under the name one would try."""
        if isinstance(value, dict) and "patients" in value:
            raise PydanticCustomError(_SEVERAL, "a list", {"pointer": "/patients"})
        return value


def facets_of(asked: Sequence[str] | None) -> tuple[MemberFacet, ...]:
    """Read what is asked about the patient; each facet once, in the order asked."""
    if asked is None:
        return (MemberFacet.INSURABILITY,)
    return tuple(dict.fromkeys(MemberFacet(name) for name in asked))


def question_of(request: InsurabilityCheckRequest, *, today: date) -> InsurabilityQuestion:
    """Read a question.

    Raises:
        InputError: a number has wrong check digits, or the period ends before it starts.
    """
    period = request.period
    return InsurabilityQuestion(
        patient=patient_of(request.patient),
        period=Period(
            from_on=today if period is None else period.from_on,
            to_on=today if period is None else period.to_on,
        ),
        purpose=Purpose(request.purpose),
        contact_type=ContactType(request.contact_type),
        facets=facets_of(request.facets),
    )


def patient_of(reference: PatientReference) -> Niss | Membership:
    """Read how a patient is named.

    Raises:
        InputError: a number has wrong check digits.
    """
    if reference.niss is not None:
        return _parsed(Niss.parse, reference.niss, "/patient/niss")
    return Membership(
        mutuality=_parsed(Mutuality.parse, reference.mutuality or "", "/patient/mutuality"),
        membership_number=_parsed(
            MembershipNumber.parse,
            reference.membership_number or "",
            "/patient/membership_number",
        ),
    )


def _parsed(parse: Callable[[str], T], text: str, pointer: str) -> T:
    try:
        return parse(text)
    except InvalidIdentifier as error:
        finding = Finding(pointer=pointer, code=f"{error.params['kind']}_invalid")
        raise InputError(findings=(finding,)) from None
