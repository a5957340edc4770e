"""Problem documents (RFC 9457) as API-70 describes them, and catalogue entries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import Field

from api.models.common import AnswerModel, Links, ListQuery, Moment, Page
from bridge.errors import Finding, ParamValue, RemoteFault
from bridge.i18n import problem_type, text, texts

Params = dict[str, str | int | None]
"""Values a front end may put in its own text; from a closed, non-sensitive list."""


class ProblemFinding(AnswerModel):
    """One thing wrong at one place of the request; never the value."""

    pointer: str = Field(description="JSON Pointer into the request (RFC 6901).")
    code: str = Field(description="Code of the rule, with texts at /v1/problem-types.")
    message: str = Field(description="Localised sentence.")
    params: Params


class OfficialText(AnswerModel):
    """The other party's own sentence, where it was imported."""

    fr: str | None
    nl: str | None


class RemoteWords(AnswerModel):
    """What the platform or an insurer said, kept verbatim."""

    system: str = Field(description="`ehealth_sts`, `ehealth_etk_depot`, `mycarenet` or `insurer`.")
    code: str = Field(description="The party's own code.")
    message: OfficialText | None
    reference: str | None = Field(description="The party's reference of the incident.")
    received_at: Moment | None


class ProblemDocument(AnswerModel):
    """Why something did not work, for the program, the user and support (API-70)."""

    type: str = Field(description="Stable URN built from the code.")
    title: str = Field(description="Localised; the same for each occurrence.", max_length=160)
    status: int = Field(description="HTTP status, or the one the problem would have.")
    detail: str = Field(description="Localised; says what to do.")
    instance: str | None = Field(description="URN of the request.")
    code: str = Field(description="Stable code; see /v1/problem-types.")
    params: Params
    user_action: str
    who_can_fix: str
    is_retryable: bool = Field(description="The same request, unchanged, may succeed.")
    retry_after_s: int | None
    support_ref: str | None = Field(description="Six characters to read aloud to support.")
    help: str = Field(description="Path of the catalogue entry.")
    errors: list[ProblemFinding]
    remote: RemoteWords | None


class ProblemText(AnswerModel):
    """All texts of one code in one language."""

    title: str
    detail: str
    cause: str
    remedy: str
    support: str


class ProblemTexts(AnswerModel):
    """All texts of one code in the four languages."""

    fr: ProblemText
    nl: ProblemText
    de: ProblemText
    en: ProblemText


class ProblemTypeResource(AnswerModel):
    """One entry of the problem catalogue (API-73)."""

    id: str
    object: str = Field(examples=["problem_type"])
    code: str
    type: str
    status: int
    user_action: str
    who_can_fix: str
    is_retryable: bool
    texts: ProblemTexts
    created_at: Moment | None = Field(description="Null: the catalogue comes with the program.")
    updated_at: Moment | None = Field(description="Null: the catalogue comes with the program.")
    links: Links


class ProblemTypeList(AnswerModel):
    """The problem catalogue."""

    items: list[ProblemTypeResource]
    page: Page
    query: ListQuery


def describe(  # the members of one document, all by name
    code: str,
    *,
    language: str,
    params: Mapping[str, ParamValue] | None = None,
    findings: Sequence[Finding] = (),
    remote: RemoteFault | None = None,
    support_ref: str | None = None,
    request_id: str | None = None,
    retry_after_s: int | None = None,
) -> ProblemDocument:
    """Write a problem document from its code and facts."""
    entry = problem_type(code)
    facts = dict(params or {})
    return ProblemDocument(
        type=f"urn:carebridge:problem:{code}",
        title=text(code, "title", language, facts),
        status=entry.status,
        detail=text(code, "detail", language, facts),
        instance=None if request_id is None else f"urn:carebridge:request:{request_id}",
        code=code,
        params=facts,
        user_action=entry.user_action,
        who_can_fix=entry.who_can_fix,
        is_retryable=entry.is_retryable,
        retry_after_s=retry_after_s,
        support_ref=support_ref,
        help=f"/v1/problem-types/{code}",
        errors=[_finding(finding, language) for finding in findings],
        remote=None if remote is None else _remote(remote),
    )


def problem_type_resource(code: str) -> ProblemTypeResource:
    """Show a catalogue entry in the four languages."""
    entry = problem_type(code)
    return ProblemTypeResource(
        id=code,
        object="problem_type",
        code=code,
        type=f"urn:carebridge:problem:{code}",
        status=entry.status,
        user_action=entry.user_action,
        who_can_fix=entry.who_can_fix,
        is_retryable=entry.is_retryable,
        texts=ProblemTexts(
            fr=_texts(code, "fr"),
            nl=_texts(code, "nl"),
            de=_texts(code, "de"),
            en=_texts(code, "en"),
        ),
        created_at=None,
        updated_at=None,
        links=Links(self=f"/v1/problem-types/{code}"),
    )


def _finding(finding: Finding, language: str) -> ProblemFinding:
    return ProblemFinding(
        pointer=finding.pointer,
        code=finding.code,
        message=text(finding.code, "detail", language),
        params={},
    )


def _remote(fault: RemoteFault) -> RemoteWords:
    return RemoteWords(
        system=fault.system,
        code=fault.code,
        message=None,
        reference=fault.reference,
        received_at=None,
    )


def _texts(code: str, language: str) -> ProblemText:
    said = texts(code, language)
    return ProblemText(
        title=said.title,
        detail=said.detail,
        cause=said.cause,
        remedy=said.remedy,
        support=said.support,
    )
