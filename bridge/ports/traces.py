"""Port: what an installation left with the system, outside its own folders."""

from __future__ import annotations

from typing import Protocol


class SystemTraces(Protocol):
    """Start at login, the URI scheme, and whatever else leads to the program (SEC-167).

    Contract: only what is Carebridge's, of this user, goes; removing again finds nothing.
    Failures are ``StoreError``.
    """

    def remove(self) -> list[str]:
        """Remove everything; gives what was there, by its kind and name."""
        ...
