"""``carebridge actor …`` and ``rights …`` over the owner-only channel (D12)."""

from __future__ import annotations

import asyncio
import sys

import pytest

from bridge.domain.rights import FUND_KINDS, OWNER_ID, Right
from tests.component.test_pairing_commands import command_line
from tests.support import stores
from tests.support.pairing import WEB

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the key of the pipe is a user's")
NAME = "Nele Voorbeeld"


def on_each_kind(*actions: Right) -> dict[str, list[str]]:
    return {kind.value: [action.value for action in actions] for kind in FUND_KINDS}


async def add(desk) -> str:
    made = await desk.document("add", typed=f"{NAME}\n", noun="actor")
    assert (made["name"], made["is_owner"]) == (NAME, False)
    return str(made["id"])


async def may(desk, actor_id: str) -> dict[str, list[str]]:
    shown = await desk.document("show", actor_id, noun="rights")
    return {row["kind"]: row["actions"] for row in shown["allowed"]}


async def test_people_are_listed_renamed_disabled_and_enabled(tmp_path):
    async with command_line(tmp_path) as desk:
        alone = await desk.run("list", noun="actor")
        assert alone.stdout.startswith(OWNER_ID)
        assert len(alone.stdout.splitlines()) == len(("the owner", "nobody else"))
        made = await add(desk)
        renamed = await desk.document("rename", made, typed="N. Voorbeeld\n", noun="actor")
        assert renamed["name"] == "N. Voorbeeld"
        assert not (await desk.document("disable", made, noun="actor"))["is_active"]
        listed = (await desk.document("list", noun="actor"))["actors"]
        assert [(each["id"], each["is_active"]) for each in listed] == [
            (OWNER_ID, True),
            (made, False),
        ]
        assert (await desk.document("enable", made, noun="actor"))["is_active"]
        refused = await desk.run("disable", OWNER_ID, noun="actor")
        assert "[state_not_allowed]" in refused.stderr


@pytest.mark.parametrize("typed", ["", "\n", "x" * 101 + "\n", "a\tb\x07\n"])
async def test_a_name_is_a_short_line(typed, tmp_path):
    async with command_line(tmp_path) as desk:
        done = await desk.run("add", typed=typed, noun="actor")
        assert done.exit_code != 0
        assert "[validation_failed]" in done.stderr


async def test_rights_are_given_taken_and_shown(tmp_path):
    async with command_line(tmp_path) as desk:
        made = await add(desk)
        assert await may(desk, made) == on_each_kind()
        assert await may(desk, OWNER_ID) == on_each_kind(*Right)
        words = ["set", made, "--allow", "ask", "--allow", "send", "--allow", "archive"]
        await desk.document(*words, "--deny", "archive", noun="rights")
        assert await may(desk, made) == on_each_kind(Right.ASK, Right.SEND)
        shown = await desk.run("set", made, "--kind", "katz", "--deny", "send", noun="rights")
        assert shown.exit_code == 0, shown.output
        assert stores.REGISTRATION.id in shown.stdout
        assert (await may(desk, made))["katz"] == ["ask"]
        await desk.document("set", made, "--kind", "katz", noun="rights")
        assert (await may(desk, made))["katz"] == ["ask", "send"]
        wrong = await desk.run(
            "set", made, "--registration", "reg_9", "--allow", "ask", noun="rights"
        )
        assert "[validation_failed]" in wrong.stderr


async def test_a_card_is_the_one_whose_session_is_open(tmp_path):
    async with command_line(tmp_path) as desk:
        made = await add(desk)
        early = await desk.run("card", made, noun="actor")
        assert "[ehealth_session_required]" in early.stderr
        desk.office.holders.append(stores.REGISTRATION.holder.niss)
        assert (await desk.document("card", made, noun="actor"))["is_card_needed"]
        alone = (await desk.run("list", noun="actor")).stdout.splitlines()
        assert len(alone[-1]) > len(f"{made}  {NAME}")
        assert stores.NISS not in "".join(alone)
        forgotten = await desk.document("card", made, "--forget", noun="actor")
        assert not forgotten["is_card_needed"]


async def test_software_is_connected_for_somebody_and_given_to_somebody_else(tmp_path):
    async with command_line(tmp_path) as desk:
        made = await add(desk)
        opened = desk.office.requests.open(WEB)
        unknown = await desk.run("approve", "--yes", "--actor", "act_9")
        assert "[not_found]" in unknown.stderr
        approved = await desk.document("approve", "--yes", "--actor", made)
        assert approved["actor_id"] == made
        given = await desk.office.requests.collect(desk.office.poll(opened))
        assert desk.office.tokens.authenticate(given.token).actor_id == made
        assert made in (await desk.run("list")).stdout
        assigned = await desk.document("actor", opened.pairing.id, OWNER_ID)
        assert assigned["actor_id"] == OWNER_ID
        assert desk.office.tokens.authenticate(given.token).actor_id == OWNER_ID
        assert desk.office.journal.kinds[-1] == "pairing.assigned"


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param({"verb": "actor-add"}, id="no-name"),
        pytest.param({"verb": "actor-change", "actor_id": 1}, id="no-identifier"),
        pytest.param({"verb": "actor-change", "actor_id": OWNER_ID, "is_active": 1}, id="no-bool"),
        pytest.param({"verb": "rights", "actor_id": "act_9"}, id="nobody"),
        pytest.param({"verb": "rights-set", "actor_id": OWNER_ID, "kind": "x"}, id="kind"),
        pytest.param({"verb": "rights-set", "actor_id": OWNER_ID, "allow": "ask"}, id="no-list"),
        pytest.param({"verb": "rights-set", "actor_id": OWNER_ID, "deny": ["x"]}, id="right"),
        pytest.param(
            {"verb": "rights-set", "actor_id": OWNER_ID, "registration_id": 1}, id="registration"
        ),
        pytest.param({"verb": "pairing-actor", "pairing_id": "pair_9"}, id="no-actor"),
    ],
)
async def test_what_cannot_be_done_is_refused_on_the_channel(request_, tmp_path):
    async with command_line(tmp_path) as desk:
        answer = await asyncio.to_thread(desk.call, request_)
        assert answer["error"] in {"validation_failed", "not_found"}
