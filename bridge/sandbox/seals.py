"""MyCareNet's side of the seal: opens what nurses seal for it, and seals answers for them.

Source: *MyCareNet transport* 6.1, 8.1 and 11.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

from bridge.crypto.certificates import Certificate
from bridge.crypto.etk import read_token
from bridge.crypto.trust import TrustList
from bridge.domain.ids import IdSource
from bridge.errors import TheirAnswerInvalid
from bridge.mycarenet.encrypted import (
    BusinessContent,
    KnownContent,
    OpenedContent,
    new_business_content,
    seal_known,
    unseal_known,
)
from bridge.sandbox.callers import INVALID_CONTENT
from bridge.sandbox.refusals import NOT_AUTHENTICATED, Refused
from bridge.sandbox.tokens import TokenBook

MOST_BYTES: Final = 5_000_000
"""Largest content that is taken, inflated."""


class MyCareNetSeals:
    """Opens and makes seals with MyCareNet's keys."""

    def __init__(self, *, tokens: TokenBook, trust: TrustList, ids: IdSource) -> None:
        """Use MyCareNet's keys.

        Args:
            tokens: Where the keys, and the tokens of others, come from.
            trust: Issuers of eHealth certificates.
            ids: Source of content keys.
        """
        self._tokens = tokens
        self._trust = trust
        self._ids = ids

    def open(self, sealed: bytes, *, caller: Certificate, now: datetime) -> OpenedContent:
        """Open a seal and check that the caller made it; the XAdES inside is left to others.

        Args:
            sealed: Decoded content of the blob.
            caller: Certificate that the assertion is bound to.
            now: By the platform's clock.

        Raises:
            Refused: not sealed for MyCareNet, damaged, too large, or sealed by somebody else.
        """
        try:
            keys = [self._tokens.mycarenet.key]
            opened = unseal_known(sealed, keys=keys, most_bytes=MOST_BYTES)
            for signer in (opened.sender, opened.author):
                self._trust.verify(signer, at=now, intermediates=opened.certificates)
        except TheirAnswerInvalid as error:
            raise Refused(INVALID_CONTENT, f"seal: {error}") from error
        if opened.sender.der != caller.der:
            raise Refused(NOT_AUTHENTICATED, "seal: another sender than the caller")
        return opened

    def answer(
        self,
        content: bytes,
        *,
        reply_to_etk: bytes,
        now: datetime,
        sign_content: Callable[[BusinessContent], bytes] | None = None,
    ) -> bytes:
        """Seal an answer for the token that the question, or the query, brought along.

        Args:
            content: Business content, to be deflated.
            reply_to_etk: The token as received.
            now: By the platform's clock.
            sign_content: Gives the XAdES over the content; ``None`` leaves it out.

        Raises:
            Refused: no token that the platform made, or it is not valid now.
        """
        try:
            recipient = read_token(reply_to_etk, trust=self._tokens.trust, at=now)
        except TheirAnswerInvalid as error:
            raise Refused(INVALID_CONTENT, f"reply token: {error}") from error
        known = KnownContent(business=new_business_content(content, ids=self._ids))
        return seal_known(
            known,
            signer=self._tokens.mycarenet.signer,
            recipient=recipient,
            ids=self._ids,
            sign_content=sign_content,
        )
