"""Native tokens and the programs that use them (LOC-03), and unusual days (section 11)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bridge.daemon.storage import ClosedStore
from bridge.domain.pairings import LEAST_UNUSUAL_CALLS, PairedToken
from bridge.errors import NotFound, PairingRefused
from bridge.ports.peers import Program
from bridge.service.programs import MOST_KNOWN
from tests.support.pairing import NATIVE, WEB, office

ZORG = Program(name="zorg", path="/opt/zorg/zorg")
COPY = Program(name="nc", path="/home/an/nc")


async def used(has, wanted=NATIVE):
    given = await has.token(wanted)
    return has.tokens.authenticate(given.token)


async def refused(has, client, program) -> PairingRefused:
    with pytest.raises(PairingRefused) as caught:
        await has.programs.check(client, program)
    return caught.value


async def test_the_first_program_that_uses_a_token_is_known_from_then_on(tmp_path):
    async with office(tmp_path) as has:
        client = await used(has)
        for _ in range(3):
            await has.programs.check(client, ZORG)
        assert has.programs.waiting(client.id) is None
        assert "program.new" not in has.journal.kinds


async def test_loc_03_another_program_waits_and_the_known_one_goes_on(tmp_path):
    async with office(tmp_path) as has:
        client = await used(has)
        await has.programs.check(client, ZORG)
        for _ in range(3):
            error = await refused(has, client, COPY)
        assert error.problem_code == "program_unconfirmed"
        assert error.params == {"program": "nc", "software": "Zorg"}
        await has.programs.check(client, ZORG)
        assert has.journal.kinds.count("program.new") == 1
        assert has.screen.told[-1] == ("program_new", "Zorg", "nc")
        assert has.programs.waiting(client.id) == "nc"
        records = repr(has.journal.records)
        assert "/home" not in records


async def test_loc_03_once_confirmed_both_may_use_it_also_after_a_restart(tmp_path):
    async with office(tmp_path) as has:
        client = await used(has)
        await has.programs.check(client, ZORG)
        await refused(has, client, COPY)
        confirmed = await has.programs.confirm(client.id, where="window")
        assert len(confirmed.programs) == 2
        assert has.programs.waiting(client.id) is None
    async with office(tmp_path) as has:
        for program in (COPY, ZORG):
            await has.programs.check(client, program)
        await refused(has, client, Program(name="x", path="/x"))
        assert "/opt/zorg" not in repr(has.parts.shelf.all())


async def test_loc_03_what_waits_is_forgotten_at_a_restart_and_held_up_again(tmp_path):
    async with office(tmp_path) as has:
        client = await used(has)
        await has.programs.check(client, ZORG)
        await refused(has, client, COPY)
    async with office(tmp_path) as has:
        with pytest.raises(NotFound):
            await has.programs.confirm(client.id, where="window")
        await refused(has, client, COPY)


@pytest.mark.parametrize("first", ["named", "unnamed"])
async def test_loc_03_a_program_the_system_does_not_name_is_one_of_its_own(tmp_path, first):
    async with office(tmp_path) as has:
        client = await used(has)
        programs = (ZORG, None) if first == "named" else (None, ZORG)
        await has.programs.check(client, programs[0])
        await refused(has, client, programs[1])
        await has.programs.check(client, programs[0])


async def test_a_name_that_would_move_the_cursor_is_made_safe(tmp_path):
    async with office(tmp_path) as has:
        client = await used(has)
        await has.programs.check(client, ZORG)
        error = await refused(has, client, Program(name="\x1b[2Jnc\n", path="/nc"))
        assert error.params["program"] == "[2Jnc"
        assert has.programs.waiting(client.id) == "[2Jnc"


async def test_web_sites_have_no_program_of_their_own(tmp_path):
    async with office(tmp_path) as has:
        client = await used(has, WEB)
        assert not has.programs.concerns(client)
        for program in (ZORG, COPY):
            await has.programs.check(client, program)
        with pytest.raises(NotFound):
            await has.programs.confirm(client.id, where="window")


async def test_nobody_can_make_the_list_of_programs_long(tmp_path):
    async with office(tmp_path) as has:
        client = await used(has)
        await has.programs.check(client, ZORG)
        for number in range(MOST_KNOWN + 2):
            await refused(has, client, Program(name="x", path=f"/x{number}"))
            confirmed = await has.programs.confirm(client.id, where="window")
        assert len(confirmed.programs) == MOST_KNOWN


async def test_a_full_disk_does_not_stop_the_work(tmp_path):
    async with office(tmp_path) as has:
        client = await used(has)
        pairing = has.parts.shelf.get(client.id)
    async with office(tmp_path, store=ClosedStore("storage_damaged")) as has:
        has.parts.shelf.note(pairing)
        await has.programs.check(client, ZORG)
        await has.programs.check(client, ZORG)
        await refused(has, client, COPY)


MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)


def token(*past: int) -> PairedToken:
    """A token with calls on past days, the last one first."""
    made = PairedToken(
        digest="x", issued_at=MONDAY, expires_at=MONDAY + timedelta(days=180), last_used_at=MONDAY
    )
    for place, calls in enumerate(reversed(past)):
        for _ in range(calls):
            made = made.used(MONDAY + timedelta(days=place))
    return made


def on_a_new_day(made: PairedToken, calls: int) -> bool:
    now = MONDAY + timedelta(days=40)
    for _ in range(calls):
        made = made.used(now)
    return made.has_unusual_volume(now)


def test_past_days_are_kept_the_last_one_first_and_no_more_than_thirty():
    assert token(3, 2, 1).past_calls == (2, 1)
    assert len(token(*[1] * 35).past_calls) == 30


@pytest.mark.parametrize(
    ("past", "calls", "is_unusual"),
    [
        pytest.param([60] * 6, 601, True, id="eleven-times-the-usual"),
        pytest.param([60] * 6, 600, False, id="ten-times"),
        pytest.param([60] * 4, 601, False, id="not-known-long-enough"),
        pytest.param([1] * 6, LEAST_UNUSUAL_CALLS, False, id="few-in-any-case"),
        pytest.param([1] * 6, LEAST_UNUSUAL_CALLS + 1, True, id="many-for-it"),
        pytest.param([60, 60, 60, 60, 60, 900], 601, True, id="one-busy-day-is-not-the-median"),
    ],
)
def test_what_is_unusual(past, calls, is_unusual):
    assert on_a_new_day(token(*past), calls) is is_unusual


async def test_an_unusual_day_is_told_once_and_stays_in_health(tmp_path):
    async with office(tmp_path) as has:
        given = await has.token(WEB)
        for _ in range(7):
            has.clock.advance(days=1)
            has.tokens.authenticate(given.token)
        assert has.tokens.checks() == []
        for _ in range(LEAST_UNUSUAL_CALLS + 10):
            has.tokens.authenticate(given.token)
        (check,) = has.tokens.checks()
        assert (check.name, check.code, check.observed_value) == (
            "pairing:volume",
            "volume_unusual",
            1,
        )
        told = [each for each in has.screen.told if each[0] == "volume_unusual"]
        assert len(told) == 1
        has.clock.advance(days=1)
        assert has.tokens.checks() == []
