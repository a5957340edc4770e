"""How a layer of a CMS message is signed, and which signatures of others are believed.

Source: *MyCareNet transport* 8.3, RFC 4055, RFC 5754.
"""

from __future__ import annotations

from enum import Enum
from typing import Any, Final

from asn1crypto import algos, core  # type: ignore[import-untyped]  # publishes no types
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes

from bridge.crypto.algorithms import FEWEST_RSA_BITS
from bridge.crypto.cms.reading import structure
from bridge.errors import OurMessageInvalid, SignatureInvalid

SALT_BYTES: Final = 32
"""Salt of the signatures we make: as long as the hash."""

_HASHES: Final[dict[str, hashes.HashAlgorithm]] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
_FEWEST_SALT_BYTES: Final = 20
_CURVES: Final = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)


class Scheme(Enum):
    """How a key signs; always with SHA-256."""

    RSA_PSS = "rsassa_pss"
    """Of an eHealth certificate."""

    RSA_PKCS1 = "sha256_rsa"
    """Of an eID with an RSA key."""

    ECDSA = "sha256_ecdsa"
    """Of an eID with an EC key; the value is DER."""


def scheme_of_ehealth(public_key: PublicKeyTypes) -> Scheme:
    """Tell how the key of an eHealth certificate signs a layer of a seal (*transport* 8.3)."""
    return Scheme.RSA_PSS if isinstance(public_key, rsa.RSAPublicKey) else Scheme.ECDSA


def sign(key: PrivateKeyTypes, scheme: Scheme, data: bytes) -> bytes:
    """Sign ``data`` with a key in memory; the hash is made inside.

    Raises:
        OurMessageInvalid: the key does not fit the scheme.
    """
    if isinstance(key, rsa.RSAPrivateKey) and scheme is Scheme.RSA_PSS:
        return key.sign(data, _pss(hashes.SHA256(), SALT_BYTES), hashes.SHA256())
    if isinstance(key, rsa.RSAPrivateKey) and scheme is Scheme.RSA_PKCS1:
        return key.sign(data, padding.PKCS1v15(), hashes.SHA256())
    if isinstance(key, ec.EllipticCurvePrivateKey) and scheme is Scheme.ECDSA:
        return key.sign(data, ec.ECDSA(hashes.SHA256()))
    raise OurMessageInvalid("key does not fit the scheme")


def identifier_of(scheme: Scheme) -> Any:
    """Write the signature algorithm of a scheme."""
    if scheme is Scheme.RSA_PSS:
        hashed = {"algorithm": "sha256", "parameters": core.Null()}
        parameters = {
            "hash_algorithm": hashed,
            "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": hashed},
            "salt_length": SALT_BYTES,
        }
        return algos.SignedDigestAlgorithm({"algorithm": scheme.value, "parameters": parameters})
    if scheme is Scheme.RSA_PKCS1:
        parts = {"algorithm": scheme.value, "parameters": core.Null()}
        return algos.SignedDigestAlgorithm(parts)
    return algos.SignedDigestAlgorithm({"algorithm": scheme.value})


def hash_named(name: str) -> hashes.HashAlgorithm:
    """Give the hash of a digest algorithm.

    Raises:
        SignatureInvalid: one that is not believed, such as SHA-1.
    """
    if name not in _HASHES:
        raise SignatureInvalid("hash is not accepted")
    return _HASHES[name]


def verify(
    public_key: PublicKeyTypes,
    *,
    digest: hashes.HashAlgorithm,
    identifier: Any,
    signature: bytes,
    data: bytes,
) -> None:
    """Verify a signature over ``data``.

    Args:
        public_key: Of the signer.
        digest: The signer's digest algorithm; the signature must use the same.
        identifier: Signature algorithm as it stands in the message.
        signature: The value.
        data: What is signed.

    Raises:
        SignatureInvalid: wrong value, an algorithm that is not believed, or a key that is too weak.
        TheirAnswerInvalid: the algorithm cannot be read.
    """
    with structure():
        name = identifier["algorithm"].native
        implied = _implied_hash(name)
        scheme = identifier["parameters"] if name == "rsassa_pss" else None
        padded = padding.PKCS1v15() if scheme is None else _pss_named(scheme, digest)
    if implied is not None and implied != digest.name:
        raise SignatureInvalid("two different hashes")
    try:
        if isinstance(public_key, rsa.RSAPublicKey) and name in _RSA_NAMES:
            _refuse_short(public_key)
            public_key.verify(signature, data, padded, digest)
        elif isinstance(public_key, ec.EllipticCurvePublicKey) and name in _EC_NAMES:
            _refuse_curve(public_key)
            public_key.verify(signature, data, ec.ECDSA(digest))
        else:
            raise SignatureInvalid("key does not fit the algorithm")
    except (InvalidSignature, UnsupportedAlgorithm, ValueError) as error:
        raise SignatureInvalid("wrong signature value") from error


_RSA_NAMES: Final = frozenset(
    {"rsassa_pss", "rsassa_pkcs1v15", "sha256_rsa", "sha384_rsa", "sha512_rsa"}
)
_EC_NAMES: Final = frozenset({"sha256_ecdsa", "sha384_ecdsa", "sha512_ecdsa"})


def _implied_hash(name: str) -> str | None:
    """Give the hash that the name of a signature algorithm contains; some contain none."""
    return name.partition("_")[0] if name.startswith("sha") else None


def _pss_named(parameters: Any, digest: hashes.HashAlgorithm) -> padding.PSS:
    mask = parameters["mask_gen_algorithm"]
    named = {
        parameters["hash_algorithm"]["algorithm"].native,
        mask["parameters"]["algorithm"].native,
    }
    salt = parameters["salt_length"].native
    if named != {digest.name} or mask["algorithm"].native != "mgf1":
        raise SignatureInvalid("two different hashes")
    if not _FEWEST_SALT_BYTES <= salt <= digest.digest_size:
        raise SignatureInvalid("salt of another length")
    return _pss(digest, salt)


def _pss(digest: hashes.HashAlgorithm, salt: int) -> padding.PSS:
    return padding.PSS(mgf=padding.MGF1(digest), salt_length=salt)


def _refuse_short(key: rsa.RSAPublicKey) -> None:
    if key.key_size < FEWEST_RSA_BITS:
        raise SignatureInvalid("RSA key is too short")


def _refuse_curve(key: ec.EllipticCurvePublicKey) -> None:
    if not isinstance(key.curve, _CURVES):
        raise SignatureInvalid("curve is not accepted")
