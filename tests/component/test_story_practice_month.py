"""A practice month through the API alone, and what is left at its end."""

from __future__ import annotations

import pytest

from bridge.domain.periods import brussels_day
from tests.support.daemon import running_daemon
from tests.support.practicemonth import EXPECTED, PracticeMonth

pytestmark = pytest.mark.timeout(90)


async def test_every_declaration_ends_as_expected_and_nothing_waits_for_a_person(tmp_path) -> None:
    async with running_daemon(tmp_path) as daemon:
        await daemon.open_session()
        async with daemon.http() as http:
            today = brussels_day(daemon.clock.now())

            async def pause(seconds: int) -> None:
                daemon.clock.advance(seconds=seconds)

            month = PracticeMonth(http=http, today=today, pause=pause)
            await month.run()
            assert await month.states() == EXPECTED
            assert await month.manual_actions() == 0
