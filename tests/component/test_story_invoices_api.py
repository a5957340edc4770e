"""A month invoiced to three unions through the API alone balances to the cent."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.domain.periods import brussels_day
from tests.support.daemon import running_daemon
from tests.support.invoicedmonth import InvoicedMonth
from tests.support.invoicingpractice import InvoicingPractice

pytestmark = pytest.mark.timeout(60)


async def test_a_month_for_three_unions_balances_to_the_cent(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon, daemon.http() as http:

        async def pause(seconds: int) -> None:
            daemon.clock.advance(seconds=seconds)

        practice = InvoicingPractice(http=http, today=brussels_day(daemon.clock.now()), pause=pause)
        await practice.begin()
        month = InvoicedMonth(practice, patients=9, acts=10)
        await month.run()
        await month.check()
