"""What the rows of invoices in the endpoint table have in common."""

from __future__ import annotations

from typing import Any, Final

from api.endpoints import Answer, Endpoint, Idempotency
from api.models.invoice_batches import PATH

BATCH: Final = "/{batch_id}"
STORED: Final = ("not_found", "storage_unavailable")
ACTED: Final = ("actor_not_allowed", *STORED)
CHANGED: Final = (*ACTED, "already_sent")
VERSIONED: Final = (*CHANGED, "precondition_required", "precondition_failed")
"""Problems of what is stored, done for somebody, changed while it is a draft, and changed on the
version read."""

MINIMAL: Final = Answer(description="Changed; with `Prefer: return=minimal`.")
MADE: Final = ("Location", "Preference-Applied")
"""Headers of what was made."""

_SINCE: Final = "1.8"


def row(method: str, path: str, **members: Any) -> Endpoint:
    """Give a row; ``path`` begins behind that of the batches."""
    idempotency: Idempotency | None = "accepted" if method == "POST" else None
    chosen = {
        "scopes": ("invoices:send",),
        "idempotency": idempotency,
        "tag": "invoice_batches",
        "since": _SINCE,
        **members,
    }
    return Endpoint(method=method, path=PATH + path, **chosen)
