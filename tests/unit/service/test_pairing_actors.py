"""Whom connected software acts for: chosen when it is approved, or changed later (7.2, 7.5)."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bridge.domain.pairings import PairingState
from bridge.domain.rights import OWNER_ID
from bridge.errors import AccessDenied, Conflict, NotFound
from bridge.ports.pairings import ActorChoice, Consent
from bridge.service.pairingdesk import COMMAND_LINE, MOST_OFFERED
from tests.support.pairing import WEB, office

NAME = "Nele Voorbeeld"


async def person(has, name=NAME):
    return await has.parts.actors.create(name)


async def test_software_acts_for_the_owner_unless_somebody_is_chosen(tmp_path):
    async with office(tmp_path) as has:
        given = await has.token()
        assert has.tokens.authenticate(given.token).actor_id == OWNER_ID


async def test_one_site_is_connected_once_for_each_person(tmp_path):
    """The token says whom it acts for: a request cannot name anybody."""
    async with office(tmp_path) as has:
        nele, jan = await person(has), await person(has, "Jan Voorbeeld")
        hers = await has.token(actor_id=nele.id)
        his = await has.token(actor_id=jan.id)
        acting = [has.tokens.authenticate(each.token).actor_id for each in (hers, his)]
        assert acting == [nele.id, jan.id]
    async with office(tmp_path) as later:
        assert later.tokens.authenticate(hers.token).actor_id == nele.id


async def test_an_actor_nobody_knows_is_not_chosen_and_nothing_is_approved(tmp_path):
    async with office(tmp_path) as has:
        opened = has.requests.open(WEB)
        with pytest.raises(NotFound):
            await has.desk.approve(opened.pairing.id, where=COMMAND_LINE, actor_id="act_9")
        assert has.poll(opened).state is PairingState.PENDING


async def test_somebody_else_is_chosen_later_and_tickets_of_before_are_worth_nothing(tmp_path):
    async with office(tmp_path) as has:
        nele = await person(has)
        given = await has.token()
        ticket = has.tickets.issue(has.tokens.authenticate(given.token), origin=WEB.origin)
        assigned = await has.desk.assign(given.pairing.id, nele.id, where=COMMAND_LINE)
        assert has.tokens.authenticate(given.token).actor_id == nele.id
        with pytest.raises(AccessDenied):
            has.tickets.redeem(ticket.text, origin=WEB.origin)
        assert has.journal.records[-1] == (
            "pairing.assigned",
            {"pairing": assigned.id, "where": COMMAND_LINE},
        )
        with pytest.raises(NotFound):
            await has.desk.assign(given.pairing.id, "act_9", where=COMMAND_LINE)
        await has.desk.revoke(given.pairing.id, where=COMMAND_LINE)
        with pytest.raises(Conflict):
            await has.desk.assign(given.pairing.id, nele.id, where=COMMAND_LINE)
    async with office(tmp_path) as later:
        assert later.desk.get(given.pairing.id).actor_id == nele.id


async def test_the_window_offers_the_owner_first_and_nobody_who_is_disabled(tmp_path):
    async with office(tmp_path) as has:
        nele, gone = await person(has), await person(has, "Jan Voorbeeld")
        await has.parts.actors.change(gone.id, name=gone.name, is_active=False)
        for place in range(MOST_OFFERED):
            await person(has, f"P{place}")
        has.screen.consent = Consent(decision="approve", actor_id=nele.id)
        opened = has.requests.open(WEB)
        await has.desk.ask(opened.pairing.id)
        (asked,) = has.screen.asked
        assert asked.actors[:2] == (
            ActorChoice(id=OWNER_ID, name=""),
            ActorChoice(id=nele.id, name=NAME),
        )
        assert len(asked.actors) == MOST_OFFERED
        assert gone.id not in {each.id for each in asked.actors}
        assert has.poll(opened).actor_id == nele.id
        assert NAME not in repr(asked.actors)


async def test_a_choice_that_went_away_meanwhile_approves_nothing(tmp_path):
    async with office(tmp_path) as has:
        has.screen.consent = Consent(decision="approve", actor_id="act_9")
        opened = has.requests.open(replace(WEB, display_name="Zorg"))
        await has.desk.ask(opened.pairing.id)
        await asyncio.sleep(0)
        assert has.poll(opened).state is PairingState.PENDING
