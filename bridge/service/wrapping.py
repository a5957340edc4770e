"""What is around content: the blob, the seal and the signatures, out and in.

The eHealth certificate of the session signs, outside and inside the seal; its holder is who the
assertion is bound to, so the platform can compare.
Source: *MyCareNet transport* 3, 6.1 and 8.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Final

import structlog

from bridge.codecs.blob import Encoding
from bridge.crypto.algorithms import algorithm_for
from bridge.crypto.certificates import Certificate
from bridge.crypto.etk import EncryptionToken
from bridge.crypto.trust import TrustList
from bridge.domain.ids import IdSource
from bridge.errors import BridgeError, TheirAnswerInvalid
from bridge.mycarenet.businesssignature import business_as_signed, verify_business
from bridge.mycarenet.encrypted import (
    BusinessContent,
    KnownContent,
    new_business_content,
    seal_known,
    sealed_blob,
    unseal_known,
)
from bridge.mycarenet.genasync_values import Blob, UnreadableBlob, WaitingMessage
from bridge.mycarenet.services import AsyncService
from bridge.mycarenet.signedblob import verify_signed_blob
from bridge.ports.clock import Clock
from bridge.service.etks import EtkBook, signer_of
from bridge.service.sessionshelf import OpenSession
from bridge.xmldsig.xades import VerifiedXades, prepare_xades

UNREADABLE: Final = "answer_unreadable"
UNSIGNED: Final = "answer_signature_invalid"
REJECT: Final = "REJECT"
_SEALED: Final = "encryptedFor"
"""Beginning of the values of ``ContentEncryption`` that mean a seal (*transport* 1.4)."""

log = structlog.get_logger()


class SignatureCheck(Enum):
    """How a missing, wrong or strange signature over the content of an answer is treated."""

    OFF = "off"
    WARN = "warn"
    ENFORCE = "enforce"


@dataclass(frozen=True, kw_only=True)
class WrappingSettings:
    """The named settings about what is around content.

    Attributes:
        check: How signatures over the content of answers are treated.
        signers: Issuers of those who sign answers; ``None`` does not ask who signed.
        content_encoding: Of the content inside a seal (*transport* 6.1, step 2).
        blob_encoding: Of the seal itself (step 6).
    """

    check: SignatureCheck = SignatureCheck.WARN
    signers: TrustList | None = None
    content_encoding: Encoding = Encoding.DEFLATE
    blob_encoding: Encoding = Encoding.NONE


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A delivery as far as it can be read.

    Attributes:
        raw: The delivered bytes, as evidence.
        content: What they say; ``None`` when that cannot be read, or may not be believed.
        problem_code: Why not; or, beside content, what does not hold of it.
        was_sealed: Whether ``content`` is not ``raw``.
    """

    raw: bytes = field(repr=False)
    content: bytes | None = field(default=None, repr=False)
    problem_code: str | None = None
    was_sealed: bool = False

    @property
    def is_readable(self) -> bool:
        """Whether there is content."""
        return self.content is not None


class Wrapping:
    """Wraps what is sent, and reads what is delivered; keeps nothing."""

    def __init__(
        self, *, etks: EtkBook, clock: Clock, ids: IdSource, settings: WrappingSettings
    ) -> None:
        """Keep the parts."""
        self._etks = etks
        self._clock = clock
        self._ids = ids
        self._settings = settings

    async def wrap(self, content: bytes, *, service: AsyncService, session: OpenSession) -> Blob:
        """Give the blob of a post; nothing of it has left when this fails.

        Raises:
            NotDelivered, OutcomeUnknown, RemoteRefusal, TheirAnswerInvalid: the encryption tokens
                cannot be had at the moment, or not be used.
            OurMessageInvalid: it cannot be sealed at all.
        """
        if not service.is_sealed:
            return Blob(
                content=content,
                content_type=service.content_type,
                message_name=service.sent_name,
                encoding=service.encoding,
                id=f"_{self._ids.uuid()}",
            )
        own, recipient = await self._own(session), await self._etks.mycarenet()
        return await asyncio.to_thread(
            self._seal, content, service=service, session=session, tokens=(own, recipient)
        )

    async def reply_token(self, *, service: AsyncService, session: OpenSession) -> bytes | None:
        """Give the token answers may be sealed for; without one they are asked for all the same."""
        if not service.is_sealed:
            return None
        try:
            return (await self._own(session)).encoded
        except BridgeError as error:
            log.warning("reply_token.missing", code=error.problem_code)
            return None

    def read(
        self, messages: Sequence[WaitingMessage], *, service: AsyncService, session: OpenSession
    ) -> list[Reading]:
        """Read the deliveries of one page."""
        return [self._read(each, service, session) for each in messages]

    async def _own(self, session: OpenSession) -> EncryptionToken:
        credential = session.credential
        return await self._etks.own(credential.certificate, keys=credential.decryption_keys)

    def _seal(
        self,
        content: bytes,
        *,
        service: AsyncService,
        session: OpenSession,
        tokens: tuple[EncryptionToken, EncryptionToken],
    ) -> Blob:
        own, recipient = tokens
        business = new_business_content(
            content, ids=self._ids, encoding=self._settings.content_encoding
        )
        sealed = seal_known(
            KnownContent(business=business, reply_to_etk=own.encoded),
            signer=signer_of(session.credential),
            recipient=recipient,
            ids=self._ids,
            sign_content=lambda value: self._sign(value, session),
        )
        return sealed_blob(
            sealed,
            message_name=service.sent_name,
            ids=self._ids,
            encoding=self._settings.blob_encoding,
        )

    def _sign(self, business: BusinessContent, session: OpenSession) -> bytes:
        """Sign content before it is sealed (step 3)."""
        certificate = session.credential.certificate
        pending = prepare_xades(
            business_as_signed(business),
            chain=(certificate,),
            algorithm=algorithm_for(certificate.public_key),
            signed_at=self._clock.now(),
            unique=self._ids.uuid(),
        )
        return pending.finish(session.credential.sign(pending.to_be_signed))

    def _read(
        self, message: WaitingMessage, service: AsyncService, session: OpenSession
    ) -> Reading:
        detail = message.detail
        if isinstance(detail, UnreadableBlob):
            return Reading(raw=detail.raw_text.encode(), problem_code=UNREADABLE)
        if (detail.content_encryption or "").startswith(_SEALED):
            return self._open(detail, session)
        return self._verified(detail, message.xades, service)

    def _open(self, detail: Blob, session: OpenSession) -> Reading:
        """Open a seal; one that does not open, or whose own layers do not hold, has no content."""
        try:
            opened = unseal_known(detail.content, keys=session.credential.decryption_keys)
        except TheirAnswerInvalid as error:
            return Reading(raw=detail.content, problem_code=error.problem_code, was_sealed=True)
        reading = Reading(
            raw=detail.content, content=opened.known.business.content, was_sealed=True
        )

        def verify() -> None:
            for signer in (opened.sender, opened.author):
                self._believe(signer, opened.certificates)
            if opened.known.xades is not None or detail.message_name != REJECT:
                self._believe_signature(verify_business(opened.known))

        return self._judged(reading, verify)

    def _verified(self, detail: Blob, xades: bytes, service: AsyncService) -> Reading:
        """Verify the signature beside a blob, where one is wanted or came along."""
        reading = Reading(raw=detail.content, content=detail.content)
        is_wanted = service.signs_blob and detail.message_name != REJECT
        if not xades and not is_wanted:
            return reading
        return self._judged(
            reading, lambda: self._believe_signature(verify_signed_blob(detail, xades))
        )

    def _judged(self, reading: Reading, verify: Callable[[], None]) -> Reading:
        if self._settings.check is SignatureCheck.OFF:
            return reading
        try:
            verify()
        except TheirAnswerInvalid as error:
            log.warning("answer.signature", code=error.problem_code)
            is_refused = self._settings.check is SignatureCheck.ENFORCE
            content = None if is_refused else reading.content
            return replace(reading, content=content, problem_code=UNSIGNED)
        return reading

    def _believe_signature(self, signature: VerifiedXades) -> None:
        self._believe(signature.certificate, signature.chain)

    def _believe(self, signer: Certificate, helpers: Sequence[Certificate]) -> None:
        """Find a path from a signer to an anchor.

        Raises:
            CertificateUntrusted, CertificateOutOfTime: there is none.
        """
        if self._settings.signers is not None:
            self._settings.signers.verify(signer, at=self._clock.now(), intermediates=helpers)
