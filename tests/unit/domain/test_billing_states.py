"""Where an invoice stands at a billing service: the table of moves and what cannot be."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import date, timedelta

import pytest

from bridge.domain.billing import (
    AMOUNT_DIFFERS,
    FINAL,
    MOST_CHANGES,
    MOST_FINDINGS,
    MOVE_IMPOSSIBLE,
    MOVES,
    REMINDERS_FEWER,
    STATE_MISSING,
    STATE_UNKNOWN,
    SYMBOLS,
    BillingPosition,
    BillingState,
    Instalment,
    InstalmentPlan,
    entered,
    follow,
    is_reachable,
)
from bridge.domain.billinginvoices import (
    HISTORY_STATUS,
    LOSS_ASKED_EVERY,
    UNKNOWN_ASKED_EVERY,
    is_communication,
    is_person_number,
)
from bridge.domain.exchanges import ExchangeStatus
from bridge.i18n import LANGUAGES, phrase
from tests.support import billing

AT = billing.NOW
AMOUNT = 12_000
S = BillingState
SILENCE = timedelta(days=30)


def told(*reports, position=None):
    for report in reports:
        position = follow(position or BillingPosition(), report, at=AT, amount=AMOUNT)
    return position


def codes(position):
    return [each.code for each in position.findings]


def test_only_paid_and_cancelled_are_final():
    assert {state for state in S if not MOVES[state]} == FINAL == {S.PAID, S.CANCELLED}
    assert not told(billing.report(S.LOSS)).is_final


def test_the_table_knows_every_state_and_skipping_is_the_same_as_going():
    assert set(MOVES) == set(S)
    for start, over, end in itertools.product(S, repeat=3):
        if over in MOVES[start] and end in MOVES[over]:
            assert end in MOVES[start]


def test_no_state_is_ever_gone_back_to():
    for start, end in itertools.product(S, repeat=2):
        assert not (end in MOVES[start] and start in MOVES[end])


@pytest.mark.parametrize("state", S, ids=lambda state: state.value)
def test_each_state_has_a_sign_of_its_own_and_a_name_in_four_languages(state):
    assert len(set(SYMBOLS.values())) == len(S)
    assert len(SYMBOLS[state]) == 1
    assert all(phrase("billing_states", state.value, language) for language in LANGUAGES)


@pytest.mark.parametrize(
    ("start", "end"),
    [(start, end) for start in S for end in S if start is not S.PREPARED and end is not S.PREPARED],
    ids=lambda state: state.value,
)
def test_moves_are_those_of_the_table_and_others_are_findings(start, end):
    before = told(billing.report(start, 1))
    after = told(billing.report(end, 2), position=before)
    if is_reachable(start, end):
        assert (after.state, codes(after)) == (end, [])
    else:
        assert (after.state, codes(after)) == (start, [MOVE_IMPOSSIBLE])
        assert after.findings[0].raw_state == end.value
        assert after.changes == before.changes


def test_reminders_are_counted_with_their_last_day():
    first = billing.report(S.REMINDED, 31, reminders=1, last_reminder_on=date(2026, 12, 24))
    second = billing.report(S.REMINDED, 46, reminders=2, last_reminder_on=date(2027, 1, 8))
    position = told(billing.report(S.OPEN), first, second)
    assert (position.reminders, position.last_reminder_on) == (2, date(2027, 1, 8))
    assert [each.reminders for each in position.changes] == [0, 1, 2]


def test_a_reminded_invoice_was_reminded_once_at_least():
    assert told(billing.report(S.REMINDED)).reminders == 1


def test_fewer_reminders_than_known_are_a_finding_and_the_higher_number_stays():
    position = told(
        billing.report(S.REMINDED, 1, reminders=3), billing.report(S.REMINDED, 2, reminders=1)
    )
    assert (position.reminders, codes(position)) == (3, [REMINDERS_FEWER])
    assert position.findings[0].stated == 1


def test_a_payment_that_says_nothing_of_reminders_keeps_them():
    position = told(billing.report(S.REMINDED, 1, reminders=2), billing.report(S.PAID, 2))
    assert (position.state, position.reminders, codes(position)) == (S.PAID, 2, [])


def test_what_is_older_than_what_is_known_moves_nothing():
    position = told(billing.report(S.PAID, 40), billing.report(S.OPEN, 31))
    assert (position.state, codes(position)) == (S.PAID, [])
    assert billing.states_of(position.changes) == ["paid"]


def test_a_reminder_told_after_the_payment_is_counted_all_the_same():
    late = billing.report(S.REMINDED, 31, reminders=1, last_reminder_on=date(2026, 12, 24))
    position = told(billing.report(S.PAID, 40), late)
    assert (position.state, position.reminders) == (S.PAID, 1)
    assert position.last_reminder_on == date(2026, 12, 24)
    assert codes(position) == []


def test_something_older_that_cannot_have_led_here_is_a_finding():
    position = told(billing.report(S.PAID, 40), billing.report(S.CANCELLED, 31))
    assert (position.state, codes(position)) == (S.PAID, [MOVE_IMPOSSIBLE])


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["in order", "reversed"])
def test_at_the_same_moment_the_later_state_wins(order):
    both = (billing.report(S.OPEN, 1), billing.report(S.PAID, 1))
    position = told(*(both[place] for place in order))
    assert (position.state, codes(position)) == (S.PAID, [])


def test_an_unknown_state_is_kept_raw_and_changes_nothing():
    position = told(billing.report(S.OPEN, 1), billing.report("disputed", 2))
    assert (position.state, position.raw_state) == (S.OPEN, "disputed")
    assert codes(position) == [STATE_UNKNOWN]
    later = told(billing.report(S.PAID, 3), position=position)
    assert (later.state, later.raw_state) == (S.PAID, "paid")


def test_a_missing_state_is_a_finding():
    assert codes(told(billing.report(S.OPEN, 1), billing.report(None, 2))) == [STATE_MISSING]


def test_without_a_moment_the_word_counts_when_it_comes():
    position = told(billing.report(S.OPEN, 1), replace(billing.report(S.PAID), changed_at=None))
    assert position.state is S.PAID


def test_the_same_word_again_is_heard_and_changes_nothing():
    once = told(billing.report(S.REMINDED, 1, reminders=1))
    later = AT + timedelta(days=1)
    again = follow(once, billing.report(S.REMINDED, 1, reminders=1), at=later, amount=AMOUNT)
    assert again == replace(once, heard_at=later)


def test_the_same_nonsense_again_is_kept_once():
    nonsense = billing.report(S.OPEN, 3)
    position = told(billing.report(S.PAID, 1), nonsense, nonsense, nonsense)
    assert codes(position) == [MOVE_IMPOSSIBLE]


def test_another_amount_is_a_finding_and_the_state_goes_on():
    position = told(billing.report(S.OPEN, 1, amount=AMOUNT + 1))
    assert (position.state, codes(position)) == (S.OPEN, [AMOUNT_DIFFERS])
    assert position.findings[0].stated == AMOUNT + 1


def test_findings_and_changes_have_an_end():
    raving = [billing.report(S.OPEN, day) for day in range(2, MOST_FINDINGS + 20)]
    position = told(billing.report(S.PAID, 1), *raving)
    assert len(position.findings) == MOST_FINDINGS
    reminding = [billing.report(S.REMINDED, day, reminders=day) for day in range(1, 300)]
    assert len(told(*reminding).changes) == MOST_CHANGES


PLAN = InstalmentPlan(
    agreed_on=date(2026, 12, 1),
    instalments=(
        Instalment(number=1, due_on=date(2027, 1, 1), amount=4_000, paid_on=date(2026, 12, 30)),
        Instalment(number=2, due_on=date(2027, 2, 1), amount=4_000),
        Instalment(number=3, due_on=date(2027, 3, 1), amount=4_000),
    ),
)


def test_a_plan_says_its_progress_and_what_is_next():
    assert (PLAN.total, PLAN.paid, PLAN.paid_count) == (12_000, 4_000, 1)
    assert PLAN.next is not None
    assert PLAN.next.number == 2
    done = replace(PLAN, instalments=PLAN.instalments[:1])
    assert done.next is None


def test_a_plan_and_its_progress_are_lines_of_the_history():
    more = replace(PLAN.instalments[1], paid_on=date(2027, 1, 31))
    further = replace(PLAN, instalments=(PLAN.instalments[0], more, PLAN.instalments[2]))
    position = told(
        billing.report(S.OPEN, 1),
        billing.report(S.OPEN, 2, plan=PLAN, paid=4_000),
        billing.report(S.OPEN, 3, plan=further, paid=8_000),
    )
    assert [(each.has_plan, each.paid) for each in position.changes] == [
        (False, None), (True, 4_000), (True, 8_000),
    ]  # fmt: skip
    assert position.plan == further


def test_a_word_without_the_plan_does_not_forget_it():
    position = told(billing.report(S.OPEN, 1, plan=PLAN), billing.report(S.OPEN, 2))
    assert position.plan == PLAN


def test_what_we_know_ourselves_is_a_line_of_the_history_once():
    once = entered(BillingPosition(), S.SENT, at=AT)
    assert (once.state, billing.states_of(once.changes)) == (S.SENT, ["sent"])
    assert entered(once, S.SENT, at=AT) is once
    paid = told(billing.report(S.PAID))
    assert entered(paid, S.SENT, at=AT) is paid


@pytest.mark.parametrize(
    ("changes", "pause"),
    [
        pytest.param({"state": S.OPEN}, SILENCE, id="open: after long silence"),
        pytest.param({"state": S.REMINDED}, SILENCE, id="reminded: after long silence"),
        pytest.param({"state": S.LOSS}, LOSS_ASKED_EVERY, id="loss: daily"),
        pytest.param({"state": S.PAID}, None, id="paid: never"),
        pytest.param({"state": S.CANCELLED}, None, id="cancelled: never"),
        pytest.param({"state": S.PREPARED}, None, id="prepared: it is not there"),
    ],
)
def test_when_a_service_is_asked_about_one_invoice(changes, pause):
    invoice = billing.invoice(position=BillingPosition(**changes))
    expected = None if pause is None else AT + pause
    assert invoice.planned(at=AT, silence=SILENCE).ask_at == expected


def test_what_may_have_arrived_is_asked_for_soon_also_without_synchronisation():
    invoice = billing.invoice(status=ExchangeStatus.OUTCOME_UNKNOWN, is_synchronised=False)
    assert invoice.planned(at=AT, silence=SILENCE).ask_at == AT + UNKNOWN_ASKED_EVERY


def test_an_invoice_that_is_not_kept_in_step_is_not_asked_for():
    invoice = billing.invoice(is_synchronised=False, position=BillingPosition(state=S.LOSS))
    assert invoice.planned(at=AT, silence=SILENCE).ask_at is None


def test_every_state_a_service_can_bring_has_a_name_in_the_history():
    assert set(HISTORY_STATUS) == set(S) - {S.PREPARED}


@pytest.mark.parametrize(
    ("digits", "is_right"),
    [
        pytest.param(billing.communication(1), True, id="one"),
        pytest.param("000000009797", True, id="remainder 0 is written 97"),
        pytest.param("000000009700", False, id="remainder 0 is not written 00"),
        pytest.param("000000000102", False, id="wrong check"),
        pytest.param("00000000010", False, id="too short"),
        pytest.param("00000000010a", False, id="a letter"),
        pytest.param("+++000/0000/00101+++", False, id="as printed"),
    ],
)
def test_check_digits_of_a_structured_communication(digits, is_right):
    assert is_communication(digits) is is_right


def test_the_number_of_a_person_is_recognised_among_references():
    assert is_person_number(billing.NISS)
    assert is_person_number("85.07.30-033.28")
    assert not is_person_number("treatment-1")
    assert not is_person_number("12345678901")


def test_nobody_is_named_by_the_representation_of_an_invoice():
    shown = repr(billing.invoice())
    assert "Pruikenmaker" not in shown
    assert billing.NISS not in shown
    assert "Dorpsstraat" not in shown
