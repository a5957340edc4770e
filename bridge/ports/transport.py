"""Port: carrying one request to one address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class WireRequest:
    """What goes over the wire.

    Attributes:
        url: Absolute address from the endpoint list, never from a caller.
        body: Exact bytes.
        content_type: Such as ``text/xml; charset=utf-8``.
        soap_action: Value of the ``SOAPAction`` header without quotes; ``None`` sends none.
    """

    url: str
    body: bytes
    content_type: str
    soap_action: str | None = None

    def __repr__(self) -> str:
        return f"WireRequest({len(self.body)} bytes)"


@dataclass(frozen=True, kw_only=True)
class WireReply:
    """What came back.

    Attributes:
        status: HTTP status.
        body: Exact bytes, at most the limit of the transport.
        content_type: Header as received, empty when absent.
        sent_at: The ``Date`` header, aware; ``None`` when absent or unreadable.
    """

    status: int
    body: bytes
    content_type: str
    sent_at: datetime | None = None

    def __repr__(self) -> str:
        return f"WireReply({self.status}, {len(self.body)} bytes)"


class Transport(Protocol):
    """Carries one request to one address; knows nothing of SOAP.

    Contract: an HTTP error status is a reply, not an error.
    ``NotDelivered`` promises that not one byte of the request was written; every other failure is
    ``OutcomeUnknown`` (D21).
    A reply above the size limit is ``TheirAnswerInvalid``.
    Redirects are not followed.
    """

    async def exchange(self, request: WireRequest) -> WireReply:
        """Send and wait for the answer.

        Raises:
            NotDelivered: no byte was written.
            OutcomeUnknown: the request may have arrived.
            TheirAnswerInvalid: the answer is too large.
        """
        ...
