"""The installation and its health."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from api.models.common import AnswerModel, Links, Moment, RequestModel
from bridge.domain.health import HealthChange, HealthCheck
from bridge.i18n import problem_type
from bridge.service.instance import API_MAJORS, API_MINOR, MIN_HELPER, InstanceFacts
from bridge.service.instanceproofs import InstanceProof


class Liveness(AnswerModel):
    """The program runs."""

    status: Literal["pass"]


class Readiness(AnswerModel):
    """Whether the program can take work."""

    status: Literal["pass", "fail"]


class ApiVersions(AnswerModel):
    """What the interface is (API-22)."""

    majors: list[str]
    minor: int
    min_helper: str = Field(description="Oldest client library that still works.")


class InstancePublicKey(AnswerModel):
    """The key that proves this is the genuine daemon (SEC-64)."""

    algorithm: Literal["ES256"]
    spki: str = Field(description="DER SubjectPublicKeyInfo, base64.")


class InstanceResource(AnswerModel):
    """What anybody on this machine may know of this installation."""

    id: str
    object: Literal["instance"]
    product: Literal["Carebridge"]
    version: str
    api: ApiVersions
    features: list[str] = Field(description="Test these, not versions.")
    public_key: InstancePublicKey
    is_simulator: bool
    created_at: Moment | None = Field(description="Null: not told to anybody.")
    updated_at: Moment | None = Field(description="Null: not told to anybody.")
    links: Links


class HealthEntry(AnswerModel):
    """One observation."""

    status: Literal["pass", "warn", "fail"]
    observed_value: int | None
    observed_unit: str | None
    output: str | None = Field(description="Code of the problem it would cause (API-83).")
    who_can_fix: str | None
    user_action: str | None
    since: Moment | None
    affects: list[str] = Field(description="Paths that do not work meanwhile.")
    about: str | None = Field(
        description="Which reader, driver, library or program is meant; never a person."
    )
    time: Moment


class HealthReport(AnswerModel):
    """How the daemon is, after the expired draft *Health Check Response Format* 06."""

    status: Literal["pass", "warn", "fail"]
    version: Literal["1"]
    release_id: str
    description: Literal["Carebridge"]
    support_ref: str
    checks: dict[str, list[HealthEntry]]


class HealthChangeEntry(AnswerModel):
    """One check that stood otherwise than before."""

    at: Moment
    check: str
    status: Literal["pass", "warn", "fail"]
    code: str | None = Field(description="Null when it passed again.")
    about: str | None


class HealthHistoryReport(AnswerModel):
    """What changed in health within the last 24 hours, newest first (API-85)."""

    object: Literal["health_history"]
    items: list[HealthChangeEntry]


class InstanceProofRequest(RequestModel):
    """What the daemon is to sign."""

    challenge: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{43}$")] = Field(
        description="32 fresh random bytes, base64url without padding."
    )


class InstanceProofResource(AnswerModel):
    """The proof; how to verify it stands in `docs/vendors.md`."""

    object: Literal["instance_proof"]
    instance_id: str
    port: int
    os_session_hint: str = Field(description="Tells two sessions of one user apart.")
    signature: str = Field(description="ES256: `r || s`, base64url without padding.")


def instance_proof_resource(proof: InstanceProof) -> InstanceProofResource:
    """Show a proof."""
    return InstanceProofResource(
        object="instance_proof",
        instance_id=proof.instance_id,
        port=proof.port,
        os_session_hint=proof.os_session_hint,
        signature=proof.signature,
    )


def instance_resource(facts: InstanceFacts) -> InstanceResource:
    """Show the installation."""
    return InstanceResource(
        id=facts.id,
        object="instance",
        product="Carebridge",
        version=facts.version,
        api=ApiVersions(majors=list(API_MAJORS), minor=API_MINOR, min_helper=MIN_HELPER),
        features=list(facts.features),
        public_key=InstancePublicKey(algorithm="ES256", spki=facts.public_key),
        is_simulator=facts.is_simulator,
        created_at=None,
        updated_at=None,
        links=Links(self="/v1/instance"),
    )


def health_history(changes: list[HealthChange]) -> HealthHistoryReport:
    """Show the changes."""
    items = [
        HealthChangeEntry(
            at=change.at,
            check=change.name,
            status=change.status.value,
            code=change.code,
            about=change.about,
        )
        for change in changes
    ]
    return HealthHistoryReport(object="health_history", items=items)


def health_entry(check: HealthCheck, since: datetime | None = None) -> HealthEntry:
    """Show a check, and since when it does not pass."""
    problem = None if check.code is None else problem_type(check.code)
    return HealthEntry(
        status=check.status.value,
        observed_value=check.observed_value,
        observed_unit=check.observed_unit,
        output=check.code,
        who_can_fix=None if problem is None else problem.who_can_fix,
        user_action=None if problem is None else problem.user_action,
        since=since,
        affects=[],
        about=check.about,
        time=check.time,
    )
