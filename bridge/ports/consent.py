"""Port: a plain yes of the user, in a window of ours."""

from __future__ import annotations

from typing import Protocol


class BundleConsent(Protocol):
    """Asks whether software may get a support bundle made (SEC-146).

    Contract: one window at a time; only an explicit yes is one; closes itself in time, and at
    once when the caller is cancelled.
    """

    async def may_make_bundle(self, requested_by: str, language: str) -> bool:
        """Ask; no when the window was closed, ran out of time, or cannot be shown."""
        ...
