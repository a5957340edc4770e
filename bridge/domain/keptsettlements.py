"""An answer of an insurer about a batch, as it is kept and worked off.

Source: *eFact for nursing* 3; decisions D17 and D20.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from bridge.domain.exchanges import Mark
from bridge.domain.settlements import Settlement, SettlementFinding
from bridge.errors import Conflict

_MEMBERS: Final = {"read": "read_at", "processed": "processed_at", "archived": "archived_at"}


@dataclass(frozen=True, kw_only=True)
class KeptSettlement:
    """One answer: a receipt is none.

    Attributes:
        id: ``set_…``.
        batch_id: What it is about.
        insurer: Who sent it.
        settlement: All that it says.
        findings: What does not fit what was sent.
        error_percentage: Hundredths of a percent; shown, never decisive.
        applied_at: When the acts took over what it says; it is taken over once.
        carried_to: The draft its refused acts went into.
    """

    id: str
    client_id: str
    practice_id: str
    registration_id: str
    batch_id: str
    insurer: str
    settlement: Settlement
    created_at: datetime
    updated_at: datetime
    findings: tuple[SettlementFinding, ...] = ()
    error_percentage: int | None = None
    applied_at: datetime | None = None
    carried_to: str | None = None
    read_at: datetime | None = None
    processed_at: datetime | None = None
    archived_at: datetime | None = None

    def marked(self, mark: Mark, *, at: datetime) -> KeptSettlement:
        """Set or clear a mark; one that is there already keeps its moment.

        Raises:
            Conflict: archiving needs ``processed_at`` first (``not_processed``, D20).
        """
        if mark is Mark.ARCHIVED and self.processed_at is None:
            raise Conflict(code="not_processed")
        is_set = not mark.value.startswith("un")
        member = _MEMBERS[mark.value.removeprefix("un")]
        if is_set == (getattr(self, member) is not None):
            return self
        changes: dict[str, Any] = {member: at if is_set else None}
        return replace(self, updated_at=at, **changes)
