"""What six Katz scores allow, with every rule that was looked at; nothing is stored.

Source: *Nursing messages* 5.1 to 5.3.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from bridge.domain.caresettings import CareSettings
from bridge.domain.declarations import Declaration, KatzContent
from bridge.domain.katz import CareKind, KatzScores, KatzVerdict, judge
from bridge.domain.katzexplained import ExplainedRule, explained
from bridge.domain.periods import brussels_day
from bridge.ports.clock import Clock


@dataclass(frozen=True, kw_only=True)
class Assessment:
    """A verdict with its explanation.

    Attributes:
        requested: Kind of care that is asked; ``None`` before one is chosen.
        start_on: First day of care, whose rules counted.
    """

    verdict: KatzVerdict
    requested: CareKind | None
    start_on: date
    rules: tuple[ExplainedRule, ...]


class AssessmentService:
    """Judges scores as the sending rules do."""

    def __init__(self, *, clock: Clock, settings: CareSettings) -> None:
        """Keep the parts."""
        self._clock = clock
        self._settings = settings

    def assess(
        self,
        scores: KatzScores,
        *,
        start_on: date | None = None,
        is_disoriented: bool = False,
        requested: CareKind | None = None,
    ) -> Assessment:
        """Say what scores allow.

        Args:
            scores: Of the patient.
            start_on: First day of care; today when it is not known.
            is_disoriented: A doctor attested disorientation in time and space.
            requested: Kind of care that is asked.
        """
        day = start_on or brussels_day(self._clock.now())
        verdict = judge(
            scores,
            on=day,
            is_disoriented=is_disoriented,
            has_wider_c=self._settings.has_wider_c,
        )
        return Assessment(
            verdict=verdict, requested=requested, start_on=day, rules=explained(verdict, requested)
        )

    def of(self, declaration: Declaration) -> Assessment | None:
        """Say what the scores of a declaration allow; ``None`` when it has none."""
        content = declaration.content
        if not isinstance(content, KatzContent) or content.scores is None:
            return None
        return self.assess(
            content.scores,
            start_on=content.period.start_on,
            is_disoriented=content.dementia is not None,
            requested=content.care_kind,
        )
