"""Whatever a billing service says, in whatever order: the state is one of a life that can be."""

from __future__ import annotations

import itertools
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.domain.billing import (
    FINAL,
    BillingPosition,
    BillingState,
    follow,
    is_reachable,
)
from tests.support import billing

FEW = settings(max_examples=60, deadline=None, database=None)
AMOUNT = 12_000
REPORTED = [state for state in BillingState if state is not BillingState.PREPARED]


@st.composite
def reports(draw):
    state = draw(st.sampled_from([*REPORTED, "disputed", None]))
    return billing.report(
        state,
        draw(st.integers(0, 400)),
        reminders=draw(st.integers(0, 5)),
        paid=draw(st.none() | st.integers(0, AMOUNT)),
        amount=draw(st.sampled_from([None, AMOUNT, AMOUNT + 1])),
    )


@st.composite
def lives(draw):
    """Give reports of a life that can be, each at a later moment."""
    states = draw(st.lists(st.sampled_from(REPORTED), min_size=1, max_size=8))
    life, here = [], BillingState.PREPARED
    for state in states:
        if is_reachable(here, state):
            life.append(state)
            here = state
    return [
        billing.report(state, day, reminders=day if state is BillingState.REMINDED else 0)
        for day, state in enumerate(life, 1)
    ]


def told(said, start=None):
    position = start or BillingPosition()
    for place, report in enumerate(said):
        at = billing.NOW + timedelta(minutes=place)
        position = follow(position, report, at=at, amount=AMOUNT)
    return position


@FEW
@given(st.lists(reports(), max_size=25))
def test_states_only_move_along_the_table(said):
    position = BillingPosition()
    for report in said:
        after = told([report], position)
        assert is_reachable(position.state, after.state)
        assert after.reminders >= position.reminders
        position = after
    shown = [BillingState.PREPARED, *(each.state for each in position.changes)]
    assert all(is_reachable(a, b) for a, b in itertools.pairwise(shown))


@FEW
@given(st.lists(reports(), max_size=20), reports())
def test_nothing_follows_what_is_final(said, further):
    position = told(said)
    if position.state in FINAL:
        assert told([further], position).state is position.state


@FEW
@given(lives(), st.data())
def test_the_order_of_the_list_does_not_matter(life, data):
    shuffled = data.draw(st.permutations(life))
    in_order, mixed = told(life), told(shuffled)
    assert mixed.state is in_order.state
    assert mixed.reminders == in_order.reminders
    assert mixed.findings == in_order.findings == ()


@FEW
@given(st.lists(reports(), max_size=15))
def test_hearing_everything_again_changes_nothing(said):
    once = told(said)
    again = told(said, once)
    assert again.state is once.state or once.state not in FINAL
    assert told(said, again).state is again.state


@FEW
@given(st.lists(reports(), max_size=15))
def test_whatever_was_not_taken_over_is_kept(said):
    position = told(said)
    unknown = [each for each in said if each.state is None]
    assert len({(each.raw_state, each.changed_at) for each in unknown}) == len(
        {
            (each.raw_state, each.changed_at)
            for each in position.findings
            if each.code in {"billing_state_unknown", "billing_state_missing"}
        }
    )
