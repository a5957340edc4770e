"""Identifiers carry the moment they were made at, to the millisecond."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bridge.domain.ids import encode_ulid, moment_of


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 11, 23, 9, 30, 0, 123_000, tzinfo=UTC),
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(2099, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC),
    ],
    ids=["today", "first", "late"],
)
def test_the_moment_is_read_back(moment):
    assert moment_of(f"sub_{encode_ulid(moment, bytes(range(10)))}") == moment


@pytest.mark.parametrize("text", ["sub_1", "", "sub_01JD3W7V7Q0M2N4Z8K5T6R1S9U!"])
def test_what_is_no_identifier_is_refused(text):
    with pytest.raises(ValueError, match=r"ULID|not found"):
        moment_of(text)
