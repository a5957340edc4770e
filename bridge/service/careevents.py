"""What event streams hear about care: which declaration or change, and never about whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridge.service.declarationdrafts import path_of

if TYPE_CHECKING:
    from bridge.domain.careupdates import CareUpdate
    from bridge.domain.declarations import Declaration
    from bridge.service.events import EventBook


def tell_declaration(events: EventBook, declaration: Declaration) -> None:
    """Tell that a declaration changed."""
    events.publish(
        "declaration.updated",
        object=f"{declaration.kind.value}_declaration",
        object_id=declaration.id,
        status=declaration.status.value,
        path=path_of(declaration),
        client_id=declaration.client_id or None,
    )


def tell_update(events: EventBook, update: CareUpdate) -> None:
    """Tell that a change by an insurer came in, or was worked on."""
    events.publish(
        "care_update.updated",
        object="care_update",
        object_id=update.id,
        status="manual_action_required",
        path=f"/v1/care-updates/{update.id}",
        client_id=update.client_id or None,
    )
