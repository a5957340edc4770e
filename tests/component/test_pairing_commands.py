"""``carebridge pairing …`` over the owner-only channel: the user's own command line (D10)."""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

from bridge.adapters.folders import Folders
from bridge.adapters.localsocket import LocalClient, LocalServer
from bridge.cli.app import app
from bridge.daemon.actorverbs import ActorVerbs
from bridge.daemon.localverbs import AccessVerbs
from bridge.daemon.openverbs import OPEN, OpenVerbs
from bridge.domain.pairings import ALL_HISTORY, PairingState
from bridge.errors import AccessDenied, InputError, PairingPaused, PairingRefused, TokenRevoked
from bridge.i18n import LANGUAGES, scope_name
from bridge.ports.peers import Program
from bridge.service.console import ConsoleDesk
from bridge.service.pairings import GRANTABLE
from bridge.service.tickets import TicketBook
from bridge.service.tokens import SCOPES
from tests.support import stores
from tests.support.pairing import GOOD, NATIVE, WEB, Office, office

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the key of the pipe is a user's")


def no_key() -> bytes:
    raise AssertionError("the key is for Windows only")


@dataclass
class Desk:
    """A running channel, and the command line on the other side."""

    office: Office
    folder: Any

    async def run(self, *words: str, typed: str = "", noun: str = "pairing") -> Any:
        arguments = [noun, *words, "--folder", str(self.folder)]
        return await asyncio.to_thread(CliRunner().invoke, app, arguments, input=typed)

    async def document(self, *words: str, **options: str) -> Any:
        done = await self.run(*words, "--json", **options)
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)

    def call(self, request: dict[str, Any]) -> dict[str, Any]:
        return LocalClient(Folders.under(self.folder).runtime, key=no_key).call(request)


@asynccontextmanager
async def command_line(folder):
    folders = Folders.under(folder / "own")
    folders.create()
    loop = asyncio.get_running_loop()
    stores.new_database(folder)
    async with stores.opened(folder) as store:
        await store.write(lambda unit: unit.registrations.put(stores.REGISTRATION))
    async with office(folder) as has:
        console = ConsoleDesk(
            tokens=has.others,
            tickets=TicketBook(clock=has.clock, ids=has.parts.ids),
            clock=has.clock,
            journal=has.journal,
        )
        services = SimpleNamespace(
            pairing_desk=has.desk,
            clock=has.clock,
            console=console,
            actors=has.parts.actors,
            sessions=SimpleNamespace(holders=lambda: has.holders),
            programs=has.programs,
        )

        def carry(work):
            return asyncio.run_coroutine_threadsafe(work, loop).result(40)

        verbs = {
            **AccessVerbs(services, carry).handlers(),
            **ActorVerbs(services, carry).handlers(),
        }
        server = LocalServer(folders.runtime, lambda asked: verbs[asked["verb"]](asked), key=no_key)
        await asyncio.to_thread(server.start)
        try:
            yield Desk(has, folder / "own")
        finally:
            await asyncio.to_thread(server.stop)


async def test_d10_the_only_request_that_waits_is_shown_and_approved(tmp_path):
    async with command_line(tmp_path) as desk:
        opened = desk.office.requests.open(WEB)
        done = await desk.run("approve", typed="yes\n")
        assert done.exit_code == 0
        assert opened.pairing.code in done.stderr
        assert f": {GOOD}\n" in done.stderr
        assert opened.secret not in done.output
        given = await desk.office.requests.collect(desk.office.poll(opened))
        assert desk.office.tokens.authenticate(given.token).origin == GOOD
        (told,) = desk.office.screen.told
        assert told[0] == "approved"


@pytest.mark.parametrize("typed", ["", "\n", "y\n", "no\n"])
async def test_pair_06_only_a_plain_yes_approves(typed, tmp_path):
    async with command_line(tmp_path) as desk:
        opened = desk.office.requests.open(WEB)
        assert (await desk.run("approve", typed=typed)).exit_code == 1
        assert desk.office.poll(opened).state is PairingState.PENDING


async def test_d13_all_history_is_an_option_of_its_own(tmp_path):
    wanted = replace(WEB, scopes=("history:read", ALL_HISTORY))
    async with command_line(tmp_path) as desk:
        desk.office.requests.open(wanted)
        shown = await desk.document("approve", "--yes")
        assert shown["scopes"] == ["history:read"]
        desk.office.requests.open(replace(wanted, origin="https://other.example"))
        shown = await desk.document("approve", "--yes", "--all-history")
        assert shown["scopes"] == ["history:read", ALL_HISTORY]


async def test_when_several_wait_one_must_be_named(tmp_path):
    async with command_line(tmp_path) as desk:
        opened = desk.office.requests.open(WEB)
        desk.office.requests.open(NATIVE)
        done = await desk.run("approve", "--yes")
        assert done.exit_code == 1
        assert "[not_found]" in done.stderr
        assert (await desk.document("deny", opened.pairing.id))["state"] == "denied"
        assert (await desk.document("approve", "--yes"))["client_kind"] == "native"


async def test_pair_08_blocks_are_visible_and_can_be_taken_back(tmp_path):
    async with command_line(tmp_path) as desk:
        opened = desk.office.requests.open(WEB)
        await desk.document("block", opened.pairing.id)
        listed = (await desk.document("list"))["pairings"]
        assert [(each["origin"], each["state"]) for each in listed] == [(GOOD, "blocked")]
        assert listed[0]["code"] is None
        assert (await desk.document("unblock", opened.pairing.id))["state"] == "denied"
        again = await desk.run("unblock", opened.pairing.id)
        assert "[state_not_allowed]" in again.stderr


async def test_tok_03_a_token_is_withdrawn(tmp_path):
    async with command_line(tmp_path) as desk:
        given = await desk.office.token()
        desk.office.tokens.authenticate(given.token)
        (listed,) = (await desk.document("list"))["pairings"]
        assert (listed["state"], listed["calls_today"]) == ("approved", 1)
        await desk.document("revoke", given.pairing.id)
        with pytest.raises(TokenRevoked):
            desk.office.tokens.authenticate(given.token)


async def test_pair_01_a_window_that_is_expected(tmp_path):
    async with command_line(tmp_path) as desk:
        assert (await desk.run("expect")).exit_code == 0
        desk.office.requests.open(WEB)
        await asyncio.sleep(0)
        assert len(desk.office.screen.asked) == 1


async def test_an_empty_list_says_so(tmp_path):
    async with command_line(tmp_path) as desk:
        done = await desk.run("list")
        assert (done.exit_code, len(done.stdout.splitlines())) == (0, 1)


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"decision": "grant", "pairing_id": "x"}, id="unknown-decision"),
        pytest.param({"decision": "approve", "pairing_id": 1}, id="no-identifier"),
        pytest.param({"decision": "approve", "pairing_id": "pair_x"}, id="unknown-pairing"),
    ],
)
async def test_what_cannot_be_decided_is_refused_on_the_channel(request_, tmp_path):
    async with command_line(tmp_path) as desk:
        asked = {"verb": "pairing-decision", **request_}
        answer = await asyncio.to_thread(desk.call, asked)
        assert answer["error"] in {"validation_failed", "not_found"}


async def test_sec_48_the_command_line_gets_a_ticket_for_the_console(tmp_path):
    async with command_line(tmp_path) as desk:
        answer = await asyncio.to_thread(desk.call, {"verb": "console-ticket"})
        assert set(answer) == {"ticket", "expires_at"}
        with pytest.raises(AccessDenied):
            desk.office.tickets.redeem(answer["ticket"], origin=None)


async def test_without_a_daemon_the_command_says_so(tmp_path):
    done = await asyncio.to_thread(
        CliRunner().invoke, app, ["pairing", "list", "--folder", str(tmp_path)]
    )
    assert done.exit_code == 3


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_scope_is_said_in_plain_words(language):
    said = {scope: scope_name(scope, language) for scope in SCOPES - {"console"}}
    assert said.keys() == GRANTABLE
    assert len(set(said.values())) == len(said)


async def test_loc_04_the_daemon_gives_addresses_of_connected_sites_only(tmp_path):
    """The verb behind ``carebridge open-uri``; each refusal is one record."""
    loop = asyncio.get_running_loop()
    refused = []
    async with office(tmp_path) as has:
        await has.token()
        audit = SimpleNamespace(
            refused=lambda code, *, route, client: refused.append((code, route))
        )
        services = SimpleNamespace(pairing_desk=has.desk, audit=audit)

        def carry(work):
            return asyncio.run_coroutine_threadsafe(work, loop).result(40)

        verb = OpenVerbs(services, carry, port=42112).handlers()[OPEN]
        known = f"carebridge://start?origin={GOOD}"
        answer = await asyncio.to_thread(verb, {"verb": OPEN, "uri": known})
        assert answer["address"].startswith(f"{GOOD}/#port=42112&pairing_handle=")
        alone = await asyncio.to_thread(verb, {"verb": OPEN, "uri": "carebridge://start"})
        assert alone == {"address": None}
        assert refused == []
        for uri in ("carebridge://start?origin=https://evil.example", "carebridge://x", 5, None):
            with pytest.raises(InputError):
                await asyncio.to_thread(verb, {"verb": OPEN, "uri": uri})
        assert refused == [("open_uri_refused", "open-uri")] * 4


async def test_loc_03_a_new_program_is_confirmed_on_the_command_line(tmp_path):
    async with command_line(tmp_path) as desk:
        given = await desk.office.token(NATIVE)
        client = desk.office.tokens.authenticate(given.token)
        await desk.office.programs.check(client, Program(name="zorg", path="/opt/zorg"))
        nothing = await desk.run("confirm", given.pairing.id, "--yes")
        assert nothing.exit_code == 1
        with pytest.raises(PairingRefused):
            await desk.office.programs.check(client, Program(name="nc", path="/usr/bin/nc"))
        listed = await desk.run("list")
        assert "! nc" in listed.stdout
        unwanted = await desk.run("confirm", given.pairing.id, typed="no\n")
        assert unwanted.exit_code == 1
        assert "nc" in unwanted.stderr
        confirmed = await desk.run("confirm", given.pairing.id, typed="yes\n")
        assert confirmed.exit_code == 0
        await desk.office.programs.check(client, Program(name="nc", path="/usr/bin/nc"))
        assert ("program.confirmed", {"pairing": given.pairing.id, "where": "command_line"}) in (
            desk.office.journal.records
        )
        wrong = {"verb": "program-confirmed", "pairing_id": 5}
        assert "error" in await asyncio.to_thread(desk.call, wrong)


async def test_software_is_paused_resumed_and_shown_with_its_calls(tmp_path):
    async with command_line(tmp_path) as desk:
        given = await desk.office.token()
        desk.office.tokens.authenticate(given.token)
        paused = await desk.document("pause", given.pairing.id)
        assert (paused["state"], paused["calls_today"]) == ("paused", 1)
        with pytest.raises(PairingPaused):
            desk.office.tokens.authenticate(given.token)
        assert (await desk.document("resume", given.pairing.id))["state"] == "approved"
        assert desk.office.tokens.authenticate(given.token)
        (line,) = (await desk.run("list")).stdout.splitlines()
        assert "2" in line.rsplit(GOOD, maxsplit=1)[1]
