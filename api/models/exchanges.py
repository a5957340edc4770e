"""The history as callers see it: exchanges, marks, evidence (D13, D17 to D20)."""

from __future__ import annotations

import base64
from typing import Annotated, Final, Literal

from pydantic import ConfigDict, Field, StringConstraints

from api.models.answer_findings import AnswerFinding, answer_findings
from api.models.common import AnswerModel, ListQuery, Moment, Page, RequestModel
from api.models.problem import ProblemDocument, describe
from api.models.registrations import Prerequisite
from bridge.domain.exchanges import Exchange, ReceivedResponse, SendProblem
from bridge.i18n import phrase, text
from bridge.ports.store import Evidence
from bridge.service.history import ExchangeDetail

PATH: Final = "/v1/exchanges"


class SendStatus(AnswerModel):
    """One trouble on the way; the list is empty when all is well."""

    at: Moment
    code: str
    remote_code: str | None
    title: str
    detail: str


class ExchangeDecision(AnswerModel):
    """A status an answer led to; earlier ones are kept (D17)."""

    at: Moment
    status: str
    response_id: str


class ExchangeResponse(AnswerModel):
    """Something the platform sent for this exchange."""

    id: str
    object: Literal["response"]
    kind: str = Field(description="`message`, `receipt` or `reject`.")
    message_name: str
    output_reference: str | None
    result: str | None
    is_readable: bool
    is_duplicate: bool
    deliveries: int
    findings: list[AnswerFinding] = Field(
        description="What is wrong with its content; the worst first."
    )
    received_at: Moment
    confirmed_at: Moment | None


class ExchangeLinks(AnswerModel):
    """Paths that belong to an exchange."""

    self: str
    evidence: str
    subject: str | None


class ExchangeResource(AnswerModel):
    """One message out and everything that came back: a row of the history."""

    id: str
    object: Literal["exchange"]
    status: str = Field(description="From the one vocabulary (D17).")
    practice_id: str | None
    registration_id: str
    actor_id: str = Field(description="For whom it was asked; `/v1/actors` says who that is.")
    service: str
    kind: str
    insurer: str
    input_reference: str
    items: int
    attempts: int
    has_receipt: bool
    problem: ProblemDocument | None
    send_status: list[SendStatus]
    decisions: list[ExchangeDecision]
    duplicate_of: str | None
    next_attempt_at: Moment | None
    sent_at: Moment | None
    answered_at: Moment | None
    read_at: Moment | None
    processed_at: Moment | None
    archived_at: Moment | None
    created_at: Moment
    updated_at: Moment
    links: ExchangeLinks


class ExchangeDetailResource(ExchangeResource):
    """One exchange with its responses."""

    responses: list[ExchangeResponse]
    prerequisites: list[Prerequisite] = Field(
        description="To be arranged outside the product, when the platform refused access."
    )


class SparseExchange(AnswerModel):
    """A row of the history with only the members that were asked for (API-65)."""

    model_config = ConfigDict(extra="allow", frozen=True)

    id: str
    object: Literal["exchange"]


class ExchangeList(AnswerModel):
    """A page of the history."""

    items: list[ExchangeDetailResource | ExchangeResource | SparseExchange] = Field(
        description="With `expand=responses` each with its responses; with `fields` only these."
    )
    page: Page
    query: ListQuery


class ResponseLinks(AnswerModel):
    """Paths that belong to a response."""

    self: str
    exchange: str


class ResponseResource(ExchangeResponse):
    """Something an insurer or the platform sent, on its own."""

    exchange_id: str
    practice_id: str | None
    registration_id: str
    service: str
    issuer: str | None
    links: ResponseLinks


class ResponseList(AnswerModel):
    """A page of responses, newest first."""

    items: list[ResponseResource]
    page: Page
    query: ListQuery


class EvidencePiece(AnswerModel):
    """The exact bytes of one message."""

    id: str
    subject_id: str
    kind: str = Field(
        description="`content`, `request`, `answer`, or `opened` for what was in its seal."
    )
    media_type: str
    created_at: Moment
    content_base64: str


class EvidenceList(AnswerModel):
    """All evidence of an exchange, oldest first."""

    items: list[EvidencePiece]


class ExchangeMarksRequest(RequestModel):
    """A mark for one or many rows; all or none."""

    exchange_ids: list[Annotated[str, StringConstraints(max_length=64)]] = Field(
        min_length=1, max_length=1000
    )
    mark: Literal["read", "unread", "processed", "unprocessed", "archived", "unarchived"]


class ExchangesMarked(AnswerModel):
    """The rows as they are now."""

    items: list[ExchangeResource]


class ExchangeSearchRequest(RequestModel):
    """Sensitive filters, in a body instead of an address (API-63)."""

    niss: Annotated[str, StringConstraints(pattern=r"^[0-9]{11}$")]
    limit: int = Field(default=50, ge=1, le=200)


class ResponseFetchRequest(RequestModel):
    """What is fetched; without members, everything of the default registration."""

    registration_id: Annotated[str, StringConstraints(max_length=64)] | None = None
    service: Literal["memberdata", "generic_insurability", "medadmin", "invoicing"] | None = None


def exchange_path(exchange_id: str) -> str:
    """Give the path of an exchange."""
    return f"{PATH}/{exchange_id}"


def exchange_resource(exchange: Exchange, language: str) -> ExchangeResource:
    """Show a row of the history."""
    return ExchangeResource.model_validate(_members(exchange, language))


def exchange_detail(detail: ExchangeDetail, language: str) -> ExchangeDetailResource:
    """Show an exchange with what came back."""
    members = _members(detail.exchange, language)
    responses = [_response(each, language) for each in detail.responses]
    needed = [
        Prerequisite(code=code, text=phrase("prerequisites", code, language))
        for code in detail.prerequisites
    ]
    return ExchangeDetailResource.model_validate(
        {**members, "responses": responses, "prerequisites": needed}
    )


def expanded(
    exchange: Exchange, responses: list[ReceivedResponse], language: str
) -> ExchangeDetailResource:
    """Show a row of the history with what came back."""
    return exchange_detail(ExchangeDetail(exchange=exchange, responses=responses), language)


def sparse(row: ExchangeResource, members: frozenset[str]) -> SparseExchange:
    """Keep only some members of a row."""
    shown = row.model_dump(mode="json", include={*members, "id", "object"})
    return SparseExchange.model_validate(shown)


def response_resource(response: ReceivedResponse, language: str) -> ResponseResource:
    """Show a response."""
    exchange = exchange_path(response.exchange_id)
    return ResponseResource(
        **_response(response, language).model_dump(),
        exchange_id=response.exchange_id,
        practice_id=response.practice_id or None,
        registration_id=response.registration_id,
        service=response.service,
        issuer=response.issuer,
        links=ResponseLinks(self=f"/v1/responses/{response.id}", exchange=exchange),
    )


def evidence_list(pieces: list[Evidence]) -> EvidenceList:
    """Show evidence."""
    return EvidenceList(
        items=[
            EvidencePiece(
                id=piece.id,
                subject_id=piece.subject_id,
                kind=piece.kind,
                media_type=piece.media_type,
                created_at=piece.created_at,
                content_base64=base64.b64encode(piece.content).decode("ascii"),
            )
            for piece in pieces
        ]
    )


_SAME: Final = (
    "id",
    "registration_id",
    "actor_id",
    "service",
    "kind",
    "insurer",
    "input_reference",
    "items",
    "attempts",
    "duplicate_of",
    "next_attempt_at",
    "sent_at",
    "answered_at",
    "read_at",
    "processed_at",
    "archived_at",
    "created_at",
    "updated_at",
)
"""Members that are shown as they are."""


def _members(exchange: Exchange, language: str) -> dict[str, object]:
    code = exchange.problem_code
    subject = exchange.subject_id
    path = exchange_path(exchange.id)
    return {
        **{name: getattr(exchange, name) for name in _SAME},
        "object": "exchange",
        "status": exchange.status.value,
        "practice_id": exchange.practice_id or None,
        "has_receipt": exchange.has_tack,
        "problem": None if code is None else describe(code, language=language),
        "send_status": [_problem(each, language) for each in exchange.send_status],
        "decisions": [
            ExchangeDecision(at=each.at, status=each.status.value, response_id=each.response_id)
            for each in exchange.decisions
        ],
        "links": ExchangeLinks(
            self=path,
            evidence=f"{path}/evidence",
            subject=None if subject is None else _subject_path(subject),
        ),
    }


_SUBJECT_PATHS: Final = {
    "sub": "/v1/declaration-submissions",
    "inv": "/v1/invoice-batches",
    "bin": "/v1/billing-invoices",
}


def _subject_path(subject_id: str) -> str:
    """Give where to read what a message belongs to; its first letters say what that is."""
    kind, _, _ = subject_id.partition("_")
    return f"{_SUBJECT_PATHS.get(kind, '/v1/insurability-batches')}/{subject_id}"


def _problem(problem: SendProblem, language: str) -> SendStatus:
    return SendStatus(
        at=problem.at,
        code=problem.code,
        remote_code=problem.remote_code,
        title=text(problem.code, "title", language),
        detail=text(problem.code, "detail", language),
    )


def _response(response: ReceivedResponse, language: str) -> ExchangeResponse:
    return ExchangeResponse(
        id=response.id,
        object="response",
        kind=response.kind.value,
        message_name=response.message_name,
        output_reference=response.output_reference,
        result=response.result,
        is_readable=response.is_readable,
        is_duplicate=response.is_duplicate,
        deliveries=response.deliveries,
        findings=answer_findings(response.findings, language),
        received_at=response.received_at,
        confirmed_at=response.confirmed_at,
    )
