"""Port: looking at this computer and at the way to the platform."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from bridge.domain.systemfacts import SystemFacts


class SystemProbe(Protocol):
    """Looks.

    Contract: no call is authenticated or carries content (API-82); what cannot be seen is a fact,
    never an error; a look ends within half a minute.
    """

    async def look(self) -> SystemFacts:
        """Look now."""
        ...
