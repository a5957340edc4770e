"""The guard in front of a probe that counts, and requests no HTTP library would repair."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from api.access import Gatekeeper
from api.connections import ConnectionBook, WireLimits
from api.endpoints import Directory
from api.exchange import ExchangeSettings
from api.guard import Guard, GuardSettings
from api.limits import RateLimits, Rates
from api.simulated import ALL_ENDPOINTS
from bridge.errors import AccessDenied, TokenExpired
from bridge.service.proofs import ProofDesk
from bridge.service.tokens import SCOPES, Client
from tests.support.fakes import CountingIds, FixedClock

PORT = 42110
HOST = f"127.0.0.1:{PORT}"
OWN_ORIGIN = f"http://{HOST}"
GOOD_ORIGIN = "https://app.vendor.example"
EVIL_ORIGIN = "https://evil.example"
GOOD_TOKEN = "cbr_good"
POOR_TOKEN = "cbr_poor"
OLD_TOKEN = "cbr_old"
KEY = "01JD3WDQ5W3T2M8Q9V5N7B6C1X"
UNLIMITED = Rates(
    per_token_s=1e9,
    per_token_burst=10**9,
    per_token_hour=10**12,
    without_token_s=1e9,
    without_token_burst=10**9,
)

_CLIENTS = {
    GOOD_TOKEN: Client(id="good", display_name="Good", scopes=SCOPES),
    POOR_TOKEN: Client(id="poor", display_name="Poor", scopes=frozenset()),
}


def authenticate(token: str) -> Client:
    """Know three tokens."""
    if token == OLD_TOKEN:
        raise TokenExpired
    if token not in _CLIENTS:
        raise AccessDenied
    return _CLIENTS[token]


class Probe:
    """The application behind the guard: counts, and says what reached it."""

    def __init__(self) -> None:
        self.calls = 0
        self.body = b""
        self.scope: dict[str, Any] = {}

    async def __call__(self, scope, receive, send) -> None:
        self.calls += 1
        self.scope = scope
        message = await receive()
        self.body = message.get("body", b"")
        headers = [(b"content-type", b"application/json"), (b"server", b"boast/1.0")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"{}"})


@dataclass
class Reply:
    """What came back."""

    status: int = 0
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""

    def header(self, name: str) -> str | None:
        found = [value for key, value in self.headers if key.lower() == name.lower()]
        assert len(found) <= 1, f"{name} is there {len(found)} times"
        return found[0] if found else None

    @property
    def names(self) -> set[str]:
        return {name.lower() for name, _ in self.headers}

    @property
    def document(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        return self.document["code"]


class GuardedProbe:
    """A guard, its probe, and a raw way to ask."""

    def __init__(
        self,
        *,
        paired: frozenset[str] = frozenset({OWN_ORIGIN, GOOD_ORIGIN}),
        rates: Rates = UNLIMITED,
        app: Any = None,
        check_peer: Any = None,
        is_simulator: bool = False,
        port: int = PORT,
        connections: ConnectionBook | None = None,
    ) -> None:
        self.clock = FixedClock()
        self.probe = Probe()
        self.ids = CountingIds()
        self.guard = Guard(
            app or self.probe,
            GuardSettings(
                port=port,
                is_paired=paired.__contains__,
                gatekeeper=Gatekeeper(
                    authenticate=authenticate,
                    limits=RateLimits(self.clock, rates),
                    proofs=ProofDesk(self.clock),
                ),
                directory=Directory(ALL_ENDPOINTS),
                clock=self.clock,
                ids=self.ids,
                exchange=ExchangeSettings(
                    api_version="1.9",
                    is_simulator=is_simulator,
                    clock=self.clock,
                ),
                default_language="nl",
                check_peer=check_peer,
                report=self._note,
                connections=ConnectionBook(WireLimits()) if connections is None else connections,
            ),
        )
        self.reported: list[tuple[str, str, str | None]] = []

    def _note(self, refusal: Any, route: str, client_id: str | None) -> None:
        self.reported.append((refusal.code, route, client_id))

    async def ask(
        self,
        method: str = "GET",
        path: str = "/livez",
        *,
        headers: list[tuple[str, str]] | None = None,
        body: bytes | list[bytes] = b"",
        host: str | None = HOST,
        **scope: Any,
    ) -> Reply:
        """Ask with exactly these header lines; ``Host`` comes first unless it is ``None``."""
        target, _, query = path.partition("?")
        lines = [("host", host)] if host is not None else []
        lines += headers or []
        return await exchange(
            self.guard,
            {
                "type": "http",
                "http_version": "1.1",
                "method": method,
                "scheme": "http",
                "path": target,
                "raw_path": target.encode("latin-1"),
                "query_string": query.encode("latin-1"),
                "headers": [(a.lower().encode("latin-1"), b.encode("latin-1")) for a, b in lines],
                "client": ("127.0.0.1", 50000),
                "server": ("127.0.0.1", PORT),
                **scope,
            },
            [body] if isinstance(body, bytes) else body,
        )


async def exchange(app, scope, parts: list[bytes]) -> Reply:
    """Run one request through an ASGI application."""
    waiting = [
        {"type": "http.request", "body": part, "more_body": place < len(parts) - 1}
        for place, part in enumerate(parts)
    ]
    reply = Reply()

    async def receive():
        return waiting.pop(0) if waiting else {"type": "http.disconnect"}

    async def send(message):
        if message["type"] == "http.response.start":
            reply.status = message["status"]
            reply.headers = [(a.decode(), b.decode()) for a, b in message["headers"]]
        elif message["type"] == "http.response.body":
            reply.body += message.get("body", b"")

    await app(scope, receive, send)
    return reply


def bearer(token: str = GOOD_TOKEN) -> tuple[str, str]:
    """Give an ``Authorization`` line."""
    return ("authorization", f"Bearer {token}")


JSON_LINE = ("content-type", "application/json")
MERGE_PATCH_LINE = ("content-type", "application/merge-patch+json")
MATCH_LINE = ("if-match", '"0000"')
KEY_LINE = ("idempotency-key", KEY)


def good_request(endpoint) -> dict[str, Any]:
    """Give a request for an endpoint that passes the guard."""
    path = "/".join(
        "some_id" if part.startswith("{") else part for part in endpoint.path.split("/")
    )
    headers = [] if endpoint.scopes is None else [bearer()]
    body = b""
    if endpoint.method in {"POST", "PUT", "PATCH"}:
        is_patch = endpoint.method == "PATCH"
        headers += [MERGE_PATCH_LINE, MATCH_LINE] if is_patch else [JSON_LINE, KEY_LINE]
        body = json.dumps(next(iter(endpoint.request_examples.values()))).encode()
    return {"method": endpoint.method, "path": path, "headers": headers, "body": body}
