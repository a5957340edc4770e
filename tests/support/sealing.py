"""Keys for seals, layers made and judged by the ``openssl`` command, and BER as others write it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from bridge.crypto.certificates import Certificate
from bridge.crypto.cms import schemes
from bridge.crypto.cms.enveloped import RsaDecryptionKey
from bridge.crypto.cms.schemes import Scheme
from bridge.crypto.cms.signed import CmsSigner, write_signed
from tests.support import pki

CONTENT: Final = b"<EncryptedKnownContent>fictitious</EncryptedKnownContent>" * 40
"""Longer than a chunk, no multiple of a block."""

AUTHORITY_CBE: Final = "0809394427"

_DATA: Final = bytes.fromhex("06092a864886f70d010701")
_CHUNK: Final = 1000


def signer(credential: pki.Credential, scheme: Scheme = Scheme.RSA_PSS) -> CmsSigner:
    return CmsSigner(
        certificate=credential.certificate,
        scheme=scheme,
        sign=lambda data: schemes.sign(credential.key, scheme, data),
    )


@cache
def encryption(identifier: str = f"SSIN={pki.NISS}", *, name: str = "current") -> pki.Credential:
    """Give an encryption key whose certificate its owner issued itself."""
    return issue_encryption(pki.ehealth(identifier=identifier), name=name)


def issue_encryption(
    owner: pki.Credential,
    *,
    name: str = "current",
    subject: x509.Name | None = None,
    key: pki.PrivateKey | None = None,
    usage: str = "key_encipherment",
    days: tuple[int, int] = (-30, 365),
) -> pki.Credential:
    names = (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
        "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
    )  # fmt: skip
    own = key or pki.key("rsa", f"encryption {owner.certificate.subject} {name}")
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject or owner.certificate.x509.subject)
        .issuer_name(owner.certificate.x509.subject)
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(pki.NOW + days[0] * pki._DAY)
        .not_valid_after(pki.NOW + days[1] * pki._DAY)
        .add_extension(x509.KeyUsage(**{each: each == usage for each in names}), critical=True)
        .sign(owner.key, hashes.SHA256())
    )
    return pki.Credential(own, Certificate.from_x509(certificate))


def decryption(credential: pki.Credential) -> RsaDecryptionKey:
    return RsaDecryptionKey(key=credential.key, certificate=credential.certificate)


# -- tokens --------------------------------------------------------------------------------------


@cache
def authority() -> pki.Credential:
    """Give the registration authority, issued by the root as everybody else."""
    subject = pki.ehealth_name(f"CBE={AUTHORITY_CBE}", application="ETK-RA", holder="PLATFORM")
    return pki.issue(subject, pki.key("rsa", "registration authority"), issuer=pki.root())


def token(
    *,
    owner: pki.Credential | None = None,
    encrypted: pki.Credential | None = None,
    signed_by: pki.Credential | None = None,
    scheme: Scheme = Scheme.RSA_PKCS1,
    content: bytes | None = None,
    certificates: Sequence[Certificate] | None = None,
) -> bytes:
    """Write a token by hand: signed data with several certificates."""
    vouching = signed_by or authority()
    inside = (encrypted or encryption()).certificate.der if content is None else content
    signed = write_signed(inside, signer=signer(vouching, scheme), has_certificate=True)
    both = [vouching.certificate, (owner or pki.ehealth()).certificate]
    listed = b"".join(each.der for each in (both if certificates is None else certificates))
    return with_certificates(signed, listed, count=1)


# -- the command line ----------------------------------------------------------------------------


class OpensslRefused(Exception):
    """The program ended with an error."""


def openssl(*arguments: str) -> None:
    done = subprocess.run(["openssl", *arguments], capture_output=True, check=False, timeout=8)
    if done.returncode:
        raise OpensslRefused(done.stderr.decode())


class Bench:
    """A folder in which the program works."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def sign(
        self,
        content: bytes,
        who: pki.Credential,
        *options: str,
        is_pss: bool = True,
        hashed: str = "sha256",
    ) -> bytes:
        pss = ["-keyopt", "rsa_padding_mode:pss", "-keyopt", "rsa_pss_saltlen:32"] if is_pss else []
        return self._run(
            "-sign", "-binary", "-nodetach", "-md", hashed, *options,
            *("-signer", self._pem(who), "-inkey", self._key(who)), *pss, content=content,
        )  # fmt: skip

    def encrypt(
        self,
        content: bytes,
        recipient: pki.Credential,
        *,
        cipher: str = "-aes-128-cbc",
        options: Sequence[str] = (),
    ) -> bytes:
        to = ("-recip", self._pem(recipient), *options)
        return self._run("-encrypt", "-binary", cipher, *to, content=content)

    def verify(self, signed: bytes, *known: pki.Credential) -> bytes:
        """Verify the signature of a layer, whoever the signer is."""
        certfile = [part for each in known for part in ("-certfile", self._pem(each))]
        return self._run("-verify", "-binary", "-noverify", *certfile, content=signed)

    def decrypt(self, enveloped: bytes, who: pki.Credential) -> bytes:
        recipient = ("-recip", self._pem(who), "-inkey", self._key(who))
        return self._run("-decrypt", "-binary", *recipient, content=enveloped)

    def structure(self, layer: bytes) -> str:
        """Give the names and values of a layer as the program prints them."""
        self._file("in", layer)
        printed = ["-inform", "DER", "-in", str(self._folder / "in")]
        done = subprocess.run(
            ["openssl", "cms", "-cmsout", "-print", "-noout", *printed],
            capture_output=True,
            check=True,
            timeout=8,
        )
        return done.stdout.decode()

    def _run(self, *arguments: str, content: bytes) -> bytes:
        out = self._folder / "out"
        out.unlink(missing_ok=True)
        form = "-inform" if arguments[0] in {"-verify", "-decrypt"} else "-outform"
        place = ("-in", self._file("in", content), "-out", str(out))
        openssl("cms", arguments[0], form, "DER", *place, *arguments[1:])
        return out.read_bytes()

    def _pem(self, who: pki.Credential) -> str:
        return self._file(f"{who.certificate.fingerprint}.pem", who.certificate_pem)

    def _key(self, who: pki.Credential) -> str:
        return self._file(f"{who.certificate.fingerprint}.key", who.key_pem)

    def _file(self, name: str, content: bytes) -> str:
        path = self._folder / name
        path.write_bytes(content)
        return str(path)


# -- BER -----------------------------------------------------------------------------------------


def to_ber(der: bytes) -> bytes:
    """Rewrite one CMS layer with indefinite lengths and its content in chunks.

    Certificates, recipients and signers stay as they are, as streaming writers leave them.
    """
    (identifier, tagged) = list(_parts(_inside(der)))
    (message,) = list(_parts(_inside(tagged)))
    rewritten = b"".join(
        _content_info(part) if _DATA in part[:20] and part[0] == 0x30 else part
        for part in _parts(_inside(message))
    )
    return _open(0x30, identifier + _open(0xA0, _open(0x30, rewritten)))


def _content_info(part: bytes) -> bytes:
    *before, content = _parts(_inside(part))
    if content[0] == 0xA0:  # explicit around an octet string
        (octets,) = _parts(_inside(content))
        chunked = _open(0xA0, _open(0x24, _chunks(_inside(octets))))
    else:
        chunked = _open(0xA0, _chunks(_inside(content)))
    return _open(0x30, b"".join(before) + chunked)


def _chunks(octets: bytes) -> bytes:
    return b"".join(
        tlv(0x04, octets[start : start + _CHUNK]) for start in range(0, len(octets), _CHUNK)
    )


def _open(tag: int, content: bytes) -> bytes:
    return bytes([tag, 0x80]) + content + b"\0\0"


def tlv(tag: int, content: bytes) -> bytes:
    """Write one element in DER."""
    length = len(content)
    if length < 0x80:
        return bytes([tag, length]) + content
    octets = length.to_bytes((length.bit_length() + 7) // 8)
    return bytes([tag, 0x80 | len(octets)]) + octets + content


def _header(der: bytes) -> tuple[int, int]:
    """Give the lengths of header and content of a DER element."""
    if der[1] < 0x80:
        return 2, der[1]
    count = der[1] & 0x7F
    return 2 + count, int.from_bytes(der[2 : 2 + count])


def _inside(der: bytes) -> bytes:
    start, length = _header(der)
    return der[start : start + length]


def _parts(content: bytes) -> Iterator[bytes]:
    while content:
        start, length = _header(content)
        yield content[: start + length]
        content = content[start + length :]


def signed_attributes(signed: bytes) -> bytes:
    """Give the signed attributes of the one signer, as the set that is signed."""
    attributes = next(part for part in _signer_parts(signed) if part[0] == 0xA0)
    return b"\x31" + attributes[1:]


def without_attributes(signed: bytes, *, content: bytes) -> bytes:
    """Put another content into signed data, and leave the signed attributes out."""
    (identifier, tagged) = list(_parts(_inside(signed)))
    (message,) = list(_parts(_inside(tagged)))
    *before, _ = _parts(_inside(message))
    kept = [part for part in _signer_parts(signed) if part[0] != 0xA0]
    info = tlv(0x30, _DATA + tlv(0xA0, tlv(0x04, content)))
    others = [info if _DATA in part[:20] and part[0] == 0x30 else part for part in before]
    changed = tlv(0x30, b"".join(others) + tlv(0x31, tlv(0x30, b"".join(kept))))
    return tlv(0x30, identifier + tlv(0xA0, changed))


def _signer_parts(signed: bytes) -> list[bytes]:
    (_, tagged) = list(_parts(_inside(signed)))
    (message,) = list(_parts(_inside(tagged)))
    *_, signers = _parts(_inside(message))
    (one,) = list(_parts(_inside(signers)))
    return list(_parts(_inside(one)))


def with_unsigned(signed: bytes, attribute: bytes) -> bytes:
    """Add an unsigned attribute to the one signer."""
    signer_info = tlv(0x30, b"".join(_signer_parts(signed)) + tlv(0xA1, attribute))
    return _rebuilt(signed, signers=tlv(0x31, signer_info))


def with_signer_twice(signed: bytes) -> bytes:
    return _rebuilt(signed, signers=tlv(0x31, tlv(0x30, b"".join(_signer_parts(signed))) * 2))


def with_certificates(signed: bytes, certificate: bytes, *, count: int) -> bytes:
    return _rebuilt(signed, certificates=tlv(0xA0, certificate * count))


def _rebuilt(
    signed: bytes, *, signers: bytes | None = None, certificates: bytes | None = None
) -> bytes:
    (identifier, tagged) = list(_parts(_inside(signed)))
    (message,) = list(_parts(_inside(tagged)))
    *before, last = _parts(_inside(message))
    if certificates is not None:
        before = [certificates if part[0] == 0xA0 else part for part in before]
    changed = tlv(0x30, b"".join(before) + (signers or last))
    return tlv(0x30, identifier + tlv(0xA0, changed))
