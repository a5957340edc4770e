"""How long a session lasts, whatever is done to the clock (SEC-92)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bridge.domain.identifiers import Nihii, Niss
from bridge.domain.registrations import Holder, RegistrationKind
from bridge.domain.sessions import EhealthSession, SessionAge, SessionState, session_end

OPENED = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
HOURS = timedelta(hours=1)
LIFETIME = timedelta(hours=12)


def session(**changes) -> EhealthSession:
    facts = {
        "id": "ses_1",
        "registration_id": "reg_1",
        "registration_kind": RegistrationKind.NURSE,
        "holder": Holder(
            niss=Niss("85073003328"), nihii=Nihii("54004541401"), first_name="A", last_name="B"
        ),
        "quality": "nurse",
        "opened_at": OPENED,
        "expires_at": OPENED + LIFETIME,
        "updated_at": OPENED,
    }
    return EhealthSession(**facts | changes)


def age() -> SessionAge:
    return SessionAge(opened_at=OPENED, opened_tick=100.0, lifetime=LIFETIME)


def looked(steps: list[tuple[float, float]]) -> tuple[EhealthSession, datetime]:
    """Look at a session after each step: hours by the wall clock, hours by the steady clock."""
    shown, now, kept = session(), OPENED, age()
    for wall, ticks in steps:
        now = OPENED + wall * HOURS
        kept = kept.seen(now=now, tick=100.0 + ticks * 3600)
        shown = kept.shown(session(), now)
    return shown, now


@pytest.mark.parametrize(
    ("steps", "left_h"),
    [
        pytest.param([(2, 2)], 10, id="as-it-should-be"),
        pytest.param([(11, 11), (5, 11)], 1, id="SES-02-set-back-6-h"),
        pytest.param([(5, 11)], 1, id="SES-02-set-back-6-h-before-anybody-looked"),
        pytest.param([(-6, 0)], 12, id="SES-02-set-back-right-after-opening"),
        pytest.param([(3, 13)], -1, id="SES-02-set-back-and-over"),
        pytest.param([(13, 0)], -1, id="SES-02-set-forward-13-h"),
        pytest.param([(13, 0), (0, 0)], -1, id="SES-02-set-forward-and-back-again"),
        pytest.param([(13, 13)], -1, id="SES-02-suspended-13-h-both-clocks"),
        pytest.param([(13, 1)], -1, id="SES-02-suspended-13-h-steady-clock-slept"),
        pytest.param([(0, 13)], -1, id="SES-02-suspended-13-h-and-set-back"),
        pytest.param([(-30, 0), (0, 0)], 12, id="set-back-and-put-right-again"),
        pytest.param([(6, 2), (3, 3)], 6, id="what-passed-by-a-wrong-clock-stays-passed"),
    ],
)
def test_a_session_never_gets_younger(steps, left_h):
    shown, now = looked(steps)
    assert shown.expires_at - now == left_h * HOURS
    expected = SessionState.OPEN if left_h > 0 else SessionState.EXPIRED
    assert shown.state(now) is expected


def test_small_corrections_of_the_clock_move_nothing():
    shown, _ = looked([(2, 2 + 50 / 3600)])
    assert shown == session()


def test_the_end_never_moves_away():
    shown, _ = looked([(0, 3), (5, 5), (1, 5)])
    assert shown.expires_at <= OPENED + LIFETIME


def test_an_ended_session_stays_ended():
    ended = session(ended_at=OPENED + HOURS)
    assert ended.state(OPENED) is SessionState.ENDED


@pytest.mark.parametrize(
    ("until_h", "expected_h"),
    [pytest.param(24, 12.0, id="twelve-hours"), pytest.param(8, 8 - 5 / 60, id="the-assertion")],
)
def test_the_end_is_the_earlier_of_both(until_h, expected_h):
    end = session_end(opened_at=OPENED, not_on_or_after=OPENED + until_h * HOURS)
    assert end == OPENED + timedelta(hours=expected_h)
