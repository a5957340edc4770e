"""Messages that were already accepted, remembered while their timestamp lives."""

from __future__ import annotations

import hashlib
import threading
from datetime import datetime
from typing import TYPE_CHECKING, Final

from bridge.sandbox.refusals import NOT_AUTHENTICATED, Refused
from bridge.soap.names import DS, SOAP, WSSE, q
from bridge.xmldsig.c14n import canonical

if TYPE_CHECKING:
    from lxml.etree import _Element as Element


_SIGNED_INFO: Final = "/".join(
    (q(SOAP, "Header"), q(WSSE, "Security"), q(DS, "Signature"), q(DS, "SignedInfo")),
)
"""Of the message itself: an assertion in the header has a signature of its own, before it."""


class ReplayGuard:
    """Lets each signed message through once; safe to use from several threads.

    What is remembered is the signed description of the message, not the signature value: an
    ECDSA value has a second form that is just as valid.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: dict[bytes, datetime] = {}

    def admit(self, envelope: Element, *, now: datetime, until: datetime) -> None:
        """Remember a verified message.

        Args:
            envelope: The message, with exactly one signature in its security header.
            now: The platform's time.
            until: From when on the message is refused for its timestamp anyway.

        Raises:
            Refused: it was admitted before.
        """
        signed = next(envelope.iterfind(_SIGNED_INFO))
        key = hashlib.sha256(canonical(signed)).digest()
        with self._lock:
            self._seen = {kept: end for kept, end in self._seen.items() if now < end}
            if key in self._seen:
                raise Refused(NOT_AUTHENTICATED, "replay")
            self._seen[key] = until
