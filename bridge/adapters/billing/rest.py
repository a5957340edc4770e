"""Port ``BillingService`` over our own HTTP contract (``docs/billing-service.md``)."""

from __future__ import annotations

from dataclasses import replace
from typing import Final
from urllib.parse import quote, urlencode

from bridge.adapters.billing import contract
from bridge.adapters.billing.oauth import ACCESS_REFUSED, SYSTEM, TokenSource
from bridge.crypto.clientidentity import ClientIdentity, ends_at
from bridge.domain.billingservices import Authentication
from bridge.errors import InputError, OutcomeUnknown, RemoteFault, RemoteRefusal
from bridge.ports.billing import BillingPlace, ChangedPage, ReportedInvoice, Upload
from bridge.ports.clock import Clock
from bridge.ports.rest import RestReply, RestRequest, RestTransport

_OK: Final = frozenset({200, 201})
_UNAUTHORISED: Final = 401
_FORBIDDEN: Final = 403
_NOT_FOUND: Final = 404
_SERVER_ERROR: Final = 500
_OPEN_S: Final = 300
"""For so long we need not ask again whether we are let in."""

_UNAVAILABLE: Final = 503
"""Says itself that the request was not taken; other errors of a server say nothing (D28)."""


class CertificateDoor:
    """Whether a service lets us in with our certificate, as far as we know."""

    def __init__(self, identity: ClientIdentity, clock: Clock) -> None:
        """Look at the certificate; nothing is sent.

        Raises:
            InputError: it cannot be read (``billing_certificate_invalid``).
        """
        self._ends_at = ends_at(identity.certificate)
        self._clock = clock
        self._open_until_s: float | None = None

    @property
    def is_open(self) -> bool:
        """Whether it let us in a moment ago."""
        until = self._open_until_s
        return until is not None and self._clock.monotonic() < until

    def opened(self) -> None:
        """Remember that it let us in: there was an answer."""
        self._open_until_s = self._clock.monotonic() + _OPEN_S

    def check(self) -> None:
        """Let pass a certificate that has not expired.

        Raises:
            InputError: it has (``billing_certificate_expired``).
        """
        if self._clock.now() > self._ends_at:
            raise InputError(code="billing_certificate_expired")


class RestBillingService:
    """One registration with a service that speaks our contract."""

    def __init__(
        self,
        transport: RestTransport,
        *,
        base_url: str,
        tokens: TokenSource | None = None,
        door: CertificateDoor | None = None,
    ) -> None:
        """Keep the way to it; nothing is sent.

        Args:
            transport: Carries requests.
            base_url: Address under which the contract's paths lie.
            tokens: Where access tokens come from, with client credentials.
            door: Whether our certificate lets us in, with mutual TLS.
        """
        self._transport = transport
        self._base = base_url.rstrip("/")
        self._tokens = tokens
        self._door = door

    def encode(self, upload: Upload) -> bytes:
        """Write the exact bytes of an upload."""
        return contract.encode_upload(upload)

    async def prepare(self) -> None:
        """Get an access token, or see whether our certificate lets us in.

        Whoever does not let us in often ends the connection in the middle of an upload, and then
        nobody knows; so that is found out with a question beforehand.

        Raises:
            BridgeError: we cannot get in now.
        """
        if self._tokens is not None:
            await self._tokens.get()
        if self._door is not None and not self._door.is_open:
            self._check(await self._ask("/changes?limit=1"))

    async def upload(self, reference: str, body: bytes) -> bytes:
        """Send an upload once.

        Raises:
            NotDelivered, RemoteRefusal, OutcomeUnknown, TheirAnswerInvalid: see the port.
        """
        reply = await self._send("PUT", self._invoice(reference), body)
        self._check(reply)
        return reply.body

    def decode(self, answer: bytes) -> ReportedInvoice:
        """Read the answer to an upload.

        Raises:
            TheirAnswerInvalid: it cannot be read.
        """
        return contract.decode_invoice(answer)

    async def changed(self, *, cursor: str | None, limit: int) -> ChangedPage:
        """Read what changed since a cursor.

        Raises:
            BridgeError: it cannot be asked now, or the cursor is forgotten.
        """
        wanted = {"limit": str(limit), **({} if cursor is None else {"cursor": cursor})}
        reply = await self._ask(f"/changes?{urlencode(wanted)}")
        self._check(reply)
        return contract.decode_page(reply.body)

    async def invoice(self, reference: str) -> ReportedInvoice | None:
        """Ask about one invoice, and for its instalment plan where that is not said with it.

        Raises:
            BridgeError: it cannot be asked now.
        """
        reply = await self._ask(self._invoice(reference))
        if reply.status == _NOT_FOUND:
            return None
        self._check(reply)
        found = contract.decode_invoice(reply.body)
        if not found.lacks_plan:
            return found
        plan = await self._ask(f"{self._invoice(reference)}/instalments")
        if plan.status == _NOT_FOUND:
            return found
        self._check(plan)
        report = replace(found.report, plan=contract.decode_plan(plan.body))
        return replace(found, report=report)

    async def close(self) -> None:
        """Close what is open."""
        await self._transport.close()

    @staticmethod
    def _invoice(reference: str) -> str:
        return f"/invoices/{quote(reference, safe='')}"

    async def _ask(self, path: str) -> RestReply:
        """Ask something that changes nothing; a token that is no longer good is renewed once."""
        reply = await self._send("GET", path)
        if reply.status == _UNAUTHORISED and self._tokens is not None:
            reply = await self._send("GET", path)
        return reply

    async def _send(self, method: str, path: str, body: bytes | None = None) -> RestReply:
        headers = {"Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        if self._tokens is not None:
            headers["Authorization"] = f"Bearer {await self._tokens.get()}"
        if self._door is not None:
            self._door.check()
        request = RestRequest(
            method=method,
            url=self._base + path,
            headers=headers,
            body=body,
            listens_first=self._door is not None and not self._door.is_open,
        )
        try:
            reply = await self._transport.send(request)
        except RemoteRefusal as error:
            # Only TLS refuses without an answer.
            raise RemoteRefusal(code=ACCESS_REFUSED, remote=error.remote) from error
        if self._door is not None:
            self._door.opened()
        if reply.status == _UNAUTHORISED and self._tokens is not None:
            self._tokens.forget()
        return reply

    def _check(self, reply: RestReply) -> None:
        """Let through what was taken, and say how sure the rest is.

        Raises:
            OutcomeUnknown: an error that does not say whether the request was taken.
            RemoteRefusal: it was not, with the service's own code.
        """
        status = reply.status
        if status in _OK:
            return
        if status >= _SERVER_ERROR and status != _UNAVAILABLE:
            raise OutcomeUnknown
        code = contract.refusal_code(reply.body) or f"http_{status}"
        raise RemoteRefusal(
            code=ACCESS_REFUSED if status in {_UNAUTHORISED, _FORBIDDEN} else None,
            remote=RemoteFault(system=SYSTEM, code=code),
            retry_after_s=reply.retry_after_s,
        )


def connect(place: BillingPlace) -> RestBillingService:
    """Make the service of an account.

    Raises:
        InputError: the account lacks what its way of authentication needs
            (``billing_credentials_missing``).
    """
    account = place.account
    if account.authentication is Authentication.MUTUAL_TLS:
        if place.identity is None:
            raise InputError(code="billing_credentials_missing")
        transport = place.opener(place.identity)
        door = CertificateDoor(place.identity, place.clock)
        return RestBillingService(transport, base_url=account.base_url, door=door)
    if not (account.token_url and account.client_id and place.client_secret):
        raise InputError(code="billing_credentials_missing")
    transport = place.opener(None)
    tokens = TokenSource(
        transport,
        place.clock,
        url=account.token_url,
        client_id=account.client_id,
        secret=place.client_secret,
    )
    return RestBillingService(transport, base_url=account.base_url, tokens=tokens)
