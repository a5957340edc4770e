"""eHealth sessions as callers see them; never the assertion (SEC-94)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints
from pydantic.json_schema import SkipJsonSchema

from api.models.common import AnswerModel, Links, ListQuery, Moment, Page, RequestModel
from bridge.domain.sessions import EhealthSession

PATH: Final = "/v1/ehealth-sessions"

RegistrationId = Annotated[
    str,
    StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$"),
]
"""Identifier of a registration, ``reg_…``."""


class EhealthSessionRequest(RequestModel):
    """For whom a session is opened; ``{}`` means the default registration."""

    registration_id: RegistrationId | SkipJsonSchema[None] = None


class SessionHolder(AnswerModel):
    """The nurse whose card opened the session."""

    first_name: str
    last_name: str
    nihii: str = Field(description="Care provider number, 8 or 11 digits.")


class EhealthSessionResource(AnswerModel):
    """One session of one holder and one registration profile (D7)."""

    id: str
    object: Literal["ehealth_session"]
    state: str = Field(description="`open`, `expired` or `ended`.")
    practice_id: str | None
    registration_id: str
    registration_kind: str
    quality: str = Field(description="MyCareNet's word for the care provider, such as `nurse`.")
    holder: SessionHolder
    opened_at: Moment
    expires_at: Moment = Field(description="At most 12 hours after opening.")
    ended_at: Moment | None
    created_at: Moment
    updated_at: Moment
    links: Links


class EhealthSessionList(AnswerModel):
    """Sessions since the daemon started, newest first."""

    items: list[EhealthSessionResource]
    page: Page
    query: ListQuery


def session_path(session_id: str) -> str:
    """Give the path of a session."""
    return f"{PATH}/{session_id}"


def session_resource(session: EhealthSession, now: datetime) -> EhealthSessionResource:
    """Show a session."""
    return EhealthSessionResource(
        id=session.id,
        object="ehealth_session",
        state=session.state(now).value,
        practice_id=session.practice_id or None,
        registration_id=session.registration_id,
        registration_kind=session.registration_kind.value,
        quality=session.quality,
        holder=SessionHolder(
            first_name=session.holder.first_name,
            last_name=session.holder.last_name,
            nihii=session.holder.nihii.digits,
        ),
        opened_at=session.opened_at,
        expires_at=session.expires_at,
        ended_at=session.ended_at,
        created_at=session.opened_at,
        updated_at=session.updated_at,
        links=Links(self=session_path(session.id)),
    )
