"""A person's insurance, cut to the asked period and to one insurer.

Source: *Insurability* 3.2 and 4, *MyCareNet transport* 5.3 and 5.4.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from bridge.domain.periods import Period
from bridge.sandbox.memberdata_rules import Rejected
from bridge.sandbox.people import InsuredSpan, SandboxPerson


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """A person as one insurer knows her, in the asked period.

    Attributes:
        insurer: The union that answers.
        spans: Its times of insurance inside the asked period, oldest first.
        closed_on: First day without rights after the last earlier time at this insurer.
        starts_on: First day of the next later time at this insurer.
        changed_on: Day on which one insurer took over from another within the asked period.
    """

    person: SandboxPerson
    insurer: str
    spans: tuple[tuple[InsuredSpan, Period], ...]
    closed_on: date | None
    starts_on: date | None
    changed_on: date | None


def cover(person: SandboxPerson, period: Period, insurer: str | None) -> Coverage:
    """Cut the person's insurance to the asked period and to one insurer.

    Raises:
        Rejected: no insurer, or several at once.
    """
    if not person.periods:
        raise Rejected("UNKNOWN_IO")
    inside = [
        (span, part)
        for span in sorted(person.periods, key=lambda each: each.from_on)
        if (part := span.within(period, until=person.deceased_on)) is not None
    ]
    if insurer is None:
        if _are_at_once(inside):
            raise Rejected("MULTIPLE_IO")
        insurer = (inside[-1][0] if inside else _nearest(person, period)).mutuality.insurer
    own = [(span, part) for span, part in inside if span.mutuality.insurer == insurer]
    spans = [span for span in person.periods if span.mutuality.insurer == insurer]
    return Coverage(
        person=person,
        insurer=insurer,
        spans=tuple(own),
        closed_on=_closed_on(spans, person, period),
        starts_on=min(
            (span.from_on for span in spans if span.from_on > period.to_on), default=None
        ),
        changed_on=_changed_on(own, inside),
    )


def _are_at_once(inside: list[tuple[InsuredSpan, Period]]) -> bool:
    return any(
        first.mutuality.insurer != second.mutuality.insurer and one.overlaps(other)
        for place, (first, one) in enumerate(inside)
        for second, other in inside[place + 1 :]
    )


def _nearest(person: SandboxPerson, period: Period) -> InsuredSpan:
    """Give the latest earlier time of insurance, else the next one."""
    earlier = [span for span in person.periods if span.from_on <= period.to_on]
    return max(earlier, key=lambda span: span.from_on) if earlier else person.periods[0]


def _closed_on(spans: list[InsuredSpan], person: SandboxPerson, period: Period) -> date | None:
    ends = [
        min(day for day in (span.to_on, person.deceased_on) if day is not None)
        for span in spans
        if span.from_on < period.from_on and (span.to_on or person.deceased_on)
    ]
    return max(ends) + timedelta(days=1) if ends else None


def _changed_on(
    own: list[tuple[InsuredSpan, Period]],
    inside: list[tuple[InsuredSpan, Period]],
) -> date | None:
    """Give the first day at the next insurer, or else at this one after another."""
    others = [pair[1].from_on for pair in inside if pair not in own]
    if not own or not others:
        return None
    later = [day for day in others if day > own[-1][1].to_on]
    return min(later) if later else own[0][1].from_on
