"""Days and amounts in the form people of each language write in Belgium."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from bridge.i18n.forms import shown_day, shown_moment, shown_money, shown_percent


@pytest.mark.parametrize(
    ("cents", "language", "expected"),
    [
        pytest.param(123456, "nl", "1.234,56\N{NO-BREAK SPACE}€", id="nl"),
        pytest.param(123456, "fr", "1.234,56\N{NO-BREAK SPACE}€", id="fr"),
        pytest.param(123456789, "de", "1.234.567,89\N{NO-BREAK SPACE}€", id="de"),
        pytest.param(123456, "en", "€1,234.56", id="en"),
        pytest.param(5, "nl", "0,05\N{NO-BREAK SPACE}€", id="cents-alone"),
        pytest.param(-100, "fr", "-1,00\N{NO-BREAK SPACE}€", id="credit"),
        pytest.param(-199, "en", "-€1.99", id="credit-in-english"),
        pytest.param(0, "de", "0,00\N{NO-BREAK SPACE}€", id="nothing"),
    ],
)
def test_amounts_are_to_the_cent(cents, language, expected):
    assert shown_money(cents, language) == expected


@pytest.mark.parametrize(
    ("language", "expected"),
    [("nl", "05/10/2026"), ("fr", "05/10/2026"), ("de", "05.10.2026"), ("en", "05/10/2026")],
)
def test_days(language, expected):
    assert shown_day(date(2026, 10, 5), language) == expected


def test_moments_are_in_brussels_time():
    moment = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)
    assert shown_moment(moment, "nl") == "02/07/2026 00:30"


@pytest.mark.parametrize(
    ("language", "expected"),
    [("nl", "4,05\N{NO-BREAK SPACE}%"), ("en", "4.05\N{NO-BREAK SPACE}%")],
)
def test_percentages_come_in_hundredths(language, expected):
    assert shown_percent(405, language) == expected
