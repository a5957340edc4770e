"""What the command line of the same user may ask about people, and about what they may do (D12)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from bridge.adapters.localprotocol import Handler
from bridge.daemon.localverbs import Carry
from bridge.domain.rights import Actor, Grant, Matter, MessageKind, Right, allowed, replaced
from bridge.errors import InputError, SessionRequired
from bridge.service.facade import Services

MOST_LISTED: Final = 100
_LONGEST_NAME: Final = 100


class ActorVerbs:
    """Answers about actors and their rights."""

    def __init__(self, services: Services, carry: Carry[dict[str, Any]]) -> None:
        """Answer with services that live on the loop."""
        self._services = services
        self._carry = carry

    def handlers(self) -> dict[object, Handler]:
        """Give the handlers by their verbs."""
        return {
            "actors": lambda _request: self._carry(self._list()),
            "actor-add": lambda request: self._carry(self._add(request)),
            "actor-change": lambda request: self._carry(self._change(request)),
            "actor-card": lambda request: self._carry(self._card(request)),
            "rights": lambda request: self._carry(self._rights(request)),
            "rights-set": lambda request: self._carry(self._set(request)),
        }

    async def _list(self) -> dict[str, Any]:
        found = self._services.actors.all()
        return {"actors": [_shown(actor) for actor in found[:MOST_LISTED]]}

    async def _add(self, request: dict[str, Any]) -> dict[str, Any]:
        return _shown(await self._services.actors.create(_name(request)))

    async def _change(self, request: dict[str, Any]) -> dict[str, Any]:
        """Rename, disable or enable.

        Raises:
            InputError: a member is missing, or of the wrong kind.
            NotFound, Conflict: as the service says.
        """
        actors = self._services.actors
        current = actors.require(_text(request, "actor_id"))
        name = _name(request) if "name" in request else current.name
        is_active = request.get("is_active", current.is_active)
        if not isinstance(is_active, bool):
            raise InputError
        return _shown(
            await actors.change(current.id, name=name, is_active=is_active, expected=current)
        )

    async def _card(self, request: dict[str, Any]) -> dict[str, Any]:
        """Let the card whose session is open prove somebody, or none any more.

        Raises:
            InputError: a member is missing.
            SessionRequired: no session is open.
            NotFound, Conflict: as the service says.
        """
        actors, sessions = self._services.actors, self._services.sessions
        actor = actors.require(_text(request, "actor_id"))
        if request.get("is_forgotten") is True:
            return _shown(await actors.set_card(actor.id, None))
        holders = sessions.holders()
        if not holders:
            raise SessionRequired
        return _shown(await actors.set_card(actor.id, holders[0]))

    async def _rights(self, request: dict[str, Any]) -> dict[str, Any]:
        actor = self._services.actors.require(_text(request, "actor_id"))
        return _matrix(actor, await self._services.actors.matters())

    async def _set(self, request: dict[str, Any]) -> dict[str, Any]:
        """Replace the lines about one registration and kind, or about all of them.

        Raises:
            InputError: a word of the request is none of ours, or there is no such registration.
            NotFound: there is no such actor.
        """
        actors = self._services.actors
        actor = actors.require(_text(request, "actor_id"))
        registration_id = request.get("registration_id")
        if registration_id is not None and not isinstance(registration_id, str):
            raise InputError
        place = (registration_id, _kind(request))
        fresh = [
            Grant(
                rights=_named(request, member),
                registration_id=place[0],
                kind=place[1],
                is_refusal=member == "deny",
            )
            for member in ("allow", "deny")
        ]
        grants = replaced(actor.grants, fresh, at=place)
        changed = await actors.set_rights(actor.id, grants, expected=actor)
        return _matrix(changed, await self._services.actors.matters())


def _shown(actor: Actor) -> dict[str, Any]:
    return {
        "id": actor.id,
        "kind": actor.kind.value,
        "name": actor.name,
        "is_owner": actor.is_owner,
        "is_active": actor.is_active,
        "is_card_needed": actor.card is not None,
    }


def _matrix(actor: Actor, matters: Sequence[Matter]) -> dict[str, Any]:
    return {
        "actor": _shown(actor),
        "grants": [
            {
                "registration_id": grant.registration_id,
                "kind": None if grant.kind is None else grant.kind.value,
                "actions": [right.value for right in grant.rights],
                "effect": "deny" if grant.is_refusal else "allow",
            }
            for grant in actor.grants
        ],
        "allowed": [
            {
                "registration_id": matter.registration_id,
                "kind": matter.kind.value,
                "actions": [right.value for right in allowed(actor, matter)],
            }
            for matter in matters
        ],
    }


def _text(request: dict[str, Any], member: str) -> str:
    text = request.get(member)
    if not isinstance(text, str):
        raise InputError
    return text


def _name(request: dict[str, Any]) -> str:
    name = _text(request, "name").strip()
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        raise InputError
    return name


def _kind(request: dict[str, Any]) -> MessageKind | None:
    kind = request.get("kind")
    try:
        return None if kind is None else MessageKind(kind)
    except ValueError:
        raise InputError from None


def _named(request: dict[str, Any], member: str) -> tuple[Right, ...]:
    named = request.get(member, [])
    if not isinstance(named, list):
        raise InputError
    try:
        return tuple(Right(name) for name in named)
    except ValueError:
        raise InputError from None
