"""The content of a Katz declaration as front ends send it and see it.

Source: *Nursing messages* 4.1.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import ConfigDict, Field, StringConstraints
from pydantic.json_schema import SkipJsonSchema

from api.models.care import CareNihiiText, Number, digits_of, nihii_of
from api.models.common import AnswerModel, RequestModel
from bridge.domain.declarations import (
    CareFrequency,
    CarePlace,
    Dementia,
    DementiaSeverity,
    ToiletFrequency,
)
from bridge.domain.identifiers import Nihii
from bridge.domain.katz import KatzItem, KatzScores

CareKindText = Annotated[
    Literal["toilet", "A", "B", "C"],
    Field(description="Toilets, or a lump sum per day."),
]
AgreementNumberText = Annotated[
    str,
    StringConstraints(min_length=1, max_length=15),
    Field(description="Reference of the insurer's decision (zone 308)."),
]
Score = Annotated[int, Field(ge=1, le=4, description="1 independent to 4 fully dependent.")]
_Line = Annotated[str, StringConstraints(min_length=1, max_length=100)]
_FROM_ATTRIBUTES: Final = ConfigDict(frozen=True, extra="forbid", from_attributes=True)


class KatzScoresRequest(RequestModel):
    """The six scores."""

    washing: Score
    dressing: Score
    transfer: Score
    toileting: Score
    continence: Score
    eating: Score


class DementiaRequest(RequestModel):
    """Disorientation in time and space, as a doctor attested it (zones 320 and 321)."""

    severity: Literal["light", "medium", "serious"]
    doctor: CareNihiiText | SkipJsonSchema[None] = None


class CareFrequencyRequest(RequestModel):
    """How often care is given (zones 314 to 317)."""

    days_per_week: Annotated[int, Field(ge=0, le=7)] | SkipJsonSchema[None] = None
    visits_per_day: Annotated[int, Field(ge=0, le=2)] | SkipJsonSchema[None] = None
    toilets: Annotated[int, Field(ge=0, le=7)] | SkipJsonSchema[None] = None
    toilet_frequency: Literal["day", "week"] | SkipJsonSchema[None] = Field(
        default=None, description="What `toilets` is counted by."
    )


class CarePlaceRequest(RequestModel):
    """Where care is given when that is not at home (zones 323 to 325)."""

    name: _Line
    address: _Line
    postal_code: Annotated[str, StringConstraints(pattern=r"^[0-9]{4}$")]


class KatzScoresFacts(AnswerModel):
    """The six scores, 1 independent to 4 fully dependent."""

    model_config = _FROM_ATTRIBUTES

    washing: int
    dressing: int
    transfer: int
    toileting: int
    continence: int
    eating: int


class DementiaFacts(AnswerModel):
    """Disorientation in time and space, as a doctor attested it."""

    severity: str
    doctor: str | None


class CareFrequencyFacts(AnswerModel):
    """How often care is given."""

    days_per_week: int | None
    visits_per_day: int | None
    toilets: int | None
    toilet_frequency: str | None


class CarePlaceFacts(AnswerModel):
    """Where care is given when that is not at home."""

    model_config = _FROM_ATTRIBUTES

    name: str
    address: str
    postal_code: str


def scores_of(scores: KatzScoresRequest) -> KatzScores:
    """Read six scores."""
    return KatzScores(**scores.model_dump())


def dementia_numbers(dementia: DementiaRequest | None) -> list[Number]:
    """Give the number of the attesting doctor to look at."""
    doctor = None if dementia is None else dementia.doctor
    return [("/dementia/doctor", Nihii.parse, doctor)]


def dementia_of(dementia: DementiaRequest | None) -> Dementia | None:
    """Read a disorientation whose doctor's number was looked at."""
    if dementia is None:
        return None
    return Dementia(severity=DementiaSeverity(dementia.severity), doctor=nihii_of(dementia.doctor))


def frequency_of(frequency: CareFrequencyRequest | None) -> CareFrequency:
    """Read how often care is given."""
    if frequency is None:
        return CareFrequency()
    per = frequency.toilet_frequency
    return CareFrequency(
        days_per_week=frequency.days_per_week,
        visits_per_day=frequency.visits_per_day,
        toilets=frequency.toilets,
        toilet_frequency=None if per is None else ToiletFrequency(per),
    )


def place_of(place: CarePlaceRequest | None) -> CarePlace | None:
    """Read where care is given."""
    return None if place is None else CarePlace(**place.model_dump())


def scores_facts(scores: KatzScores | None) -> KatzScoresFacts | None:
    """Show six scores."""
    if scores is None:
        return None
    return KatzScoresFacts(**{item.value: scores.score(item) for item in KatzItem})


def dementia_facts(dementia: Dementia | None) -> DementiaFacts | None:
    """Show a disorientation."""
    if dementia is None:
        return None
    return DementiaFacts(severity=dementia.severity.value, doctor=digits_of(dementia.doctor))


def frequency_facts(frequency: CareFrequency) -> CareFrequencyFacts:
    """Show how often care is given."""
    per = frequency.toilet_frequency
    return CareFrequencyFacts(
        days_per_week=frequency.days_per_week,
        visits_per_day=frequency.visits_per_day,
        toilets=frequency.toilets,
        toilet_frequency=None if per is None else per.value,
    )


def place_facts(place: CarePlace | None) -> CarePlaceFacts | None:
    """Show where care is given."""
    return None if place is None else CarePlaceFacts.model_validate(place)


def without_nulls(model: AnswerModel | None) -> dict[str, Any] | None:
    """Give the members that say something, as they would have been sent."""
    return None if model is None else model.model_dump(exclude_none=True) or None
