"""The seal of the eHealth end-to-end encryption: three layers around a message.

Outside the sender signs, in the middle only the recipient can read, inside the author signs.
Source: *MyCareNet transport* 8.3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from bridge.crypto.certificates import Certificate
from bridge.crypto.cms.enveloped import DecryptionKey, open_enveloped, write_enveloped
from bridge.crypto.cms.schemes import Scheme
from bridge.crypto.cms.signed import (
    CmsSigner,
    PendingSigned,
    SignedMessage,
    prepare_signed,
    write_signed,
)
from bridge.domain.ids import IdSource
from bridge.errors import SealUnreadable, SignatureInvalid, TheirAnswerInvalid


@dataclass(frozen=True, kw_only=True)
class Unsealed:
    """What a seal held, both signatures verified; whether to trust the signers is another question.

    Attributes:
        content: What the author signed.
        sender: Who signed outside.
        author: Who signed inside, mostly the same.
        certificates: All that came along, not trusted, to build chains with.
    """

    content: bytes = field(repr=False)
    sender: Certificate
    author: Certificate
    certificates: tuple[Certificate, ...] = field(repr=False)


def seal(
    content: bytes,
    *,
    signer: CmsSigner,
    recipients: Sequence[Certificate],
    ids: IdSource,
    author: CmsSigner | None = None,
) -> bytes:
    """Seal a message.

    Args:
        content: The message.
        signer: Who signs outside, and inside unless there is another author.
        recipients: Encryption certificates of those who may read it.
        ids: Source of the content key.
        author: Who signs inside, such as an eID; its certificate is then put inside.

    Raises:
        OurMessageInvalid: no recipient, or a certificate that is not for encryption.
        SignatureInvalid: a key does not belong to its certificate.
    """
    writer = author or signer
    is_other = writer.certificate != signer.certificate
    inner = write_signed(content, signer=writer, has_certificate=is_other)
    return seal_signed(inner, signer=signer, recipients=recipients, ids=ids)


def prepare_author(content: bytes, *, certificate: Certificate, scheme: Scheme) -> PendingSigned:
    """Begin the inner layer of an author whose key must be waited for, such as that of a card.

    What ``finish`` gives goes to ``seal_signed``.
    """
    return prepare_signed(content, certificate=certificate, scheme=scheme, has_certificate=True)


def seal_signed(
    inner: bytes,
    *,
    signer: CmsSigner,
    recipients: Sequence[Certificate],
    ids: IdSource,
) -> bytes:
    """Put the two outer layers around an inner one, see ``seal``.

    Raises:
        OurMessageInvalid, SignatureInvalid: as ``seal``.
    """
    enveloped = write_enveloped(inner, recipients=recipients, ids=ids)
    return write_signed(enveloped, signer=signer, has_certificate=True)


def unseal(sealed: bytes, *, keys: Sequence[DecryptionKey]) -> Unsealed:
    """Verify the outer signature, decrypt, verify the inner signature.

    Nothing is decrypted before the outer signature holds.

    Args:
        sealed: DER, or BER with indefinite lengths.
        keys: All keys of the recipient, older ones too.

    Raises:
        SignatureInvalid: the outer signature does not hold.
        SealForAnotherKey: it is sealed for a key we do not have.
        SealUnreadable: it cannot be opened, or the inner signature does not hold; which of the
            two is not told.
        TheirAnswerInvalid: it is no sealed message.
    """
    outer = SignedMessage.read(sealed)
    sender = outer.verify()
    opened = open_enveloped(outer.content, keys)
    try:
        inner = SignedMessage.read(opened)
        author = inner.verify([sender])
    except (SignatureInvalid, TheirAnswerInvalid):
        # The cause stays unsaid: what was decrypted with a wrong key ends here as well.
        raise SealUnreadable from None
    return Unsealed(
        content=inner.content,
        sender=sender,
        author=author,
        certificates=(*outer.certificates, *inner.certificates),
    )
