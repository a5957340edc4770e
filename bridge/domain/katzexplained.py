"""A verdict on the Katz scale as people are told it: rule by rule, with its source.

The sentences are in the texts under ``care_rules`` (by the rule's name) and ``katz_items``.
Source: *Nursing messages* 5.2 and 5.3.
"""

from __future__ import annotations

from dataclasses import dataclass

from bridge.domain.katz import (
    Alternative,
    CareKind,
    KatzRule,
    KatzVerdict,
    ToiletRight,
)


@dataclass(frozen=True, kw_only=True)
class ExplainedRule:
    """One rule with how the scores stand before it.

    Attributes:
        name: Key of its sentence.
        source: Document and section.
        grants: What it gives.
        is_met: Whether the scores meet it.
        is_decisive: Whether the verdict is what this rule gives.
        is_requested: Whether the requested kind hangs on it.
        met: Scores that meet it.
        missing: Scores that the nearest alternative still lacks.
        lacks_certificate: A doctor would have to certify disorientation.
    """

    name: str
    source: str
    grants: CareKind | ToiletRight
    is_met: bool
    is_decisive: bool
    is_requested: bool
    met: Alternative
    missing: Alternative
    lacks_certificate: bool


def explained(verdict: KatzVerdict, requested: CareKind | None) -> tuple[ExplainedRule, ...]:
    """Tell how a verdict came about, in the order the rules were looked at.

    Args:
        verdict: On the scores.
        requested: Kind of care that is asked; ``None`` before one is chosen.
    """
    decisive = next((each.rule for each in verdict.outcomes if each.is_met), None)
    return tuple(
        ExplainedRule(
            name=each.rule.name,
            source=each.rule.source,
            grants=each.rule.grants,
            is_met=each.is_met,
            is_decisive=each.rule is decisive,
            is_requested=_is_about(each.rule, requested),
            met=each.met,
            missing=each.missing,
            lacks_certificate=each.lacks_certificate,
        )
        for each in verdict.outcomes
    )


def _is_about(rule: KatzRule, requested: CareKind | None) -> bool:
    if requested is CareKind.TOILET:
        return isinstance(rule.grants, ToiletRight)
    return requested is not None and rule.grants is requested
