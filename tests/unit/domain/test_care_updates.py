"""Changes the insurer makes by itself: linked, ticked off step by step, processed (4.3, 5.5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from bridge.domain.careupdates import (
    BY_DAEMON,
    STEPS,
    AgreementFacts,
    CareUpdate,
    DoneBy,
    StepKind,
    UpdateNature,
    steps_of,
)
from bridge.domain.katz import CareKind
from bridge.errors import Conflict, NotFound
from tests.support.carecases import NOW, NUMBER, PATIENT, SCORES_A, SCORES_B, days

VISIT_ON = date(2026, 11, 18)
LATER = NOW + timedelta(hours=1)
LAST = NOW + timedelta(days=2)
K = StepKind


def update(nature: UpdateNature = UpdateNature.VISIT) -> CareUpdate:
    return CareUpdate(
        id="upd_1",
        client_id="",
        practice_id="prc_1",
        registration_id="reg_1",
        exchange_id="exc_1",
        response_id="rsp_1",
        nature=nature,
        previous=AgreementFacts(agreement_number=NUMBER, care_kind=CareKind.B, scores=SCORES_B),
        new=AgreementFacts(
            care_kind=CareKind.A, scores=SCORES_A, period=days("2026-11-18", "2026-12-10")
        ),
        steps=steps_of(nature, changed_on=VISIT_ON),
        received_at=NOW,
        updated_at=NOW,
        patient_niss=PATIENT.niss,
    )


@pytest.mark.parametrize("nature", UpdateNature, ids=lambda each: each.value)
def test_each_nature_has_its_steps_in_order(nature: UpdateNature) -> None:
    steps = steps_of(nature, changed_on=VISIT_ON)
    assert tuple(step.kind for step in steps) == STEPS[nature]
    assert steps
    assert len({step.kind for step in steps}) == len(steps)
    assert all(step.done_at is None and step.done_by is None for step in steps)


def test_the_descoring_procedure_is_the_one_of_the_text() -> None:
    assert [(step.kind, step.due_on) for step in update().steps] == [
        (K.END_PREVIOUS, None),
        (K.RECORD_NEW, None),
        (K.CREDIT_AND_REINVOICE, date(2027, 2, 16)),
    ]
    assert frozenset({K.END_PREVIOUS, K.RECORD_NEW}) == BY_DAEMON


@pytest.mark.parametrize(
    ("changed_on", "due_on"),
    [
        pytest.param(date(2026, 11, 18), date(2027, 2, 16), id="over-new-year"),
        pytest.param(date(2027, 12, 1), date(2028, 2, 29), id="on-a-leap-day"),
        pytest.param(date(2026, 12, 1), date(2027, 3, 1), id="no-leap-day"),
    ],
)
def test_regularising_is_due_within_ninety_days(changed_on: date, due_on: date) -> None:
    (step,) = (
        each
        for each in steps_of(UpdateNature.DECISION_MODIFICATION, changed_on=changed_on)
        if each.kind is K.CREDIT_AND_REINVOICE
    )
    assert step.due_on == due_on


@pytest.mark.parametrize("nature", UpdateNature, ids=lambda each: each.value)
def test_with_its_last_step_a_change_is_processed(nature: UpdateNature) -> None:
    one = update(nature)
    kinds = [step.kind for step in one.steps]
    for kind in kinds[:-1]:
        one = one.done(kind, by=DoneBy.PERSON, at=LATER)
        assert one.processed_at is None
    assert [step.kind for step in one.open_steps()] == kinds[-1:]
    one = one.done(kinds[-1], by=DoneBy.PERSON, at=LAST)
    assert (one.processed_at, one.updated_at, one.open_steps()) == (LAST, LAST, ())


def test_the_order_of_ticking_is_free() -> None:
    one = update()
    for step in reversed(one.steps):
        one = one.done(step.kind, by=DoneBy.DAEMON, at=LATER)
    assert one.processed_at == LATER
    assert [step.kind for step in one.steps] == list(STEPS[UpdateNature.VISIT])


def test_a_step_that_is_done_keeps_its_moment_and_who_did_it() -> None:
    once = update().done(K.END_PREVIOUS, by=DoneBy.DAEMON, at=LATER)
    twice = once.done(K.END_PREVIOUS, by=DoneBy.PERSON, at=LAST)
    assert twice.steps == once.steps
    assert (twice.steps[0].done_at, twice.steps[0].done_by) == (LATER, DoneBy.DAEMON)
    assert twice.processed_at is None


def test_a_processed_change_keeps_its_moment() -> None:
    one = update(UpdateNature.OTHER).done(K.LOOK_AT_IT, by=DoneBy.PERSON, at=LATER)
    assert one.done(K.LOOK_AT_IT, by=DoneBy.PERSON, at=LAST).processed_at == LATER


@pytest.mark.parametrize("nature", UpdateNature, ids=lambda each: each.value)
def test_a_step_the_nature_does_not_have_is_not_found(nature: UpdateNature) -> None:
    for kind in set(StepKind) - set(STEPS[nature]):
        with pytest.raises(NotFound):
            update(nature).done(kind, by=DoneBy.PERSON, at=LATER)


def test_a_change_is_linked_once_and_may_be_linked_to_the_same_again() -> None:
    one = update().linked("ktz_1", client_id="cli_1", at=LATER)
    assert (one.declaration_id, one.client_id, one.updated_at) == ("ktz_1", "cli_1", LATER)
    assert one.linked("ktz_1", client_id="cli_1", at=LATER) == one
    with pytest.raises(Conflict) as caught:
        one.linked("ktz_2", client_id="cli_1", at=LAST)
    assert caught.value.problem_code == "already_linked"


def test_linking_and_ticking_do_not_disturb_each_other() -> None:
    one = update().done(K.END_PREVIOUS, by=DoneBy.PERSON, at=LATER)
    linked = one.linked("ktz_1", client_id="cli_1", at=LAST)
    assert linked.steps == one.steps
    assert replace(linked, declaration_id=None, client_id="", updated_at=LATER) == one


def test_nothing_shows_who_the_patient_is_or_how_they_fare() -> None:
    shown = repr(update())
    assert PATIENT.niss is not None
    assert PATIENT.niss.digits not in shown
    assert "washing" not in shown
