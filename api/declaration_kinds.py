"""The three kinds of declarations as a table: what differs between their addresses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from api import care_examples as examples
from api.models.common import AnswerModel, RequestModel
from api.models.declarations import DeclarationResource
from api.models.katz_declarations import (
    KatzDeclarationChangeRequest,
    KatzDeclarationList,
    KatzDeclarationRequest,
    KatzDeclarationResource,
    KatzDeclarationsMarked,
    katz_body,
    katz_draft,
    katz_resource,
)
from api.models.merging import MergeModel
from api.models.palliative_declarations import (
    PalliativeDeclarationChangeRequest,
    PalliativeDeclarationList,
    PalliativeDeclarationRequest,
    PalliativeDeclarationResource,
    PalliativeDeclarationsMarked,
    palliative_body,
    palliative_draft,
    palliative_resource,
)
from api.models.technical_act_declarations import (
    TechnicalActDeclarationChangeRequest,
    TechnicalActDeclarationList,
    TechnicalActDeclarationRequest,
    TechnicalActDeclarationResource,
    TechnicalActDeclarationsMarked,
    technical_act_body,
    technical_act_draft,
    technical_act_resource,
)
from bridge.domain.declarations import Declaration, DeclarationKind
from bridge.service.assessments import Assessment
from bridge.service.declarationdrafts import DeclarationDraft, root_of
from bridge.service.declarations import DeclarationView


@dataclass(frozen=True, kw_only=True)
class DeclarationRow:
    """One kind.

    Attributes:
        noun: What people call one, within a sentence.
        request: What creates one; ``draft_of`` reads it.
        change: What changes a draft.
        resource: What is shown; ``show`` makes it.
        listed: A page of them.
        marked: Those that a mark changed.
        draft_of: Reads a request.
        body_of: Gives a declaration as it would have been sent, for a merge patch.
        show: Shows one with what its scores allow.
        example: Of a draft.
        later_example: Of one that was answered, where there is one.
        request_example: What creates the example.
        change_example: What changes it.
    """

    kind: DeclarationKind
    noun: str
    request: type[RequestModel]
    change: type[MergeModel]
    resource: type[DeclarationResource]
    listed: type[AnswerModel]
    marked: type[AnswerModel]
    draft_of: Callable[[Any], DeclarationDraft]
    body_of: Callable[[Declaration], dict[str, Any]]
    show: Callable[[DeclarationView, Assessment | None, str], DeclarationResource]
    example: Mapping[str, Any]
    later_example: Mapping[str, Any]
    request_example: Mapping[str, Any]
    change_example: Mapping[str, Any]

    @property
    def path(self) -> str:
        """Path of the list."""
        return root_of(self.kind)

    @property
    def name(self) -> str:
        """Name of the resource, as in ``create_katz_declaration``."""
        return f"{self.kind.value}_declaration"


KATZ: Final = DeclarationRow(
    kind=DeclarationKind.KATZ,
    noun="Katz declaration",
    request=KatzDeclarationRequest,
    change=KatzDeclarationChangeRequest,
    resource=KatzDeclarationResource,
    listed=KatzDeclarationList,
    marked=KatzDeclarationsMarked,
    draft_of=katz_draft,
    body_of=katz_body,
    show=katz_resource,
    example=examples.KATZ,
    later_example=examples.KATZ_ACCEPTED,
    request_example=examples.KATZ_REQUEST,
    change_example={"care_kind": "A"},
)
PALLIATIVE: Final = DeclarationRow(
    kind=DeclarationKind.PALLIATIVE,
    noun="palliative declaration",
    request=PalliativeDeclarationRequest,
    change=PalliativeDeclarationChangeRequest,
    resource=PalliativeDeclarationResource,
    listed=PalliativeDeclarationList,
    marked=PalliativeDeclarationsMarked,
    draft_of=palliative_draft,
    body_of=palliative_body,
    show=palliative_resource,
    example=examples.PALLIATIVE,
    later_example=examples.PALLIATIVE,
    request_example=examples.PALLIATIVE_REQUEST,
    change_example={"start_on": "2026-11-23"},
)
TECHNICAL_ACT: Final = DeclarationRow(
    kind=DeclarationKind.TECHNICAL_ACT,
    noun="notification of a technical act",
    request=TechnicalActDeclarationRequest,
    change=TechnicalActDeclarationChangeRequest,
    resource=TechnicalActDeclarationResource,
    listed=TechnicalActDeclarationList,
    marked=TechnicalActDeclarationsMarked,
    draft_of=technical_act_draft,
    body_of=technical_act_body,
    show=technical_act_resource,
    example=examples.TECHNICAL_ACT,
    later_example=examples.TECHNICAL_ACT,
    request_example=examples.TECHNICAL_ACT_REQUEST,
    change_example={"product": "GLUCOSE 5%"},
)
ROWS: Final = (KATZ, PALLIATIVE, TECHNICAL_ACT)
"""All kinds."""
