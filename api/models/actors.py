"""Actors and their rights as callers see and change them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from api.models.common import AnswerModel, Links, ListQuery, Moment, Page, RequestModel
from api.models.merging import MergeModel
from api.models.practices import Label
from bridge.domain.rights import (
    MOST_GRANTS,
    Actor,
    ActorKind,
    Grant,
    Matter,
    MessageKind,
    Right,
    allowed,
)

PATH: Final = "/v1/actors"
ActionName = Literal["ask", "send", "fetch", "process", "archive"]
KindName = Literal[
    "insurability", "katz", "palliative", "technical_act", "invoices", "billing_invoices"
]
_ALL_REGISTRATIONS: Final = (
    "Of a registration, or of a billing service for `billing_invoices`. "
    "Null, or left out, for all, also those that come later."
)
_ALL_KINDS: Final = "Null, or left out, for all."


class ActorRequest(RequestModel):
    """A new person."""

    name: Label


class ActorStateRequest(RequestModel):
    """A person as she is after a change."""

    name: str = Field(max_length=100)
    is_active: bool


class ActorChangeRequest(MergeModel):
    """What changes of an actor (JSON Merge Patch)."""

    name: Label | None = None
    is_active: bool | None = None


class GrantRequest(RequestModel):
    """One line of the matrix."""

    registration_id: str | SkipJsonSchema[None] = Field(
        default=None, min_length=1, max_length=64, description=_ALL_REGISTRATIONS
    )
    kind: KindName | SkipJsonSchema[None] = Field(default=None, description=_ALL_KINDS)
    actions: list[ActionName] = Field(min_length=1, max_length=len(Right))
    effect: Literal["allow", "deny"] = Field(
        default="allow", description="`deny` wins over every line that allows."
    )


class ActorRightsRequest(RequestModel):
    """All lines of the matrix that are about one actor."""

    grants: list[GrantRequest] = Field(max_length=MOST_GRANTS)


class ActorLinks(AnswerModel):
    """Paths that belong to an actor."""

    self: str
    rights: str


class ActorResource(AnswerModel):
    """Somebody software acts for."""

    id: str
    object: Literal["actor"]
    kind: Literal["os_user", "person"]
    name: str = Field(description="For people; empty as long as nobody gave the owner one.")
    is_owner: bool = Field(description="The operating-system user whose daemon this is.")
    is_active: bool = Field(description="One who is not may do none of the five actions.")
    is_card_needed: bool = Field(
        description="Acts only while a session of a card is open, which the command line chose."
    )
    created_at: Moment
    updated_at: Moment
    links: ActorLinks


class ActorList(AnswerModel):
    """Actors, newest first; software sees only the one it acts for."""

    items: list[ActorResource]
    page: Page
    query: ListQuery


class GrantResource(AnswerModel):
    """One line of the matrix."""

    registration_id: str | None = Field(description=_ALL_REGISTRATIONS)
    kind: KindName | None = Field(description=_ALL_KINDS)
    actions: list[ActionName]
    effect: Literal["allow", "deny"]


class AllowedResource(AnswerModel):
    """What the actor may do now with one kind of message of one registration."""

    registration_id: str
    kind: KindName
    actions: list[ActionName]


class ActorRightsResource(AnswerModel):
    """The lines about an actor, and what follows from them."""

    id: str
    object: Literal["actor_rights"]
    grants: list[GrantResource]
    allowed: list[AllowedResource] = Field(
        description=(
            "Each registration with each kind of message, and each billing service with "
            "`billing_invoices`, whatever the lines say of them."
        )
    )
    created_at: Moment
    updated_at: Moment
    links: Links


def actor_path(actor_id: str) -> str:
    """Give the path of an actor."""
    return f"{PATH}/{actor_id}"


def rights_path(actor_id: str) -> str:
    """Give the path of an actor's rights."""
    return f"{PATH}/{actor_id}/rights"


def actor_resource(actor: Actor) -> ActorResource:
    """Show an actor."""
    return ActorResource(
        id=actor.id,
        object="actor",
        kind="os_user" if actor.kind is ActorKind.OS_USER else "person",
        name=actor.name,
        is_owner=actor.is_owner,
        is_active=actor.is_active,
        is_card_needed=actor.card is not None,
        created_at=actor.created_at,
        updated_at=actor.updated_at,
        links=ActorLinks(self=actor_path(actor.id), rights=rights_path(actor.id)),
    )


def rights_resource(actor: Actor, matters: Sequence[Matter]) -> ActorRightsResource:
    """Show the rights of an actor."""
    return ActorRightsResource(
        id=actor.id,
        object="actor_rights",
        grants=[_grant_resource(grant) for grant in actor.grants],
        allowed=[
            AllowedResource(
                registration_id=matter.registration_id,
                kind=matter.kind.value,
                actions=_actions(allowed(actor, matter)),
            )
            for matter in matters
        ],
        created_at=actor.created_at,
        updated_at=actor.updated_at,
        links=Links(self=rights_path(actor.id)),
    )


def wanted_grants(body: ActorRightsRequest) -> tuple[Grant, ...]:
    """Give the lines as they were sent."""
    return tuple(
        Grant(
            rights=tuple(Right(action) for action in each.actions),
            registration_id=each.registration_id,
            kind=None if each.kind is None else MessageKind(each.kind),
            is_refusal=each.effect == "deny",
        )
        for each in body.grants
    )


def _grant_resource(grant: Grant) -> GrantResource:
    return GrantResource(
        registration_id=grant.registration_id,
        kind=None if grant.kind is None else grant.kind.value,
        actions=_actions(grant.rights),
        effect="deny" if grant.is_refusal else "allow",
    )


def _actions(rights: tuple[Right, ...]) -> list[ActionName]:
    return [right.value for right in rights]
