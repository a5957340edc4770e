"""From files of a card to a holder who can be believed (*Belgian eID card* 5, 9 and 10)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bridge.crypto.certificates import Certificate
from bridge.domain.cards import CardHolder
from bridge.eid import register
from bridge.eid.files import CardFiles, EidFile
from bridge.eid.identity import read_holder
from bridge.eid.trust import BelgianRoots
from bridge.errors import CardDataInvalid, CardError, CardWithoutCertificate, CertificateUntrusted


@dataclass(frozen=True, kw_only=True)
class CardChain:
    """The certificates of the authentication key, as far as the card has them."""

    leaf: Certificate | None
    authority: Certificate | None
    root: Certificate | None

    @classmethod
    def of(cls, files: CardFiles) -> CardChain:
        """Read the certificates.

        Raises:
            CardError: one of them cannot be read.
        """
        return cls(
            leaf=certificate(files.get(EidFile.AUTHENTICATION_CERTIFICATE)),
            authority=certificate(files.get(EidFile.CITIZEN_CA)),
            root=certificate(files.get(EidFile.ROOT_CA)),
        )

    def verify(self, roots: BelgianRoots, *, at: datetime) -> Certificate:
        """Give the authentication certificate after its chain was verified.

        Raises:
            CardWithoutCertificate: there is none.
            CardExpired, CardUntrusted: about the chain.
        """
        if self.leaf is None:
            raise CardWithoutCertificate
        roots.verify(self.leaf, authority=self.authority, root=self.root, at=at)
        return self.leaf


def certificate(content: bytes | None) -> Certificate | None:
    """Read a certificate file; ``None`` for one that is absent or holds nothing but zeros.

    Raises:
        CardError: the file holds something else.
    """
    if content is None or not content.strip(b"\0"):
        return None
    try:
        return Certificate.parse(content)
    except CertificateUntrusted as error:
        raise CardError("a certificate of the card cannot be read") from error


def verified_holder(
    files: CardFiles,
    *,
    roots: BelgianRoots,
    at: datetime,
    has_address: bool = False,
) -> CardHolder:
    """Give the holder after every signature over what is given was verified.

    The holder's own certificate is judged where there is one, but not its time: the identity of
    somebody whose certificate has expired is still hers.
    The Register's certificate is judged within its own time: what it signed then stays true for
    as long as the card lives.

    Args:
        files: ``IDENTITY_FILES`` or ``ADDRESS_FILES``.
        roots: Who is trusted.
        at: Aware moment of the judgement.
        has_address: Read and verify the address too.

    Raises:
        CardDataInvalid: a file is missing, a signature does not hold, or two numbers differ.
        CardUntrusted: the National Register's certificate leads to no trusted root.
    """
    identity = _needed(files, EidFile.IDENTITY)
    signature = _needed(files, EidFile.IDENTITY_SIGNATURE)
    signer = certificate(files.get(EidFile.REGISTER_CERTIFICATE))
    if signer is None:
        raise CardDataInvalid("no certificate of the Register")
    chain = CardChain.of(files)
    signed_by = min(at, signer.not_after)
    roots.verify(signer, authority=None, root=chain.root, at=signed_by)
    register.verify_identity(identity, signature, signer)
    address = _needed(files, EidFile.ADDRESS) if has_address else None
    if address is not None:
        over_address = _needed(files, EidFile.ADDRESS_SIGNATURE)
        register.verify_address(address, over_address, signature, signer)
    holder = read_holder(identity, address)
    if chain.leaf is not None and chain.leaf.identity.niss != holder.niss.digits:
        raise CardDataInvalid("certificate and identity file name two people")
    return holder


def _needed(files: CardFiles, file: EidFile) -> bytes:
    content = files.get(file)
    if content is None:
        raise CardDataInvalid("a file of the card is missing")
    return content
