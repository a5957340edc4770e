"""Acts of invoices as callers see them, with what became of them."""

from __future__ import annotations

from typing import Final

from pydantic import Field

from api.models.care import digits_of
from api.models.common import AnswerModel, Day
from api.models.invoice_acts import time_text
from api.models.settlements import SettlementError, error_facts
from bridge.domain.claims import ActResult, ClaimLine, ClaimReading
from bridge.service.settlementerrors import shown_error


class InvoiceReadingFacts(AnswerModel):
    """How the patient's identity was read (record 52)."""

    reading_kind: str
    support_kind: str
    support_serial: str
    read_on: Day | None
    read_time: str | None = Field(description="`HHMM` in Brussels.")
    manual_reason: str
    sticker_reason: str


class InvoiceLineFacts(AnswerModel):
    """One act, or one statistical line of a lump sum."""

    id: str
    reference: str
    nomenclature_code: str
    day_on: Day
    provider: str
    insurer_amount_cents: int
    copayment_cents: int
    supplement_cents: int
    units: int
    is_statistical: bool
    provider_norm: str
    care_time: str | None = Field(description="`HHMM` in Brussels.")
    visit: int | None
    place: str
    institution: str | None
    prescriber: str | None
    prescribed_on: Day | None
    prescriber_norm: str
    agreement_number: str | None
    repetition: str
    share_billing: str
    related_code: str | None
    is_in_convention: bool
    base_value_cents: int
    assistant: str | None
    share_percent: int
    reading: InvoiceReadingFacts | None
    result: str = Field(description="`open`, `paid`, `partly_paid` or `refused`.")
    paid_cents: int
    errors: list[SettlementError] = Field(description="All of the answer, refusing or not.")
    carried_from: str | None = Field(description="Reference of the refused act it repeats.")
    carried_to: str | None = Field(description="Reference of the act that repeats it.")
    credited_by: str | None = Field(description="Reference of the act that takes it back.")


_SAME: Final = (
    "id", "reference", "units", "is_statistical", "visit", "prescribed_on", "agreement_number",
    "carried_from", "carried_to", "credited_by",
)  # fmt: skip
_ENUMS: Final = ("provider_norm", "place", "prescriber_norm", "repetition", "share_billing")
_NUMBERS: Final = ("provider", "institution", "prescriber", "assistant")
_REFUSED: Final = "refused"


def line_facts(line: ClaimLine, language: str) -> InvoiceLineFacts:
    """Show an act."""
    return InvoiceLineFacts(
        **{name: getattr(line, name) for name in _SAME},
        **{name: getattr(line, name).value for name in _ENUMS},
        **{name: digits_of(getattr(line, name)) for name in _NUMBERS},
        nomenclature_code=line.code,
        day_on=line.day,
        insurer_amount_cents=line.insurer_amount,
        copayment_cents=line.copayment,
        supplement_cents=line.supplement,
        care_time=time_text(line.hour),
        related_code=line.related_code or None,
        is_in_convention=line.adheres_to_convention,
        base_value_cents=line.base_value,
        share_percent=line.lump_sum_share,
        reading=_reading(line.reading),
        result=_REFUSED if line.result is ActResult.REJECTED else line.result.value,
        paid_cents=line.paid_amount,
        errors=[error_facts(shown_error(each, line), language) for each in line.reasons],
    )


def _reading(reading: ClaimReading | None) -> InvoiceReadingFacts | None:
    if reading is None:
        return None
    return InvoiceReadingFacts(
        reading_kind=reading.reading_kind,
        support_kind=reading.support_kind,
        support_serial=reading.support_serial,
        read_on=reading.read_on,
        read_time=time_text(reading.read_hour),
        manual_reason=reading.manual_reason,
        sticker_reason=reading.sticker_reason,
    )
