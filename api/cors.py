"""CORS answers for paired origins only (*Local API security* 6.1, SEC-07).

No wildcard, no reflection of unknown origins, no credentials.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from starlette.responses import Response

from api.facts import Facts

ALLOWED_HEADERS: Final = (
    "authorization, content-type, dpop, idempotency-key, accept-language, prefer, if-match, "
    "if-none-match, last-event-id, api-minimum, x-client-request-id"
)
EXPOSED_HEADERS: Final = (
    "location, retry-after, link, etag, content-language, deprecation, sunset, "
    "idempotency-replayed, preference-applied, x-request-id, dpop-nonce, api-version, ratelimit, "
    "ratelimit-policy, carebridge-simulator"
)
MAX_AGE_S: Final = 600


def is_preflight(facts: Facts) -> bool:
    """Tell whether a browser asks for permission before the real request."""
    asks = facts.lines(b"access-control-request-method")
    return facts.method == "OPTIONS" and facts.origin is not None and bool(asks)


def answer_preflight(
    facts: Facts, methods: Iterable[str], *, is_stranger: bool = False
) -> Response:
    """Answer a preflight of a paired origin, or of one that asks to be (guard step 11)."""
    headers = {
        "Access-Control-Allow-Methods": ", ".join(sorted(methods)),
        "Access-Control-Allow-Headers": ALLOWED_HEADERS,
        "Access-Control-Max-Age": str(MAX_AGE_S),
    }
    asks_private = facts.line(b"access-control-request-private-network") == "true"
    if asks_private and not is_stranger:
        headers["Access-Control-Allow-Private-Network"] = "true"
    return Response(status_code=204, headers=headers)


def lines_for(origin: str) -> list[tuple[bytes, bytes]]:
    """Give the header lines every answer to a paired origin carries."""
    return [
        (b"access-control-allow-origin", origin.encode("ascii")),
        (b"access-control-expose-headers", EXPOSED_HEADERS.encode("ascii")),
    ]
