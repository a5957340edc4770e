"""Events: that something happened, and where to read it; never about whom.

Source: *REST API conventions* 7 (API-50 to API-55).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

TOPICS: Final[dict[str, tuple[str, ...]]] = {
    "operations": ("operation.updated",),
    "readers": ("reader.connected", "reader.disconnected", "card.inserted", "card.removed"),
    "session": (
        "ehealth_session.opened",
        "ehealth_session.expiring",
        "ehealth_session.expired",
        "ehealth_session.ended",
    ),
    "responses": ("response.received", "exchange.updated"),
    "work_lists": ("work_list.updated",),
    "declarations": ("declaration.updated", "care_update.updated"),
    "settings": ("actor.updated", "practice.updated", "registration.updated", "view.updated"),
    "invoices": ("invoice_batch.updated", "settlement.updated"),
    "billing": ("billing_service.updated", "billing_invoice.updated"),
    "health": ("health.changed",),
    "pairing": ("pairing.changed", "pairing.warned"),
}
"""Topic to the types of its events."""

STOPPING: Final = "daemon.stopping"
RESYNC: Final = "resync"
"""Some events were missed: read the state again."""

ALWAYS: Final = frozenset({STOPPING, RESYNC})
"""Types that every stream carries, whatever its topics."""

EVENT_TYPES: Final = (*(name for names in TOPICS.values() for name in names), *sorted(ALWAYS))


@dataclass(frozen=True, kw_only=True)
class Event:
    """One event.

    Attributes:
        id: ``evt_…``, a ULID.
        type: One of ``EVENT_TYPES``.
        at: When it happened, aware.
        object: Kind of the resource, such as ``operation``.
        object_id: Which one; ``None`` for events about the daemon itself.
        status: Its new status, where it has one.
        path: Where to read it.
        client_id: Whose it is; only this client hears of it. ``None`` for what concerns all.
    """

    id: str
    type: str
    at: datetime
    object: str
    object_id: str | None = None
    status: str | None = None
    path: str | None = None
    client_id: str | None = None
