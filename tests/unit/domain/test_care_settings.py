"""Settings and dates of the care rules, and the days that are lost by sending late."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bridge.domain.carecases import Case, share_a_day
from bridge.domain.carerules import check_declaration, is_unanswered, lost_days
from bridge.domain.caresettings import CareSettings
from bridge.domain.declarations import CarePeriod, Content
from bridge.domain.exchanges import ExchangeStatus
from bridge.domain.katz import CareKind
from bridge.domain.periods import last_of_months, months_later
from bridge.domain.tables.sending_rules import (
    KATZ,
    LONGEST,
    SENDING_RULES,
    VALUES,
    SendingRule,
    value_on,
)
from bridge.errors import InputError
from tests.support.carecases import (
    TODAY,
    closure,
    context,
    days,
    declaration,
    katz,
    palliative,
    technical,
)

FIXED = sorted(rule.name for rule in SENDING_RULES if rule.is_fixed)
SWITCHABLE = sorted(rule.name for rule in SENDING_RULES if not rule.is_fixed)
NUMBERS = sorted({each.name for each in VALUES})


@pytest.mark.parametrize("member", ["silent_rules", "lenient_rules"])
@pytest.mark.parametrize("name", [*FIXED, "care_kind_to_strong"])
def test_a_rule_that_is_unknown_or_fixed_cannot_be_switched(member: str, name: str) -> None:
    with pytest.raises(InputError) as caught:
        CareSettings(**{member: frozenset({name})})
    assert caught.value.problem_code == "setting_invalid"
    assert caught.value.params == {"setting": f"care.{member}"}


@pytest.mark.parametrize("name", SWITCHABLE)
def test_every_other_rule_can_be_switched(name: str) -> None:
    assert CareSettings(silent_rules=frozenset({name}), lenient_rules=frozenset({name}))


@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_below_zero_is_refused(name: str) -> None:
    with pytest.raises(InputError) as caught:
        CareSettings(**{name: -1})
    assert caught.value.params == {"setting": f"care.{name}"}
    assert CareSettings(**{name: 0}).value(name, on=TODAY) == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("latest_sending_days", 10),
        ("renewal_window_days", 30),
        ("no_answer_days", 30),
        *((name, 3) for name in LONGEST),
    ],
)
def test_numbers_are_those_of_the_text_unless_set(name: str, value: int) -> None:
    assert CareSettings().value(name, on=TODAY) == value
    assert CareSettings(**{name: 77}).value(name, on=TODAY) == 77


@pytest.mark.parametrize("kind", CareKind, ids=lambda kind: kind.value)
def test_each_kind_of_care_has_its_own_longest_period(kind: CareKind) -> None:
    settings = CareSettings(**{f"longest_months_{kind.value.lower()}": 6})
    found = {each: settings.longest_months(each, on=TODAY) for each in CareKind}
    assert found == {each: 6 if each is kind else 3 for each in CareKind}


def test_a_number_without_a_line_is_a_mistake_of_the_program() -> None:
    with pytest.raises(KeyError):
        value_on("longest_months_d", on=TODAY)


def test_every_rule_reads_settings_that_exist_and_names_its_source() -> None:
    for rule in SENDING_RULES:
        assert all(hasattr(CareSettings(), name) for name in rule.reads), rule.name
        assert rule.source
        assert rule.kinds


@pytest.mark.parametrize("year", [2014, 2026, 2099])
def test_every_number_has_exactly_one_line_on_a_day(year: int) -> None:
    on = date(year, 2, 28)
    assert sorted(each.name for each in VALUES if each.holds_on(on)) == NUMBERS


@pytest.mark.parametrize(
    ("day", "holds"),
    [
        pytest.param(date(2026, 12, 31), False, id="day-before"),
        pytest.param(date(2027, 1, 1), True, id="first-day"),
        pytest.param(date(2027, 6, 30), True, id="last-day"),
        pytest.param(date(2027, 7, 1), False, id="day-after"),
    ],
)
def test_a_dated_rule_holds_from_its_first_to_its_last_day(day: date, *, holds: bool) -> None:
    rule = SendingRule(
        name="invented",
        source="a law",
        kinds=KATZ,
        valid_from=date(2027, 1, 1),
        valid_to=date(2027, 6, 30),
    )
    assert rule.holds_on(day) is holds


@pytest.mark.parametrize(
    ("content", "day"),
    [
        pytest.param(katz(period=days("2026-11-20")), date(2026, 11, 20), id="katz"),
        pytest.param(palliative(), date(2026, 11, 20), id="palliative"),
        pytest.param(technical(period=days()), TODAY, id="no-start-stated"),
        pytest.param(closure(), TODAY, id="closure"),
    ],
)
def test_the_rules_of_the_first_day_of_care_count(content: Content, day: date) -> None:
    case = Case(declaration=declaration(content), content=content, context=context())
    assert case.rules_day == day


@pytest.mark.parametrize(
    ("start", "end", "today", "lost"),
    [
        pytest.param("2026-11-15", None, "2026-11-25", None, id="tenth-day"),
        pytest.param(
            "2026-11-14", None, "2026-11-25", ("2026-11-14", "2026-11-25"), id="eleventh-day"
        ),
        pytest.param(
            "2026-11-01",
            "2026-11-10",
            "2026-11-25",
            ("2026-11-01", "2026-11-10"),
            id="all-days-are-lost",
        ),
        pytest.param("2026-12-01", None, "2026-11-25", None, id="before-the-first-day"),
        pytest.param("2028-02-20", None, "2028-03-01", None, id="tenth-day-over-a-leap-day"),
        pytest.param(
            "2027-02-20", None, "2027-03-03", ("2027-02-20", "2027-03-03"), id="no-leap-day"
        ),
        pytest.param("2026-10-20", None, "2026-10-30", None, id="clocks-go-back"),
    ],
)
def test_late_sending_loses_the_days_up_to_that_of_sending(
    start: str, end: str | None, today: str, lost: tuple[str, str] | None
) -> None:
    late = declaration(katz(period=days(start, end)))
    expected = None if lost is None else days(*lost)
    assert lost_days(late, date.fromisoformat(today)) == expected


def test_days_are_lost_exactly_when_the_warning_is_given() -> None:
    for behind in range(15):
        start_on = TODAY - timedelta(days=behind)
        late = declaration(palliative(start_on=start_on))
        is_warned = any(each.code == "sent_late" for each in check_declaration(late, context()))
        assert is_warned == (lost_days(late, TODAY) is not None) == (behind > 10)


def test_the_latest_day_is_a_setting() -> None:
    late = declaration(technical(period=days("2026-11-20")))
    assert lost_days(late, TODAY, settings=CareSettings(latest_sending_days=5)) is None
    lost = lost_days(late, TODAY, settings=CareSettings(latest_sending_days=4))
    assert lost == days("2026-11-20", "2026-11-25")


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(closure(period=days("2026-01-01", "2026-01-31")), id="closure"),
        pytest.param(technical(period=days()), id="no-start-stated"),
    ],
)
def test_some_declarations_lose_no_days(content: Content) -> None:
    assert lost_days(declaration(content), TODAY) is None


SENT_AT = datetime(2026, 10, 25, 23, 30, tzinfo=UTC)
# 00:30 of the 26th in Brussels, in the night after the clocks went back.


@pytest.mark.parametrize(
    ("status", "today", "is_late"),
    [
        (ExchangeStatus.SENT, date(2026, 11, 25), False),
        (ExchangeStatus.SENT, date(2026, 11, 26), True),
        (ExchangeStatus.RECEIVED, date(2026, 11, 26), True),
        (ExchangeStatus.ACCEPTED, date(2027, 11, 26), False),
        (ExchangeStatus.DRAFT, date(2027, 11, 26), False),
    ],
)
def test_an_answer_is_late_after_thirty_days_in_brussels(
    status: ExchangeStatus, today: date, *, is_late: bool
) -> None:
    waiting = declaration(katz(), status=status, sent_at=SENT_AT)
    assert is_unanswered(waiting, today, settings=CareSettings()) is is_late


def test_what_was_never_sent_is_not_unanswered() -> None:
    waiting = declaration(katz(), status=ExchangeStatus.SENT)
    assert not is_unanswered(waiting, TODAY, settings=CareSettings(no_answer_days=0))
    sent = replace(waiting, sent_at=SENT_AT)
    assert is_unanswered(sent, TODAY, settings=CareSettings(no_answer_days=0))


@pytest.mark.parametrize(
    ("start", "months", "same_day", "last"),
    [
        ("2026-01-15", 3, "2026-04-15", "2026-04-14"),
        ("2026-01-01", 3, "2026-04-01", "2026-03-31"),
        ("2026-11-30", 3, "2027-02-28", "2027-02-28"),
        ("2027-11-30", 3, "2028-02-29", "2028-02-29"),
        ("2027-11-29", 3, "2028-02-29", "2028-02-28"),
        ("2026-12-31", 2, "2027-02-28", "2027-02-28"),
        ("2026-12-01", 1, "2027-01-01", "2026-12-31"),
        ("2026-01-31", 12, "2027-01-31", "2027-01-30"),
    ],
)
def test_months_end_where_the_calendar_says(
    start: str, months: int, same_day: str, last: str
) -> None:
    start_on = date.fromisoformat(start)
    assert months_later(start_on, months) == date.fromisoformat(same_day)
    assert last_of_months(start_on, months) == date.fromisoformat(last)


@pytest.mark.parametrize(
    ("one", "other", "do"),
    [
        pytest.param(days("2026-01-01", "2026-01-10"), days("2026-01-10"), True, id="a-day"),
        pytest.param(days("2026-01-01", "2026-01-10"), days("2026-01-11"), False, id="none"),
        pytest.param(days("2026-01-01"), days("2030-01-01", "2030-01-02"), True, id="open-end"),
        pytest.param(days(None, "2026-01-01"), days(None, "2020-01-01"), True, id="open-starts"),
        pytest.param(days(), days(), True, id="nothing-stated"),
    ],
)
def test_periods_share_a_day(one: CarePeriod, other: CarePeriod, *, do: bool) -> None:
    assert share_a_day(one, other) is do
    assert share_a_day(other, one) is do
