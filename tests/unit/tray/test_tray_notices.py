"""What is said once, when it begins."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bridge.i18n import LANGUAGES
from tests.support.trayfacts import NOW, OPEN, READY
from tray.notices import notices


def keys(before, after):
    return [notice.key for notice in notices(before, after, "en")]


def left(**span):
    return replace(OPEN, expires_at=NOW + timedelta(**span))


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        pytest.param(left(minutes=61), left(minutes=60), ["60"], id="an-hour"),
        pytest.param(left(minutes=60), left(minutes=59), [], id="once"),
        pytest.param(left(minutes=16), left(minutes=15), ["15"], id="a-quarter"),
        pytest.param(left(minutes=6), left(minutes=4), ["5"], id="five-minutes"),
        pytest.param(left(hours=3), left(minutes=3), ["5"], id="after-a-sleep-only-the-shortest"),
        pytest.param(left(minutes=3), left(minutes=2), [], id="nothing-between"),
    ],
)
def test_the_end_of_the_session_is_announced(before, after, said):
    texts = [notice.text for notice in notices(before, after, "en")]
    assert texts == [f"The eHealth session ends in {minutes} minutes." for minutes in said]


@pytest.mark.parametrize("before", [left(hours=1), left(seconds=1)], ids=["slept", "near"])
def test_the_end_itself_is_said_once(before):
    assert keys(before, left()) == ["session_over"]
    assert keys(left(), left(seconds=-9)) == []


def test_a_session_the_user_ended_or_renewed_is_not_announced():
    assert keys(left(minutes=3), READY) == []
    assert keys(left(hours=5), replace(left(minutes=50), session_id="ses_2")) == []
    assert keys(None, left(minutes=3)) == []


@pytest.mark.parametrize("what", ["card", "certificate"])
@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        pytest.param(None, 400, None, id="long-valid"),
        pytest.param(None, None, None, id="unknown"),
        pytest.param(None, 45, "ends", id="at-the-start"),
        pytest.param(61, 60, "ends", id="sixty-days"),
        pytest.param(60, 59, None, id="said-already"),
        pytest.param(31, 30, "ends", id="a-month"),
        pytest.param(1, 0, "ends", id="the-last-day"),
        pytest.param(0, -1, "over", id="over"),
        pytest.param(None, -9, "over", id="over-at-the-start"),
        pytest.param(-1, -2, None, id="over-said-already"),
    ],
)
def test_the_end_of_card_and_certificate_is_announced(what, before, after, said):
    name = f"{what}_days"
    earlier = None if before is None else replace(READY, **{name: before})
    found = keys(earlier, replace(READY, **{name: after}))
    assert found == ([] if said is None else [f"{what}_{said}"])


@pytest.mark.parametrize(
    ("member", "key"),
    [("unread", "answers"), ("manual", "manual_action"), ("pairings", "pairing")],
)
def test_more_work_is_said_and_less_or_the_same_is_not(member, key):
    two, three = replace(READY, **{member: 2}), replace(READY, **{member: 3})
    assert keys(two, three) == [key]
    assert keys(three, two) == keys(three, three) == keys(None, three) == []


def test_a_failure_is_said_when_it_begins():
    broken = replace(READY, failure="storage_full")
    assert keys(READY, broken) == ["failure"]
    assert keys(None, broken) == ["failure"]
    assert keys(broken, broken) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_notice_is_one_sentence_in_every_language(language):
    after = replace(
        left(minutes=60), unread=1, manual=1, pairings=1, card_days=3, certificate_days=-1,
        failure="storage_full",
    )  # fmt: skip
    said = notices(replace(left(minutes=61)), after, language)
    assert len(said) == 7
    assert len({notice.text for notice in said}) == 7
    assert all("{" not in notice.text and "…" not in notice.text for notice in said)


@pytest.mark.parametrize("language", LANGUAGES)
def test_sec_82_software_that_sent_a_pin_is_named_once(language):
    sent = replace(READY, pin_senders=("Zorg",))
    (said,) = notices(READY, sent, language)
    assert said.key == "pin_sent"
    assert said.text.startswith("Zorg ")
    assert notices(sent, sent, language) == []
    (other,) = notices(sent, replace(READY, pin_senders=("Ander", "Zorg")), language)
    assert other.text.startswith("Ander ")
    assert notices(sent, READY, language) == []
