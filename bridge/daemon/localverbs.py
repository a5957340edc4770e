"""What the command line of the same user may ask the running daemon about access (D10).

The channel has threads of its own; services live on the loop, so each request is carried there.
Everything that is said here stays between programs of one user: codes, but never a token.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import asdict
from typing import Any, Final, TypeVar

from bridge.adapters.localprotocol import Handler
from bridge.domain.pairings import CONNECTED, WAITING, Pairing, PairingState
from bridge.domain.rights import OWNER_ID
from bridge.domain.softwarenames import shown_origin
from bridge.errors import InputError, NotFound
from bridge.service.facade import Services
from bridge.service.loglevel import NORMAL, VERBOSE
from bridge.service.pairingdesk import COMMAND_LINE

T = TypeVar("T")
Carry = Callable[[Coroutine[Any, Any, T]], T]
"""Runs something on the loop and waits for it."""

MOST_LISTED: Final = 100
PAUSED: Final = "paused"
_DECISIONS: Final = ("approve", "deny", "block", "unblock", "revoke", "pause", "resume")


class AccessVerbs:
    """Answers about pairings, and gives the console its ticket."""

    def __init__(self, services: Services, carry: Carry[dict[str, Any]]) -> None:
        """Answer with services that live on the loop."""
        self._services = services
        self._carry = carry

    def handlers(self) -> dict[object, Handler]:
        """Give the handlers by their verbs."""
        return {
            "pairings": lambda _request: self._carry(self._list()),
            "pairing-decision": lambda request: self._carry(self._decide(request)),
            "pairing-actor": lambda request: self._carry(self._assign(request)),
            "program-confirmed": lambda request: self._carry(self._confirm(request)),
            "pairing-expected": lambda _request: self._carry(self._expect()),
            "console-ticket": lambda _request: self._carry(self._ticket()),
            "support-bundle-decision": lambda request: self._carry(self._bundle(request)),
            "log-level": lambda request: self._carry(self._level(request)),
            "stop-everything": lambda request: self._carry(self._stop(request)),
        }

    async def _list(self) -> dict[str, Any]:
        pairings = self._services.pairing_desk.all()
        waiting = [each for each in pairings if each.state in WAITING]
        others = [each for each in pairings if each.state not in WAITING]
        shown = [*waiting, *others][:MOST_LISTED]
        return {"pairings": [self._shown(pairing) for pairing in shown]}

    async def _decide(self, request: dict[str, Any]) -> dict[str, Any]:
        decision, pairing_id = request.get("decision"), request.get("pairing_id")
        if decision not in _DECISIONS or not isinstance(pairing_id, str):
            raise InputError
        desk = self._services.pairing_desk
        if decision == "approve":
            pairing = await desk.approve(
                pairing_id,
                where=COMMAND_LINE,
                has_all_history=request.get("has_all_history") is True,
                actor_id=_actor_id(request),
            )
        else:
            moves = {
                "deny": desk.deny,
                "block": desk.block,
                "unblock": desk.unblock,
                "revoke": desk.revoke,
                "pause": desk.pause,
                "resume": desk.resume,
            }
            pairing = await moves[decision](pairing_id, where=COMMAND_LINE)
        return self._shown(pairing)

    async def _assign(self, request: dict[str, Any]) -> dict[str, Any]:
        pairing_id, actor_id = request.get("pairing_id"), request.get("actor_id")
        if not isinstance(pairing_id, str) or not isinstance(actor_id, str):
            raise InputError
        desk = self._services.pairing_desk
        return self._shown(await desk.assign(pairing_id, actor_id, where=COMMAND_LINE))

    async def _confirm(self, request: dict[str, Any]) -> dict[str, Any]:
        """Let a program that is new to a native token use it (LOC-03)."""
        pairing_id = request.get("pairing_id")
        if not isinstance(pairing_id, str):
            raise InputError
        programs = self._services.programs
        return self._shown(await programs.confirm(pairing_id, where=COMMAND_LINE))

    async def _expect(self) -> dict[str, Any]:
        """Let the next request open its window: the user says that she is about to connect."""
        self._services.pairing_desk.expect()
        return {}

    async def _stop(self, request: dict[str, Any]) -> dict[str, Any]:
        """Stop everything, or say what there is to stop while nobody has confirmed it."""
        stop = self._services.emergency_stop
        is_confirmed = request.get("is_confirmed") is True
        found = await (stop.stop(where=COMMAND_LINE) if is_confirmed else stop.preview())
        return asdict(found)

    async def _bundle(self, request: dict[str, Any]) -> dict[str, Any]:
        """Take the user's decision about the bundle that some software asks for."""
        self._services.support_desk.decide(is_wanted=request.get("is_wanted") is True)
        return {}

    async def _level(self, request: dict[str, Any]) -> dict[str, Any]:
        """Log more for an hour, or as usual again; without a wish only say how it is."""
        level = self._services.log_level
        if request.get("level") == VERBOSE:
            level.make_verbose(where=COMMAND_LINE)
        elif request.get("level") == NORMAL:
            level.make_normal(where=COMMAND_LINE)
        until = level.until
        if until is None:
            return {"level": NORMAL, "until": None}
        return {"level": VERBOSE, "until": until.isoformat(timespec="seconds")}

    async def _ticket(self) -> dict[str, Any]:
        ticket = self._services.console.ticket()
        return {"ticket": ticket.text, "expires_at": ticket.expires_at.isoformat()}

    def _shown(self, pairing: Pairing) -> dict[str, Any]:
        token = pairing.token
        now = self._services.clock.now()
        is_waiting = pairing.state in WAITING
        return {
            "id": pairing.id,
            "client_kind": pairing.client_kind.value,
            "origin": None if pairing.origin is None else shown_origin(pairing.origin),
            "display_name": pairing.display_name,
            "vendor": self._services.pairing_desk.vendor_of(pairing),
            "scopes": list(pairing.granted or pairing.scopes),
            "state": _state(pairing),
            "actor_id": pairing.actor_id,
            "code": pairing.code if is_waiting else None,
            "new_program": self._services.programs.waiting(pairing.id),
            "is_key_bound": pairing.key_thumbprint is not None,
            "created_at": pairing.created_at.isoformat(),
            "last_used_at": None if token is None else token.last_used_at.isoformat(),
            "calls_today": None if token is None else token.calls_today(now),
        }


def only_waiting(pairings: list[dict[str, Any]]) -> dict[str, Any]:
    """Give the one request that waits.

    Raises:
        NotFound: none waits, or several do and one must be named.
    """
    waiting = [each for each in pairings if each["state"] == PairingState.PENDING.value]
    if len(waiting) != 1:
        raise NotFound
    return waiting[0]


def _actor_id(request: dict[str, Any]) -> str:
    actor_id = request.get("actor_id") or OWNER_ID
    if not isinstance(actor_id, str):
        raise InputError
    return actor_id


def _state(pairing: Pairing) -> str:
    """Give the state in the words of the interface, which knows no ``collected``."""
    if pairing.paused_at is not None and pairing.state in CONNECTED:
        return PAUSED
    is_collected = pairing.state is PairingState.COLLECTED
    return PairingState.APPROVED.value if is_collected else pairing.state.value
