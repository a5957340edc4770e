"""Ports of pairings: their repository, the user who decides, and the record of decisions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

from bridge.domain.rights import OWNER_ID

if TYPE_CHECKING:
    from bridge.domain.pairings import Pairing
    from bridge.errors import ParamValue

Decision = Literal["approve", "deny", "block", "later"]
"""What the user chose; ``later`` closes the window and decides nothing."""


class Pairings(Protocol):
    """Repository of pairings that were decided."""

    def all(self) -> list[Pairing]:
        """Read all, oldest first."""
        ...

    def put(self, pairing: Pairing) -> None:
        """Insert a pairing, or replace the one with the same identifier."""
        ...

    def remove(self, pairing_id: str) -> None:
        """Delete a pairing; nothing happens when there is none."""
        ...


@dataclass(frozen=True, kw_only=True)
class ActorChoice:
    """Somebody software can act for, as the user is shown them; an empty name is the owner."""

    id: str
    name: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class ConsentRequest:
    """What the user is shown before she decides (7.2, step 2).

    Attributes:
        pairing_id: Which request.
        display_name: What the software calls itself; made safe to show, never a proof.
        origin: Where it comes from, as it is compared and readable; ``None`` for native software.
        scopes: What it asks for.
        code: Six digits: to compare with those of a web page, or to type into native software.
        language: ``fr``, ``nl``, ``de`` or ``en``.
        vendor: Whom the origin belongs to, where the signed directory says so.
        actors: Whom it can act for, the owner first; with one there is nothing to choose.
    """

    pairing_id: str
    display_name: str
    origin: str | None
    scopes: tuple[str, ...]
    code: str
    language: str
    vendor: str | None = None
    actors: tuple[ActorChoice, ...] = ()

    def __repr__(self) -> str:
        return f"ConsentRequest({self.pairing_id})"


@dataclass(frozen=True, kw_only=True)
class Consent:
    """What the user chose.

    Attributes:
        has_all_history: She ticked "may see exchanges made by other software" (D13).
        actor_id: Whom it will act for.
    """

    decision: Decision
    has_all_history: bool = False
    actor_id: str = OWNER_ID


class PairingScreen(Protocol):
    """What the user sees of pairings, beside the command line.

    Contract: nothing here opens a window by itself but ``ask``, and that is called only as the
    consequence of an act of the user: a page cannot make windows pop up (7.2).
    """

    def show_waiting(self, count: int) -> None:
        """Show how many requests wait: a badge, no window, no change of focus."""
        ...

    def tell(self, state: str, software: str, where: str) -> None:
        """Tell what happened without a question: decided elsewhere (D10), or to be looked at.

        ``state`` is ``secret_in_request`` when the software sent a PIN (SEC-82).
        """
        ...

    async def ask(self, request: ConsentRequest) -> Consent:
        """Ask in a window; ``later`` when it was closed, ran out of time, or cannot be shown."""
        ...


class SecurityJournal(Protocol):
    """Takes every decision about access.

    Contract: never a token, a secret, a code, or anything about a patient in any argument; it
    does not fail, and does not keep the caller waiting.
    """

    def record(self, kind: str, **facts: ParamValue) -> None:
        """Record one decision, such as ``pairing.approved``."""
        ...
