"""Guard steps 15 to 19: who calls, whether it may, how often, and with which key."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from api.endpoints import Endpoint
from api.facts import Facts, Refusal
from api.limits import RateLimits
from bridge.errors import AccessDenied
from bridge.service.tokens import Client

_BEARER: Final = re.compile(r"[Bb][Ee][Aa][Rr][Ee][Rr] +([A-Za-z0-9._~+/=-]{1,512})")
_KEY: Final = re.compile(r'(?P<quote>"?)([A-Za-z0-9_-]{16,64})(?P=quote)')
_CHALLENGE: Final = ("WWW-Authenticate", 'Bearer realm="carebridge"')


@dataclass(frozen=True, kw_only=True)
class Gatekeeper:
    """Decides about tokens, scopes and rates.

    Attributes:
        authenticate: Gives the client of a token, or raises ``AccessDenied``.
    """

    authenticate: Callable[[str], Client]
    limits: RateLimits

    def admit(self, facts: Facts, endpoint: Endpoint) -> Client | Refusal | None:
        """Take steps 15 to 18; gives the client, or nothing where no token is needed."""
        if endpoint.scopes is None:
            return self.limits.check_without_token()
        client = self._client(facts)
        if isinstance(client, Refusal):
            return client
        refusal = (
            _check_binding(facts)
            or _check_scopes(client, endpoint.scopes)
            or self.limits.check_client(client.id)
        )
        return client if refusal is None else replace(refusal, client_id=client.id)

    def _client(self, facts: Facts) -> Client | Refusal:
        """Step 15: exactly one bearer token, and one we know."""
        lines = facts.lines(b"authorization")
        found = _BEARER.fullmatch(lines[0].decode("latin-1")) if len(lines) == 1 else None
        if found is None:
            slowed = self.limits.check_without_token()
            return slowed or Refusal(code="authentication_required", headers=(_CHALLENGE,))
        try:
            return self.authenticate(found[1])
        except AccessDenied as denied:
            slowed = self.limits.check_failure(facts.origin)
            return slowed or Refusal(code=denied.problem_code, headers=(_CHALLENGE,))


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


def _check_binding(facts: Facts) -> Refusal | None:
    """Step 16: all tokens of this version are given to native clients, which send no origin."""
    return None if facts.origin is None else Refusal(code="token_origin_mismatch")


def _check_scopes(client: Client, scopes: tuple[str, ...]) -> Refusal | None:
    """Step 17: every scope of the endpoint; the refusal names the missing one."""
    for scope in scopes:
        if scope not in client.scopes:
            return Refusal(code="insufficient_scope", params={"scope": scope})
    return None
