"""Pairings: software that the user connected with Carebridge, and what it may do.

The state machine is a table; its rules:

* a request waits for a decision for two minutes, and an approval as long for its token;
* the token is given once; changing the scopes needs a new pairing;
* a block outlives everything and can be taken back, which leaves the request refused;
* nothing leads back to ``pending``.

Source: *Local API security* 7.1, 7.2, 7.5; decisions D10, D12, D13.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import Enum
from statistics import median
from typing import Final

from bridge.domain.rights import OWNER_ID
from bridge.errors import Conflict

DECIDE_WITHIN: Final = timedelta(seconds=120)
"""How long a request waits for the user, and an approval for its token to be fetched."""
MOST_WRONG_CODES: Final = 5
"""Wrong codes of a native client after which its pairing is void (7.2, step 5)."""
IDLE: Final = timedelta(days=30)
ABSOLUTE: Final = timedelta(days=180)
ALL_HISTORY: Final = "history:read-all"
"""Granted only where the nurse ticks it (D13)."""
NEVER_PAIRED: Final = frozenset({"console"})
"""Scopes that no pairing ever gets (7.4)."""
MOST_FORMER: Final = 3
USUAL_DAYS: Final = 30
LEAST_USUAL_DAYS: Final = 5
UNUSUAL_TIMES: Final = 10
LEAST_UNUSUAL_CALLS: Final = 500
"""A day of so few calls is never worth a notice."""


class ClientKind(Enum):
    """Where the software runs."""

    WEB = "web"
    NATIVE = "native"


class PairingState(Enum):
    """How far a pairing is; ``collected`` is an approved one whose token was given."""

    PENDING = "pending"
    APPROVED = "approved"
    COLLECTED = "collected"
    DENIED = "denied"
    BLOCKED = "blocked"
    EXPIRED = "expired"
    REVOKED = "revoked"


class PairingMove(Enum):
    """What can happen to a pairing."""

    APPROVE = "approve"
    COLLECT = "collect"
    DENY = "deny"
    BLOCK = "block"
    UNBLOCK = "unblock"
    EXPIRE = "expire"
    REVOKE = "revoke"


_S, _M = PairingState, PairingMove
MOVES: Final = {
    (_S.PENDING, _M.APPROVE): _S.APPROVED,
    (_S.PENDING, _M.DENY): _S.DENIED,
    (_S.PENDING, _M.BLOCK): _S.BLOCKED,
    (_S.PENDING, _M.EXPIRE): _S.EXPIRED,
    (_S.APPROVED, _M.COLLECT): _S.COLLECTED,
    (_S.APPROVED, _M.EXPIRE): _S.EXPIRED,
    (_S.APPROVED, _M.REVOKE): _S.REVOKED,
    (_S.APPROVED, _M.BLOCK): _S.BLOCKED,
    (_S.COLLECTED, _M.REVOKE): _S.REVOKED,
    (_S.COLLECTED, _M.BLOCK): _S.BLOCKED,
    (_S.DENIED, _M.BLOCK): _S.BLOCKED,
    (_S.EXPIRED, _M.BLOCK): _S.BLOCKED,
    (_S.REVOKED, _M.BLOCK): _S.BLOCKED,
    (_S.BLOCKED, _M.UNBLOCK): _S.DENIED,
}
KEPT: Final = frozenset({_S.COLLECTED, _S.BLOCKED, _S.REVOKED})
"""States that are on disk: a web site that nobody approved writes nothing there."""
WAITING: Final = frozenset({_S.PENDING, _S.APPROVED})
CONNECTED: Final = frozenset({_S.APPROVED, _S.COLLECTED})


@dataclass(frozen=True, kw_only=True)
class TokenLimits:
    """How long tokens live; an administrator may make both shorter, never longer.

    Attributes:
        idle: Without any call.
        absolute: In any case, counted from the approval.
    """

    idle: timedelta = IDLE
    absolute: timedelta = ABSOLUTE


@dataclass(frozen=True, kw_only=True)
class PairedToken:
    """What is kept of a token: never the token.

    Attributes:
        digest: SHA-256, hexadecimal.
        former: Digests of tokens that a rotation replaced; they are recognised as revoked.
        expires_at: The absolute end; a rotation does not move it.
        calls: Calls on the day ``calls_on`` (UTC).
        past_calls: Calls on the days of use before it, the last one first.
    """

    digest: str = field(repr=False)
    issued_at: datetime
    expires_at: datetime
    last_used_at: datetime
    former: tuple[str, ...] = field(default=(), repr=False)
    calls_on: date | None = None
    calls: int = 0
    past_calls: tuple[int, ...] = ()

    def is_over(self, now: datetime, limits: TokenLimits) -> bool:
        """Tell whether its time is over, by use or in any case."""
        return now >= min(self.expires_at, self.last_used_at + limits.idle)

    def used(self, now: datetime) -> PairedToken:
        """Count a call."""
        if self.calls_on == now.date():
            return replace(self, last_used_at=now, calls=self.calls + 1)
        before = () if self.calls_on is None else (self.calls, *self.past_calls)[:USUAL_DAYS]
        today = now.date()
        return replace(self, last_used_at=now, calls_on=today, calls=1, past_calls=before)

    def has_unusual_volume(self, now: datetime) -> bool:
        """Tell whether today has far more calls than the median day of use (section 11)."""
        if len(self.past_calls) < LEAST_USUAL_DAYS:
            return False
        most = max(LEAST_UNUSUAL_CALLS, UNUSUAL_TIMES * median(self.past_calls))
        return self.calls_today(now) > most

    def calls_today(self, now: datetime) -> int:
        """Give how many calls were made today (UTC)."""
        return self.calls if self.calls_on == now.date() else 0

    def rotated(self, digest: str, now: datetime) -> PairedToken:
        """Replace the token; the end stays where it is."""
        former = (self.digest, *self.former)[:MOST_FORMER]
        return replace(self, digest=digest, former=former, issued_at=now, last_used_at=now)


@dataclass(frozen=True, kw_only=True)
class Pairing:
    """One piece of software and what became of its request.

    Attributes:
        id: ``pair_…``.
        origin: Web origin; ``None`` for native software.
        display_name: What the software calls itself, made safe to show; never a proof.
        scopes: What it asked for.
        granted: What the user allowed; empty before.
        expires_at: When the request, or the approval without a fetched token, is void.
        code: Six digits to compare or to type (7.2).
        secret_digest: SHA-256 of the polling secret, hexadecimal.
        key_thumbprint: RFC 7638 thumbprint of the key the token is bound to.
        instance_id: The installation that gave the token; on another one it is worth nothing
            (SEC-135).
        decided_where: ``window`` or ``command_line``.
        actor_id: Whom it acts for; the owner unless the user chose somebody.
        programs: Hashes of the programs that may use a native token (LOC-03).
        return_path: Page of a web site that ``carebridge:`` addresses lead back to (SEC-45).
        paused_at: Since when the user lets it do nothing; its token is kept (7.5).
    """

    id: str
    client_kind: ClientKind
    origin: str | None
    display_name: str
    scopes: tuple[str, ...]
    state: PairingState
    created_at: datetime
    updated_at: datetime
    expires_at: datetime
    instance_id: str
    granted: tuple[str, ...] = ()
    code: str = field(default="", repr=False)
    secret_digest: str = field(default="", repr=False)
    key_thumbprint: str | None = None
    is_code_confirmed: bool = False
    wrong_codes: int = 0
    decided_at: datetime | None = None
    decided_where: str | None = None
    token: PairedToken | None = None
    actor_id: str = OWNER_ID
    return_path: str = "/"
    programs: tuple[str, ...] = ()
    paused_at: datetime | None = None

    @property
    def subject(self) -> str:
        """Give whom limits and blocks are about: the origin, or the name native software uses."""
        return self.origin or native_subject(self.display_name)

    @property
    def is_ready(self) -> bool:
        """Tell whether the token may be fetched: native software must know the code as well."""
        is_native = self.client_kind is ClientKind.NATIVE
        return self.state is PairingState.APPROVED and (self.is_code_confirmed or not is_native)

    @property
    def shown_as(self) -> str:
        """Give the name that windows show: a web site's origin is always part of it (SEC-83)."""
        return f"{self.display_name} ({self.origin})" if self.origin else self.display_name

    def moved(self, move: PairingMove, now: datetime) -> Pairing:
        """Make a move of the table.

        Raises:
            Conflict: ``state_not_allowed``.
        """
        state = MOVES.get((self.state, move))
        if state is None:
            raise Conflict(code="state_not_allowed")
        return replace(self, state=state, updated_at=now)

    def approved(
        self, now: datetime, *, where: str, has_all_history: bool, actor_id: str = OWNER_ID
    ) -> Pairing:
        """Grant what was asked, to act for somebody; all history only where that was ticked.

        Raises:
            Conflict: ``state_not_allowed``.
        """
        granted = tuple(scope for scope in self.scopes if scope != ALL_HISTORY or has_all_history)
        return replace(
            self.moved(PairingMove.APPROVE, now),
            granted=granted,
            expires_at=now + DECIDE_WITHIN,
            decided_at=now,
            decided_where=where,
            actor_id=actor_id,
        )

    def collected(self, digest: str, now: datetime, limits: TokenLimits) -> Pairing:
        """Give the token, and forget what only served to fetch it.

        Raises:
            Conflict: ``state_not_allowed``.
        """
        token = PairedToken(
            digest=digest, issued_at=now, expires_at=now + limits.absolute, last_used_at=now
        )
        return replace(self.moved(PairingMove.COLLECT, now), token=token, code="")

    def paused(self, now: datetime) -> Pairing:
        """Let it do nothing until it is resumed; pausing it again changes nothing.

        Raises:
            Conflict: ``state_not_allowed``, it has no token.
        """
        if self.state is not PairingState.COLLECTED:
            raise Conflict(code="state_not_allowed")
        return replace(self, paused_at=self.paused_at or now, updated_at=now)

    def resumed(self, now: datetime) -> Pairing:
        """Let it go on; resuming what is not paused changes nothing.

        Raises:
            Conflict: ``state_not_allowed``, it has no token.
        """
        if self.state is not PairingState.COLLECTED:
            raise Conflict(code="state_not_allowed")
        return replace(self, paused_at=None, updated_at=now)

    def is_late(self, now: datetime) -> bool:
        """Tell whether it waited too long."""
        return self.state in WAITING and now >= self.expires_at


def native_subject(display_name: str) -> str:
    """Give whom limits and blocks of native software are about."""
    return f"native:{display_name.casefold()}"


def digest_of(secret: str) -> str:
    """Give what is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()
