"""WS-Security: signed messages out, verified messages in (*STS session* 3 and 13.1).

``prepare`` gives the bytes a key must sign, ``PendingMessage.finish`` the message to send,
``verify`` what a received message says and who says it.
"""

from __future__ import annotations

from bridge.soap.profiles import (
    ESB_PROFILE,
    GENASYNC_BODY_PROFILE,
    GENASYNC_PROFILE,
    STS_PROFILE,
    AssertionToken,
    Part,
    SigningProfile,
    X509Token,
)
from bridge.soap.signing import PendingMessage, prepare
from bridge.soap.verifying import VerifiedMessage, verify

__all__ = [
    "ESB_PROFILE",
    "GENASYNC_BODY_PROFILE",
    "GENASYNC_PROFILE",
    "STS_PROFILE",
    "AssertionToken",
    "Part",
    "PendingMessage",
    "SigningProfile",
    "VerifiedMessage",
    "X509Token",
    "prepare",
    "verify",
]
