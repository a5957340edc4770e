"""What speaks against sending an invoice batch, and its file zone by zone (D4, D18).

Pointers name members as callers know them: the rules know a few of them by other names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final, Literal, TypeVar

from pydantic import Field

from api.models.common import AnswerModel, Page, RequestModel
from bridge.codecs.efact.explain import ExplainedRecord, ExplainedZone
from bridge.codecs.efact.writer import FileFinding
from bridge.domain.invoicecases import ClaimFinding
from bridge.errors import Finding, ZoneFinding
from bridge.i18n import phrase, text
from bridge.service.invoicefiles import ClaimFindings, DryRun, Validation
from bridge.service.invoicezones import zone_of

AnyFinding = TypeVar("AnyFinding", bound=Finding)

_MEMBERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "code": "nomenclature_code",
        "day": "day_on",
        "insurer_amount": "insurer_amount_cents",
        "copayment": "copayment_cents",
        "supplement": "supplement_cents",
        "base_value": "base_value_cents",
        "norm": "is_statistical",
        "hour": "care_time",
        "read_hour": "read_time",
        "lump_sum_share": "share_percent",
    }
)
"""Members of the rules to those of the interface."""


class InvoicePageRequest(RequestModel):
    """Which page is wanted."""

    limit: int = Field(default=50, ge=1, le=200)
    cursor: str = Field(
        default="", max_length=512, description="`next_cursor` of the page before; empty first."
    )


class InvoiceFinding(AnswerModel):
    """One thing that speaks against sending a batch today."""

    pointer: str = Field(description="JSON Pointer into the claim, or into the batch.")
    code: str
    message: str
    is_warning: bool = Field(description="It can be sent all the same (D18).")
    record: str | None = Field(description="Type of the record that would be wrong.")
    zone: str | None = Field(description="Zone of that record.")
    zone_title: str | None
    start: int = Field(description="First position of the zone in its record; 0 without a zone.")
    length: int = Field(description="Characters of the zone; 0 without a zone.")


class InvoiceClaimFindings(AnswerModel):
    """What is wrong with one claim."""

    claim_id: str
    position: int
    findings: list[InvoiceFinding]


class InvoiceBatchValidation(AnswerModel):
    """What speaks against sending a batch, one page of its claims."""

    object: Literal["invoice_batch_validation"]
    invoice_batch_id: str
    is_submittable: bool
    errors: int = Field(description="Findings that keep it from being sent, all together.")
    warnings: int = Field(description="Findings that do not, all together.")
    findings: list[InvoiceFinding] = Field(description="About the batch as a whole.")
    items: list[InvoiceClaimFindings] = Field(description="Claims with findings, in their order.")
    page: Page


class InvoiceFileZone(AnswerModel):
    """One zone of a record."""

    zone: str
    title: str
    start: int = Field(description="First position in the record, from 1.")
    length: int
    raw: str = Field(description="The characters.")
    meaning: str = Field(description="A date, an amount, or what a code means; may be empty.")
    is_reserve: bool = Field(description="It never holds anything.")


class InvoiceFileRecord(AnswerModel):
    """One segment or record of a file."""

    kind: str = Field(description="Type of the record or segment, such as `50`.")
    title: str
    record: int = Field(description="Place in the file from 1; 0 for the segments.")
    position: int = Field(description="First position in the file, from 1.")
    zones: list[InvoiceFileZone]


class InvoiceFileFinding(AnswerModel):
    """One zone that keeps a file from being written."""

    code: str
    message: str
    record: str
    zone: str
    zone_title: str
    start: int
    length: int
    position: int
    invoice: int | None = Field(description="Place of the invoice in the file, from 0.")
    act: int | None = Field(description="Place of the act in the invoice, from 0.")


class InvoiceFilePreview(AnswerModel):
    """The file as it would be written today, one page of its records."""

    object: Literal["invoice_file_preview"]
    invoice_batch_id: str
    length: int = Field(description="Characters of the file; 0 when it cannot be written.")
    findings: list[InvoiceFileFinding] = Field(description="What keeps it from being written.")
    items: list[InvoiceFileRecord] = Field(description="Segments and records, in their order.")
    page: Page


def shown_pointers(findings: Iterable[AnyFinding]) -> tuple[AnyFinding, ...]:
    """Give findings with the names of the interface."""
    return tuple(replace(each, pointer=_shown(each.pointer)) for each in findings)


def _shown(pointer: str) -> str:
    stem, slash, last = pointer.rpartition("/")
    return f"{stem}{slash}{_MEMBERS.get(last, last)}"


def finding_of(finding: Finding, language: str) -> InvoiceFinding:
    """Show a finding; those of rules name record and zone."""
    record = zone = None
    if isinstance(finding, ClaimFinding):
        record, zone = finding.record, finding.zone
    place = None if record is None or zone is None else zone_of(record, zone)
    return InvoiceFinding(
        pointer=_shown(finding.pointer),
        code=finding.code,
        message=text(finding.code, "detail", language),
        is_warning=finding.is_warning,
        record=record,
        zone=zone,
        zone_title=None if place is None else phrase("zone_titles", place.title, language),
        start=0 if place is None else place.start,
        length=0 if place is None else place.length,
    )


def validation_of(
    batch_id: str, validation: Validation, page: Page, language: str
) -> InvoiceBatchValidation:
    """Show what speaks against sending a batch."""
    return InvoiceBatchValidation(
        object="invoice_batch_validation",
        invoice_batch_id=batch_id,
        is_submittable=validation.is_submittable,
        errors=validation.errors,
        warnings=validation.warnings,
        findings=[finding_of(each, language) for each in validation.batch],
        items=[_claim(each, language) for each in validation.claims],
        page=page,
    )


def _claim(found: ClaimFindings, language: str) -> InvoiceClaimFindings:
    return InvoiceClaimFindings(
        claim_id=found.claim_id,
        position=found.position,
        findings=[finding_of(each, language) for each in found.findings],
    )


def preview_of(batch_id: str, run: DryRun, page: Page, language: str) -> InvoiceFilePreview:
    """Show a file record by record."""
    return InvoiceFilePreview(
        object="invoice_file_preview",
        invoice_batch_id=batch_id,
        length=run.length,
        findings=[_wrong(each, language) for each in run.wrong],
        items=[_record(each, language) for each in run.records],
        page=page,
    )


def _record(record: ExplainedRecord, language: str) -> InvoiceFileRecord:
    return InvoiceFileRecord(
        kind=record.kind,
        title=phrase("record_titles", record.kind, language),
        record=record.record,
        position=record.position,
        zones=[_zone(each, language) for each in record.zones],
    )


def _zone(zone: ExplainedZone, language: str) -> InvoiceFileZone:
    return InvoiceFileZone(
        zone=zone.number,
        title=phrase("zone_titles", zone.title, language),
        start=zone.start,
        length=zone.length,
        raw=zone.raw,
        meaning=zone.meaning,
        is_reserve=zone.is_reserve,
    )


def _wrong(found: FileFinding, language: str) -> InvoiceFileFinding:
    zone = found.zone
    return InvoiceFileFinding(
        code=zone.fault.value,
        message=phrase("zone_faults", zone.fault.value, language),
        record=zone.kind,
        zone=zone.zone,
        zone_title=_title(zone, language),
        start=zone.start,
        length=zone.length,
        position=zone.position,
        invoice=found.invoice,
        act=found.act,
    )


def _title(zone: ZoneFinding, language: str) -> str:
    """Name the zone, or the record when it is wrong as a whole."""
    if zone.zone:
        return phrase("zone_titles", zone.title, language)
    return phrase("record_titles", zone.kind, language)
