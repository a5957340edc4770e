"""Port: plain HTTP requests to one party, beside the messages of the platform."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from bridge.crypto.clientidentity import ClientIdentity


@dataclass(frozen=True, kw_only=True)
class RestRequest:
    """One request.

    Attributes:
        method: ``GET``, ``POST`` or ``PUT``.
        url: Absolute address.
        headers: Beside those every request has; may hold a token.
        body: Exact bytes; ``None`` without one.
        listens_first: Connects first without writing, to hear what the other side says of our
            certificate: a server that refuses it may end the connection so quickly that its
            reason is lost once we write.
    """

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)
    listens_first: bool = False


@dataclass(frozen=True, kw_only=True)
class RestReply:
    """What came back.

    Attributes:
        status: HTTP status.
        retry_after_s: Header ``Retry-After`` in seconds; ``None`` when absent or a date.
        sent_at: Header ``Date``, aware; ``None`` when absent or unreadable.
    """

    status: int
    body: bytes = field(repr=False)
    content_type: str = "application/json"
    retry_after_s: int | None = None
    sent_at: datetime | None = None


class RestTransport(Protocol):
    """Carries requests; knows nothing of what they mean.

    Contract: as that of ``Transport``: an HTTP error status is a reply, ``NotDelivered`` promises
    that not one byte of the request was written, a certificate of ours that is refused in TLS is
    ``RemoteRefusal`` with ``tls`` as system, every other failure is ``OutcomeUnknown``.
    Nothing is repeated and no redirect is followed.
    """

    async def send(self, request: RestRequest) -> RestReply:
        """Send and wait for the answer.

        Raises:
            NotDelivered: no byte was written.
            RemoteRefusal: our certificate was refused; nothing was taken.
            OutcomeUnknown: the request may have arrived.
            TheirAnswerInvalid: the answer is too large, or encoded.
        """
        ...

    async def close(self) -> None:
        """Close what is open."""
        ...


class RestOpener(Protocol):
    """Opens a transport, with a certificate of ours where the party wants one."""

    def __call__(self, identity: ClientIdentity | None) -> RestTransport:
        """Open one; nothing is sent.

        Raises:
            InputError: certificate and key do not belong together
                (``billing_certificate_invalid``).
        """
        ...
