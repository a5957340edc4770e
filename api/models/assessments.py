"""What six Katz scores allow, explained rule by rule.

Source: *Nursing messages* 5.1 to 5.3.
"""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from api.models.common import AnswerModel, Day, RequestModel
from api.models.katz import CareKindText, KatzScoresRequest
from bridge.domain.katz import Alternative
from bridge.domain.katzexplained import ExplainedRule
from bridge.i18n import phrase
from bridge.service.assessments import Assessment

PATH: Final = "/v1/katz-assessments"


class KatzAssessmentRequest(RequestModel):
    """Six scores, and what is known beside them."""

    scores: KatzScoresRequest
    has_dementia_certificate: bool = Field(
        default=False, description="A doctor attested disorientation in time and space."
    )
    start_on: Day | SkipJsonSchema[None] = Field(
        default=None, description="First day of care, whose rules count; without it: today."
    )
    care_kind: CareKindText | SkipJsonSchema[None] = Field(
        default=None, description="What would be requested."
    )


class KatzLeastScore(AnswerModel):
    """A score that a rule demands."""

    item: str
    name: str = Field(description="The item in the caller's language.")
    score: int


class KatzRuleFacts(AnswerModel):
    """One rule, and how the scores stand before it."""

    name: str
    text: str = Field(description="The rule in the caller's language.")
    source: str = Field(description="Document and section.")
    grants: str = Field(description="A kind of care, or how often toilets are reimbursed.")
    is_met: bool
    is_decisive: bool = Field(description="The verdict is what this rule gives.")
    is_requested: bool = Field(description="The requested kind hangs on it.")
    met: list[KatzLeastScore] = Field(description="Scores that meet it.")
    missing: list[KatzLeastScore] = Field(description="What the nearest alternative lacks.")
    is_certificate_missing: bool = Field(
        description="A doctor would have to attest disorientation."
    )


class KatzVerdictFacts(AnswerModel):
    """What six scores allow; the insurer decides."""

    care_kind: str | None = Field(description="The strongest kind that may be requested.")
    lump_sum: str | None
    toilets: str = Field(description="How often toilets are reimbursed: none, weekly, daily.")
    is_requested_kind_allowed: bool | None = Field(description="Null when none is requested.")
    rules: list[KatzRuleFacts]


class KatzAssessment(KatzVerdictFacts):
    """What six scores allow; nothing of it is kept."""

    object: Literal["katz_assessment"]
    start_on: Day


def verdict_facts(assessment: Assessment, language: str) -> KatzVerdictFacts:
    """Show what scores allow."""
    verdict, requested = assessment.verdict, assessment.requested
    strongest = verdict.strongest
    return KatzVerdictFacts(
        care_kind=None if strongest is None else strongest.value,
        lump_sum=None if verdict.lump_sum is None else verdict.lump_sum.value,
        toilets=verdict.toilets.value,
        is_requested_kind_allowed=None if requested is None else verdict.allows(requested),
        rules=[_rule(each, language) for each in assessment.rules],
    )


def assessment_answer(assessment: Assessment, language: str) -> KatzAssessment:
    """Show what scores allow, as an answer of its own."""
    shown = verdict_facts(assessment, language)
    return KatzAssessment(
        object="katz_assessment", start_on=assessment.start_on, **dict(iter(shown))
    )


def _rule(rule: ExplainedRule, language: str) -> KatzRuleFacts:
    return KatzRuleFacts(
        name=rule.name,
        text=phrase("care_rules", rule.name, language),
        source=rule.source,
        grants=rule.grants.value,
        is_met=rule.is_met,
        is_decisive=rule.is_decisive,
        is_requested=rule.is_requested,
        met=_scores(rule.met, language),
        missing=_scores(rule.missing, language),
        is_certificate_missing=rule.lacks_certificate,
    )


def _scores(alternative: Alternative, language: str) -> list[KatzLeastScore]:
    return [
        KatzLeastScore(
            item=each.item.value,
            name=phrase("katz_items", each.item.value, language),
            score=each.score,
        )
        for each in alternative
    ]
