"""Making the value of a declaration: its identifiers, its references, its owner.

Source: *Nursing messages* 2, 3 and 8; *REST API conventions* API-03.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from bridge.domain.declarations import (
    CarePatient,
    Content,
    Declaration,
    DeclarationKind,
    KatzContent,
    PalliativeContent,
    TechnicalActContent,
)
from bridge.domain.exchanges import ExchangeStatus
from bridge.domain.ids import IdSource
from bridge.domain.registrations import Registration, care_provider
from bridge.mycarenet.common import reference_digits
from bridge.service.tokens import Client

PREFIXES: Final = {
    DeclarationKind.KATZ: "ktz",
    DeclarationKind.PALLIATIVE: "pal",
    DeclarationKind.TECHNICAL_ACT: "tec",
}
"""First letters of the identifiers."""

_REFERENCE_LETTERS: Final = {
    DeclarationKind.KATZ: "K",
    DeclarationKind.PALLIATIVE: "P",
    DeclarationKind.TECHNICAL_ACT: "T",
}
KIND_OF: Final = {
    KatzContent: DeclarationKind.KATZ,
    PalliativeContent: DeclarationKind.PALLIATIVE,
    TechnicalActContent: DeclarationKind.TECHNICAL_ACT,
}
"""Which content makes which kind."""


@dataclass(frozen=True, kw_only=True)
class DeclarationDraft:
    """What a front end wants to declare."""

    patient: CarePatient
    content: Content = field(repr=False)
    client_ref: str | None = None
    registration_id: str | None = None
    nurse_reference: str | None = None


def fresh(
    draft: DeclarationDraft,
    registration: Registration,
    *,
    client: Client,
    now: datetime,
    ids: IdSource,
) -> Declaration:
    """Give the declaration of a draft.

    Raises:
        InputError: a member the registration's kind needs is missing.
    """
    kind = KIND_OF[type(draft.content)]
    return Declaration(
        id=ids.ulid(PREFIXES[kind]),
        kind=kind,
        client_id=client.id,
        practice_id=registration.practice_id,
        registration_id=registration.id,
        patient=draft.patient,
        content=draft.content,
        requester=care_provider(registration),
        nurse_reference=draft.nurse_reference or new_nurse_reference(kind, ids),
        status=ExchangeStatus.DRAFT,
        created_at=now,
        updated_at=now,
        client_ref=draft.client_ref,
    )


def new_nurse_reference(kind: DeclarationKind, ids: IdSource) -> str:
    """Make a reference of our own: a letter for the kind and 14 digits that mean nothing."""
    return _REFERENCE_LETTERS[kind] + reference_digits(ids)


def path_of(declaration: Declaration) -> str:
    """Give the path of a declaration."""
    return path_of_id(declaration.id)


def path_of_id(declaration_id: str) -> str:
    """Give the path of a declaration from its identifier, whose first letters say its kind.

    Raises:
        LookupError: it is no identifier of a declaration.
    """
    prefix = declaration_id.partition("_")[0]
    kind = next((kind for kind, letters in PREFIXES.items() if letters == prefix), None)
    if kind is None:
        raise LookupError("not a declaration")
    return f"{root_of(kind)}/{declaration_id}"


def root_of(kind: DeclarationKind) -> str:
    """Give the path under which the declarations of a kind are."""
    return f"/v1/{kind.value.replace('_', '-')}-declarations"


def again(declaration: Declaration, *, now: datetime, ids: IdSource) -> Declaration:
    """Give a new draft of the same owner about the same patient."""
    return Declaration(
        id=ids.ulid(PREFIXES[declaration.kind]),
        kind=declaration.kind,
        client_id=declaration.client_id,
        practice_id=declaration.practice_id,
        registration_id=declaration.registration_id,
        patient=declaration.patient,
        content=declaration.content,
        requester=declaration.requester,
        nurse_reference=new_nurse_reference(declaration.kind, ids),
        status=ExchangeStatus.DRAFT,
        created_at=now,
        updated_at=now,
        client_ref=declaration.client_ref,
    )
