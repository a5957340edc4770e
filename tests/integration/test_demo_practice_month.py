"""A practice month in the demo: a real process, real sockets, nothing but the API."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from bridge.domain.periods import brussels_day
from tests.integration.test_demo_as_a_user import demo
from tests.support.practicemonth import EXPECTED, PracticeMonth

pytestmark = [
    pytest.mark.timeout(240),
    pytest.mark.skipif(sys.platform == "win32", reason="an interrupt is sent as POSIX signal"),
]


async def test_a_month_of_care_requests_ends_as_expected(tmp_path: Path) -> None:
    with demo(tmp_path) as facts:
        headers = {"Authorization": f"Bearer {facts['token']}"}
        async with httpx.AsyncClient(
            base_url=facts["base_url"], headers=headers, timeout=60
        ) as http:
            today = brussels_day(datetime.now(UTC))
            month = PracticeMonth(http=http, today=today, pause=asyncio.sleep)
            opened = await month.call("POST", "/v1/ehealth-sessions", {}, Prefer="wait=30")
            assert opened["object"] == "ehealth_session"
            await month.run()
            assert await month.states() == EXPECTED
            assert await month.manual_actions() == 0
            await _is_in_the_ledger(month)


async def _is_in_the_ledger(month: PracticeMonth) -> None:
    """What we believe was sent is what the platform received, each once."""
    entries = (await month.call("GET", "/v1/simulator/ledger"))["items"]
    received = [each["reference"] for each in entries if each["operation"] == "post"]
    rows = (await month.call("GET", "/v1/exchanges?service=medadmin&limit=200"))["items"]
    sent = [row["input_reference"] for row in rows if row["kind"] == "care_request"]
    assert sorted(received) == sorted(sent)
    assert len(set(received)) == len(received)
