"""Whose turn it is: us, you or MyCareNet."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bridge.domain.health import HealthCheck, HealthStatus
from bridge.domain.verdict import Party, verdict
from bridge.i18n import LANGUAGES, problem_type
from bridge.service.overviews import sentence

NOW = datetime(2026, 11, 24, 8, 14, tzinfo=UTC)


def check(name, code, status=HealthStatus.WARN):
    return HealthCheck(name=name, status=status if code else HealthStatus.PASS, time=NOW, code=code)


SESSION = check("ehealth_session:remaining", "ehealth_session_required")
CARD = check("card:present", "card_missing")
OFFLINE = check("network:online", "network_offline")
DOWN = check("mycarenet:reachability", "remote_unavailable")
BROKEN = check("storage:integrity", "storage_damaged", HealthStatus.FAIL)
OTHER = check("some:thing", "ipv6_off")


def found(*checks):
    return verdict(
        checks, fixer=lambda code: problem_type(code).who_can_fix, since=lambda _check: NOW
    )


@pytest.mark.parametrize(
    ("checks", "party", "code", "is_ordinary"),
    [
        pytest.param([check("a", None)], Party.NOBODY, None, False, id="well"),
        pytest.param([], Party.NOBODY, None, False, id="nothing-looked-at"),
        pytest.param([SESSION], Party.YOU, SESSION.code, True, id="morning"),
        pytest.param([SESSION, CARD], Party.YOU, CARD.code, True, id="card-before-session"),
        pytest.param([SESSION, DOWN], Party.MYCARENET, DOWN.code, False, id="mycarenet"),
        pytest.param([DOWN, OFFLINE], Party.YOU, OFFLINE.code, False, id="cause-first"),
        pytest.param([OFFLINE, BROKEN], Party.US, BROKEN.code, False, id="our-failure-first"),
        pytest.param([SESSION, OTHER], Party.US, OTHER.code, False, id="other-before-ordinary"),
    ],
)
def test_one_thing_is_said(checks, party, code, is_ordinary):
    said = found(*checks)
    assert (said.party, said.code, said.is_ordinary) == (party, code, is_ordinary)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "checks", [[], [SESSION], [DOWN], [BROKEN]], ids=lambda each: str(len(each))
)
def test_the_sentence_says_since_when_in_every_language(language, checks):
    said = sentence(found(*checks), language)
    assert "{" not in said
    assert ("09:14" in said) == bool(checks)


def test_the_sentence_as_support_hears_it():
    assert sentence(found(DOWN), "en") == (
        "With MyCareNet or eHealth: The service cannot be reached, since 24/11/2026 09:14. "
        "All you can do is wait."
    )
