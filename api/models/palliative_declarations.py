"""Palliative declarations (*Nursing messages* 6)."""

from __future__ import annotations

from typing import Any, Final, Literal

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from api.models.care import (
    CareNihiiText,
    care_patient_of,
    check_numbers,
    digits_of,
    nihii_of,
    patient_body,
    patient_numbers,
)
from api.models.common import AnswerModel, Day, ListQuery, Page
from api.models.declarations import (
    DeclarationChangeRequest,
    DeclarationRequest,
    DeclarationResource,
    common_members,
)
from bridge.domain.declarations import Declaration, PalliativeContent
from bridge.domain.identifiers import Nihii
from bridge.service.assessments import Assessment
from bridge.service.declarationdrafts import DeclarationDraft
from bridge.service.declarations import DeclarationView

_PROVIDERS: Final = (
    "usual_doctor",
    "responsible",
    "third_party_payer",
    "nurse",
    "multidisciplinary_team",
)


class PalliativeDeclarationRequest(DeclarationRequest):
    """A request of palliative care."""

    start_on: Day = Field(description="First day of palliative care.")
    usual_doctor: CareNihiiText = Field(description="The patient's general practitioner.")
    responsible: CareNihiiText | SkipJsonSchema[None] = Field(
        default=None, description="Responsible nurse of the group; the requester when left out."
    )
    third_party_payer: CareNihiiText | SkipJsonSchema[None] = None
    nurse: CareNihiiText | SkipJsonSchema[None] = None
    multidisciplinary_team: CareNihiiText | SkipJsonSchema[None] = None


class PalliativeDeclarationChangeRequest(DeclarationChangeRequest):
    """What changes of a palliative draft (JSON Merge Patch)."""

    start_on: Day | None = None
    usual_doctor: str | None = None
    responsible: str | None = None
    third_party_payer: str | None = None
    nurse: str | None = None
    multidisciplinary_team: str | None = None


class PalliativeDeclarationResource(DeclarationResource):
    """A palliative declaration with all that became of it."""

    object: Literal["palliative_declaration"]
    start_on: Day
    usual_doctor: str
    responsible: str | None
    third_party_payer: str | None
    nurse: str | None
    multidisciplinary_team: str | None


class PalliativeDeclarationList(AnswerModel):
    """Palliative declarations, newest first."""

    items: list[PalliativeDeclarationResource]
    page: Page
    query: ListQuery


class PalliativeDeclarationsMarked(AnswerModel):
    """The declarations that changed, as they are now."""

    items: list[PalliativeDeclarationResource]


def palliative_draft(body: PalliativeDeclarationRequest) -> DeclarationDraft:
    """Read a palliative declaration.

    Raises:
        InputError: a number has wrong check digits, with a finding for each.
    """
    providers = [(f"/{name}", Nihii.parse, getattr(body, name)) for name in _PROVIDERS]
    check_numbers([*patient_numbers(body.patient), *providers])
    content = PalliativeContent(
        start_on=body.start_on,
        usual_doctor=Nihii.parse(body.usual_doctor),
        responsible=nihii_of(body.responsible),
        third_party_payer=nihii_of(body.third_party_payer),
        nurse=nihii_of(body.nurse),
        multidisciplinary_team=nihii_of(body.multidisciplinary_team),
    )
    return DeclarationDraft(
        patient=care_patient_of(body.patient),
        content=content,
        client_ref=body.client_ref,
        registration_id=body.registration_id,
        nurse_reference=body.nurse_reference,
    )


def palliative_body(declaration: Declaration) -> dict[str, Any]:
    """Give a palliative declaration as it would have been sent, for a merge patch."""
    members = {
        **_content_members(declaration),
        "patient": patient_body(declaration.patient),
        "client_ref": declaration.client_ref,
        "nurse_reference": declaration.nurse_reference,
    }
    return {name: value for name, value in members.items() if value is not None}


def palliative_resource(
    view: DeclarationView, _assessment: Assessment | None, language: str
) -> PalliativeDeclarationResource:
    """Show a palliative declaration."""
    return PalliativeDeclarationResource(
        object="palliative_declaration",
        **_content_members(view.declaration),
        **common_members(view, language),
    )


def _content_members(declaration: Declaration) -> dict[str, Any]:
    content = declaration.content
    if not isinstance(content, PalliativeContent):
        raise TypeError(declaration.kind.value)
    numbers = {name: digits_of(getattr(content, name)) for name in _PROVIDERS}
    return {"start_on": content.start_on, **numbers}
