"""The register of agreements as people read it: current, expiring, ended.

Source: *Nursing messages* 4.2 and 5.5; decision D14.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from bridge.domain.agreements import EXPIRING_WITHIN, AgreementState, CareAgreement
from bridge.domain.periods import brussels_day
from bridge.errors import NotFound
from bridge.ports.care import AgreementFilter
from bridge.ports.store import UnitOfWork
from bridge.service.engineparts import EngineParts
from bridge.service.history import owner_of
from bridge.service.tokens import Client

_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class AgreementView:
    """An agreement, and where it stands today."""

    agreement: CareAgreement
    state: AgreementState


class AgreementService:
    """Reads the register; answers and insurers' changes write it."""

    def __init__(self, parts: EngineParts) -> None:
        """Keep the parts."""
        self._parts = parts

    async def page(
        self,
        wanted: AgreementFilter,
        *,
        client: Client,
        limit: int,
        state: AgreementState | None = None,
        before_id: str | None = None,
    ) -> tuple[list[AgreementView], int]:
        """Read agreements the caller may see, newest first, and count them.

        Args:
            wanted: Which agreements.
            client: Who asks.
            limit: Most agreements of the page.
            state: Where they stand today; ``current`` is in force today, expiring or not.
            before_id: The last one of the page before.
        """
        today = self._today()
        chosen = replace(_narrowed(wanted, state, today), client_id=owner_of(client))

        def work(unit: UnitOfWork) -> tuple[list[AgreementView], int]:
            found, total = unit.agreements.page(chosen, limit=limit, before_id=before_id)
            return [_view(each, today) for each in found], total

        return await self._parts.store.read(work)

    async def get(self, agreement_id: str, *, client: Client) -> AgreementView:
        """Read one agreement.

        Raises:
            NotFound: none of that identifier that the caller may see.
        """
        found = await self._parts.store.read(
            lambda unit: unit.agreements.get(agreement_id, client_id=owner_of(client))
        )
        if found is None:
            raise NotFound
        return _view(found, self._today())

    def _today(self) -> date:
        return brussels_day(self._parts.clock.now())


def _view(agreement: CareAgreement, today: date) -> AgreementView:
    return AgreementView(agreement=agreement, state=agreement.state(today))


def _narrowed(
    wanted: AgreementFilter, state: AgreementState | None, today: date
) -> AgreementFilter:
    """Write a state as the days that make it."""
    if state is AgreementState.CURRENT:
        return replace(wanted, covers_on=today.isoformat())
    if state is AgreementState.EXPIRING:
        return replace(
            wanted,
            covers_on=today.isoformat(),
            ends_from=today.isoformat(),
            ends_to=(today + EXPIRING_WITHIN).isoformat(),
        )
    if state is AgreementState.ENDED:
        return replace(wanted, ends_to=(today - _DAY).isoformat())
    return wanted
