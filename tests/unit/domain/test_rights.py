"""The matrix of user rights: who may do what with which messages (*Local API security* 7.4)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.domain.declarations import DeclarationKind
from bridge.domain.rights import (
    OWNER_ID,
    Actor,
    ActorKind,
    Grant,
    Matter,
    MessageKind,
    Reason,
    Right,
    allowed,
    decide,
    replaced,
    settled,
)

NOW = datetime(2026, 11, 22, 7, 15, tzinfo=UTC)
OWNER = Actor(id=OWNER_ID, kind=ActorKind.OS_USER, created_at=NOW, updated_at=NOW)
PERSON = replace(OWNER, id="act_" + "1" * 26, kind=ActorKind.PERSON, name="Nele Voorbeeld")
REGISTRATIONS = ("reg_1", "reg_2")
ALL = tuple(Right)

grants = st.builds(
    Grant,
    rights=st.lists(st.sampled_from(Right), unique=True).map(tuple),
    registration_id=st.sampled_from((None, *REGISTRATIONS)),
    kind=st.sampled_from((None, *MessageKind)),
    is_refusal=st.booleans(),
)
matters = st.builds(
    Matter, registration_id=st.sampled_from(REGISTRATIONS), kind=st.sampled_from(MessageKind)
)


def matter(kind=MessageKind.KATZ, registration_id="reg_1"):
    return Matter(registration_id=registration_id, kind=kind)


def person(*lines, **changes):
    return replace(PERSON, grants=lines, **changes)


@pytest.mark.parametrize("right", Right, ids=lambda right: right.value)
class TestEachCell:
    def test_without_a_line_the_owner_may_and_a_person_may_not(self, right):
        for kind in MessageKind:
            hers = decide(OWNER, right, matter(kind))
            assert (hers.is_allowed, hers.reason, hers.grant) == (True, Reason.DEFAULT, None)
            others = decide(PERSON, right, matter(kind))
            assert (others.is_allowed, others.reason) == (False, Reason.DEFAULT)

    def test_a_line_gives_its_cell_and_no_other(self, right):
        for kind in MessageKind:
            line = Grant(rights=(right,), kind=kind, registration_id="reg_1")
            may = {
                (each, other, registration)
                for each in Right
                for other in MessageKind
                for registration in REGISTRATIONS
                if decide(person(line), each, matter(other, registration)).is_allowed
            }
            assert may == {(right, kind, "reg_1")}
            assert decide(person(line), right, matter(kind)).grant == line

    def test_a_refusal_takes_its_cell_from_the_owner_and_no_other(self, right):
        for kind in MessageKind:
            line = Grant(rights=(right,), kind=kind, is_refusal=True)
            owner = replace(OWNER, grants=(line,))
            may_not = {
                (each, other)
                for each in Right
                for other in MessageKind
                if not decide(owner, each, matter(other)).is_allowed
            }
            assert may_not == {(right, kind)}
            assert decide(owner, right, matter(kind)).reason is Reason.LINE

    def test_who_is_disabled_or_unknown_may_not(self, right):
        off = person(Grant(rights=ALL), is_active=False)
        for kind in MessageKind:
            verdicts = [decide(each, right, matter(kind)) for each in (off, None)]
            assert [each.reason for each in verdicts] == [Reason.DISABLED, Reason.UNKNOWN]
            assert not any(each.is_allowed for each in verdicts)


class TestLines:
    @settings(max_examples=50)
    @given(st.lists(grants, max_size=6), st.sampled_from(Right), matters)
    def test_deny_wins_wherever_it_stands(self, lines, right, about):
        verdict = decide(person(*lines), right, about)
        covering = [line for line in lines if line.covers(right, about)]
        is_refused = any(line.is_refusal for line in covering)
        assert verdict.is_allowed == (bool(covering) and not is_refused)
        assert verdict.grant is None or verdict.grant.covers(right, about)

    @settings(max_examples=50)
    @given(st.lists(grants, max_size=6), st.sampled_from(Right), matters)
    def test_their_order_decides_nothing(self, lines, right, about):
        one, other = (
            decide(person(*lines), right, about),
            decide(person(*lines[::-1]), right, about),
        )
        assert one.is_allowed == other.is_allowed

    @settings(max_examples=50)
    @given(st.lists(grants, max_size=6), matters)
    def test_settling_them_changes_no_decision(self, lines, about):
        tidy = settled(lines)
        assert allowed(person(*lines), about) == allowed(person(*tidy), about)
        assert settled(tidy) == tidy
        assert len({line.place for line in tidy}) == len(tidy)

    @settings(max_examples=50)
    @given(st.lists(grants, max_size=6), grants, st.sampled_from(Right), matters)
    def test_one_more_refusal_never_gives_anything(self, lines, line, right, about):
        more = [*lines, replace(line, is_refusal=True)]
        if decide(person(*more), right, about).is_allowed:
            assert decide(person(*lines), right, about).is_allowed

    def test_a_line_without_a_registration_is_also_about_later_ones(self):
        line = Grant(rights=(Right.SEND,), kind=MessageKind.KATZ)
        assert decide(person(line), Right.SEND, matter(registration_id="reg_9")).is_allowed

    def test_one_place_is_replaced_and_others_stay(self):
        wide = Grant(rights=(Right.ASK,))
        old = Grant(rights=ALL, kind=MessageKind.KATZ)
        fresh = [
            Grant(rights=(Right.SEND, Right.ASK), kind=MessageKind.KATZ),
            Grant(rights=(), kind=MessageKind.KATZ, is_refusal=True),
        ]
        assert replaced((wide, old), fresh, at=(None, MessageKind.KATZ)) == (
            wide,
            Grant(rights=(Right.ASK, Right.SEND), kind=MessageKind.KATZ),
        )
        assert replaced((wide, old), [], at=(None, None)) == (old,)


def test_each_kind_of_declaration_is_a_kind_of_message():
    names = {kind.value for kind in MessageKind}
    assert {kind.value for kind in DeclarationKind} < names


def test_a_name_stands_in_no_text_of_the_program():
    assert "Voorbeeld" not in repr(PERSON)
    assert OWNER.is_owner
    assert not PERSON.is_owner
