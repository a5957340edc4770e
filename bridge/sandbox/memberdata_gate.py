"""Everything MemberData verifies before it looks at the question itself.

Source: *MyCareNet transport* 1.6 and 11, *STS session* 12.2 and 13.1.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from lxml.etree import _Element as Element

from bridge.ehealth.assertions import holder_of, parse_assertion
from bridge.ehealth.saml import Expected, StsTrust, verify_assertion
from bridge.errors import (
    BridgeError,
    MessageExpired,
    NotRecognised,
    SignatureInvalid,
)
from bridge.mycarenet.common import CareProvider, Licence, Origin
from bridge.mycarenet.names import MEMBERDATA_ACTION
from bridge.sandbox.callers import (
    INVALID_CONTENT,
    Caller,
    caller_of,
    check_parties,
    demanded,
)
from bridge.sandbox.exchange import SandboxRequest
from bridge.sandbox.refusals import (
    MESSAGE_EXPIRED,
    NOT_AUTHENTICATED,
    NOT_AUTHORISED,
    NOT_COMPLIANT,
    Refused,
)
from bridge.sandbox.replays import ReplayGuard
from bridge.sandbox.soap_reading import parse
from bridge.sandbox.sts_claims import NurseRegister
from bridge.soap import wsse, xml

SKEW_S: Final = 30


@dataclass(frozen=True, kw_only=True)
class Admitted:
    """A verified message with its caller."""

    payload: Element
    caller: Caller


class MemberDataGate:
    """Verifies messages, assertions, and that the envelope fits them."""

    def __init__(
        self, *, trust: StsTrust, licence: Licence, nurses: NurseRegister | None = None
    ) -> None:
        """Trust one token service; know one licence, and who may act for whom."""
        self._trust = trust
        self._licence = licence
        self._nurses = NurseRegister() if nurses is None else nurses
        self._replays = ReplayGuard()

    def receive(self, request: SandboxRequest, *, now: datetime) -> Admitted:
        """Give the verified message.

        Raises:
            Refused: not SOAP, not signed right, out of its time, replayed, or with an assertion
                that is not genuine, not valid now, or not a nurse's.
        """
        if request.action != MEMBERDATA_ACTION:
            raise Refused(NOT_COMPLIANT, "SOAPAction")
        return self.admit(parse(request), profile=wsse.ESB_PROFILE, now=now)

    def admit(self, message: Element, *, profile: wsse.SigningProfile, now: datetime) -> Admitted:
        """Give the verified message of a service that signs as ``profile`` says.

        Raises:
            Refused: as ``receive``.
        """
        with refusing():
            verified = wsse.verify(
                message,
                profile=profile,
                now=now,
                skew_s=SKEW_S,
                holder=holder_of,
            )
        caller = self._identify(verified, now)
        until = verified.expires + timedelta(seconds=SKEW_S)
        self._replays.admit(message, now=now, until=until)
        return Admitted(payload=verified.payload, caller=caller)

    def check_origin(self, origin: Origin, caller: Caller) -> CareProvider:
        """Compare the envelope with licence and assertion, and give the care provider.

        Raises:
            Refused: the licence is unknown, or the care provider is not the caller.
        """
        if origin.package.licence != self._licence:
            raise Refused(NOT_AUTHENTICATED, "licence")
        if not origin.package.name:
            raise Refused(INVALID_CONTENT, "package without name")
        return check_parties(origin, caller, nurses=self._nurses)

    def _identify(self, verified: wsse.VerifiedMessage, now: datetime) -> Caller:
        if verified.assertion is None:
            raise Refused(NOT_AUTHENTICATED, "no assertion")
        with refusing():
            assertion = parse_assertion(xml.serialize(verified.assertion))
            expected = Expected(holder=verified.certificate, profile=demanded(assertion))
            verify_assertion(assertion, expected=expected, trust=self._trust, now=now)
        return caller_of(assertion, verified.certificate)


@contextmanager
def refusing() -> Iterator[None]:
    """Turn what verification says into a fault."""
    try:
        yield
    except MessageExpired as error:
        raise Refused(MESSAGE_EXPIRED, f"timestamp: {error}") from error
    except NotRecognised as error:
        raise Refused(NOT_AUTHORISED, "not a recognised nurse") from error
    except SignatureInvalid as error:
        raise Refused(NOT_AUTHENTICATED, f"signature: {error}") from error
    except BridgeError as error:
        raise Refused(NOT_AUTHENTICATED, f"{error.problem_code}: {error}") from error
