"""Linking an insurer's change to a declaration, and doing the steps that are the daemon's.

Source: *Nursing messages* 4.3 and 5.5.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from bridge.domain.careupdates import BY_DAEMON, CareUpdate, DoneBy, StepKind
from bridge.service.careregister import CareRegister

if TYPE_CHECKING:
    from bridge.domain.declarations import Declaration
    from bridge.domain.ids import IdSource
    from bridge.ports.store import UnitOfWork


def link(
    unit: UnitOfWork,
    update: CareUpdate,
    declaration: Declaration,
    *,
    ids: IdSource,
    now: datetime,
) -> CareUpdate:
    """Say which declaration's agreement changed, and bring the register in step.

    A step of the register that cannot be done, such as for an agreement nobody knows, stays open
    for a person.

    Raises:
        Conflict: it is linked to another declaration already (``already_linked``).
    """
    linked = update.linked(declaration.id, client_id=declaration.client_id, at=now)
    register = CareRegister(unit=unit, ids=ids, now=now)
    for step in linked.open_steps():
        if step.kind not in BY_DAEMON:
            continue
        is_done = (
            register.end_previous(linked)
            if step.kind is StepKind.END_PREVIOUS
            else register.record_new(linked, declaration)
        )
        if is_done:
            linked = linked.done(step.kind, by=DoneBy.DAEMON, at=now)
    return linked
