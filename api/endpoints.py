"""Endpoints as a table: what the guard checks, what the document says and what runs are one row.

A new endpoint is a new row; the guard, the document and the generated tests then know it.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from starlette.responses import Response

from api.models.common import AnswerModel

JSON: Final = "application/json"
MOST_BODY_BYTES: Final = 1024 * 1024
"""Longest body of a request, unless the endpoint allows more (step 13 of the guard)."""
Handler = Callable[..., Awaitable[Response]]
Idempotency = Literal["required", "accepted"]
Credential = Literal["pairing", "ticket"]
"""What is shown in place of a token: the secret of a pairing that waits, or a ticket."""
ConsolePart = Literal["page", "asset"]
"""What an address is of our own page: the page itself, or what it loads."""
_PARAMETER: Final = re.compile(r"\{\w+\}")


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One documented way to succeed.

    Attributes:
        further_media_types: What ``Accept`` can choose instead; always text.
    """

    description: str
    model: type[AnswerModel] | None = None
    example: Any = None
    media_type: str = JSON
    headers: tuple[str, ...] = ()
    further_media_types: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class Endpoint:
    """One method of one path; equal only to itself.

    Attributes:
        scopes: Scopes a token needs, all of them; ``None`` when no token is needed (5.3).
        credential: Shown in ``Authorization`` in place of a token; the handler checks it.
        takes_ticket: A ticket in the address may stand in for the token (API-50).
        is_for_strangers: Also for web origins that nobody approved (guard step 9).
        console_part: What it is of our own page; ``None`` for the interface (guard step 10).
        problems: Codes of its own; those of the guard are added by themselves.
        request_examples: Name to body, for methods with a body.
        query: Parameters it knows; any other is refused (API-62).
        media_types: What it can answer with.
        most_body_bytes: Longest body it takes.
        build: ``simulator`` when only that build has it (D2).
    """

    method: str
    path: str
    operation_id: str
    tag: str
    summary: str
    description: str
    handler: Handler
    answers: Mapping[int, Answer]
    scopes: tuple[str, ...] | None
    credential: Credential | None = None
    takes_ticket: bool = False
    is_for_strangers: bool = False
    console_part: ConsolePart | None = None
    problems: tuple[str, ...] = ()
    request_examples: Mapping[str, Any] = field(default_factory=dict)
    idempotency: Idempotency | None = None
    query: tuple[str, ...] = ()
    media_types: tuple[str, ...] = (JSON,)
    most_body_bytes: int = MOST_BODY_BYTES
    build: str | None = None
    since: str = "1.1"

    @property
    def route(self) -> str:
        """Method and path template: the name of the endpoint in logs and keys (SEC-144)."""
        return f"{self.method} {self.path}"


class Directory:
    """Finds endpoints by path and method (guard step 12)."""

    def __init__(self, endpoints: Sequence[Endpoint]) -> None:
        """Index ``endpoints``; paths without parameters win over those with."""
        by_path: dict[str, dict[str, Endpoint]] = {}
        for endpoint in endpoints:
            by_path.setdefault(endpoint.path, {})[endpoint.method] = endpoint
        self._paths = [
            (re.compile(_PARAMETER.sub("[^/]+", path)), methods)
            for path, methods in sorted(by_path.items(), key=lambda item: item[0].count("{"))
        ]

    def methods(self, path: str) -> Mapping[str, Endpoint]:
        """Give the endpoints of a path by method; empty when the path is unknown."""
        for pattern, methods in self._paths:
            if pattern.fullmatch(path):
                return methods
        return {}
