"""Port: actors and their rights in the store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from bridge.domain.rights import Actor


class Actors(Protocol):
    """Repository of actors; they are disabled, never removed, because the audit log names them."""

    def all(self) -> list[Actor]:
        """Read all actors, oldest first."""
        ...

    def put(self, actor: Actor) -> None:
        """Insert an actor, or replace the one with the same identifier."""
        ...
