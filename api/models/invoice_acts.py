"""Acts of invoices as callers send them: in the terms of the nomenclature, never of zones.

Source: *eFact for nursing* 5.1 to 5.6; its tables of the records 50 and 52.
"""

from __future__ import annotations

from datetime import time
from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints
from pydantic.json_schema import SkipJsonSchema

from api.models.care import CareNihiiText
from api.models.common import Day, RequestModel
from api.models.numbers import Numbers
from bridge.domain.claims import (
    NO_REASON,
    CarePlaceKind,
    ClaimLine,
    ClaimReading,
    LineNorm,
    PrescriberNorm,
    ProviderNorm,
    Repetition,
    ShareBilling,
)
from bridge.domain.identifiers import Nihii
from bridge.domain.lumpsums import CareVisit, LumpSumDay
from bridge.service.invoicedrafts import ActDraft, DayDraft

LARGEST_AMOUNT: Final = 9_999_999_999
"""Most cents of one act; the amount of the insurer has room for ten times as much."""

LARGEST_SHARE: Final = 999_999_999
"""Cents that fit into a patient share or a supplement: nine digits."""

_MOST_UNITS: Final = 9_999
_LARGEST_BASE: Final = 9_999_999
_MOST_VISITS: Final = 20
_MOST_ACTS: Final = 50
_WHOLE: Final = 100

CodeText = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9]{6}$"),
    Field(description="Nomenclature code or pseudo-code, six digits."),
]
TimeText = Annotated[
    str,
    StringConstraints(pattern=r"^([01][0-9]|2[0-3])[0-5][0-9]$"),
    Field(description="`HHMM` in Brussels."),
]
ReferenceText = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9_./:-]{1,25}$"),
    Field(description="Own reference, unique for ever (zone 28); made when left out."),
]
AgreementNumberText = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9./ -]{1,30}$")]
Amount = Annotated[int, Field(ge=-LARGEST_AMOUNT, le=LARGEST_AMOUNT)]
Share = Annotated[int, Field(ge=-LARGEST_SHARE, le=LARGEST_SHARE)]
Kind = Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]$")]
PlaceText = Literal["home", "practice_room", "day_centre", "rest_home"]


class InvoiceReadingRequest(RequestModel):
    """How the patient's identity was read (record 52); `identity_reading` of a card fits."""

    reading_kind: Kind = Field(
        description="`1` chip, `2` bar code, `3` data matrix, `4` manual, `A` identity app."
    )
    support_kind: Kind = Field(
        description="`1` identity card, `2` foreigner's document, `4` ISI+, `7` sticker."
    )
    support_serial: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z]{0,15}$")] = ""
    read_on: Day | SkipJsonSchema[None] = Field(
        default=None, description="Left out for a deferred entry."
    )
    read_time: TimeText | SkipJsonSchema[None] = None
    manual_reason: Kind = Field(default=NO_REASON, description="Zone 3; `0` without.")
    sticker_reason: Kind = Field(default=NO_REASON, description="Zone 11; `0` without.")


class InvoiceActRequest(RequestModel):
    """One act; amounts that are left out come from the loaded tariffs."""

    kind: Literal["act"]
    nomenclature_code: CodeText
    day_on: Day
    provider: CareNihiiText = Field(description="The nurse who gave the care, never the group.")
    reference: ReferenceText | SkipJsonSchema[None] = None
    insurer_amount_cents: Amount | SkipJsonSchema[None] = None
    copayment_cents: Share | SkipJsonSchema[None] = Field(
        default=None, description="Patient share."
    )
    supplement_cents: Share = 0
    units: int = Field(default=1, ge=-_MOST_UNITS, le=_MOST_UNITS)
    is_statistical: bool = Field(
        default=False, description="Part of a lump sum; it has no amounts."
    )
    provider_norm: Literal["one", "care_assistant", "several"] = "one"
    care_time: TimeText | SkipJsonSchema[None] = None
    visit: int | SkipJsonSchema[None] = Field(
        default=None, ge=1, le=_MOST_VISITS, description="Number of the visit of the day."
    )
    place: PlaceText = "home"
    institution: CareNihiiText | SkipJsonSchema[None] = None
    prescriber: CareNihiiText | SkipJsonSchema[None] = None
    prescribed_on: Day | SkipJsonSchema[None] = None
    prescriber_norm: (
        Literal[
            "none",
            "one",
            "is_provider",
            "additional_act",
            "substituted",
            "several_substituted",
            "several",
        ]
        | SkipJsonSchema[None]
    ) = Field(default=None, description="Left out: `one` with a prescriber, else `none`.")
    agreement_number: AgreementNumberText | SkipJsonSchema[None] = None
    repetition: Literal[
        "none", "maximum_derogation", "other_session", "second_of_day", "later_of_day"
    ] = "none"
    share_billing: Literal[
        "due",
        "waived",
        "maximum_reached",
        "maximum_reached_other",
        "interned",
        "interned_maximum",
        "interned_maximum_other",
        "social_category",
    ] = "due"
    related_code: CodeText | SkipJsonSchema[None] = None
    is_in_convention: bool = Field(
        default=True, description="The nurse follows the agreement of nurses and insurers."
    )
    base_value_cents: int = Field(default=0, ge=-_LARGEST_BASE, le=_LARGEST_BASE)
    assistant: CareNihiiText | SkipJsonSchema[None] = None
    share_percent: int = Field(
        default=0, ge=0, le=_WHOLE, description="Share in the lump sum, on basic acts only."
    )
    reading: InvoiceReadingRequest | SkipJsonSchema[None] = None


class InvoiceVisitRequest(RequestModel):
    """One visit of a day with a lump sum."""

    provider: CareNihiiText
    acts: list[CodeText] = Field(
        max_length=_MOST_ACTS, description="What was done, by its nomenclature codes."
    )
    care_time: TimeText | SkipJsonSchema[None] = None
    assistant: CareNihiiText | SkipJsonSchema[None] = None
    share_percent: int | SkipJsonSchema[None] = Field(
        default=None, ge=1, le=_WHOLE, description="All visits say theirs, or none does."
    )
    reading: InvoiceReadingRequest | SkipJsonSchema[None] = None


class InvoiceLumpSumDayRequest(RequestModel):
    """One day with a lump sum, in visits; its statistical lines are made by themselves."""

    kind: Literal["lump_sum_day"]
    nomenclature_code: CodeText = Field(description="Of the lump sum.")
    day_on: Day
    visits: list[InvoiceVisitRequest] = Field(max_length=_MOST_VISITS)
    reference: ReferenceText | SkipJsonSchema[None] = None
    insurer_amount_cents: Amount | SkipJsonSchema[None] = None
    copayment_cents: Share | SkipJsonSchema[None] = None
    place: PlaceText = "home"
    institution: CareNihiiText | SkipJsonSchema[None] = None
    agreement_number: AgreementNumberText | SkipJsonSchema[None] = None
    is_in_convention: bool = True


CareRequest = Annotated[InvoiceActRequest | InvoiceLumpSumDayRequest, Field(discriminator="kind")]


def care_of(
    body: InvoiceActRequest | InvoiceLumpSumDayRequest, numbers: Numbers, pointer: str
) -> ActDraft | DayDraft:
    """Read one act, or one day with a lump sum."""
    if isinstance(body, InvoiceLumpSumDayRequest):
        return _day_of(body, numbers, pointer)
    return ActDraft(
        line=_line_of(body, numbers, pointer),
        fills_insurer_amount=body.insurer_amount_cents is None,
        fills_copayment=body.copayment_cents is None,
    )


def _line_of(body: InvoiceActRequest, numbers: Numbers, pointer: str) -> ClaimLine:
    prescriber = numbers.maybe(Nihii.parse, body.prescriber, f"{pointer}/prescriber")
    usual = "none" if prescriber is None else "one"
    return ClaimLine(
        id="",
        reference=body.reference or "",
        code=body.nomenclature_code,
        day=body.day_on,
        provider=numbers.read(Nihii.parse, body.provider, f"{pointer}/provider"),
        insurer_amount=body.insurer_amount_cents or 0,
        copayment=body.copayment_cents or 0,
        supplement=body.supplement_cents,
        units=body.units,
        norm=LineNorm.STATISTICAL if body.is_statistical else LineNorm.NORMAL,
        provider_norm=ProviderNorm(body.provider_norm),
        hour=time_of(body.care_time),
        visit=body.visit,
        place=CarePlaceKind(body.place),
        institution=numbers.maybe(Nihii.parse, body.institution, f"{pointer}/institution"),
        prescriber=prescriber,
        prescribed_on=body.prescribed_on,
        prescriber_norm=PrescriberNorm(body.prescriber_norm or usual),
        agreement_number=body.agreement_number,
        repetition=Repetition(body.repetition),
        share_billing=ShareBilling(body.share_billing),
        related_code=body.related_code or "",
        adheres_to_convention=body.is_in_convention,
        base_value=body.base_value_cents,
        assistant=numbers.maybe(Nihii.parse, body.assistant, f"{pointer}/assistant"),
        lump_sum_share=body.share_percent,
        reading=_reading_of(body.reading),
    )


def _day_of(body: InvoiceLumpSumDayRequest, numbers: Numbers, pointer: str) -> DayDraft:
    day = LumpSumDay(
        code=body.nomenclature_code,
        day=body.day_on,
        reference=body.reference or "",
        line_id="",
        visits=tuple(
            _visit_of(visit, numbers, f"{pointer}/visits/{place}")
            for place, visit in enumerate(body.visits)
        ),
        insurer_amount=body.insurer_amount_cents or 0,
        copayment=body.copayment_cents or 0,
        place=CarePlaceKind(body.place),
        institution=numbers.maybe(Nihii.parse, body.institution, f"{pointer}/institution"),
        agreement_number=body.agreement_number,
        adheres_to_convention=body.is_in_convention,
    )
    return DayDraft(
        day=day,
        fills_insurer_amount=body.insurer_amount_cents is None,
        fills_copayment=body.copayment_cents is None,
    )


def _visit_of(body: InvoiceVisitRequest, numbers: Numbers, pointer: str) -> CareVisit:
    return CareVisit(
        provider=numbers.read(Nihii.parse, body.provider, f"{pointer}/provider"),
        acts=tuple(body.acts),
        hour=time_of(body.care_time),
        assistant=numbers.maybe(Nihii.parse, body.assistant, f"{pointer}/assistant"),
        share=body.share_percent,
        reading=_reading_of(body.reading),
    )


def _reading_of(body: InvoiceReadingRequest | None) -> ClaimReading | None:
    if body is None:
        return None
    return ClaimReading(
        reading_kind=body.reading_kind,
        support_kind=body.support_kind,
        manual_reason=body.manual_reason,
        sticker_reason=body.sticker_reason,
        support_serial=body.support_serial,
        read_on=body.read_on,
        read_hour=time_of(body.read_time),
    )


def time_of(sent: str | None) -> time | None:
    """Read ``HHMM``."""
    return None if sent is None else time(int(sent[:2]), int(sent[2:]))


def time_text(hour: time | None) -> str | None:
    """Write ``HHMM``."""
    return None if hour is None else f"{hour:%H%M}"
