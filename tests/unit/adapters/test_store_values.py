"""Domain values as rows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from bridge.adapters.db import values
from bridge.errors import StoreError
from tests.support import stores


def test_a_moment_is_utc_text_with_milliseconds():
    moment = datetime(2026, 3, 29, 2, 30, 0, 987654, tzinfo=timezone(timedelta(hours=2)))
    assert values.text_of(moment) == "2026-03-29T00:30:00.987+00:00"


def test_texts_of_moments_sort_as_the_moments_do():
    start = datetime(2026, 11, 23, tzinfo=UTC)
    moments = [start + timedelta(milliseconds=step) for step in (0, 1, 999, 1000, 60_000)]
    texts = [values.text_of(moment) for moment in moments]
    assert texts == sorted(texts)


def test_a_moment_without_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        values.text_of(datetime(2026, 11, 23))  # noqa: DTZ001  that is the point


@pytest.mark.parametrize(
    "operation", [stores.operation(), stores.FULL_OPERATION], ids=["plain", "full"]
)
def test_an_operation_comes_back_equal(operation):
    assert values.operation_of(values.operation_row(operation)["document"]) == operation


@pytest.mark.parametrize(
    "check",
    [stores.check(facts=stores.FULL_FACTS), stores.check(question=stores.MEMBER_QUESTION)],
    ids=["by-niss", "by-membership"],
)
def test_a_check_comes_back_equal(check):
    found = values.check_of(values.check_row(check)["document"])
    assert found == check
    assert type(found.question.patient) is type(check.question.patient)


def test_numbers_and_texts_of_parameters_keep_their_types():
    row = values.operation_row(stores.FULL_OPERATION)
    found = values.operation_of(row["document"])
    assert found.problem is not None
    assert found.problem.params == {"tries_left": 2, "service": "2", "other": None}


def test_a_registration_comes_back_equal():
    row = values.registration_row(stores.REGISTRATION)
    assert values.registration_of(row["document"]) == stores.REGISTRATION


def test_a_document_of_an_older_program_may_lack_new_members():
    document = values.operation_row(stores.operation())["document"]
    shorter = document.replace('"attempts":0,', "")
    assert shorter != document
    assert values.operation_of(shorter) == stores.operation()


@pytest.mark.parametrize("document", ["", "{}", "[]", '{"niss": "85073003328"}'])
def test_a_document_that_does_not_hold_is_a_store_error_without_its_text(document):
    with pytest.raises(StoreError) as caught:
        values.check_of(document)
    assert caught.value.__cause__ is None
    assert "85073003328" not in str(caught.value)
