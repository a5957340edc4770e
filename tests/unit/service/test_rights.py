"""Where rights are asked: one record for each attempt, and what each message is about (AUD-03)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.domain.exchanges import Mark
from bridge.domain.identifiers import Niss
from bridge.domain.rights import (
    FUND_KINDS,
    OWNER_ID,
    Actor,
    ActorKind,
    Grant,
    Matter,
    MessageKind,
    Right,
    card_mark,
)
from bridge.errors import ActorNotAllowed
from bridge.service.rights import (
    EVERYBODY_MAY,
    RightsDesk,
    fetched_from,
    insurability_of,
    matters_of,
    require_mark,
)
from bridge.service.tokens import Client
from tests.support import care, stores
from tests.support.audit import AuditBench

REGISTRATION = "reg_01JD3W7V7Q0M2N4Z8K5T6R1S9B"
PERSON_ID = "act_01JD3W7V7Q0M2N4Z8K5T6R1S9A"
CLIENT = Client(id="pair_1", display_name="Zorg", scopes=frozenset(), actor_id=PERSON_ID)
HER_NUMBER, OTHER_NUMBER = Niss(stores.NISS), Niss("00000000097")
CARE = ("katz", "palliative", "technical_act")


def matter(kind):
    return Matter(registration_id=REGISTRATION, kind=kind)


class Desk:
    """A desk with one person, and the audit log it records in."""

    def __init__(self, folder, *lines):
        self.bench = AuditBench(folder)
        now = self.bench.clock.now()
        self.actor = Actor(
            id=PERSON_ID,
            kind=ActorKind.PERSON,
            name="Nele Voorbeeld",
            created_at=now,
            updated_at=now,
            grants=lines,
        )
        self.holders: list[Niss] = []
        self.rights = RightsDesk(
            lambda actor_id: self.actor if actor_id == PERSON_ID else None,
            holders=lambda: self.holders,
            audit=self.bench.trail,
        )

    def records(self):
        return [
            (each["action"], each["result"], each["actor"], each["client"], each["object_id"])
            for each in self.bench.records()
        ]


def test_aud_03_an_allowed_attempt_is_one_record_for_each_thing(tmp_path):
    desk = Desk(tmp_path, Grant(rights=tuple(Right)))
    katz, invoices = matter(MessageKind.KATZ), matter(MessageKind.INVOICES)
    desk.rights.require(CLIENT, Right.SEND, katz, invoices, katz)
    assert desk.records() == [
        ("actor_allowed", "send:katz", PERSON_ID, "pair_1", REGISTRATION),
        ("actor_allowed", "send:invoices", PERSON_ID, "pair_1", REGISTRATION),
    ]
    assert "Voorbeeld" not in desk.bench.path.read_text()


def test_aud_03_a_refused_attempt_is_exactly_one_record(tmp_path):
    desk = Desk(tmp_path, Grant(rights=tuple(Right), kind=MessageKind.KATZ))
    with pytest.raises(ActorNotAllowed) as caught:
        desk.rights.require(CLIENT, Right.SEND, *map(matter, reversed(FUND_KINDS)))
    assert caught.value.params == {
        "action": "send",
        "registration_id": REGISTRATION,
        "kind": "invoices",
        "reason": "default",
    }
    assert desk.records() == [("actor_refused", "send:invoices", PERSON_ID, "pair_1", REGISTRATION)]


def test_software_of_somebody_nobody_knows_may_nothing(tmp_path):
    desk = Desk(tmp_path, Grant(rights=tuple(Right)))
    for actor_id in (OWNER_ID, "act_9"):
        stranger = replace(CLIENT, actor_id=actor_id)
        with pytest.raises(ActorNotAllowed):
            desk.rights.require(stranger, Right.ASK, matter(MessageKind.KATZ))


def test_who_is_proven_by_a_card_acts_only_while_its_session_is_open(tmp_path):
    desk = Desk(tmp_path, Grant(rights=tuple(Right)))
    desk.actor = replace(desk.actor, card=card_mark(HER_NUMBER, PERSON_ID))
    for holders, is_allowed in (([], False), ([OTHER_NUMBER], False), ([HER_NUMBER], True)):
        desk.holders = holders
        refusals = []
        try:
            desk.rights.require(CLIENT, Right.SEND, matter(MessageKind.KATZ))
        except ActorNotAllowed as error:
            refusals.append(error.params["reason"])
        assert refusals == ([] if is_allowed else ["card"])
    results = [action for action, *_ in desk.records()]
    assert results == ["actor_refused", "actor_refused", "actor_allowed"]
    assert HER_NUMBER.digits not in desk.bench.path.read_text()
    assert card_mark(HER_NUMBER, OWNER_ID) != desk.actor.card


@pytest.mark.parametrize(
    ("mark", "wanted"),
    [
        (Mark.PROCESSED, ["process:katz"]),
        (Mark.UNPROCESSED, ["process:katz"]),
        (Mark.ARCHIVED, ["archive:katz"]),
        (Mark.UNARCHIVED, ["archive:katz"]),
        (Mark.READ, []),
        (Mark.UNREAD, []),
    ],
)
def test_marks_need_the_right_they_are_about_and_reading_needs_none(tmp_path, mark, wanted):
    desk = Desk(tmp_path, Grant(rights=tuple(Right)))
    desk.bench.record(1)
    require_mark(desk.rights, CLIENT, mark, matter(MessageKind.KATZ))
    assert [result for _, result, *_ in desk.records()[1:]] == wanted


@pytest.mark.parametrize(
    ("service", "kinds"),
    [
        ("memberdata", ("insurability",)),
        ("generic_insurability", ("insurability",)),
        ("medadmin", CARE),
        ("invoicing", ("invoices",)),
        ("something_new", tuple(kind.value for kind in FUND_KINDS)),
        ("billing", ("billing_invoices",)),
    ],
)
def test_a_mailbox_may_hold_all_kinds_of_its_service(service, kinds):
    found = fetched_from(REGISTRATION, service)
    assert tuple(each.kind.value for each in found) == kinds
    assert {each.registration_id for each in found} == {REGISTRATION}


async def test_a_message_of_care_is_about_the_declarations_in_it(tmp_path):
    stores.new_database(tmp_path)
    both, alone, other = care.message(1), care.message(2), care.message(3, service="memberdata")

    def work(unit):
        for exchange in (both, alone, other):
            unit.exchanges.add(exchange)
        for number, content in ((1, care.KATZ), (2, care.PALLIATIVE), (3, care.KATZ)):
            made = care.sent(number, content, exchange_id=both.id)
            unit.declarations.put(made, content_digest=f"digest-{number}")

    async with stores.opened(tmp_path) as store:
        await store.write(work)
        found = await store.read(
            lambda unit: [matters_of(unit, each) for each in (both, alone, other)]
        )
    assert [{each.kind.value for each in one} for one in found] == [
        {"katz", "palliative"},
        {"katz"},
        {"insurability"},
    ]


def test_parts_that_are_tried_out_by_themselves_ask_nobody():
    EVERYBODY_MAY.require(CLIENT, Right.SEND, insurability_of(REGISTRATION))
