"""The check of billing services, forced to each of its states."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bridge.domain.health import HealthStatus
from bridge.domain.verdict import Party, verdict
from bridge.i18n import LANGUAGES, PROBLEMS, check_name, phrase
from bridge.service.billinghealth import CERTIFICATE, NAME, billing_checks, certificate_checks

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
TROUBLES = {
    "remote_unavailable": Party.BILLING_SERVICE,
    "remote_timeout": Party.BILLING_SERVICE,
    "remote_invalid_answer": Party.BILLING_SERVICE,
    "remote_refused": Party.BILLING_SERVICE,
    "billing_access_refused": Party.US,
    "billing_adapter_unknown": Party.US,
    "billing_credentials_missing": Party.YOU,
    "billing_certificate_expired": Party.YOU,
    "key_store_unavailable": Party.US,
}


def judged(check):
    return verdict([check], fixer=lambda code: PROBLEMS[code].who_can_fix, since=lambda _: NOW)


def test_a_service_that_answers_passes_and_one_nobody_asked_is_not_judged():
    (check,) = billing_checks({"bsv_1": None}, NOW)
    assert (check.name, check.status, check.code, check.about) == (
        NAME, HealthStatus.PASS, None, "bsv_1",
    )  # fmt: skip
    assert billing_checks({}, NOW) == []


@pytest.mark.parametrize(("code", "party"), TROUBLES.items(), ids=list(TROUBLES))
def test_trouble_is_a_warning_with_its_code_and_says_whose_turn_it_is_api_81(code, party):
    well, check = billing_checks({"bsv_2": code, "bsv_1": None}, NOW)
    assert (well.about, check.about) == ("bsv_1", "bsv_2")
    assert (check.status, check.code, check.time) == (HealthStatus.WARN, code, NOW)
    assert judged(check).party is party


@pytest.mark.parametrize(
    ("days", "code"),
    [(61, None), (60, "billing_certificate_expiring"), (0, "billing_certificate_expired")],
    ids=["long-to-go", "soon", "over"],
)
def test_the_end_of_a_certificate_is_told_in_time(days, code):
    (check,) = certificate_checks({"bsv_1": NOW + timedelta(days=days)}, NOW)
    assert (check.code, check.about, check.observed_value) == (code, "bsv_1", days)
    assert judged(check).party is (Party.NOBODY if code is None else Party.YOU)


@pytest.mark.parametrize("name", [NAME, CERTIFICATE])
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_checks_have_a_name_in_every_language(language, name):
    assert check_name(name, language) != phrase("health", "other", language)
