"""Reports about settlements and refusals, as callers ask for and see them (D14)."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints
from pydantic.json_schema import SkipJsonSchema

from api.models.common import AnswerModel, Day, ListQuery, Moment, Page, Passphrase, RequestModel
from bridge.domain.reports import Report, ReportFormat, ReportKind
from bridge.errors import Finding, InputError
from bridge.ports.invoices import InvoiceFilter
from bridge.service.refusalreport import WantedRefusals
from bridge.service.reports import WantedReport

PATH: Final = "/v1/reports"
_MOST: Final = 20
_SETTLEMENT: Final = "settlement_id"
_REFUSALS: Final = ("answered_from_on", "answered_to_on", "insurers", "practice_ids")

ReportFormatText = Literal["pdf", "xlsx"]
Insurer = Annotated[str, StringConstraints(pattern=r"^[1-9]00$")]
Identifier = Annotated[str, StringConstraints(min_length=1, max_length=64)]


class ReportRequest(RequestModel):
    """What is reported: one settlement, or the refused acts that fit."""

    kind: Literal["settlement", "refusals"]
    format: ReportFormatText
    language: Literal["fr", "nl", "de", "en"] | SkipJsonSchema[None] = Field(
        default=None, description="Of the file; by default that of `Accept-Language`."
    )
    settlement_id: Identifier | SkipJsonSchema[None] = Field(
        default=None, description="Needed by `settlement`, and only there."
    )
    answered_from_on: Day | SkipJsonSchema[None] = Field(
        default=None, description="First day on which the last answer came in, included."
    )
    answered_to_on: Day | SkipJsonSchema[None] = Field(
        default=None, description="Last such day, included."
    )
    insurers: list[Insurer] | SkipJsonSchema[None] = Field(
        default=None, min_length=1, max_length=_MOST, description="Any of these unions."
    )
    practice_ids: list[Identifier] | SkipJsonSchema[None] = Field(
        default=None, min_length=1, max_length=_MOST, description="Any of these practices."
    )
    passphrase: Passphrase | SkipJsonSchema[None] = Field(
        default=None,
        description=(
            "The file is a ZIP file (AES-256) that opens with it. Needed unless the user allowed "
            "plain files; kept nowhere."
        ),
    )


class ReportLinks(AnswerModel):
    """Paths that belong to a report."""

    self: str
    content: str
    settlement: str | None


class ReportResource(AnswerModel):
    """One report; its content is deleted when it expires."""

    id: str
    object: Literal["report"]
    kind: str
    format: str
    language: str
    rows: int = Field(description="Acts in it.")
    size_bytes: int
    sha256: str
    settlement_id: str | None
    created_at: Moment
    updated_at: Moment
    expires_at: Moment
    is_sealed: bool = Field(description="It opens with the pass phrase that was given.")
    links: ReportLinks


class ReportList(AnswerModel):
    """The caller's reports, newest first."""

    items: list[ReportResource]
    page: Page
    query: ListQuery


def report_path(report_id: str) -> str:
    """Give the path of a report."""
    return f"{PATH}/{report_id}"


def report_resource(report: Report) -> ReportResource:
    """Show a report."""
    path = report_path(report.id)
    about = report.settlement_id
    return ReportResource(
        id=report.id,
        object="report",
        kind=report.kind.value,
        format=report.format.value,
        language=report.language,
        rows=report.rows,
        size_bytes=report.size_bytes,
        sha256=report.sha256,
        settlement_id=about,
        created_at=report.created_at,
        updated_at=report.created_at,
        expires_at=report.expires_at,
        is_sealed=report.is_sealed,
        links=ReportLinks(
            self=path,
            content=f"{path}/content",
            settlement=None if about is None else f"/v1/settlements/{about}",
        ),
    )


def wanted_report(body: ReportRequest, language: str) -> WantedReport:
    """Read what is reported.

    Raises:
        InputError: a member is missing, belongs to the other kind, or the days are reversed.
    """
    is_settlement = ReportKind(body.kind) is ReportKind.SETTLEMENT
    _check_members(body, is_settlement=is_settlement)
    return WantedReport(
        format=ReportFormat(body.format),
        language=body.language or language,
        settlement_id=body.settlement_id,
        refusals=None if is_settlement else _refusals(body),
        passphrase=body.passphrase,
    )


def _refusals(body: ReportRequest) -> WantedRefusals:
    first, last = body.answered_from_on, body.answered_to_on
    if first is not None and last is not None and last < first:
        finding = Finding(pointer="/answered_to_on", code="period_reversed")
        raise InputError(findings=(finding,))
    return WantedRefusals(
        batches=InvoiceFilter(
            insurer=tuple(body.insurers or ()), practice_id=tuple(body.practice_ids or ())
        ),
        answered_from=first,
        answered_to=last,
    )


def _check_members(body: ReportRequest, *, is_settlement: bool) -> None:
    wrong = _REFUSALS if is_settlement else (_SETTLEMENT,)
    findings = [
        Finding(pointer=f"/{name}", code="member_not_for_kind")
        for name in wrong
        if getattr(body, name) is not None
    ]
    if is_settlement and body.settlement_id is None:
        findings.append(Finding(pointer=f"/{_SETTLEMENT}", code="member_missing"))
    if findings:
        raise InputError(findings=tuple(findings))
