"""Talking to the platform: one signed message out, one payload back.

Faults become refusals, a wrong clock becomes ``clock_skew``, nonsense becomes
``remote_invalid_answer``.
Source: *STS session* 12, *MyCareNet transport* 9, decisions D21 and D28.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from bridge.errors import (
    BridgeError,
    ClockSkew,
    NotDelivered,
    RemoteFault,
    RemoteRefusal,
    SessionError,
    TheirAnswerInvalid,
)
from bridge.ports.clock import Clock
from bridge.ports.transport import Transport, WireReply, WireRequest
from bridge.soap import envelope, faults, mtom

CONTENT_TYPE: Final = "text/xml; charset=utf-8"
MOST_SKEW: Final = timedelta(minutes=2)
"""A difference of clocks above which a refusal is blamed on the clock.

Half of what the platform is believed to tolerate (60 s life, 5 min of tolerance seen in one
client): below it, messages pass and nobody should be sent to the clock settings.
"""

TOO_SOON: Final = "NOT-ENOUGH-TIME"
"""Our code for a query that followed the one before too closely (*transport* 2.9)."""

_UNAVAILABLE: Final = frozenset({429, 502, 503, 504})


@dataclass(frozen=True, kw_only=True)
class Destination:
    """One operation of one service.

    Attributes:
        system: Name for problem documents, such as ``ehealth_sts``.
        url: Address from the endpoint list.
        action: SOAPAction.
        refusal: Error class for a fault of this service.
    """

    system: str
    url: str
    action: str
    refusal: type[BridgeError] = RemoteRefusal


async def send(
    body: bytes,
    *,
    to: Destination,
    transport: Transport,
) -> WireReply:
    """Carry one message and give the raw reply, to be stored before it is read."""
    request = WireRequest(url=to.url, body=body, content_type=CONTENT_TYPE, soap_action=to.action)
    return await transport.exchange(request)


def read(reply: WireReply, *, to: Destination, clock: Clock) -> Any:
    """Give the payload of a reply.

    Raises:
        RemoteRefusal: the gateway or the service said no (or the class ``to.refusal`` names).
        ClockSkew: it said no and its clock differs from ours.
        TheirAnswerInvalid: the reply is not a SOAP message.
    """
    try:
        message = mtom.document_of(reply.body, reply.content_type)
        fault = faults.decode(message)
    except TheirAnswerInvalid:
        _blame_gateway(reply, to)
        raise
    if fault is None:
        return envelope.unwrap(message)
    blame_clock(reply.sent_at, clock)
    code = TOO_SOON if fault.is_too_soon else fault.code
    remote = RemoteFault(system=to.system, code=code, reference=fault.reference)
    raise to.refusal(remote=remote)


def blame_clock(sent_at: datetime | None, clock: Clock) -> None:
    """Raise ``ClockSkew`` when the platform's clock differs too much from ours."""
    if sent_at is None:
        return
    skew = clock.now() - sent_at
    if abs(skew) > MOST_SKEW:
        raise ClockSkew(skew_s=round(skew.total_seconds()))


def _blame_gateway(reply: WireReply, to: Destination) -> None:
    """Turn an HTTP refusal without a SOAP message into an answer of the gateway (D28)."""
    if reply.status in _UNAVAILABLE:
        remote = RemoteFault(system=to.system, code=f"HTTP-{reply.status}")
        raise RemoteRefusal(code=NotDelivered.code, remote=remote)


class SessionRefused(SessionError):
    """The STS refused to issue a token."""
