"""Signature algorithms: which key signs how, and how the value is written.

XML signatures write an ECDSA value as raw ``r || s``, each as long as the curve's field; DER is
refused on the way in.
Source: *STS session* 8 and 8.1, *Library choices* 2.3 and 2.4.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

from bridge.errors import CardUnsupported, OurMessageInvalid, SignatureInvalid

FEWEST_RSA_BITS: Final = 2048
"""Shorter RSA keys are refused in both directions; the last cards with 1024 bits have expired."""

_CURVES: Final = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)


class SignatureAlgorithm(Enum):
    """What can stand in a ``ds:SignatureMethod``; the value is its URI (*STS session* 8)."""

    RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
    ECDSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
    ECDSA_SHA384 = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384"
    RSA_SHA1 = "http://www.w3.org/2000/09/xmldsig#rsa-sha1"


CURRENT_ALGORITHMS: Final = frozenset(
    {SignatureAlgorithm.RSA_SHA256, SignatureAlgorithm.ECDSA_SHA256},
)
"""What we send, and accept unless a profile says more."""

_HASHES: Final[dict[SignatureAlgorithm, hashes.HashAlgorithm]] = {
    SignatureAlgorithm.RSA_SHA256: hashes.SHA256(),
    SignatureAlgorithm.ECDSA_SHA256: hashes.SHA256(),
    SignatureAlgorithm.ECDSA_SHA384: hashes.SHA384(),
    SignatureAlgorithm.RSA_SHA1: hashes.SHA1(),  # noqa: S303  # only verifies old assertions
}
_RSA: Final = frozenset({SignatureAlgorithm.RSA_SHA256, SignatureAlgorithm.RSA_SHA1})


def algorithm_for(public_key: PublicKeyTypes) -> SignatureAlgorithm:
    """Choose the algorithm a key signs with: SHA-256 always, also for P-384 (*STS session* 8).

    Raises:
        CardUnsupported: neither RSA of 2048 bits or more nor a NIST curve.
    """
    if isinstance(public_key, rsa.RSAPublicKey) and public_key.key_size >= FEWEST_RSA_BITS:
        return SignatureAlgorithm.RSA_SHA256
    if isinstance(public_key, ec.EllipticCurvePublicKey) and _is_known(public_key.curve):
        return SignatureAlgorithm.ECDSA_SHA256
    raise CardUnsupported("key cannot sign our messages")


def hash_for(algorithm: SignatureAlgorithm) -> hashes.HashAlgorithm:
    """Give the hash an algorithm starts with."""
    return _HASHES[algorithm]


def sign(private_key: PrivateKeyTypes, algorithm: SignatureAlgorithm, data: bytes) -> bytes:
    """Sign ``data`` with a key in memory; the hash is made inside.

    Returns:
        PKCS#1 v1.5 for RSA, raw ``r || s`` for EC.

    Raises:
        OurMessageInvalid: the key does not fit the algorithm, or the algorithm is SHA-1.
    """
    if algorithm is SignatureAlgorithm.RSA_SHA1:
        raise OurMessageInvalid("we never sign with SHA-1")
    if isinstance(private_key, rsa.RSAPrivateKey) and algorithm in _RSA:
        return private_key.sign(data, padding.PKCS1v15(), hash_for(algorithm))
    if isinstance(private_key, ec.EllipticCurvePrivateKey) and algorithm not in _RSA:
        der = private_key.sign(data, ec.ECDSA(hash_for(algorithm)))
        return raw_from_der(der, coordinate_size=_coordinate_size(private_key.curve))
    raise OurMessageInvalid("key does not fit the algorithm")


def verify(
    public_key: PublicKeyTypes,
    algorithm: SignatureAlgorithm,
    *,
    signature: bytes,
    data: bytes,
) -> None:
    """Verify a signature over ``data``; the hash is made inside.

    Raises:
        SignatureInvalid: wrong value, wrong form (DER instead of raw ``r || s``), a key that does
            not fit the algorithm, or one that is too weak.
    """
    try:
        if isinstance(public_key, rsa.RSAPublicKey) and algorithm in _RSA:
            _refuse_short(public_key)
            public_key.verify(signature, data, padding.PKCS1v15(), hash_for(algorithm))
        elif isinstance(public_key, ec.EllipticCurvePublicKey) and algorithm not in _RSA:
            _verify_raw(public_key, algorithm, signature=signature, data=data)
        else:
            raise SignatureInvalid("key does not fit the algorithm")
    except (InvalidSignature, UnsupportedAlgorithm) as error:
        raise SignatureInvalid("wrong signature value") from error


def raw_from_der(signature: bytes, *, coordinate_size: int) -> bytes:
    """Rewrite an ECDSA value from DER to ``r || s``.

    Args:
        signature: DER, as ``cryptography`` gives it.
        coordinate_size: Bytes of each of the two numbers, 48 for P-384.

    Raises:
        SignatureInvalid: not DER, or a number that does not fit.
    """
    try:
        r, s = decode_dss_signature(signature)
        return r.to_bytes(coordinate_size) + s.to_bytes(coordinate_size)
    except (ValueError, OverflowError) as error:
        raise SignatureInvalid("no ECDSA value in DER") from error


def der_from_raw(signature: bytes) -> bytes:
    """Rewrite an ECDSA value from ``r || s`` to DER.

    Raises:
        SignatureInvalid: empty, or of odd length.
    """
    half, rest = divmod(len(signature), 2)
    if half == 0 or rest:
        raise SignatureInvalid("raw ECDSA value of odd length")
    return encode_dss_signature(
        int.from_bytes(signature[:half]),
        int.from_bytes(signature[half:]),
    )


def _verify_raw(
    public_key: ec.EllipticCurvePublicKey,
    algorithm: SignatureAlgorithm,
    *,
    signature: bytes,
    data: bytes,
) -> None:
    if not _is_known(public_key.curve):
        raise SignatureInvalid("curve is not accepted")
    if len(signature) != 2 * _coordinate_size(public_key.curve):
        raise SignatureInvalid("ECDSA value is not raw r and s")
    public_key.verify(der_from_raw(signature), data, ec.ECDSA(hash_for(algorithm)))


def _is_known(curve: ec.EllipticCurve) -> bool:
    return isinstance(curve, _CURVES)


def _coordinate_size(curve: ec.EllipticCurve) -> int:
    return (curve.key_size + 7) // 8


def _refuse_short(public_key: rsa.RSAPublicKey) -> None:
    if public_key.key_size < FEWEST_RSA_BITS:
        raise SignatureInvalid("RSA key is too short")
