"""Tokens of connected software: kept as a hash, expiring, withdrawn, replaced (TOK-02 to 08)."""

from __future__ import annotations

import statistics
import time
from dataclasses import asdict, replace

import pytest

from bridge.errors import (
    AccessDenied,
    DpopProofReplayed,
    DpopRequired,
    NotFound,
    TokenExpired,
    TokenRevoked,
)
from bridge.service.pairingdesk import COMMAND_LINE
from bridge.service.proofs import ProofDesk, ShownToken
from bridge.service.tokens import Client, checksum
from tests.support import stores
from tests.support.pairing import GOOD, NATIVE, SCOPES, WEB, ProofMaker, office


async def test_a_token_is_recognised_after_a_restart(tmp_path):
    async with office(tmp_path) as has:
        given = await has.token()
    async with office(tmp_path) as has:
        client = has.tokens.authenticate(given.token)
        assert (client.id, client.origin) == (given.pairing.id, GOOD)
        assert client.scopes == frozenset(SCOPES)
        assert client.display_name == f"Zorg ({GOOD})"
        assert has.tokens.is_paired(GOOD)


async def test_tok_02_truncated_altered_and_with_a_wrong_checksum(tmp_path):
    async with office(tmp_path) as has:
        token = (await has.token()).token
        body = token[4:-6]
        assert token == f"cbr_{body}{checksum(body)}"
        for wrong in (token[:-1], token[:-6], "cbr_" + token[5:], token[:-1] + "~", token.upper()):
            with pytest.raises(AccessDenied) as caught:
                has.tokens.authenticate(wrong)
            assert caught.value.problem_code == "token_invalid"


async def test_tok_03_a_token_ends_after_thirty_days_without_a_call(tmp_path):
    async with office(tmp_path) as has:
        token = (await has.token()).token
        has.clock.advance(days=29, hours=23)
        has.tokens.authenticate(token)
        has.clock.advance(days=29, hours=23)
        has.tokens.authenticate(token)
        has.clock.advance(days=30)
        with pytest.raises(TokenExpired):
            has.tokens.authenticate(token)


async def test_tok_03_a_token_ends_after_half_a_year_whatever_it_does(tmp_path):
    async with office(tmp_path) as has:
        token = (await has.token()).token
        for _ in range(8):
            has.clock.advance(days=20)
            has.tokens.authenticate(token)
        has.clock.advance(days=20)
        with pytest.raises(TokenExpired):
            has.tokens.authenticate(token)


async def test_tok_03_the_last_use_is_known_after_a_restart(tmp_path):
    async with office(tmp_path) as has:
        clock, token = has.clock, (await has.token()).token
        clock.advance(days=20)
        has.tokens.authenticate(token)
    async with office(tmp_path, clock=clock) as has:
        clock.advance(days=20)
        has.tokens.authenticate(token)


async def test_tok_03_a_withdrawn_token_says_so_also_after_a_restart(tmp_path):
    async with office(tmp_path) as has:
        given = await has.token()
        await has.desk.revoke(given.pairing.id, where=COMMAND_LINE)
        with pytest.raises(TokenRevoked):
            has.tokens.authenticate(given.token)
        assert not has.tokens.is_paired(GOOD)
    async with office(tmp_path) as has:
        with pytest.raises(TokenRevoked):
            has.tokens.authenticate(given.token)


async def test_sec_135_a_backup_put_back_on_another_computer_brings_no_token(tmp_path):
    async with office(tmp_path) as has:
        token = (await has.token()).token
    async with office(tmp_path, instance_id="inst_2") as has:
        with pytest.raises(TokenRevoked):
            has.tokens.authenticate(token)
        assert not has.tokens.is_paired(GOOD)


async def test_tok_06_a_withdrawn_client_hears_nothing_more(tmp_path):
    async with office(tmp_path) as has:
        given = await has.token()
        stream = has.events.subscribe(given.pairing.id)
        has.events.publish("health.changed", object="health")
        ticket = has.tickets.issue(has.tokens.authenticate(given.token), origin=GOOD)
        await has.desk.revoke(given.pairing.id, where=COMMAND_LINE)
        assert (await stream.next(within_s=1)).type == "pairing.changed"
        with pytest.raises(StopAsyncIteration):
            await stream.next(within_s=1)
        with pytest.raises(AccessDenied):
            has.tickets.redeem(ticket.text, origin=GOOD)


async def test_tok_07_the_files_hold_the_hash_only(tmp_path):
    async with office(tmp_path) as has:
        opened = await has.approved()
        given = await has.requests.collect(has.poll(opened))
    async with stores.opened(tmp_path) as store:
        (row,) = await store.read(lambda unit: unit.pairings.all())
    document = repr(asdict(row))
    assert row.token.digest == given.pairing.token.digest
    for secret in (given.token, given.token[4:47], opened.secret):
        assert secret not in document
    for path in tmp_path.iterdir():
        assert given.token.encode() not in path.read_bytes()


async def test_tok_08_a_prefix_of_a_good_token_takes_no_longer(tmp_path):
    async with office(tmp_path) as has:
        good = (await has.token()).token
        near, far = good[:-1] + "~", "cbr_" + "~" * (len(good) - 4)
        times: dict[str, list[int]] = {near: [], far: []}
        for _ in range(5000):
            for token, taken in times.items():
                begun = time.perf_counter_ns()
                with pytest.raises(AccessDenied):
                    has.tokens.authenticate(token)
                taken.append(time.perf_counter_ns() - begun)
        quick, slow = sorted(statistics.median(taken) for taken in times.values())
        assert slow - quick < 0.25 * slow


async def test_a_rotation_replaces_the_token_and_not_its_end(tmp_path):
    async with office(tmp_path) as has:
        old = await has.token()
        has.clock.advance(days=100)
        with pytest.raises(TokenExpired):
            has.tokens.authenticate(old.token)
    async with office(tmp_path) as has:
        client = has.tokens.authenticate(old.token)
        has.clock.advance(days=10)
        new = await has.tokens.rotate(client)
        assert new.pairing.token.expires_at == old.pairing.token.expires_at
        with pytest.raises(TokenRevoked):
            has.tokens.authenticate(old.token)
        assert has.tokens.authenticate(new.token) == client
    async with office(tmp_path) as has:
        with pytest.raises(TokenRevoked):
            has.tokens.authenticate(old.token)
        has.tokens.authenticate(new.token)


async def test_software_can_leave_by_itself(tmp_path):
    async with office(tmp_path) as has:
        given = await has.token(NATIVE)
        client = has.tokens.authenticate(given.token)
        await has.tokens.leave(client)
        with pytest.raises(TokenRevoked):
            has.tokens.authenticate(given.token)
        with pytest.raises(TokenRevoked):
            await has.tokens.rotate(client)


async def test_tokens_of_this_run_have_no_pairing(tmp_path):
    command_line = Client(id="command-line", display_name="CLI", scopes=frozenset(SCOPES))
    async with office(tmp_path) as has:
        token = has.others.issue(command_line, lifetime=has.parts.limits.idle)
        assert has.tokens.authenticate(token) is command_line
        with pytest.raises(NotFound):
            has.tokens.of(command_line)


async def test_calls_are_counted_by_day(tmp_path):
    async with office(tmp_path) as has:
        given = await has.token()
        for _ in range(3):
            has.tokens.authenticate(given.token)
        kept = has.desk.get(given.pairing.id).token
        assert kept.calls_today(has.clock.now()) == 3
        has.clock.advance(days=1)
        assert kept.calls_today(has.clock.now()) == 0
        assert kept.used(has.clock.now()).calls == 1


async def test_rpl_02_a_bound_token_needs_its_proof_and_each_proof_works_once(tmp_path):
    maker = ProofMaker()
    async with office(tmp_path) as has:
        given = await has.token(replace(WEB, dpop_jwk=maker.jwk))
        client = has.tokens.authenticate(given.token)
        desk = ProofDesk(has.clock)
        url = "http://127.0.0.1:42110/v1/instance"
        shown = ShownToken(token=given.token, has_proof_scheme=False, method="GET", url=url)
        with pytest.raises(DpopRequired):
            desk.check(client, shown)
        claims = maker.claims(given.token, "GET", url, has.clock.now().timestamp())
        proven = replace(shown, has_proof_scheme=True, proofs=(maker.proof(claims),))
        desk.check(client, proven)
        has.clock.advance(seconds=59)
        with pytest.raises(DpopProofReplayed):
            desk.check(client, proven)
