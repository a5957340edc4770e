"""Connected software under the user's hand: pause, resume, withdraw all (7.5)."""

from __future__ import annotations

import pytest

from bridge.domain.pairings import PairingState
from bridge.errors import Conflict, NotFound, PairingPaused, StoreError, TokenRevoked
from bridge.service.pairingdesk import COMMAND_LINE, WINDOW
from tests.support.pairing import NATIVE, WEB, office


async def test_paused_software_is_refused_from_its_next_call_on_and_goes_on_later(tmp_path):
    async with office(tmp_path) as has:
        given = await has.token()
        client = has.tokens.authenticate(given.token)
        paused = await has.desk.pause(given.pairing.id, where=WINDOW)
        assert paused.paused_at == has.clock.now()
        for _ in range(3):
            with pytest.raises(PairingPaused):
                has.tokens.authenticate(given.token)
        assert not has.tokens.is_alive(client)
        assert has.tokens.is_paired(WEB.origin), "it may still hear why"
        await has.desk.resume(given.pairing.id, where=WINDOW)
        assert has.tokens.authenticate(given.token) == client
        assert has.tokens.is_alive(client)
        assert has.journal.kinds[-2:] == ["pairing.paused", "pairing.resumed"]


async def test_a_pause_lasts_over_a_restart(tmp_path):
    async with office(tmp_path) as has:
        given = await has.token()
        await has.desk.pause(given.pairing.id, where=COMMAND_LINE)
        assert has.screen.told[-1][0] == "paused"
    async with office(tmp_path) as has:
        with pytest.raises(PairingPaused):
            has.tokens.authenticate(given.token)
        await has.desk.resume(given.pairing.id, where=COMMAND_LINE)
    async with office(tmp_path) as has:
        assert has.tokens.authenticate(given.token)


async def test_a_pause_ends_its_open_streams_and_nobody_elses(tmp_path):
    async with office(tmp_path) as has:
        given = await has.token()
        mine = has.events.subscribe(given.pairing.id)
        other = has.events.subscribe("other")
        await has.desk.pause(given.pairing.id, where=WINDOW)
        assert (await mine.next(within_s=0)).type == "pairing.changed"
        with pytest.raises(StopAsyncIteration):
            await mine.next(within_s=0)
        assert await other.next(within_s=0) is None


async def test_calls_of_paused_software_are_not_counted(tmp_path):
    async with office(tmp_path) as has:
        given = await has.token()
        has.tokens.authenticate(given.token)
        await has.desk.pause(given.pairing.id, where=WINDOW)
        with pytest.raises(PairingPaused):
            has.tokens.authenticate(given.token)
        token = has.desk.get(given.pairing.id).token
        assert token is not None
        assert token.calls_today(has.clock.now()) == 1


async def test_twice_changes_nothing_and_what_has_no_token_cannot_be_paused(tmp_path):
    async with office(tmp_path) as has:
        given = await has.token()
        first = await has.desk.pause(given.pairing.id, where=WINDOW)
        has.clock.advance(minutes=1)
        assert (await has.desk.pause(given.pairing.id, where=WINDOW)).paused_at == first.paused_at
        waiting = has.requests.open(NATIVE).pairing
        for change in (has.desk.pause, has.desk.resume):
            with pytest.raises(Conflict):
                await change(waiting.id, where=WINDOW)
            with pytest.raises(NotFound):
                await change("pair_none", where=WINDOW)


async def test_removing_paused_software_withdraws_its_token(tmp_path):
    async with office(tmp_path) as has:
        given = await has.token()
        await has.desk.pause(given.pairing.id, where=WINDOW)
        await has.desk.revoke(given.pairing.id, where=WINDOW)
        with pytest.raises(TokenRevoked):
            has.tokens.authenticate(given.token)


async def test_withdrawing_all_leaves_no_token_and_no_request(tmp_path):
    async with office(tmp_path) as has:
        given = await has.token()
        waiting = has.requests.open(NATIVE).pairing
        assert await has.desk.revoke_all(where=COMMAND_LINE) == 1
        with pytest.raises(TokenRevoked):
            has.tokens.authenticate(given.token)
        assert has.desk.get(waiting.id).state is PairingState.DENIED
        assert await has.desk.revoke_all(where=COMMAND_LINE) == 0
    async with office(tmp_path) as has:
        with pytest.raises(TokenRevoked):
            has.tokens.authenticate(given.token)


class FillingStore:
    """A store that takes nothing more once it is full."""

    is_full = False

    async def write(self, work):
        if self.is_full:
            raise StoreError(code="storage_full")


async def test_a_full_disk_keeps_no_token_alive(tmp_path):
    store = FillingStore()
    async with office(tmp_path, store=store) as has:
        given = await has.token()
        store.is_full = True
        with pytest.raises(StoreError):
            await has.desk.revoke_all(where=COMMAND_LINE)
        with pytest.raises(TokenRevoked):
            has.tokens.authenticate(given.token)
        assert has.desk.get(given.pairing.id).state is PairingState.REVOKED
