"""Ports: practices and registrations in the store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from bridge.domain.practices import Practice
    from bridge.domain.registrations import Registration


class Practices(Protocol):
    """Repository of practices; the first one is the default."""

    def all(self) -> list[Practice]:
        """Read all practices, the default one first."""
        ...

    def put(self, practice: Practice) -> None:
        """Insert a practice at the end, or replace the one with the same identifier."""
        ...

    def remove(self, practice_id: str) -> None:
        """Delete a practice; the caller made sure that nothing belongs to it."""
        ...

    def make_default(self, practice_id: str) -> None:
        """Put a practice before all others."""
        ...


class Registrations(Protocol):
    """Repository of registrations; the first one is the default."""

    def all(self) -> list[Registration]:
        """Read all registrations, the default one first."""
        ...

    def put(self, registration: Registration) -> None:
        """Insert a registration at the end, or replace the one with the same identifier."""
        ...

    def remove(self, registration_id: str) -> None:
        """Delete a registration."""
        ...

    def make_default(self, registration_id: str) -> None:
        """Put a registration before all others."""
        ...
