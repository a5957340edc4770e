"""Everything the played services received, and what they made of it (D27)."""

from __future__ import annotations

import threading
from datetime import datetime

from bridge.ports.simulator import LedgerEntry


class Ledger:
    """Grows only; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: list[LedgerEntry] = []

    def accept(
        self,
        *,
        at: datetime,
        service: str,
        operation: str,
        reference: str | None,
        code: str | None = None,
        check: str | None = None,
    ) -> None:
        """Write down a message that passed every check.

        Args:
            at: When it arrived, by the platform's clock.
            service: ``sts`` or ``memberdata``.
            operation: Such as ``issue``.
            reference: The message's own reference.
            code: What was answered all the same, when a scenario or the content asked for it.
            check: Why, for instance the name of the scenario.
        """
        self._add(at, service, operation, reference, accepted=True, code=code, check=check)

    def refuse(
        self,
        *,
        at: datetime,
        service: str,
        operation: str,
        reference: str | None,
        code: str,
        check: str,
    ) -> None:
        """Write down a message that did not pass, with the code it was answered."""
        self._add(at, service, operation, reference, accepted=False, code=code, check=check)

    def entries(self) -> list[LedgerEntry]:
        """Give everything, oldest first."""
        with self._lock:
            return list(self._entries)

    def _add(
        self,
        at: datetime,
        service: str,
        operation: str,
        reference: str | None,
        *,
        accepted: bool,
        code: str | None,
        check: str | None,
    ) -> None:
        with self._lock:
            self._entries.append(
                LedgerEntry(
                    sequence=len(self._entries) + 1,
                    received_at=at,
                    service=service,
                    operation=operation,
                    reference=reference,
                    accepted=accepted,
                    code=code,
                    check=check,
                ),
            )
