"""Challenges the played STS waits for (*STS session* 5.2, 5.3 and 18, rows 10 and 11)."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bridge.crypto.certificates import Certificate
from bridge.domain.ids import IdSource
from bridge.ehealth.sts import ChallengeAnswer, IssueRequest
from bridge.sandbox.refusals import FAILED_AUTHENTICATION, Refused

LIFETIME: Final = timedelta(seconds=60)
"""How long a challenge can be answered (inferred)."""

_TEXT_BYTES: Final = 20


@dataclass(frozen=True, kw_only=True)
class PendingIssue:
    """A verified request.

    Attributes:
        subject: Certificate that signed the request.
        holder: Certificate whose key the assertion will be bound to.
    """

    request: IssueRequest
    subject: Certificate
    holder: Certificate


class ChallengeBook:
    """Asks each challenge once; safe to use from several threads."""

    def __init__(self, ids: IdSource) -> None:
        """Take the texts from ``ids``."""
        self._ids = ids
        self._lock = threading.Lock()
        self._asked: dict[str, tuple[PendingIssue, datetime]] = {}

    def ask(self, pending: PendingIssue, *, now: datetime) -> str:
        """Remember a request and give the text that must be signed."""
        text = self._ids.secret(_TEXT_BYTES).hex()
        with self._lock:
            self._asked = {known: kept for known, kept in self._asked.items() if now < kept[1]}
            self._asked[text] = (pending, now + LIFETIME)
        return text

    def redeem(
        self, answer: ChallengeAnswer, *, signer: Certificate, now: datetime
    ) -> PendingIssue:
        """Give the request an answer belongs to; whatever happens, the challenge is used up.

        Raises:
            Refused: the text is unknown, used or late, another key signed, or the context differs.
        """
        with self._lock:
            pending, end = self._asked.pop(answer.text, (None, now))
        if pending is None or now >= end:
            raise Refused(FAILED_AUTHENTICATION, "challenge unknown, used or late")
        if pending.holder != signer:
            raise Refused(FAILED_AUTHENTICATION, "challenge signed by another key")
        if answer.context is not None and answer.context != pending.request.context:
            raise Refused(FAILED_AUTHENTICATION, "challenge with another context")
        return pending
