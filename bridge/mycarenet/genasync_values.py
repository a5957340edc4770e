"""What travels through GenAsync: posts, receipts, answers and confirmations.

Source: *MyCareNet transport* 1.4, 2.3 to 2.6.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from bridge.codecs.blob import Encoding
from bridge.mycarenet.common import CommonInput, Origin

TACK_SUCCESS: Final = "urn:nip:tack:result:major:success"
TACK_FAILURE: Final = "urn:nip:tack:result:major:failure"
REFERENCE_PREFIX: Final = "urn:nip:reference:input:"
ISSUER_PREFIX: Final = "urn:nip:issuer:io:"
DESTINATION_PREFIX: Final = "urn:nip:destination:io:"


@dataclass(frozen=True, kw_only=True)
class Blob:
    """A ``t:Blob``: content with its attributes.

    Attributes:
        content: Decoded and inflated bytes.
        content_type: Such as ``text/xml``.
        message_name: Such as ``MDA``; empty when an answer leaves it out.
        encoding: How the content was, or is to be, written.
        id: As received; some unions send what is no NCName.
        content_encryption: Such as ``encryptedForKnownBED``.
        hash_value: As received; never sent by clients.
        reference: The platform's own reference of an answer.
        issuer: As received.
    """

    content: bytes = field(repr=False)
    content_type: str
    message_name: str
    encoding: Encoding = Encoding.NONE
    id: str | None = None
    content_encryption: str | None = None
    hash_value: str | None = None
    reference: str | None = None
    issuer: str | None = None


@dataclass(frozen=True, kw_only=True)
class Post:
    """A message to one union.

    Attributes:
        common: Sender and reference.
        detail: What is sent.
        xades: Serialised ``ds:Signature`` over the blob; ``None`` when the service wants none.
    """

    common: CommonInput
    detail: Blob
    xades: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True)
class Tack:
    """A technical acknowledgement.

    Attributes:
        value: The HMAC, raw bytes.
        issuer: Such as ``urn:nip:issuer:io:300``.
        applies_to: ``urn:nip:reference:input:`` and the InputReference.
        result_major: Success or failure.
        result_minor: A warning beside success, the cause beside failure.
        result_message: Free text.
    """

    value: bytes = field(repr=False)
    issuer: str
    applies_to: str
    result_major: str
    result_minor: str | None = None
    result_message: str | None = None
    id: str | None = None
    reference: str | None = None

    @property
    def is_success(self) -> bool:
        """Whether the message was taken over."""
        return self.result_major == TACK_SUCCESS

    @property
    def input_reference(self) -> str:
        """The reference of the message it is about."""
        return self.applies_to.removeprefix(REFERENCE_PREFIX)


@dataclass(frozen=True, kw_only=True)
class Query:
    """A request for what is waiting.

    Attributes:
        origin: For whom.
        message_names: Only these; empty for all.
        most_messages: Most business answers; ``None`` leaves it to the platform (100).
        most_tacks: Most receipts; likewise.
        include_messages: Whether business answers are wanted.
        include_tacks: Whether receipts are wanted.
        include_ios: Only from these unions; empty for all.
        exclude_ios: Not from these unions.
        reply_to_etk: Token answers may be sealed for.
    """

    origin: Origin
    message_names: tuple[str, ...] = ()
    most_messages: int | None = None
    most_tacks: int | None = None
    include_messages: bool = True
    include_tacks: bool = True
    include_ios: tuple[str, ...] = ()
    exclude_ios: tuple[str, ...] = ()
    reply_to_etk: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True)
class UnreadableBlob:
    """A blob that could not be decoded, with what is known of it.

    Attributes:
        why: Developer's words without content.
        hash_value: As received.
    """

    why: str
    message_name: str
    hash_value: str | None
    reference: str | None
    raw_text: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class WaitingMessage:
    """One business answer that waits.

    Attributes:
        input_reference: Reference of the message it answers, when it says so.
        output_reference: The platform's reference.
        xades: Serialised signature over the blob; empty when none is given.
    """

    input_reference: str | None
    nip_reference: str | None
    output_reference: str | None
    detail: Blob | UnreadableBlob
    xades: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, kw_only=True)
class WaitingTack:
    """One receipt that waits."""

    tack: Tack
    xades: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """The answer to a query.

    Attributes:
        message_count: ``MsgCount`` as received; believed to be the number waiting.
        tack_count: ``TAckCount`` as received.
    """

    messages: tuple[WaitingMessage, ...] = ()
    tacks: tuple[WaitingTack, ...] = ()
    message_count: int = 0
    tack_count: int = 0


@dataclass(frozen=True, kw_only=True)
class Confirmation:
    """What was stored and need not be delivered again.

    Attributes:
        message_hashes: Decoded ``HashValue`` of messages, as base64 text.
        message_references: ``Reference`` of messages.
        tack_contents: Values of receipts, raw.
        tack_references: References of receipts.
    """

    origin: Origin
    message_hashes: tuple[str, ...] = ()
    message_references: tuple[str, ...] = ()
    tack_contents: tuple[bytes, ...] = field(default=(), repr=False)
    tack_references: tuple[str, ...] = ()
