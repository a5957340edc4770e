"""What has no answer for too long: a person has to look (*Nursing messages* 8)."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from bridge.domain.carerules import is_unanswered
from bridge.domain.caresettings import CareSettings
from bridge.domain.declarations import Declaration
from bridge.domain.exchanges import ExchangeStatus
from bridge.domain.periods import brussels_day
from bridge.ports.store import UnitOfWork
from bridge.service.declarations import DeclarationService
from bridge.service.engineparts import EngineParts

_ON_THE_WAY: Final = frozenset({ExchangeStatus.SENT, ExchangeStatus.RECEIVED})
_AT_ONCE: Final = 1_000


class CareAgeing:
    """Looks, once a day, for declarations whose answer is overdue."""

    def __init__(
        self, parts: EngineParts, *, declarations: DeclarationService, settings: CareSettings
    ) -> None:
        """Keep the parts."""
        self._parts = parts
        self._declarations = declarations
        self._settings = settings

    async def age(self) -> int:
        """Put what is overdue, and its message, on the list of manual actions; gives how many.

        An answer that comes all the same is taken over as ever.
        """
        now = self._parts.clock.now()
        aged = await self._parts.store.write(lambda unit: self._aged(unit, now))
        for each in aged:
            self._declarations.tell(each)
        return len(aged)

    def _aged(self, unit: UnitOfWork, now: datetime) -> list[Declaration]:
        today = brussels_day(now)
        found = unit.declarations.unanswered(sent_before=now, limit=_AT_ONCE)
        aged = [
            each.moved(
                ExchangeStatus.MANUAL_ACTION_REQUIRED,
                at=now,
                has_own_answer=True,
                problem_code="answer_overdue",
            )
            for each in found
            if is_unanswered(each, today, settings=self._settings)
        ]
        for each in aged:
            unit.declarations.put(each)
        for exchange_id in {each.exchange_id for each in aged if each.exchange_id}:
            _message(unit, exchange_id, now)
        return aged


def _message(unit: UnitOfWork, exchange_id: str, now: datetime) -> None:
    exchange = unit.exchanges.get(exchange_id)
    if exchange is not None and exchange.status in _ON_THE_WAY:
        overdue = exchange.moved(
            ExchangeStatus.MANUAL_ACTION_REQUIRED, at=now, problem_code="answer_overdue"
        )
        unit.exchanges.replace(overdue)
