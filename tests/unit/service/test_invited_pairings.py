"""Web pages that were opened through ``carebridge:``: which, where, and what their handle does."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bridge.domain.knownsoftware import KnownOrigin, KnownSoftware
from bridge.errors import InputError
from bridge.service.pairingdesk import COMMAND_LINE, MOST_INVITED
from tests.support.pairing import EVIL, GOOD, WEB, office

KNOWN = KnownSoftware(
    origins={
        GOOD: KnownOrigin(vendor="Zorg bv", return_path="/carebridge"),
        "https://listed.example": KnownOrigin(vendor="Listed"),
    }
)


def handle_in(address: str) -> str:
    return address.rpartition("pairing_handle=")[2]


async def test_sec_45_a_connected_site_is_led_back_to_the_page_it_named(tmp_path):
    async with office(tmp_path) as has:
        await has.token(replace(WEB, return_path="/zorg/terug"))
        address = has.desk.invite(GOOD, port=42111)
        assert address.startswith(f"{GOOD}/zorg/terug#port=42111&pairing_handle=")
        assert len(handle_in(address)) == 32


async def test_sec_45_a_listed_site_is_led_back_to_the_page_of_the_list(tmp_path):
    async with office(tmp_path, known=KNOWN) as has:
        await has.token(replace(WEB, return_path="/elsewhere"))
        assert has.desk.invite(GOOD, port=1).startswith(f"{GOOD}/carebridge#")
        address = has.desk.invite("https://listed.example", port=1)
        assert address.startswith("https://listed.example/#")


@pytest.mark.parametrize("state", ["never-asked", "waiting", "revoked", "blocked"])
async def test_loc_04_a_site_that_is_not_connected_is_opened_by_nobody(tmp_path, state):
    async with office(tmp_path) as has:
        if state == "waiting":
            has.requests.open(WEB)
        elif state != "never-asked":
            given = await has.token()
            move = has.desk.revoke if state == "revoked" else has.desk.block
            await move(given.pairing.id, where=COMMAND_LINE)
        with pytest.raises(InputError) as caught:
            has.desk.invite(GOOD, port=1)
        assert caught.value.problem_code == "open_uri_refused"


async def test_sec_45_a_handle_opens_one_window_for_its_own_site(tmp_path):
    async with office(tmp_path) as has:
        given = await has.token()
        handle = handle_in(has.desk.invite(GOOD, port=1))
        await has.desk.revoke(given.pairing.id, where=COMMAND_LINE)
        first = has.requests.open(replace(WEB, handle=handle))
        await asyncio.sleep(0)
        assert [each.pairing_id for each in has.screen.asked] == [first.pairing.id]
        await has.desk.deny(first.pairing.id, where=COMMAND_LINE)
        has.clock.advance(minutes=10)
        has.requests.open(replace(WEB, handle=handle))
        await asyncio.sleep(0)
        assert len(has.screen.asked) == 1


@pytest.mark.parametrize("fault", ["other-site", "late", "made-up", "crowded-out"])
async def test_sec_45_a_handle_that_is_not_good_changes_nothing(tmp_path, fault):
    async with office(tmp_path) as has:
        given = await has.token()
        handle = handle_in(has.desk.invite(GOOD, port=1))
        if fault == "crowded-out":
            for _ in range(MOST_INVITED):
                has.desk.invite(GOOD, port=1)
        await has.desk.revoke(given.pairing.id, where=COMMAND_LINE)
        if fault == "late":
            has.clock.advance(minutes=5)
        wanted = replace(WEB, handle="0" * 32 if fault == "made-up" else handle)
        has.requests.open(replace(wanted, origin=EVIL) if fault == "other-site" else wanted)
        await asyncio.sleep(0)
        assert has.screen.asked == []
        assert has.screen.badges[-1] == 1
