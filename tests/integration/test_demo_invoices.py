"""Two hundred patients invoiced in the demo: a real process, real sockets, nothing but the API."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from bridge.domain.periods import brussels_day
from tests.integration.test_demo_as_a_user import demo
from tests.support.invoicedmonth import InvoicedMonth
from tests.support.invoicingpractice import InvoicingPractice

PATIENTS = 200
pytestmark = [
    pytest.mark.timeout(240),
    pytest.mark.skipif(sys.platform == "win32", reason="an interrupt is sent as POSIX signal"),
]


async def test_a_month_for_three_unions_balances_to_the_cent(tmp_path: Path) -> None:
    with demo(tmp_path) as facts:
        headers = {"Authorization": f"Bearer {facts['token']}"}
        async with httpx.AsyncClient(
            base_url=facts["base_url"], headers=headers, timeout=60
        ) as http:
            practice = InvoicingPractice(
                http=http, today=brussels_day(datetime.now(UTC)), pause=asyncio.sleep
            )
            await practice.begin()
            month = InvoicedMonth(practice, patients=PATIENTS, acts=3)
            await month.run()
            assert month.acts == 3 * PATIENTS
            await month.check()
