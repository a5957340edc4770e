"""Taking over what an answer says into the claims of its batch, some at a time.

Source: *eFact for nursing* 3.1 to 3.3.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from bridge.domain.settling import Settler

if TYPE_CHECKING:
    from bridge.domain.invoicesettings import InvoiceSettings
    from bridge.domain.keptsettlements import KeptSettlement
    from bridge.ports.store import UnitOfWork

CLAIMS_AT_ONCE: Final = 500
"""Claims in memory at a time; a batch may have many thousands."""


def take_over(
    unit: UnitOfWork, kept: KeptSettlement, settings: InvoiceSettings, *, at: datetime
) -> KeptSettlement:
    """Give the acts of a batch what an answer says of them; once only.

    Returns:
        The answer with what does not fit, unchanged when it was taken over before.
    """
    if kept.applied_at is not None:
        return kept
    settler = Settler(kept.settlement, settings)
    after = -1
    while page := unit.claims.page(kept.batch_id, after=after, limit=CLAIMS_AT_ONCE):
        settled = [(claim, settler.take(claim)) for claim in page]
        unit.claims.put([now for before, now in settled if now is not before])
        after = page[-1].position
    return replace(kept, findings=settler.finish(), applied_at=at, updated_at=at)
