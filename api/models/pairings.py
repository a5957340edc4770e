"""Pairings as callers see them; the token stands in one answer, once.

Source: *Local API security* 7; the names of members are those of its text.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints
from pydantic.json_schema import SkipJsonSchema

from api.models.common import AnswerModel, Links, ListQuery, Moment, Page, RequestModel
from bridge.domain.pairings import CONNECTED, DECIDE_WITHIN, ClientKind, Pairing, PairingState
from bridge.service.pairings import GivenToken, OpenedPairing, WantedPairing

PATH: Final = "/v1/pairings"
CURRENT: Final = f"{PATH}/current"
_MOST_SCOPES: Final = 40

Coordinate = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{43}$")]
ReturnPath = Annotated[str, StringConstraints(pattern=r"^/[A-Za-z0-9._~/-]{0,255}$")]
Handle = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
ScopeName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z:-]{0,39}$")]
State = Literal["pending", "approved", "denied", "blocked", "expired", "revoked"]


class DpopKeyRequest(RequestModel):
    """The public key a token is bound to: these four members of its JWK, and no other."""

    kty: Literal["EC"]
    crv: Literal["P-256"]
    x: Coordinate
    y: Coordinate


class PairingRequest(RequestModel):
    """What software says when it wants to be connected."""

    client_kind: Literal["web", "native"]
    display_name: Annotated[str, StringConstraints(min_length=1, max_length=1000)] = Field(
        description="Shown shortened and without invisible characters, behind the origin."
    )
    scopes: list[ScopeName] = Field(min_length=1, max_length=_MOST_SCOPES)
    dpop_jwk: DpopKeyRequest | SkipJsonSchema[None] = None
    return_path: ReturnPath | SkipJsonSchema[None] = Field(
        default=None,
        description="Path of your page that `carebridge:` addresses lead back to; `/` without.",
    )
    pairing_handle: Handle | SkipJsonSchema[None] = Field(
        default=None,
        description="From the fragment of that page: the window then opens at once.",
    )

    def wanted(self, *, origin: str | None, is_browser: bool) -> WantedPairing:
        """Give what is wanted, with what the request itself says of its sender."""
        return WantedPairing(
            client_kind=ClientKind(self.client_kind),
            origin=origin,
            is_browser=is_browser,
            display_name=self.display_name,
            scopes=tuple(self.scopes),
            dpop_jwk=None if self.dpop_jwk is None else self.dpop_jwk.model_dump(),
            return_path=self.return_path or "/",
            handle=self.pairing_handle,
        )


class PairingCodeRequest(RequestModel):
    """The code that the user read in our window, or on the command line, and typed."""

    code: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]


class PairingLinks(AnswerModel):
    """Where to ask, and where native software sends the code."""

    self: str
    code: str | None


class PairingOffer(AnswerModel):
    """A request that waits for the user."""

    pairing_id: str
    object: Literal["pairing_offer"]
    pairing_secret: str = Field(description="Given once; for `Authorization: Pairing …`.")
    comparison_code: str | None = Field(
        description="Show it beside ours. Null for native software: there the user types it."
    )
    expires_in: int = Field(description="Seconds within which the user decides.")
    links: PairingLinks


class PairingProgress(AnswerModel):
    """A request that still waits."""

    pairing_id: str
    object: Literal["pairing_progress"]
    state: Literal["pending"]
    is_approved: bool = Field(description="The user said yes; native software still owes the code.")
    is_code_confirmed: bool
    expires_at: Moment
    links: PairingLinks


class PairingGrant(AnswerModel):
    """The token, once."""

    pairing_id: str
    object: Literal["pairing_grant"]
    token: str
    token_type: Literal["Bearer", "DPoP"]
    scopes: list[str] = Field(description="What was granted; may be less than what was asked.")
    expires_at: Moment = Field(description="In any case; without any call it ends earlier.")
    links: Links


class PairingResource(AnswerModel):
    """One piece of connected, refused or blocked software."""

    id: str
    object: Literal["pairing"]
    client_kind: Literal["web", "native"]
    origin: str | None
    display_name: str = Field(description="What the software calls itself; no proof of anything.")
    scopes: list[str] = Field(description="Granted; asked for while it waits.")
    state: State
    actor_id: str = Field(description="Whom it acts for; the owner unless the user chose somebody.")
    is_paused: bool = Field(description="The user lets it do nothing until she resumes it.")
    is_key_bound: bool = Field(description="The token is worth nothing without a key.")
    created_at: Moment
    updated_at: Moment
    expires_at: Moment
    last_used_at: Moment | None
    calls_today: int | None
    links: Links


class PairingList(AnswerModel):
    """All pairings, newest first."""

    items: list[PairingResource]
    page: Page
    query: ListQuery


def pairing_path(pairing_id: str) -> str:
    """Give the path of a pairing."""
    return f"{PATH}/{pairing_id}"


def pairing_offer(opened: OpenedPairing) -> PairingOffer:
    """Show a request that was taken, with its secret."""
    pairing = opened.pairing
    is_native = pairing.client_kind is ClientKind.NATIVE
    return PairingOffer(
        pairing_id=pairing.id,
        object="pairing_offer",
        pairing_secret=opened.secret,
        comparison_code=None if is_native else pairing.code,
        expires_in=int(DECIDE_WITHIN.total_seconds()),
        links=_links(pairing),
    )


def pairing_progress(pairing: Pairing) -> PairingProgress:
    """Show a request that waits."""
    return PairingProgress(
        pairing_id=pairing.id,
        object="pairing_progress",
        state="pending",
        is_approved=pairing.state is PairingState.APPROVED,
        is_code_confirmed=pairing.is_code_confirmed,
        expires_at=pairing.expires_at,
        links=_links(pairing),
    )


def pairing_grant(given: GivenToken) -> PairingGrant:
    """Show a token, once."""
    pairing = given.pairing
    return PairingGrant(
        pairing_id=pairing.id,
        object="pairing_grant",
        token=given.token,
        token_type="Bearer" if pairing.key_thumbprint is None else "DPoP",
        scopes=sorted(pairing.granted),
        expires_at=pairing.expires_at if pairing.token is None else pairing.token.expires_at,
        links=Links(self=CURRENT),
    )


def pairing_resource(pairing: Pairing, now: datetime) -> PairingResource:
    """Show a pairing; a token that was fetched makes no state of its own here."""
    token = pairing.token
    state: State = "approved"
    if pairing.state not in {PairingState.COLLECTED, PairingState.APPROVED}:
        state = _STATES[pairing.state]
    return PairingResource(
        id=pairing.id,
        object="pairing",
        client_kind=_KINDS[pairing.client_kind],
        origin=pairing.origin,
        display_name=pairing.display_name,
        scopes=sorted(pairing.granted or pairing.scopes),
        state=state,
        actor_id=pairing.actor_id,
        is_paused=pairing.paused_at is not None and pairing.state in CONNECTED,
        is_key_bound=pairing.key_thumbprint is not None,
        created_at=pairing.created_at,
        updated_at=pairing.updated_at,
        expires_at=pairing.expires_at if token is None else token.expires_at,
        last_used_at=None if token is None else token.last_used_at,
        calls_today=None if token is None else token.calls_today(now),
        links=Links(self=pairing_path(pairing.id)),
    )


_KINDS: Final[dict[ClientKind, Literal["web", "native"]]] = {
    ClientKind.WEB: "web",
    ClientKind.NATIVE: "native",
}
_STATES: Final[dict[PairingState, State]] = {
    PairingState.PENDING: "pending",
    PairingState.DENIED: "denied",
    PairingState.BLOCKED: "blocked",
    PairingState.EXPIRED: "expired",
    PairingState.REVOKED: "revoked",
}


def _links(pairing: Pairing) -> PairingLinks:
    path = pairing_path(pairing.id)
    is_native = pairing.client_kind is ClientKind.NATIVE
    return PairingLinks(self=path, code=f"{path}/code" if is_native else None)
