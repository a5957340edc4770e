"""What a WS-Security header must cover, per service, as a table (*style anchors* 4.11)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Final

from bridge.crypto.algorithms import CURRENT_ALGORITHMS, SignatureAlgorithm

if TYPE_CHECKING:
    from bridge.crypto.certificates import Certificate


class Part(Enum):
    """Parts of a message that a signature can cover."""

    BODY = "body"
    TIMESTAMP = "timestamp"
    TOKEN = "token"  # noqa: S105  # the name of a part, not a secret


@dataclass(frozen=True, kw_only=True)
class SigningProfile:
    """How messages to and from one kind of service are signed.

    Attributes:
        name: For developers.
        parts: Exactly these are signed.
        timestamp_lifetime_s: Seconds between Created and Expires of what we send.
        longest_timestamp_s: Most seconds between them in what we accept.
        algorithms: Accepted signature algorithms.
    """

    name: str
    parts: frozenset[Part]
    timestamp_lifetime_s: int = 60
    longest_timestamp_s: int = 300
    algorithms: frozenset[SignatureAlgorithm] = CURRENT_ALGORITHMS


STS_PROFILE: Final = SigningProfile(
    name="sts",
    parts=frozenset({Part.BODY, Part.TIMESTAMP, Part.TOKEN}),
)
"""Requests to the STS: certificate token, everything signed (*STS session* 3)."""

ESB_PROFILE: Final = SigningProfile(
    name="esb",
    parts=frozenset({Part.BODY, Part.TIMESTAMP}),
)
"""Services on the eHealth bus: assertion token, not signed again (*STS session* 13.1)."""


GENASYNC_PROFILE: Final = SigningProfile(
    name="genasync",
    parts=frozenset({Part.TIMESTAMP}),
    timestamp_lifetime_s=30,
)
"""GenAsync of MyCareNet: the timestamp alone is signed (*transport* 1.6)."""

GENASYNC_BODY_PROFILE: Final = SigningProfile(
    name="genasync_body",
    parts=frozenset({Part.BODY, Part.TIMESTAMP}),
)
"""GenAsync as another client signs it: Body too (*transport* 1.6)."""


@dataclass(frozen=True)
class X509Token:
    """The signer shows a certificate."""

    certificate: Certificate


@dataclass(frozen=True)
class AssertionToken:
    """The signer shows an assertion that is bound to her key.

    Attributes:
        xml: The assertion exactly as issued.
        assertion_id: Its ``AssertionID``.
    """

    xml: bytes = field(repr=False)
    assertion_id: str = field(repr=False)
