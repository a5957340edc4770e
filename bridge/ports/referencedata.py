"""Port: repository of imported reference data, a part of the ``UnitOfWork``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from bridge.domain.referencedata import Edition, EditionKey, ReferenceKind, ReferenceList


class ReferenceData(Protocol):
    """Repository of the editions that were imported."""

    def editions(self) -> list[Edition]:
        """Read all editions without their lines: by kind, whose errors, and first day."""
        ...

    def of_key(self, key: EditionKey) -> tuple[Edition, ReferenceList] | None:
        """Read an edition with its lines."""
        ...

    def lists(self, kind: ReferenceKind) -> list[ReferenceList]:
        """Read the lines of all editions of a kind."""
        ...

    def put(self, edition: Edition, content: ReferenceList) -> None:
        """Insert an edition, or replace the one with the same identifier."""
        ...
