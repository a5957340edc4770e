"""Work lists as front ends fill them and people see them."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Final, Literal

from pydantic import Field, StringConstraints
from pydantic.json_schema import SkipJsonSchema

from api.models.batches import BatchFinding, ClientRef, InsurerText
from api.models.common import AnswerModel, Day, ListQuery, Moment, Page, RequestModel
from api.models.merging import MergeModel
from api.models.questions import PatientReference, patient_of
from api.models.sessions import RegistrationId
from bridge.domain.insurability import InsurabilityQuestion, Purpose
from bridge.domain.periods import Period
from bridge.domain.worklists import MOST_PUSHED, ShownRow, WorkList
from bridge.errors import Finding, InputError
from bridge.i18n import text
from bridge.service.worklists import PushedRow

ROOT: Final = "/v1/work-lists"
PATH: Final = ROOT + "/{work_list}/rows"

MonthText = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$"),
    Field(description="Month of billing, `YYYY-MM`."),
]
_ANY_DAY: Final = Period(from_on=date(2000, 1, 1), to_on=date(2000, 1, 1))
"""Stands in for the days, which follow from the moment of sending or from the month."""
_Id = Annotated[str, StringConstraints(max_length=64)]


class WorkRowRequest(RequestModel):
    """One patient to ask about."""

    client_ref: ClientRef
    patient: PatientReference
    insurer: InsurerText | SkipJsonSchema[None] = None
    month: MonthText | SkipJsonSchema[None] = Field(
        default=None, description="For `billing_month`, where it is required."
    )
    last_care_on: Day | SkipJsonSchema[None] = Field(
        default=None,
        description="For `new_patients`: last care before today; left out when there was none.",
    )
    registration_id: RegistrationId | SkipJsonSchema[None] = None
    is_ticked: bool = Field(default=True, description="Whether it goes with the next submission.")
    is_billed: bool = Field(default=False, description="Billed elsewhere: it leaves the list.")


class WorkRowsRequest(RequestModel):
    """Patients to ask about; a known `client_ref` renews its row."""

    rows: list[WorkRowRequest] = Field(min_length=1, max_length=MOST_PUSHED)


class WorkRowChangeRequest(MergeModel):
    """What changes of a row (JSON Merge Patch)."""

    patient: dict[str, str] | None = None
    insurer: InsurerText | None = None
    last_care_on: Day | None = None
    is_ticked: bool | None = None
    is_billed: bool | None = None


class WorkListSubmissionRequest(RequestModel):
    """What of a list is sent: the named rows, or all that are ticked."""

    row_ids: list[_Id] | SkipJsonSchema[None] = Field(
        default=None, min_length=1, max_length=MOST_PUSHED
    )
    month: MonthText | SkipJsonSchema[None] = None
    hold_until_session: bool = Field(
        default=False, description="Wait up to a day for a session instead of a refusal (API-45)."
    )
    duplicate_of_confirmed: _Id | SkipJsonSchema[None] = Field(
        default=None, description="Exchange known to be the same (API-36)."
    )


class WorkRowPatient(AnswerModel):
    """The patient as the front end named them."""

    niss: str | None
    mutuality: str | None
    membership_number: str | None


class WorkRowLinks(AnswerModel):
    """Paths that belong to a row."""

    self: str
    batch: str | None


class WorkRowResource(AnswerModel):
    """One patient on a work list."""

    id: str
    object: Literal["work_list_row"]
    work_list: str
    client_ref: str
    practice_id: str | None
    registration_id: str
    patient: WorkRowPatient
    insurer: str | None
    month: str | None
    last_care_on: Day | None
    status: str = Field(description="`to_send`, then where its message stands (D17).")
    findings: list[BatchFinding]
    is_sendable: bool
    is_ticked: bool = Field(description="Only what can be sent has a tick.")
    billed_at: Moment | None
    created_at: Moment
    updated_at: Moment
    links: WorkRowLinks


class WorkRowList(AnswerModel):
    """Rows that are on a list, oldest first."""

    items: list[WorkRowResource]
    page: Page
    query: ListQuery


class WorkRowsPushed(AnswerModel):
    """The rows as they are now, in the order of the request."""

    items: list[WorkRowResource]


def row_path(work_list: str, row_id: str) -> str:
    """Give the path of a row."""
    return f"{ROOT}/{work_list}/rows/{row_id}"


def pushed_row(body: WorkRowRequest, work_list: WorkList, pointer: str = "") -> PushedRow:
    """Read a row; what is wrong with its patient becomes the row's finding.

    Raises:
        InputError: ``month`` or ``last_care_on`` does not belong to the list, with the finding.
    """
    is_billing = work_list is WorkList.BILLING_MONTH
    if is_billing != (body.month is not None):
        raise InputError(findings=(Finding(pointer=f"{pointer}/month", code="value_invalid"),))
    if is_billing and body.last_care_on is not None:
        finding = Finding(pointer=f"{pointer}/last_care_on", code="value_invalid")
        raise InputError(findings=(finding,))
    given = body.patient.model_dump(exclude_none=True)
    question: InsurabilityQuestion | None = None
    findings: tuple[Finding, ...] = ()
    try:
        question = _question(body, work_list)
    except InputError as error:
        findings = error.findings
    return PushedRow(
        client_ref=body.client_ref,
        given=given,
        question=question,
        findings=findings,
        insurer=body.insurer,
        month=body.month,
        last_care_on=body.last_care_on,
        registration_id=body.registration_id,
        is_ticked=body.is_ticked,
    )


def _question(body: WorkRowRequest, work_list: WorkList) -> InsurabilityQuestion:
    """Give who is asked about; the days are chosen when it is sent."""
    purpose = Purpose.INFORMATION
    if work_list is WorkList.BILLING_MONTH:
        purpose = Purpose.INVOICING
    return InsurabilityQuestion(patient=patient_of(body.patient), period=_ANY_DAY, purpose=purpose)


def current_row(shown: ShownRow) -> dict[str, Any]:
    """Give a row as it would have been pushed, for a merge patch."""
    row = shown.row
    members = {
        "client_ref": row.client_ref,
        "patient": dict(row.given),
        "insurer": row.insurer,
        "month": row.month,
        "last_care_on": row.last_care_on,
        "is_ticked": row.is_ticked,
        "is_billed": row.billed_at is not None,
    }
    return {name: value for name, value in members.items() if value is not None}


def row_resource(shown: ShownRow, language: str) -> WorkRowResource:
    """Show a row."""
    row = shown.row
    return WorkRowResource(
        id=row.id,
        object="work_list_row",
        work_list=row.list.value,
        client_ref=row.client_ref,
        practice_id=row.practice_id or None,
        registration_id=row.registration_id,
        patient=WorkRowPatient(
            niss=row.given.get("niss"),
            mutuality=row.given.get("mutuality"),
            membership_number=row.given.get("membership_number"),
        ),
        insurer=shown.insurer,
        month=row.month,
        last_care_on=row.last_care_on,
        status=shown.status.value,
        findings=[
            BatchFinding(
                pointer=each.pointer, code=each.code, message=text(each.code, "detail", language)
            )
            for each in shown.findings
        ],
        is_sendable=shown.is_sendable,
        is_ticked=shown.is_ticked,
        billed_at=row.billed_at,
        created_at=row.created_at,
        updated_at=row.updated_at,
        links=WorkRowLinks(
            self=row_path(row.list.value, row.id),
            batch=None if row.batch_id is None else f"/v1/insurability-batches/{row.batch_id}",
        ),
    )
