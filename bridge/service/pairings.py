"""What software that wants to be connected can do: ask, wait, type a code, fetch its token.

Source: *Local API security* 7.2; PAIR-01 to PAIR-10.
"""

from __future__ import annotations

import base64
import hmac
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, NoReturn

from bridge.crypto.dpop import thumbprint_of
from bridge.domain.pairings import (
    DECIDE_WITHIN,
    MOST_WRONG_CODES,
    NEVER_PAIRED,
    WAITING,
    ClientKind,
    Pairing,
    PairingState,
    digest_of,
    native_subject,
)
from bridge.domain.promptlimits import Setbacks, wait_for_all
from bridge.domain.softwarenames import shown_name
from bridge.errors import (
    AccessDenied,
    BridgeError,
    Conflict,
    DpopProofInvalid,
    Finding,
    InputError,
    PairingRefused,
)
from bridge.service.tokens import SCOPES, new_token

if TYPE_CHECKING:
    from datetime import timedelta

    from bridge.service.pairingdesk import PairingDesk
    from bridge.service.pairingshelf import PairingParts

GRANTABLE: Final = SCOPES - NEVER_PAIRED
_SECRET_BYTES: Final = 32
_CODES: Final = 10**6
_CODE_BYTES: Final = 8


@dataclass(frozen=True, kw_only=True)
class WantedPairing:
    """A request to be connected.

    Attributes:
        is_browser: The request has marks of a browser (``Sec-Fetch-*``).
        dpop_jwk: The public key the token is to be bound to.
        return_path: Page that ``carebridge:`` addresses lead back to (SEC-45).
        handle: From the fragment of such a page: its user has just clicked.
    """

    client_kind: ClientKind
    origin: str | None
    is_browser: bool
    display_name: str
    scopes: tuple[str, ...]
    dpop_jwk: Mapping[str, str] | None = None
    return_path: str = "/"
    handle: str | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True)
class OpenedPairing:
    """A request that waits, and the secret by which its software asks about it."""

    pairing: Pairing
    secret: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class GivenToken:
    """A token, in the one moment in which it is known."""

    pairing: Pairing
    token: str = field(repr=False)


class PairingRequests:
    """Takes requests and hands out tokens that the user approved; used on the loop alone."""

    def __init__(self, parts: PairingParts, *, desk: PairingDesk) -> None:
        """Take requests to a desk where the user decides."""
        self._parts = parts
        self._desk = desk

    def open(self, wanted: WantedPairing) -> OpenedPairing:
        """Begin a pairing.

        Raises:
            PairingRefused: ``client_kind_mismatch``, ``pairing_blocked``, ``pairing_pending`` or
                ``rate_limited``.
            InputError: a scope that no pairing gets, or a key that is none.
        """
        thumbprint, scopes = _checked(wanted), self._asked(wanted)
        name = shown_name(wanted.display_name)
        subject = wanted.origin or native_subject(name)
        self._desk.expire_late()
        try:
            _check_kind(wanted)
            self._check_limits(subject)
        except PairingRefused as refused:
            self._record("pairing.not_taken", None, origin=wanted.origin, code=refused.problem_code)
            raise
        now, ids = self._parts.clock.now(), self._parts.ids
        secret = base64.urlsafe_b64encode(ids.secret(_SECRET_BYTES)).rstrip(b"=").decode()
        pairing = Pairing(
            id=ids.ulid("pair"),
            client_kind=wanted.client_kind,
            origin=wanted.origin,
            display_name=name,
            scopes=scopes,
            state=PairingState.PENDING,
            created_at=now,
            updated_at=now,
            expires_at=now + DECIDE_WITHIN,
            instance_id=self._parts.instance_id,
            code=f"{int.from_bytes(ids.secret(_CODE_BYTES)) % _CODES:06d}",
            secret_digest=digest_of(secret),
            key_thumbprint=thumbprint,
            return_path=wanted.return_path,
        )
        self._parts.shelf.note(pairing)
        self._record("pairing.requested", pairing)
        self._desk.arrived(pairing, handle=wanted.handle)
        return OpenedPairing(pairing=pairing, secret=secret)

    def poll(self, pairing_id: str, secret: str | None, *, origin: str | None) -> Pairing:
        """Give a pairing that waits, or whose token can be fetched.

        Raises:
            AccessDenied: the secret is wrong, or comes from another origin.
            PairingRefused: it was refused, blocked, is void, or its token was fetched.
        """
        pairing = self._authorised(pairing_id, secret, origin)
        if pairing.state not in WAITING:
            _refuse(pairing)
        return pairing

    async def collect(self, polled: Pairing) -> GivenToken:
        """Give the token of a pairing that is ready; nobody gets it a second time.

        Raises:
            Conflict: it is not ready.
            PairingRefused: somebody else was quicker, or the user changed her mind.
            StoreError: it cannot be kept, so it is not given either.
        """
        pairing = self._parts.shelf.get(polled.id) or polled
        if pairing.state not in WAITING:
            _refuse(pairing)
        if not pairing.is_ready:
            raise Conflict(code="state_not_allowed")
        token = new_token(self._parts.ids)
        now = self._parts.clock.now()
        kept = pairing.collected(digest_of(token), now, self._parts.limits)
        await self._parts.shelf.keep(kept)
        self._record("pairing.collected", kept)
        self._parts.tell_changed(kept)
        return GivenToken(pairing=kept, token=token)

    def enter_code(
        self, pairing_id: str, secret: str | None, code: str, *, origin: str | None
    ) -> Pairing:
        """Take the code that the user typed into native software.

        Raises:
            AccessDenied: the secret is wrong.
            Conflict: ``state_not_allowed``: web pages compare the code, they do not send it.
            PairingRefused: ``pairing_code_wrong``; ``rate_limited`` with the fifth wrong one,
                which makes the pairing void.
        """
        pairing = self.poll(pairing_id, secret, origin=origin)
        if pairing.client_kind is not ClientKind.NATIVE:
            raise Conflict(code="state_not_allowed")
        if hmac.compare_digest(pairing.code.encode(), code.encode()):
            confirmed = replace(pairing, is_code_confirmed=True)
            self._parts.shelf.note(confirmed)
            return confirmed
        wrong = replace(pairing, wrong_codes=pairing.wrong_codes + 1)
        self._parts.shelf.note(wrong)
        self._record("pairing.code_wrong", wrong, wrong_codes=wrong.wrong_codes)
        if wrong.wrong_codes >= MOST_WRONG_CODES:
            pause = self._desk.void(wrong)
            raise PairingRefused(code="rate_limited", retry_after_s=_seconds(pause))
        raise PairingRefused(
            code="pairing_code_wrong", tries_left=MOST_WRONG_CODES - wrong.wrong_codes
        )

    def refuse_repetition(self, pairing_id: str) -> NoReturn:
        """Refuse a request that repeats an earlier one: its secret was given once.

        Raises:
            PairingRefused: ``pairing_pending`` while the earlier one waits, else
                ``pairing_consumed``.
        """
        earlier = self._parts.shelf.get(pairing_id)
        is_waiting = earlier is not None and earlier.state in WAITING
        raise PairingRefused(code="pairing_pending" if is_waiting else "pairing_consumed")

    def _authorised(self, pairing_id: str, secret: str | None, origin: str | None) -> Pairing:
        self._desk.expire_late()
        pairing = self._parts.shelf.get(pairing_id)
        # An unknown pairing and a wrong secret are the same to whoever asks.
        known = "" if pairing is None else pairing.secret_digest
        is_right = hmac.compare_digest(known, digest_of(secret or ""))
        if pairing is None or not is_right:
            raise AccessDenied
        if pairing.origin != origin:
            self._record("pairing.foreign_origin", pairing)
            raise AccessDenied(code="token_origin_mismatch")
        return pairing

    def _asked(self, wanted: WantedPairing) -> tuple[str, ...]:
        """Give what is asked for: no more than an administrator prepared, where he did (7.2)."""
        known = self._parts.known.of(wanted.origin)
        if known is None or known.scopes is None:
            return wanted.scopes
        prepared = known.scopes
        asked = tuple(scope for scope in wanted.scopes if scope in prepared)
        if not asked:
            finding = Finding(pointer="/scopes", code="value_not_allowed")
            raise InputError(findings=(finding,))
        return asked

    def _check_limits(self, subject: str) -> None:
        """Keep software from wearing the user down (7.2, PAIR-02)."""
        of_subject = [each for each in self._parts.shelf.all() if each.subject == subject]
        states = {each.state for each in of_subject}
        if PairingState.BLOCKED in states:
            raise PairingRefused(code="pairing_blocked")
        if states & WAITING:
            raise PairingRefused(code="pairing_pending")
        now = self._parts.clock.now()
        created = (each.created_at for each in self._parts.shelf.all())
        setbacks: Setbacks | None = self._desk.setbacks(subject)
        pause = wait_for_all(created, now)
        if setbacks is not None:
            pause = max(pause, setbacks.until - now)
        if pause.total_seconds() > 0:
            raise PairingRefused(code="rate_limited", retry_after_s=_seconds(pause))

    def _record(self, kind: str, pairing: Pairing | None, **facts: str | int | None) -> None:
        about = {} if pairing is None else {"pairing": pairing.id, "origin": pairing.origin}
        self._parts.journal.record(kind, **about, **facts)


def _check_kind(wanted: WantedPairing) -> None:
    """A browser always names the origin of a page; native software never has one (PAIR-10)."""
    is_web = wanted.client_kind is ClientKind.WEB
    if is_web != (wanted.origin is not None) or (wanted.is_browser and not is_web):
        raise PairingRefused(code="client_kind_mismatch")


def _checked(wanted: WantedPairing) -> str | None:
    """Check scopes and key; gives the key's thumbprint."""
    findings = tuple(
        Finding(pointer=f"/scopes/{place}", code="value_not_allowed")
        for place, scope in enumerate(wanted.scopes)
        if scope not in GRANTABLE or scope in wanted.scopes[:place]
    )
    if findings:
        raise InputError(findings=findings)
    try:
        return None if wanted.dpop_jwk is None else thumbprint_of(wanted.dpop_jwk)
    except DpopProofInvalid:
        finding = Finding(pointer="/dpop_jwk", code="value_invalid")
        raise InputError(findings=(finding,)) from None


def _refuse(pairing: Pairing) -> NoReturn:
    codes = {
        PairingState.BLOCKED: "pairing_blocked",
        PairingState.DENIED: "pairing_denied",
        PairingState.EXPIRED: "pairing_expired",
    }
    usual = "pairing_denied" if pairing.token is None else "pairing_consumed"
    error: BridgeError = PairingRefused(code=codes.get(pairing.state, usual))
    raise error


def _seconds(pause: timedelta) -> int:
    return max(1, math.ceil(pause.total_seconds()))
