"""Notifications of specific technical acts (*Nursing messages* 7; D25)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from api.models.care import (
    CareNihiiText,
    CarePeriodFacts,
    CarePeriodRequest,
    care_patient_of,
    care_period_of,
    check_numbers,
    patient_body,
    patient_numbers,
    period_facts,
)
from api.models.common import AnswerModel, ListQuery, Page
from api.models.declarations import (
    DeclarationChangeRequest,
    DeclarationRequest,
    DeclarationResource,
    common_members,
)
from api.models.katz import without_nulls
from bridge.domain.declarations import Declaration, TechnicalActContent, TechnicalActKind
from bridge.domain.identifiers import Nihii
from bridge.service.assessments import Assessment
from bridge.service.declarationdrafts import DeclarationDraft
from bridge.service.declarations import DeclarationView

ActKindText = Literal["perfusion", "parenteral", "catheter"]
ProductText = Annotated[
    str,
    StringConstraints(min_length=1, max_length=150),
    Field(description="What is administered, in capital letters."),
]


class TechnicalActDeclarationRequest(DeclarationRequest):
    """A notification of a specific technical act."""

    act_kind: ActKindText
    period: CarePeriodRequest
    prescriber: CareNihiiText
    product: ProductText


class TechnicalActDeclarationChangeRequest(DeclarationChangeRequest):
    """What changes of a draft of a specific technical act (JSON Merge Patch)."""

    act_kind: ActKindText | None = None
    period: dict[str, str | None] | None = None
    prescriber: str | None = None
    product: str | None = None


class TechnicalActDeclarationResource(DeclarationResource):
    """A notification of a specific technical act with all that became of it."""

    object: Literal["technical_act_declaration"]
    act_kind: str
    period: CarePeriodFacts
    prescriber: str
    product: str


class TechnicalActDeclarationList(AnswerModel):
    """Notifications of specific technical acts, newest first."""

    items: list[TechnicalActDeclarationResource]
    page: Page
    query: ListQuery


class TechnicalActDeclarationsMarked(AnswerModel):
    """The declarations that changed, as they are now."""

    items: list[TechnicalActDeclarationResource]


def technical_act_draft(body: TechnicalActDeclarationRequest) -> DeclarationDraft:
    """Read a notification.

    Raises:
        InputError: a number has wrong check digits, with a finding for each.
    """
    prescriber = ("/prescriber", Nihii.parse, body.prescriber)
    check_numbers([*patient_numbers(body.patient), prescriber])
    content = TechnicalActContent(
        act_kind=TechnicalActKind(body.act_kind),
        period=care_period_of(body.period),
        prescriber=Nihii.parse(body.prescriber),
        product=body.product,
    )
    return DeclarationDraft(
        patient=care_patient_of(body.patient),
        content=content,
        client_ref=body.client_ref,
        registration_id=body.registration_id,
        nurse_reference=body.nurse_reference,
    )


def technical_act_body(declaration: Declaration) -> dict[str, Any]:
    """Give a notification as it would have been sent, for a merge patch."""
    shown = _content_members(declaration)
    members = {
        **shown,
        "period": without_nulls(shown["period"]) or {},
        "patient": patient_body(declaration.patient),
        "client_ref": declaration.client_ref,
        "nurse_reference": declaration.nurse_reference,
    }
    return {name: value for name, value in members.items() if value is not None}


def technical_act_resource(
    view: DeclarationView, _assessment: Assessment | None, language: str
) -> TechnicalActDeclarationResource:
    """Show a notification."""
    return TechnicalActDeclarationResource(
        object="technical_act_declaration",
        **_content_members(view.declaration),
        **common_members(view, language),
    )


def _content_members(declaration: Declaration) -> dict[str, Any]:
    content = declaration.content
    if not isinstance(content, TechnicalActContent):
        raise TypeError(declaration.kind.value)
    return {
        "act_kind": content.act_kind.value,
        "period": period_facts(content.period),
        "prescriber": content.prescriber.digits,
        "product": content.product,
    }
