"""Guard steps 15 to 19: who calls, whether it may, how often, and with which key."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import parse_qs

from api.endpoints import Endpoint
from api.facts import Facts, Refusal
from api.limits import RateLimits
from bridge.errors import AccessDenied, PairingPaused
from bridge.service.proofs import ProofDesk, ShownToken
from bridge.service.tickets import TicketBook
from bridge.service.tokens import Client

_TOKEN: Final = re.compile(r"(bearer|dpop) +([A-Za-z0-9._~+/=-]{1,512})", re.IGNORECASE)
_SECRETS: Final = {
    "pairing": re.compile(r"pairing +([A-Za-z0-9_-]{1,512})", re.IGNORECASE),
    "ticket": re.compile(r"ticket +([A-Za-z0-9_-]{1,512})", re.IGNORECASE),
}
_KEY: Final = re.compile(r'(?P<quote>"?)([A-Za-z0-9_-]{16,64})(?P=quote)')
_BEARER_CHALLENGE: Final = 'Bearer realm="carebridge"'
_DPOP_CHALLENGE: Final = 'DPoP realm="carebridge", algs="ES256"'
_SECRET_CHALLENGES: Final = {
    "pairing": 'Pairing realm="carebridge"',
    "ticket": 'Ticket realm="carebridge"',
}


@dataclass(frozen=True, kw_only=True)
class Gatekeeper:
    """Decides about tokens, scopes and rates.

    Attributes:
        authenticate: Gives the client of a token, or raises ``AccessDenied``.
        proofs: Checks how the token of a client came.
        tickets: Recognises tickets; ``None`` where there are none.
        own_origin: The origin of our own pages.
        scheme: How we are spoken to here, ``http`` or ``https``.
    """

    authenticate: Callable[[str], Client]
    limits: RateLimits
    proofs: ProofDesk
    tickets: TicketBook | None = None
    own_origin: str | None = None
    scheme: str = "http"

    def admit(self, facts: Facts, endpoint: Endpoint) -> Client | Refusal | None:
        """Take steps 15 to 18; gives the client, or nothing where no token is needed."""
        if endpoint.console_part is not None:
            return self.limits.check_console_part()
        if endpoint.scopes is None:
            is_own_page = facts.origin is not None and facts.origin == self.own_origin
            return self.limits.check_without_token(is_own_page=is_own_page)
        client = self._client(facts, endpoint)
        if isinstance(client, Refusal):
            return client
        refusal = (
            self._check_binding(facts, client)
            or _check_scopes(client, endpoint.scopes)
            or self.limits.check_client(client.id)
        )
        return client if refusal is None else replace(refusal, client_id=client.id)

    def _client(self, facts: Facts, endpoint: Endpoint) -> Client | Refusal:
        """Step 15: exactly one token, one we know, shown as it must be; or a ticket."""
        lines = facts.lines(b"authorization")
        ticket = _ticket(facts) if endpoint.takes_ticket and not lines else None
        try:
            if ticket is not None and self.tickets is not None:
                return self.tickets.redeem(ticket, origin=self._origin(facts))
            shown = _shown_token(facts, lines, self.scheme)
            if shown is None:
                slowed = self.limits.check_without_token()
                return slowed or refused("authentication_required")
            client = self.authenticate(shown.token)
            self.proofs.check(client, shown)
        except PairingPaused as paused:
            return Refusal(code=paused.problem_code)  # a good token: nobody is guessing
        except AccessDenied as denied:
            slowed = self.limits.check_failure(facts.origin)
            return slowed or refused(denied.problem_code)
        return client

    def _check_binding(self, facts: Facts, client: Client) -> Refusal | None:
        """Step 16: the token's own origin, or none where it was given to native software."""
        if client.origin in {facts.origin, self._origin(facts)}:
            return None
        return Refusal(code="token_origin_mismatch")

    def _origin(self, facts: Facts) -> str | None:
        """Give who calls: browsers leave it out when a page of ours reads from us, and say so."""
        is_from_us = facts.lines(b"sec-fetch-site") == [b"same-origin"]
        return self.own_origin if facts.origin is None and is_from_us else facts.origin


def refused(code: str) -> Refusal:
    """Refuse a token, naming the scheme that would do (RFC 9110 11.6.1, RFC 9449 7.1)."""
    if code == "token_origin_mismatch":
        return Refusal(code=code)
    challenge = _DPOP_CHALLENGE if code.startswith("dpop_") else _BEARER_CHALLENGE
    return Refusal(code=code, headers=(("WWW-Authenticate", challenge),))


def challenge_of(endpoint: Endpoint) -> str:
    """Give the scheme that a 401 of a handler names."""
    return _SECRET_CHALLENGES.get(endpoint.credential or "", _BEARER_CHALLENGE)


def check_key(facts: Facts, endpoint: Endpoint) -> Refusal | None:
    """Step 19: an idempotency key where one is needed, and of the right form (API-30, API-31)."""
    if endpoint.idempotency is None:
        return None
    lines = facts.lines(b"idempotency-key")
    if not lines and endpoint.idempotency == "required":
        return Refusal(code="idempotency_key_missing")
    if lines and read_key(facts) is None:
        return Refusal(code="idempotency_key_invalid")
    return None


def read_key(facts: Facts) -> str | None:
    """Give the idempotency key without its quotes; ``None`` when absent or malformed."""
    lines = facts.lines(b"idempotency-key")
    found = _KEY.fullmatch(lines[0].decode("latin-1")) if len(lines) == 1 else None
    return found[2] if found else None


def read_secret(facts: Facts, endpoint: Endpoint) -> str | None:
    """Give what was shown in place of a token; ``None`` when absent, malformed or there twice."""
    lines = facts.lines(b"authorization")
    if endpoint.credential is None or len(lines) != 1:
        return None
    found = _SECRETS[endpoint.credential].fullmatch(lines[0].decode("latin-1"))
    return found[1] if found else None


def _shown_token(facts: Facts, lines: list[bytes], scheme: str) -> ShownToken | None:
    found = _TOKEN.fullmatch(lines[0].decode("latin-1")) if len(lines) == 1 else None
    if found is None:
        return None
    path = facts.raw_path.decode("latin-1")
    return ShownToken(
        token=found[2],
        has_proof_scheme=found[1].lower() == "dpop",
        proofs=tuple(line.decode("latin-1") for line in facts.lines(b"dpop")),
        method=facts.method,
        url=f"{scheme}://{facts.line(b'host') or ''}{path}",
    )


def _ticket(facts: Facts) -> str | None:
    values = parse_qs(facts.query.decode("latin-1")).get("ticket", [])
    return values[0] if len(values) == 1 else None


def _check_scopes(client: Client, scopes: tuple[str, ...]) -> Refusal | None:
    """Step 17: every scope of the endpoint; the refusal names the missing one."""
    for scope in scopes:
        if scope not in client.scopes:
            return Refusal(code="insufficient_scope", params={"scope": scope})
    return None
