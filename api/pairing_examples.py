"""Examples of pairings and tickets for the document."""

from __future__ import annotations

from typing import Any, Final

from api.models.pairings import pairing_path

_ID: Final = "pair_01JD3W7V7Q0M2N4Z8K5T6R1S9A"
_LINKS: Final = {"self": pairing_path(_ID), "code": None}
_SCOPES: Final = ["insurability:check", "status:read"]

WEB_REQUEST: Final[dict[str, Any]] = {
    "client_kind": "web",
    "display_name": "Voorbeeld Thuiszorg",
    "scopes": _SCOPES,
    "dpop_jwk": {
        "kty": "EC",
        "crv": "P-256",
        "x": "axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY",
        "y": "T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU",
    },
    "return_path": "/carebridge",
}
NATIVE_REQUEST: Final[dict[str, Any]] = {
    "client_kind": "native",
    "display_name": "Voorbeeld Thuiszorg",
    "scopes": _SCOPES,
}
OFFER: Final[dict[str, Any]] = {
    "pairing_id": _ID,
    "object": "pairing_offer",
    "pairing_secret": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE",
    "comparison_code": "042137",
    "expires_in": 120,
    "links": _LINKS,
}
PROGRESS: Final[dict[str, Any]] = {
    "pairing_id": _ID,
    "object": "pairing_progress",
    "state": "pending",
    "is_approved": False,
    "is_code_confirmed": False,
    "expires_at": "2026-11-22T07:17:00.000Z",
    "links": _LINKS,
}
GRANT: Final[dict[str, Any]] = {
    "pairing_id": _ID,
    "object": "pairing_grant",
    "token": "cbr_…",
    "token_type": "DPoP",
    "scopes": _SCOPES,
    "expires_at": "2027-05-21T07:15:30.000Z",
    "links": {"self": "/v1/pairings/current"},
}
PAIRING: Final[dict[str, Any]] = {
    "id": _ID,
    "object": "pairing",
    "client_kind": "web",
    "origin": "https://app.vendor.example",
    "display_name": "Voorbeeld Thuiszorg",
    "scopes": _SCOPES,
    "state": "approved",
    "actor_id": "act_00000000000000000000000000",
    "is_paused": False,
    "is_key_bound": True,
    "created_at": "2026-11-22T07:15:00.000Z",
    "updated_at": "2026-11-22T07:15:30.000Z",
    "expires_at": "2027-05-21T07:15:30.000Z",
    "last_used_at": "2026-11-22T07:15:30.000Z",
    "calls_today": 1,
    "links": {"self": pairing_path(_ID)},
}
PAIRINGS: Final[dict[str, Any]] = {
    "items": [PAIRING],
    "page": {
        "limit": 50,
        "next_cursor": None,
        "prev_cursor": None,
        "total": 1,
        "total_is_exact": True,
    },
    "query": {"sort": ["-id"], "filters": {}, "columns": []},
}
EVENT_TICKET: Final[dict[str, Any]] = {
    "object": "event_ticket",
    "ticket": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE",
    "expires_at": "2026-11-22T07:15:30.000Z",
    "links": {"stream": "/v1/events"},
}
CONSOLE_SESSION: Final[dict[str, Any]] = {
    "object": "console_session",
    "token": "cbr_…",
    "token_type": "Bearer",
    "expires_at": "2026-11-22T19:15:00.000Z",
    "scopes": ["console", "status:read"],
}
