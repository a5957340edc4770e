"""What is around content on the platform's side: nothing, a signature beside it, or a seal.

Source: *MyCareNet transport* 3, 6.1, 8 and 11.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Protocol

from bridge.codecs import blob
from bridge.crypto.algorithms import algorithm_for
from bridge.crypto.trust import TrustList
from bridge.domain.ids import IdSource
from bridge.errors import TheirAnswerInvalid
from bridge.mycarenet.businesssignature import business_as_signed, verify_business
from bridge.mycarenet.encrypted import BusinessContent, ContentEncryption
from bridge.mycarenet.genasync_values import Blob, Post, WaitingMessage
from bridge.mycarenet.signedblob import signed_content, verify_signed_blob
from bridge.sandbox import genasync_scenarios as scenarios
from bridge.sandbox.callers import INVALID_CONTENT, Caller
from bridge.sandbox.pki import Credential, Pki
from bridge.sandbox.refusals import NOT_AUTHENTICATED, Refused
from bridge.sandbox.seals import MyCareNetSeals
from bridge.sandbox.tokens import TokenBook
from bridge.xmldsig.xades import SignedContent, VerifiedXades, prepare_xades

_OTHER: Final = b"something else"


@dataclass(frozen=True, kw_only=True)
class OpenedPost:
    """What was posted, out of its wrapping.

    Attributes:
        reply_to_etk: Token for which the answer is to be sealed.
    """

    content: bytes = field(repr=False)
    reply_to_etk: bytes | None = field(default=None, repr=False)


class Wrapping(Protocol):
    """What one service wants around content."""

    def open(self, post: Post, *, caller: Caller, now: datetime) -> OpenedPost:
        """Take what was posted out of its wrapping.

        Raises:
            Refused: a signature or a seal is missing, does not hold, or is not the caller's.
        """
        ...

    def close(
        self,
        message: WaitingMessage,
        *,
        reply_to_etk: bytes | None,
        now: datetime,
        scenario: str,
    ) -> WaitingMessage:
        """Wrap an answer.

        Raises:
            Refused: there is nobody to seal it for.
        """
        ...


class PlainPosts:
    """Nothing around content."""

    def open(self, post: Post, *, caller: Caller, now: datetime) -> OpenedPost:
        """Give the content."""
        del caller, now
        if post.detail.content_encryption is not None:
            raise Refused(INVALID_CONTENT, "content is sealed")
        return OpenedPost(content=post.detail.content)

    def close(
        self,
        message: WaitingMessage,
        *,
        reply_to_etk: bytes | None,
        now: datetime,
        scenario: str,
    ) -> WaitingMessage:
        """Give the answer as it is."""
        del reply_to_etk, now, scenario
        return message


class SignedPosts:
    """A signature beside the blob, on both ways."""

    def __init__(self, signers: Signers) -> None:
        """Let answers be signed by ``signers``."""
        self._signers = signers

    def open(self, post: Post, *, caller: Caller, now: datetime) -> OpenedPost:
        """Verify the caller's signature over the blob."""
        if post.detail.content_encryption is not None:
            raise Refused(INVALID_CONTENT, "content is sealed")
        if post.xades is None:
            raise Refused(NOT_AUTHENTICATED, "Xades-t is missing")
        try:
            signature = verify_signed_blob(post.detail, post.xades)
        except TheirAnswerInvalid as error:
            raise Refused(NOT_AUTHENTICATED, f"Xades-t: {error}") from error
        self._signers.demand(signature, caller=caller, now=now)
        return OpenedPost(content=post.detail.content)

    def close(
        self,
        message: WaitingMessage,
        *,
        reply_to_etk: bytes | None,
        now: datetime,
        scenario: str,
    ) -> WaitingMessage:
        """Sign the blob of an answer."""
        del reply_to_etk
        detail = message.detail
        if not isinstance(detail, Blob):
            return message
        signature = self._signers.sign(signed_content(detail), now=now, scenario=scenario)
        return replace(message, xades=signature)


class SealedPosts:
    """A seal around signed content, on both ways (*6.1*)."""

    def __init__(self, signers: Signers, *, seals: MyCareNetSeals, tokens: TokenBook) -> None:
        """Open and make seals with MyCareNet's keys."""
        self._signers = signers
        self._seals = seals
        self._tokens = tokens

    def open(self, post: Post, *, caller: Caller, now: datetime) -> OpenedPost:
        """Open the seal, and verify it and the signature inside."""
        if post.detail.content_encryption != ContentEncryption.FOR_PLATFORM.value:
            raise Refused(INVALID_CONTENT, "content is not sealed for the platform")
        if post.xades is not None:
            raise Refused(INVALID_CONTENT, "Xades-t beside a seal")
        opened = self._seals.open(post.detail.content, caller=caller.certificate, now=now)
        try:
            signature = verify_business(opened.known)
        except TheirAnswerInvalid as error:
            raise Refused(NOT_AUTHENTICATED, f"inner signature: {error}") from error
        self._signers.demand(signature, caller=caller, now=now)
        return OpenedPost(
            content=opened.known.business.content, reply_to_etk=opened.known.reply_to_etk
        )

    def close(
        self,
        message: WaitingMessage,
        *,
        reply_to_etk: bytes | None,
        now: datetime,
        scenario: str,
    ) -> WaitingMessage:
        """Sign the content of an answer and seal it."""
        detail = message.detail
        if not isinstance(detail, Blob):
            return message
        token = reply_to_etk
        if scenario == scenarios.SEALED_FOR_ANOTHER:
            token = self._tokens.token_of(self._tokens.mycarenet)
        if token is None:
            raise Refused(INVALID_CONTENT, "nobody to seal the answer for")

        def sign(business: BusinessContent) -> bytes:
            return self._signers.sign(business_as_signed(business), now=now, scenario=scenario)

        sealed = self._seals.answer(detail.content, reply_to_etk=token, now=now, sign_content=sign)
        if scenario == scenarios.BROKEN_SEAL:
            sealed = sealed[:-1] + bytes([sealed[-1] ^ 1])
        has_right_hash = detail.hash_value == blob.hash_of(detail.content)
        return replace(
            message,
            detail=replace(
                detail,
                content=sealed,
                encoding=blob.Encoding.NONE,
                content_encryption=ContentEncryption.FOR_RECIPIENT.value,
                hash_value=blob.hash_of(sealed) if has_right_hash else detail.hash_value,
            ),
        )


class Signers:
    """Who signs answers, and whose signatures on posts are believed."""

    def __init__(self, *, pki: Pki, tokens: TokenBook, ids: IdSource) -> None:
        """Sign as MyCareNet; trust the issuer of eHealth certificates."""
        self._pki = pki
        self._tokens = tokens
        self._ids = ids

    @property
    def trust(self) -> TrustList:
        """Issuers of those who sign answers."""
        return TrustList([self._pki.ehealth_authority.certificate])

    def demand(self, signature: VerifiedXades, *, caller: Caller, now: datetime) -> None:
        """Demand the caller's own signature.

        Raises:
            Refused: somebody else's, or by a certificate that is not valid.
        """
        if signature.certificate.der != caller.certificate.der:
            raise Refused(NOT_AUTHENTICATED, "signature: another signer than the caller")
        try:
            self.trust.verify(signature.certificate, at=now, intermediates=signature.chain)
        except TheirAnswerInvalid as error:
            raise Refused(NOT_AUTHENTICATED, f"signature: {error}") from error

    def sign(self, content: SignedContent, *, now: datetime, scenario: str) -> bytes:
        """Sign the content of an answer, as the scenario wants it."""
        if scenario == scenarios.WRONG_SIGNATURE:
            content = replace(content, octets=_OTHER)
        signer = self._signer(is_strange=scenario == scenarios.STRANGE_SIGNER)
        pending = prepare_xades(
            content,
            chain=(signer.certificate,),
            algorithm=algorithm_for(signer.certificate.public_key),
            signed_at=now,
            unique=self._ids.uuid(),
        )
        return pending.finish(signer.sign(pending.to_be_signed))

    def _signer(self, *, is_strange: bool) -> Credential:
        known = self._tokens.mycarenet.authentication
        if not is_strange:
            return known
        subject = known.certificate.x509.subject
        return self._pki.stranger.credential(subject, known.key, now=self._pki.now)
