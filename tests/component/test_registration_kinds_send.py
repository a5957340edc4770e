"""Each kind of registration asks, sends and fetches; whose card may open which session."""

from __future__ import annotations

import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bridge.domain.exchanges import ExchangeStatus
from bridge.domain.identifiers import Cbe, Nihii, Niss
from bridge.domain.registrations import RegistrationKind, check
from bridge.domain.rights import OWNER_ID
from bridge.sandbox.card import SoftwareCard
from bridge.sandbox.keystorefile import write_keystore
from bridge.sandbox.pki import ehealth_subject, new_key
from bridge.sandbox.tokens import issue_encryption
from tests.component.test_registrations_api import CBE, COLLEAGUE, GROUP, WAIT, body_of
from tests.support.daemon import TestDaemon, running_daemon

pytestmark = pytest.mark.timeout(60)
OTHER = Niss("00000000097")
EVERY = [each.value for each in RegistrationKind]
FOR_OTHERS = ["enterprise_employee", "mandate", "nurse_group", "nurse_group_enterprise"]


def arrange(daemon: TestDaemon, *people: Niss) -> None:
    """Let the authorities know everybody, and who may act for whom."""
    nurses, world = daemon.world.nurses, daemon.world
    allowed = [world.nurse.registration.holder.niss, *people]
    nurses.recognise_group(Nihii.parse(GROUP), allowed)
    nurses.recognise_enterprise(Cbe.parse(CBE), allowed)
    for person in allowed:
        nurses.give_mandate(person, "insurability")
        nurses.represent(person.digits, Nihii.parse(COLLEAGUE["nihii"]))
    for provider in (Nihii.parse(COLLEAGUE["nihii"]), Nihii.parse(GROUP)):
        nurses.represent(CBE, provider)


async def registered(daemon: TestDaemon, http: Any, kind: str, **further: Any) -> str:
    made = await http.post("/v1/registrations", json=body_of(daemon, kind, **further))
    assert made.status_code == 201, made.text
    registration_id = str(made.json()["id"])
    nurse = daemon.world.nurse
    content, passphrase = nurse.keystore_p12, nurse.keystore_passphrase
    number = f"CBE={CBE}" if "enterprise" in kind else None
    if number is not None:
        pki = daemon.world.pki
        subject = ehealth_subject(number, "Fictive Enterprise")
        own = pki.ehealth_authority.credential(subject, new_key("rsa"), now=pki.now)
        content = write_keystore(
            own,
            encryption=[issue_encryption(own, now=pki.now)],
            others=[pki.ehealth_authority.certificate],
            passphrase=passphrase,
        )
    daemon.parts.keystore.import_pkcs12(content, passphrase, registration_id=registration_id)
    return registration_id


async def opened(http: Any, registration_id: str) -> Any:
    asked = {"registration_id": registration_id}
    return await http.post("/v1/ehealth-sessions", json=asked, headers=WAIT)


async def asked(
    daemon: TestDaemon, http: Any, registration_id: str, *, wait: dict[str, str] = WAIT
) -> Any:
    person = daemon.world.people.people()[0]
    patient = {"patient": {"niss": person.niss.digits}, "insurer": person.mutuality.insurer}
    body = {
        "purpose": "new_patients",
        "patients": [patient],
        "registration_id": registration_id,
    }
    key = {"Idempotency-Key": str(uuid.uuid4()), **wait}
    return await http.post("/v1/insurability-batches", json=body, headers=key)


async def fetch(daemon: TestDaemon, registration_id: str) -> None:
    daemon.world.clock.set_insurers_ahead(3600)
    await daemon.services.poller.poll(registration_id, "memberdata")


async def rows(http: Any) -> list[Any]:
    return list((await http.get("/v1/exchanges")).json()["items"])


@pytest.mark.parametrize("kind", EVERY)
async def test_each_kind_asks_and_is_answered(tmp_path: Path, kind: str) -> None:
    async with running_daemon(tmp_path) as daemon, daemon.http() as http:
        arrange(daemon)
        registration_id = await registered(daemon, http, kind)
        assert (await opened(http, registration_id)).status_code == 201
        answer = await asked(daemon, http, registration_id)
        assert answer.status_code == 201, answer.text
        await fetch(daemon, registration_id)
        (row,) = await rows(http)
        assert (row["status"], row["send_status"]) == ("accepted", [])
        assert row["registration_id"] == registration_id


@pytest.mark.parametrize("kind", FOR_OTHERS)
async def test_one_patient_is_asked_about_for_others_too(tmp_path: Path, kind: str) -> None:
    async with running_daemon(tmp_path) as daemon, daemon.http() as http:
        arrange(daemon)
        registration_id = await registered(daemon, http, kind)
        await opened(http, registration_id)
        niss = daemon.world.people.people()[0].niss.digits
        body = {"patient": {"niss": niss}, "registration_id": registration_id}
        key = {"Idempotency-Key": str(uuid.uuid4()), **WAIT}
        answer = await http.post("/v1/insurability-checks", json=body, headers=key)
        assert (answer.status_code, answer.json()["status"]) == (201, "accepted"), answer.text


@pytest.mark.parametrize("kind", ["enterprise_employee", "mandate", "nurse_group_enterprise"])
async def test_without_a_mandate_the_platform_refuses_and_it_is_said_what_to_arrange(
    tmp_path: Path, kind: str
) -> None:
    async with running_daemon(tmp_path) as daemon, daemon.http() as http:
        arrange(daemon)
        daemon.world.nurses._represented.clear()
        registration_id = await registered(daemon, http, kind)
        assert (await opened(http, registration_id)).status_code == 201
        await asked(daemon, http, registration_id)
        (row,) = await rows(http)
        assert (row["status"], row["problem"]["code"]) == ("error", "remote_refused")
        assert row["send_status"][0]["remote_code"] == "SOA-01002"
        shown = (await http.get(f"/v1/registrations/{registration_id}")).json()
        detail = (await http.get(f"/v1/exchanges/{row['id']}")).json()
        assert detail["prerequisites"] == shown["prerequisites"]
        assert {each["code"] for each in detail["prerequisites"]} >= {
            code for code in ("mandate_to_colleague",) if kind == "mandate"
        }


def other_card(daemon: TestDaemon) -> SoftwareCard:
    """Give the card of an employee, whose PIN is the same."""
    world = daemon.world
    eid = world.pki.eid(OTHER.digits, "Andere", "Werknemer")
    return SoftwareCard(
        replace(world.nurse, eid=eid),
        scenario=world.scenario,
        expired=world.pki.expired(eid),
        has_keypad=False,
    )


class Exchanged:
    """A card that can be another one."""

    def __init__(self, card: SoftwareCard) -> None:
        self.card = card

    def __getattr__(self, name: str) -> Any:
        return getattr(self.card, name)


@pytest.mark.parametrize("kind", ["enterprise", "enterprise_employee", "nurse_group_enterprise"])
async def test_the_card_of_another_employee_opens_what_allows_it(tmp_path: Path, kind: str) -> None:
    async with (
        running_daemon(
            tmp_path, card=lambda world: Exchanged(world.card), has_chain_check=False
        ) as daemon,
        daemon.http() as http,
    ):
        holder = daemon.world.nurse.registration.holder.niss
        arrange(daemon, OTHER)
        cards = [holder.digits, OTHER.digits]
        registration_id = await registered(daemon, http, kind, allowed_cards=cards)
        alone = await registered(daemon, http, kind)
        daemon.parts.card.card = other_card(daemon)
        refused = await opened(http, alone)
        assert refused.json()["problem"]["code"] == "actor_mismatch"
        answer = await opened(http, registration_id)
        assert answer.status_code == 201, answer.text
        session = daemon.services.sessions.require(registration_id)
        assert session.registration.person == OTHER
        sent = await asked(daemon, http, registration_id)
        assert sent.status_code == 201, sent.text
        await fetch(daemon, registration_id)
        (row,) = await rows(http)
        assert (row["status"], row["send_status"]) == ("accepted", [])
        pieces = (await http.get(f"/v1/exchanges/{row['id']}/evidence")).text
        assert pieces
        kept = await daemon.services.registrations.get(registration_id)
        assert kept.acting is None
        daemon.parts.card.card = daemon.world.card
        assert (await opened(http, alone)).status_code == 201
        state = [s.state(daemon.clock.now()).value for s in daemon.services.sessions.all()]
        assert sorted(state) == ["ended", "open"]


async def test_a_nurse_acts_for_herself_with_her_own_card_only(tmp_path: Path) -> None:
    async with running_daemon(tmp_path) as daemon, daemon.http() as http:
        holder = daemon.world.nurse.registration.holder.niss.digits
        body = body_of(daemon, "nurse", allowed_cards=[holder, OTHER.digits])
        answer = await http.post("/v1/registrations", json=body)
        assert answer.status_code == 422
        found = [(each["pointer"], each["code"]) for each in answer.json()["errors"]]
        assert found == [("/allowed_cards", "member_not_for_kind")]
        own = daemon.world.nurse.registration
        assert check(replace(own, allowed_cards=(own.holder.niss,))) == ()


async def test_sec_95_what_one_asked_does_not_leave_in_the_session_of_another(
    tmp_path: Path,
) -> None:
    """As SES-04, where both may open the same registration."""
    async with (
        running_daemon(
            tmp_path, card=lambda world: Exchanged(world.card), has_chain_check=False
        ) as daemon,
        daemon.http() as http,
    ):
        holder = daemon.world.nurse.registration.holder.niss
        arrange(daemon, OTHER)
        cards = [holder.digits, OTHER.digits]
        registration_id = await registered(daemon, http, "enterprise", allowed_cards=cards)
        assert (await opened(http, registration_id)).status_code == 201
        daemon.world.scenario.choose("genasync_down")
        await asked(daemon, http, registration_id, wait={})
        await daemon.services.outbox.send_due()
        (row,) = await rows(http)
        assert (row["status"], row["actor_id"]) == ("to_send", OWNER_ID)
        daemon.world.scenario.choose("normal")

        daemon.parts.card.card = other_card(daemon)
        assert (await opened(http, registration_id)).status_code == 201
        assert daemon.services.sessions.holders() == [OTHER]  # whose card proves an actor
        daemon.clock.advance(hours=1)
        assert await daemon.services.outbox.send_due() == 0
        assert [each["status"] for each in await rows(http)] == ["to_send"]
        await refused_again(daemon, http, row["id"])

        daemon.parts.card.card = daemon.world.card
        assert (await opened(http, registration_id)).status_code == 201
        await daemon.services.outbox.send_due()
        assert [each["status"] for each in await rows(http)] == ["sent"]


async def refused_again(daemon: TestDaemon, http: Any, exchange_id: str) -> None:
    """Neither does a person's word let it leave; what she asks herself does."""
    await daemon.parts.store.write(
        lambda unit: unit.exchanges.replace(
            replace(unit.exchanges.get(exchange_id), status=ExchangeStatus.ERROR)
        )
    )
    path, key = f"/v1/exchanges/{exchange_id}/resending", {"Idempotency-Key": str(uuid.uuid4())}
    refused = await http.post(path, json={}, headers=key)
    assert (refused.status_code, refused.json()["code"]) == (409, "actor_mismatch")
    await daemon.parts.store.write(
        lambda unit: unit.exchanges.replace(
            replace(unit.exchanges.get(exchange_id), status=ExchangeStatus.TO_SEND)
        )
    )
