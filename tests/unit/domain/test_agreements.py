"""Agreements of the register: which days they cover, and where they stand on a day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from bridge.domain.agreements import AgreementState, CareAgreement
from tests.support.carecases import PATIENT, agreement

START = date(2026, 9, 11)
END = date(2026, 12, 10)
DAY = timedelta(days=1)
A = AgreementState


@pytest.mark.parametrize(
    ("today", "state"),
    [
        pytest.param(START - DAY, A.FUTURE, id="day-before-the-first"),
        pytest.param(START, A.CURRENT, id="first-day"),
        pytest.param(date(2026, 11, 9), A.CURRENT, id="31-days-left"),
        pytest.param(date(2026, 11, 10), A.EXPIRING, id="30-days-left"),
        pytest.param(END, A.EXPIRING, id="last-day"),
        pytest.param(END + DAY, A.ENDED, id="day-after-the-last"),
    ],
)
def test_where_an_agreement_stands(today: date, state: AgreementState) -> None:
    assert agreement(start_on=START, end_on=END).state(today) is state


@pytest.mark.parametrize(
    ("today", "state"),
    [
        pytest.param(date(2028, 1, 30), A.CURRENT, id="31-days-left"),
        pytest.param(date(2028, 1, 31), A.EXPIRING, id="30-days-left"),
    ],
)
def test_a_leap_day_counts(today: date, state: AgreementState) -> None:
    one = agreement(start_on=date(2027, 12, 1), end_on=date(2028, 3, 1))
    assert one.state(today) is state


@pytest.mark.parametrize(
    ("one", "today", "state"),
    [
        pytest.param(agreement(end_on=None), date(2099, 1, 1), A.CURRENT, id="open-end"),
        pytest.param(agreement(end_on=None), START - DAY, A.FUTURE, id="open-end-future"),
        pytest.param(agreement(start_on=None), date(2000, 1, 1), A.CURRENT, id="open-start"),
        pytest.param(agreement(start_on=None), END + DAY, A.ENDED, id="open-start-ended"),
        pytest.param(agreement(start_on=None, end_on=None), START, A.CURRENT, id="nothing-stated"),
        pytest.param(agreement(start_on=END, end_on=END), END, A.EXPIRING, id="one-day"),
        pytest.param(agreement(start_on=END, end_on=END), END - DAY, A.FUTURE, id="one-day-before"),
        pytest.param(
            agreement(end_on=START - DAY), START, A.ENDED, id="closed-before-its-first-day"
        ),
    ],
)
def test_where_an_agreement_without_both_ends_stands(
    one: CareAgreement, today: date, state: AgreementState
) -> None:
    assert one.state(today) is state


@pytest.mark.parametrize(
    ("one", "day", "covered"),
    [
        pytest.param(agreement(), START - DAY, False, id="day-before"),
        pytest.param(agreement(), START, True, id="first-day"),
        pytest.param(agreement(), END, True, id="last-day"),
        pytest.param(agreement(), END + DAY, False, id="day-after"),
        pytest.param(agreement(end_on=None), date(2099, 1, 1), True, id="open-end"),
        pytest.param(agreement(start_on=None), date(2000, 1, 1), True, id="open-start"),
    ],
)
def test_which_days_an_agreement_covers(one: CareAgreement, day: date, *, covered: bool) -> None:
    assert one.covers(day) is covered


def test_an_agreement_covers_exactly_the_days_on_which_it_is_in_force() -> None:
    one = agreement()
    for offset in range(-3, 100):
        day = START + offset * DAY
        is_in_force = one.state(day) in {A.CURRENT, A.EXPIRING}
        assert one.covers(day) is is_in_force


def test_nothing_shows_who_the_patient_is_or_how_they_fare() -> None:
    shown = repr(agreement())
    assert PATIENT.niss is not None
    assert PATIENT.niss.digits not in shown
    assert "washing" not in shown
