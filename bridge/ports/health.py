"""Port: keeping what changed in health over a restart (API-85)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bridge.domain.health import HealthChange


class HistoryShelf(Protocol):
    """Keeps changes of health; owner-only, without persons, paths and users (API-84)."""

    def load(self) -> Sequence[HealthChange]:
        """Give what was kept, oldest first; nothing where it cannot be read."""
        ...

    def save(self, changes: Sequence[HealthChange]) -> None:
        """Keep these instead of what was kept before.

        Raises:
            StoreError: they cannot be written.
        """
        ...
