"""Katz scale: which care the six scores allow, rule by rule, with the source of each rule.

The rules are data: each grants something when one of its alternatives is met, and an alternative
is a list of least scores.
The insurer decides; this is what a nurse is told before she sends.
Source: *Nursing messages* 5.1 to 5.3.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Final, Self

from bridge.errors import Finding, InputError

LEAST_SCORE: Final = 1
MOST_SCORE: Final = 4


class KatzItem(Enum):
    """The six items, in the order of the national form and of the message (4.1)."""

    WASHING = "washing"
    DRESSING = "dressing"
    TRANSFER = "transfer"
    TOILETING = "toileting"
    CONTINENCE = "continence"
    EATING = "eating"


class CareKind(Enum):
    """What is requested: toilets, or a lump sum per day."""

    TOILET = "toilet"
    A = "A"
    B = "B"
    C = "C"


class ToiletRight(Enum):
    """How often toilets are reimbursed without a lump sum."""

    NONE = "none"
    WEEKLY = "weekly"
    DAILY = "daily"


STRENGTH: Final = (CareKind.TOILET, CareKind.A, CareKind.B, CareKind.C)
"""Kinds of care from weak to strong."""


@dataclass(frozen=True, kw_only=True)
class KatzScores:
    """Six scores, 1 (independent) to 4 (fully dependent)."""

    washing: int
    dressing: int
    transfer: int
    toileting: int
    continence: int
    eating: int

    @classmethod
    def checked(cls, **scores: int) -> Self:
        """Give six scores.

        Raises:
            InputError: a score is not 1 to 4, with a finding for each (``score_invalid``).
        """
        findings = tuple(
            Finding(pointer=f"/scores/{name}", code="score_invalid")
            for name, score in scores.items()
            if not LEAST_SCORE <= score <= MOST_SCORE
        )
        if findings:
            raise InputError(findings=findings)
        return cls(**scores)

    @classmethod
    def of(cls, scores: tuple[int, ...]) -> Self:
        """Give the scores that stand in a message, in its order.

        Raises:
            InputError: not six scores of 1 to 4.
        """
        if len(scores) != len(KatzItem):
            finding = Finding(pointer="/scores", code="score_invalid")
            raise InputError(findings=(finding,))
        names = (item.value for item in KatzItem)
        return cls.checked(**dict(zip(names, scores, strict=True)))

    def score(self, item: KatzItem) -> int:
        """Give one score."""
        return int(getattr(self, item.value))

    def __iter__(self) -> Iterator[int]:
        """Give the scores in the order of the message."""
        return (self.score(item) for item in KatzItem)


@dataclass(frozen=True, kw_only=True)
class Least:
    """A score that an alternative demands."""

    item: KatzItem
    score: int

    def is_met_by(self, scores: KatzScores) -> bool:
        """Tell whether the score is high enough."""
        return scores.score(self.item) >= self.score


Alternative = tuple[Least, ...]


@dataclass(frozen=True, kw_only=True)
class KatzRule:
    """One rule of a table.

    Attributes:
        name: Key of its texts.
        alternatives: One of them is enough; all of its scores are needed.
        needs_disorientation: Whether a doctor must have certified disorientation in time and
            space.
        source: Document and section.
        valid_from: First day it holds; ``None`` for as long as anybody remembers.
        valid_to: Last day it holds; ``None`` while it does.
    """

    name: str
    grants: CareKind | ToiletRight
    alternatives: tuple[Alternative, ...]
    source: str
    needs_disorientation: bool = False
    valid_from: date | None = None
    valid_to: date | None = None

    def holds_on(self, day: date) -> bool:
        """Tell whether the rule is in force on a day."""
        has_begun = self.valid_from is None or self.valid_from <= day
        return has_begun and (self.valid_to is None or day <= self.valid_to)


def _least(text: str) -> Alternative:
    """Read an alternative such as ``w3 d3 t3``: first letters of the items, ``o`` for toileting."""
    return tuple(Least(item=_LETTERS[part[0]], score=int(part[1])) for part in text.split())


_LETTERS: Final = {
    "w": KatzItem.WASHING,
    "d": KatzItem.DRESSING,
    "t": KatzItem.TRANSFER,
    "o": KatzItem.TOILETING,
    "c": KatzItem.CONTINENCE,
    "e": KatzItem.EATING,
}

LUMP_SUM_RULES: Final = (
    KatzRule(
        name="lump_sum_c",
        grants=CareKind.C,
        alternatives=(_least("w4 d4 t4 o4 c4 e3"), _least("w4 d4 t4 o4 c3 e4")),
        source="Nursing messages 5.2 (IMA metadata)",
    ),
    KatzRule(
        name="lump_sum_b",
        grants=CareKind.B,
        alternatives=(_least("w3 d3 t3 o3 c3"), _least("w3 d3 t3 o3 e3")),
        source="Nursing messages 5.2 (VBZV, irispedia)",
    ),
    KatzRule(
        name="lump_sum_a",
        grants=CareKind.A,
        alternatives=(_least("w3 d3 t3"), _least("w3 d3 o3")),
        source="Nursing messages 5.2 (NomenSoft 427136, VBZV)",
    ),
)
"""Lump sums, the strongest first: the first that is met is the one."""

WIDER_C: Final = KatzRule(
    name="lump_sum_c_wider",
    grants=CareKind.C,
    alternatives=(_least("w4 d4 t4 o4 c3"), _least("w4 d4 t4 o4 e3")),
    source="Nursing messages 5.2 (VBZV, weaker reading)",
)
"""The other reading of lump sum C, for a practice that sets it."""

TOILET_RULES: Final = (
    KatzRule(
        name="toilet_daily_dependent",
        grants=ToiletRight.DAILY,
        alternatives=(_least("w4 d4"),),
        source="Nursing messages 5.3 (domain knowledge)",
    ),
    KatzRule(
        name="toilet_daily_incontinent",
        grants=ToiletRight.DAILY,
        alternatives=(_least("w3 d3 c3"),),
        source="Nursing messages 5.3 (domain knowledge)",
    ),
    KatzRule(
        name="toilet_daily_disoriented",
        grants=ToiletRight.DAILY,
        alternatives=(_least("w2 d2"),),
        needs_disorientation=True,
        source="Nursing messages 5.3 (domain knowledge)",
    ),
    KatzRule(
        name="toilet_weekly",
        grants=ToiletRight.WEEKLY,
        alternatives=(_least("w2"),),
        source="Nursing messages 5.3 (domain knowledge)",
    ),
)
"""Toilets without a lump sum, the most frequent first."""


@dataclass(frozen=True, kw_only=True)
class RuleOutcome:
    """How one rule judges the scores.

    Attributes:
        met: The alternative that is met.
        missing: What the nearest alternative still lacks, when none is met.
    """

    rule: KatzRule
    is_met: bool
    met: Alternative = ()
    missing: Alternative = ()
    lacks_certificate: bool = False


@dataclass(frozen=True, kw_only=True)
class KatzVerdict:
    """What the scores allow, with every rule that was looked at.

    Attributes:
        lump_sum: The strongest lump sum; ``None`` when there is none.
        toilets: How often toilets are reimbursed; a lump sum holds a toilet each day.
        outcomes: All rules in force, in the order they were looked at.
    """

    lump_sum: CareKind | None
    toilets: ToiletRight
    outcomes: tuple[RuleOutcome, ...]

    @property
    def strongest(self) -> CareKind | None:
        """The strongest kind that may be requested; ``None`` when nothing may."""
        if self.lump_sum is not None:
            return self.lump_sum
        return None if self.toilets is ToiletRight.NONE else CareKind.TOILET

    def allows(self, kind: CareKind) -> bool:
        """Tell whether a kind may be requested: the strongest one or a weaker one."""
        strongest = self.strongest
        return strongest is not None and STRENGTH.index(kind) <= STRENGTH.index(strongest)


def judge(
    scores: KatzScores,
    *,
    on: date,
    is_disoriented: bool = False,
    has_wider_c: bool = False,
) -> KatzVerdict:
    """Say which care the scores allow.

    Args:
        scores: Of the patient.
        on: First day of care: the rules of that day count.
        is_disoriented: A doctor certified disorientation in time and space.
        has_wider_c: Take the weaker reading of lump sum C.
    """
    lump_sums = LUMP_SUM_RULES if not has_wider_c else (WIDER_C, *LUMP_SUM_RULES[1:])
    rules = [rule for rule in (*lump_sums, *TOILET_RULES) if rule.holds_on(on)]
    outcomes = tuple(_outcome(rule, scores, is_disoriented=is_disoriented) for rule in rules)
    granted = [outcome.rule.grants for outcome in outcomes if outcome.is_met]
    lump_sum = next((each for each in granted if isinstance(each, CareKind)), None)
    toilets = next(
        (each for each in granted if isinstance(each, ToiletRight)),
        ToiletRight.NONE,
    )
    return KatzVerdict(
        lump_sum=lump_sum,
        toilets=toilets if lump_sum is None else ToiletRight.DAILY,
        outcomes=outcomes,
    )


def _outcome(rule: KatzRule, scores: KatzScores, *, is_disoriented: bool) -> RuleOutcome:
    lacks_certificate = rule.needs_disorientation and not is_disoriented
    gaps = [
        (tuple(least for least in alternative if not least.is_met_by(scores)), alternative)
        for alternative in rule.alternatives
    ]
    missing, nearest = min(gaps, key=lambda gap: len(gap[0]))
    is_met = not missing and not lacks_certificate
    return RuleOutcome(
        rule=rule,
        is_met=is_met,
        met=nearest if is_met else (),
        missing=missing,
        lacks_certificate=lacks_certificate,
    )
