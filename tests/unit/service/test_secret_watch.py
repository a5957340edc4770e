"""Software that sent a PIN is named to the user, in health and in an event of its own (SEC-82)."""

from __future__ import annotations

import pytest

from bridge.domain.health import HealthStatus
from bridge.service.secretwatch import CHECK, CODE, SecretWatch
from tests.support.pairing import NATIVE, WEB, office


async def used(has, wanted=NATIVE) -> str:
    given = await has.token(wanted)
    return has.tokens.authenticate(given.token).id


def shown(watch: SecretWatch) -> list[tuple[str, HealthStatus, str | None, str | None]]:
    return [(each.name, each.status, each.code, each.about) for each in watch.checks()]


async def test_the_user_and_health_name_the_software_and_it_hears_of_it(tmp_path):
    async with office(tmp_path) as has:
        watch = SecretWatch(has.parts)
        assert watch.checks() == []
        client_id = await used(has, WEB)
        its_own, others = has.events.subscribe(client_id), has.events.subscribe("others")
        watch.hear(CODE, client_id)
        assert has.screen.told[-1] == (CODE, "Zorg (https://app.vendor.example)", "request")
        assert shown(watch) == [(CHECK, HealthStatus.WARN, CODE, "Zorg")]
        event = await its_own.next(within_s=0)
        assert (event.type, event.object_id, event.status) == ("pairing.warned", client_id, CODE)
        assert await others.next(within_s=0) is None


async def test_a_loop_of_such_requests_is_one_notice_an_hour(tmp_path):
    async with office(tmp_path) as has:
        watch = SecretWatch(has.parts)
        client_id = await used(has)
        told = len(has.screen.told)
        for minutes, count in ((0, 1), (59, 1), (1, 2), (1, 2)):
            has.clock.advance(minutes=minutes)
            watch.hear(CODE, client_id)
            assert len(has.screen.told) - told == count


async def test_health_forgets_it_a_day_after_the_last_time(tmp_path):
    async with office(tmp_path) as has:
        watch = SecretWatch(has.parts)
        client_id = await used(has)
        for hours, is_shown in ((0, True), (23, True), (1, False)):
            has.clock.advance(hours=hours)
            if not hours:
                watch.hear(CODE, client_id)
            assert bool(watch.checks()) is is_shown


@pytest.mark.parametrize(
    ("code", "client"),
    [
        pytest.param("json_invalid", "own", id="another-refusal"),
        pytest.param(CODE, None, id="nobody"),
        pytest.param(CODE, "cli_stranger", id="no-pairing"),
    ],
)
async def test_other_refusals_are_no_matter(tmp_path, code, client):
    async with office(tmp_path) as has:
        watch = SecretWatch(has.parts)
        own = await used(has)
        told = list(has.screen.told)
        watch.hear(code, own if client == "own" else client)
        assert (watch.checks(), has.screen.told) == ([], told)
