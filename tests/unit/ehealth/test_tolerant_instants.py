"""Moments in every spelling that known clients and servers use (*STS session* 5.1)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bridge.ehealth.instants import parse_instant
from bridge.errors import TheirAnswerInvalid

EIGHT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        pytest.param("2026-03-02T08:00:00Z", EIGHT, id="whole-seconds"),
        pytest.param("2026-03-02T08:00:00.000Z", EIGHT, id="milliseconds"),
        pytest.param("2026-03-02T09:00:00.000+01:00", EIGHT, id="offset"),
        pytest.param("2026-03-02T08:00:00+0000", EIGHT, id="offset-without-colon"),
        pytest.param("2026-03-02T03:00:00-05:00", EIGHT, id="negative-offset"),
        pytest.param(
            "2026-03-02T08:00:00.1234567Z",
            EIGHT + timedelta(microseconds=123456),
            id="seven-decimals",
        ),
        pytest.param(
            "2026-03-02T08:00:00.5Z", EIGHT + timedelta(milliseconds=500), id="one-decimal"
        ),
        pytest.param("\n 2026-03-02T08:00:00Z ", EIGHT, id="blanks-around"),
    ],
)
def test_a_moment_is_read(text: str, moment: datetime) -> None:
    parsed = parse_instant(text)
    assert parsed == moment
    assert parsed.tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("2026-03-02T08:00:00", id="no-zone"),
        pytest.param("2026-03-02", id="only-a-day"),
        pytest.param("2026-02-30T08:00:00Z", id="no-such-day"),
        pytest.param("2026-03-02T24:00:00Z", id="no-such-hour"),
        pytest.param("2026-03-02T08:00:00.Z", id="point-without-decimals"),
        pytest.param("2026-03-02T08:00:00+99:99", id="no-such-offset"),
        pytest.param("0001-01-01T00:00:00+05:00", id="before-year-one"),
        pytest.param("9999-12-31T23:59:59-05:00", id="after-the-last-year"),
        pytest.param("٢٠٢٦-03-02T08:00:00Z", id="other-digits"),
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(TheirAnswerInvalid):
        parse_instant(text)
