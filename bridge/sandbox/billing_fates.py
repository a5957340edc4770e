"""What becomes of invoices at the played billing service, decided when they come in.

Each invoice gets the next fate of a list, so that every fate is seen; its steps lie days after
the upload, on the insurers' clock.
A step may be listed later than it happened, or say what is not true: a service is no better than
its computers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

_MONTH: Final = 30


@dataclass(frozen=True, kw_only=True)
class Step:
    """Something that happens to an invoice.

    Attributes:
        after: Since the upload.
        state: As the service writes it.
        reminders: How many there were.
        paid_parts: How many instalments were paid.
        has_plan: Whether there is an instalment plan.
        listed_after: When it comes into the list of changes, if later than it happened.
        is_true: Whether the service believes it itself; it stays out of the look at one invoice
            when it does not.
    """

    after: timedelta
    state: str
    reminders: int = 0
    paid_parts: int = 0
    has_plan: bool = False
    listed_after: timedelta | None = None
    is_true: bool = True


@dataclass(frozen=True, kw_only=True)
class Fate:
    """A whole life.

    Attributes:
        parts: Of the instalment plan, where there is one.
    """

    name: str
    steps: Sequence[Step]
    parts: int = 0


def _at(days: float, state: str, **more: Any) -> Step:
    return Step(after=timedelta(days=days), state=state, **more)


_BEGIN: Final = (_at(0, "sent"), _at(1, "open"))
_REMINDED: Final = (
    _at(31, "reminded", reminders=1),
    _at(46, "reminded", reminders=2),
    _at(61, "reminded", reminders=3),
)


def _instalments(count: int, paid: int) -> tuple[Step, ...]:
    """Give the steps of a plan that is kept for so many parts."""
    agreed = _at(25, "open", has_plan=True)
    kept = (
        _at(34 + _MONTH * place, "open", has_plan=True, paid_parts=place + 1)
        for place in range(paid)
    )
    steps = (agreed, *kept)
    if paid == count:
        return (*steps[:-1], replace(steps[-1], state="paid"))
    return steps


def _after_plan(step: Step) -> Step:
    return replace(step, has_plan=True, paid_parts=2)


FATES: Final = (
    Fate(name="on_time", steps=(*_BEGIN, _at(20, "paid"))),
    Fate(name="one_reminder", steps=(*_BEGIN, _REMINDED[0], _at(45, "paid", reminders=1))),
    Fate(name="three_reminders", steps=(*_BEGIN, *_REMINDED, _at(75, "paid", reminders=3))),
    Fate(name="instalments", steps=(*_BEGIN, *_instalments(4, 4)), parts=4),
    Fate(
        name="instalments_broken",
        steps=(
            *_BEGIN,
            *_instalments(6, 2),
            _after_plan(_at(130, "reminded", reminders=1)),
            _after_plan(_at(180, "loss", reminders=1)),
        ),
        parts=6,
    ),
    Fate(
        name="enforced",
        steps=(
            *_BEGIN,
            *_REMINDED,
            _at(90, "loss", reminders=3),
            _at(200, "paid", reminders=3),
        ),
    ),
    Fate(name="lost", steps=(*_BEGIN, *_REMINDED, _at(90, "loss", reminders=3))),
    Fate(name="cancelled", steps=(*_BEGIN, _at(10, "cancelled"))),
    Fate(
        name="contradicted",
        steps=(*_BEGIN, _at(20, "paid"), _at(25, "open", is_true=False)),
    ),
    Fate(
        name="told_late",
        steps=(
            *_BEGIN,
            replace(_REMINDED[0], listed_after=timedelta(days=42)),
            _at(40, "paid", reminders=1),
        ),
    ),
    Fate(
        name="disputed",
        steps=(*_BEGIN, _at(15, "disputed", is_true=False), _at(50, "paid")),
    ),
    Fate(name="never_paid", steps=_BEGIN),
    Fate(name="paid_at_once", steps=(_at(0, "sent"), _at(0.5, "paid"))),
)
"""Every fate, in the order in which invoices get them."""


@dataclass
class PlayedInvoice:
    """An invoice the service has.

    Attributes:
        serial: From 1.
        uploaded_at: By the insurers' clock.
        digest: Of the exact upload.
        total: In cents.
    """

    serial: int
    reference: str
    uploaded_at: datetime
    digest: str
    total: int
    fate: Fate
    service_ref: str = field(init=False)

    def __post_init__(self) -> None:
        self.service_ref = f"S-{self.serial:07d}"

    def listed(self, step: Step) -> datetime:
        """Give when a step comes into the list of changes."""
        return self.uploaded_at + (step.listed_after or step.after)

    def standing(self, now: datetime) -> Step:
        """Give the last step the service believes in itself."""
        happened = [
            step
            for step in self.fate.steps
            if step.is_true and self.uploaded_at + step.after <= now
        ]
        return max(happened, key=lambda step: step.after, default=self.fate.steps[0])

    def shown(self, step: Step) -> dict[str, Any]:
        """Write a step as the contract wants it."""
        at = self.uploaded_at + step.after
        return {
            "reference": self.reference,
            "service_ref": self.service_ref,
            "state": step.state,
            "changed_at": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "amount_cents": self.total,
            "paid_cents": self._paid(step),
            "reminders": {"count": step.reminders, "last_on": self._last(step, "reminded")},
            "loss_on": self._last(step, "loss"),
            "paid_on": self._last(step, "paid"),
            "cancelled_on": self._last(step, "cancelled"),
            "has_instalments": step.has_plan,
            "instalments": self.plan(step) if step.has_plan else None,
        }

    def plan(self, step: Step) -> dict[str, Any]:
        """Write the instalment plan as of a step."""
        count = self.fate.parts
        share = self.total // count
        items = []
        for place in range(count):
            due = self.uploaded_at + timedelta(days=35 + _MONTH * place)
            is_last = place == count - 1
            paid = due - timedelta(days=1) if place < step.paid_parts else None
            items.append(
                {
                    "number": place + 1,
                    "due_on": due.date().isoformat(),
                    "amount_cents": self.total - share * (count - 1) if is_last else share,
                    "paid_on": None if paid is None else paid.date().isoformat(),
                }
            )
        return {
            "agreed_on": (self.uploaded_at + timedelta(days=25)).date().isoformat(),
            "items": items,
        }

    def _paid(self, step: Step) -> int:
        if step.state == "paid":
            return self.total
        return step.paid_parts * (self.total // self.fate.parts) if self.fate.parts else 0

    def _last(self, step: Step, state: str) -> str | None:
        """Give the day of the last step into a state, up to a step."""
        days = [
            self.uploaded_at + each.after
            for each in self.fate.steps
            if each.state == state and each.after <= step.after and each.is_true
        ]
        return max(days).date().isoformat() if days else None


Chooser = Callable[[int], Fate]
"""Gives the fate of the invoice with a serial."""


def in_turn(serial: int) -> Fate:
    """Give each fate in its turn."""
    return FATES[(serial - 1) % len(FATES)]
