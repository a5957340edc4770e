"""Refusals of the played services: a SOAP fault for the caller, a check for the ledger.

Source: *STS session* 12 and 18.
"""

from __future__ import annotations

from typing import Final

from bridge.errors import RemoteRefusal
from bridge.sandbox.exchange import SandboxReply
from bridge.soap import faults

MESSAGE_EXPIRED: Final = "wsse:MessageExpired"
NOT_AUTHENTICATED: Final = "SOA-01001"
NOT_AUTHORISED: Final = "SOA-01002"
UNAVAILABLE: Final = "SOA-02001"
MALFORMED: Final = "SOA-03001"
NOT_SOAP: Final = "SOA-03002"
NO_BODY: Final = "SOA-03003"
NOT_COMPLIANT: Final = "SOA-03004"
INVALID_REQUEST: Final = "wst:InvalidRequest"
INVALID_TIME_RANGE: Final = "wst:InvalidTimeRange"
FAILED_AUTHENTICATION: Final = "wst:FailedAuthentication"

_TEXTS: Final = {
    MESSAGE_EXPIRED: "The message has expired",
    NOT_AUTHENTICATED: "The caller is not authenticated",
    NOT_AUTHORISED: "The call is not authorised",
    UNAVAILABLE: "Service is not available, please contact the service desk",
    MALFORMED: "Malformed message",
    NOT_SOAP: "Message must be SOAP",
    NO_BODY: "Message must contain a body",
    NOT_COMPLIANT: "WS-I compliance failure",
    INVALID_REQUEST: "The request was invalid or malformed",
    INVALID_TIME_RANGE: "The requested time range is invalid or unsupported",
    FAILED_AUTHENTICATION: "Authentication failed",
}
_HTTP_FAULT: Final = 500


class Refused(RemoteRefusal):
    """A received message did not pass a check.

    Attributes:
        fault_code: What the caller is told.
        check: Which check failed, in words of the sandbox; for the ledger only.
    """

    def __init__(self, fault_code: str, check: str) -> None:
        """Name the code of the fault and the check."""
        super().__init__(f"{fault_code}: {check}")
        self.fault_code = fault_code
        self.check = check


def fault_reply(code: str, *, reference: str) -> SandboxReply:
    """Write the fault of a refusal, HTTP 500.

    Args:
        code: One of this module's codes, or any other SOA code.
        reference: Identifier of the incident.
    """
    text = _TEXTS.get(code, "General service error")
    prefix, _, local = code.rpartition(":")
    if prefix == "wsse":
        return SandboxReply(status=_HTTP_FAULT, body=faults.wsse_fault(local, text))
    fault = faults.Fault(
        code=code,
        text=text,
        reference=reference,
        origin="Consumer",
        retry=code == UNAVAILABLE,
    )
    return SandboxReply(status=_HTTP_FAULT, body=faults.encode(fault))
