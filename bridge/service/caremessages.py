"""Where a message stands, given the declarations it carried.

Source: *Nursing messages* 8; decisions D17 and D32.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from bridge.domain.exchanges import Decision, ExchangeStatus
from bridge.errors import Conflict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from bridge.domain.declarations import Declaration
    from bridge.domain.exchanges import Exchange
    from bridge.ports.store import UnitOfWork

_GOOD: Final = frozenset(
    {
        ExchangeStatus.ACCEPTED,
        ExchangeStatus.ACKNOWLEDGED,
        ExchangeStatus.PARTIALLY_ACCEPTED,
    }
)


def overall(declarations: Sequence[Declaration]) -> ExchangeStatus | None:
    """Give what all declarations say together; ``None`` while one has no answer."""
    if not declarations or any(not each.has_own_answer for each in declarations):
        return None
    states = {each.status for each in declarations}
    if len(states) == 1:
        return states.pop()
    if ExchangeStatus.MANUAL_ACTION_REQUIRED in states:
        return ExchangeStatus.MANUAL_ACTION_REQUIRED
    return ExchangeStatus.PARTIALLY_ACCEPTED if states & _GOOD else ExchangeStatus.REFUSED


def carry(
    unit: UnitOfWork, names: Iterable[str | None], *, response_id: str, now: datetime
) -> list[Exchange]:
    """Bring messages in step whose declarations were answered under another reference.

    Args:
        unit: The transaction of the answer.
        names: Identifiers of the messages.
        response_id: The answer.
        now: When it is taken over.
    """
    followed = []
    for name in sorted(each for each in names if each is not None):
        exchange = unit.exchanges.get(name)
        status = overall(unit.declarations.of_exchange(name))
        if exchange is None or status is None:
            continue
        with suppress(Conflict):  # such as a message that is to be sent again
            decided = exchange.decided(Decision(at=now, status=status, response_id=response_id))
            unit.exchanges.replace(decided)
            followed.append(decided)
    return followed
