"""Proof of possession after RFC 9449: a token that is worth nothing without its key.

Only ES256 is known: no list of algorithms, no ``none``, no symmetric one, no key of another kind.
Everything is checked here but whether a proof was seen before, which needs a memory.
Source: RFC 9449 4.2, 4.3 and 7.1; RFC 7517, 7518 3.4 and 7638; *Local API security* 7.3.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec

from bridge.crypto.algorithms import SignatureAlgorithm, verify
from bridge.errors import DpopProofInvalid, SignatureInvalid

ALGORITHM: Final = "ES256"
MOST_SECONDS: Final = 60
"""How far the moment of a proof may be from ours, in both directions."""
_TYPE: Final = "dpop+jwt"
_COORDINATE_BYTES: Final = 32
_SIGNATURE_BYTES: Final = 64
_MOST_CHARACTERS: Final = 4096
_MOST_ID_CHARACTERS: Final = 128
_HEADER_MEMBERS: Final = {"typ", "alg", "jwk"}
_KEY_MEMBERS: Final = {"kty", "crv", "x", "y"}
_BASE64URL: Final = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, kw_only=True)
class ProvenRequest:
    """What a proof must be about.

    Attributes:
        url: Scheme, host with port, and path of the request; without query.
        token: The token it comes with.
        thumbprint: Of the key the token is bound to.
    """

    method: str
    url: str
    token: str = field(repr=False)
    thumbprint: str


@dataclass(frozen=True, kw_only=True)
class ProofId:
    """What tells one proof from another.

    Attributes:
        issued_at: Seconds since 1970, as the proof says.
    """

    jti: str
    issued_at: int


def thumbprint_of(jwk: Mapping[str, Any]) -> str:
    """Give the RFC 7638 thumbprint of a public P-256 key.

    Raises:
        DpopProofInvalid: it is none, or has a private part.
    """
    _public_key(jwk)
    text = json.dumps({name: jwk[name] for name in sorted(_KEY_MEMBERS)}, separators=(",", ":"))
    return _base64url(hashlib.sha256(text.encode()).digest())


def check_proof(proof: str, wanted: ProvenRequest, *, now: datetime) -> ProofId:
    """Check a proof and give what must not have been seen before.

    Raises:
        DpopProofInvalid: it proves nothing about this request.
    """
    signed, _, signature = proof.rpartition(".")
    header_text, dot, claims_text = signed.partition(".")
    if len(proof) > _MOST_CHARACTERS or not dot or "." in claims_text:
        raise DpopProofInvalid("no compact JWS")
    key = _header_key(_document(header_text), wanted.thumbprint)
    raw = _bytes(signature)
    if len(raw) != _SIGNATURE_BYTES:
        raise DpopProofInvalid("no ES256 signature")
    try:
        verify(key, SignatureAlgorithm.ECDSA_SHA256, signature=raw, data=signed.encode())
    except SignatureInvalid as error:
        raise DpopProofInvalid("wrong signature") from error
    return _checked_claims(_document(claims_text), wanted, now)


def _header_key(header: dict[str, Any], thumbprint: str) -> ec.EllipticCurvePublicKey:
    if header.keys() != _HEADER_MEMBERS:
        raise DpopProofInvalid("header members")
    if header["typ"] != _TYPE or header["alg"] != ALGORITHM:
        raise DpopProofInvalid("type or algorithm")
    jwk = header["jwk"]
    if not isinstance(jwk, dict) or not hmac.compare_digest(thumbprint_of(jwk), thumbprint):
        raise DpopProofInvalid("another key")
    return _public_key(jwk)


def _checked_claims(claims: dict[str, Any], wanted: ProvenRequest, now: datetime) -> ProofId:
    """Check what the proof says (RFC 9449 4.3, steps 8 to 11); unknown claims mean nothing."""
    jti, issued_at = claims.get("jti"), claims.get("iat")
    if not isinstance(jti, str) or not 0 < len(jti) <= _MOST_ID_CHARACTERS:
        raise DpopProofInvalid("jti")
    if type(issued_at) is not int or abs(now.timestamp() - issued_at) > MOST_SECONDS:
        raise DpopProofInvalid("iat")
    if claims.get("htm") != wanted.method or not _is_same(claims.get("htu"), wanted.url):
        raise DpopProofInvalid("another request")
    ath = _base64url(hashlib.sha256(wanted.token.encode()).digest())
    said = claims.get("ath")
    if not isinstance(said, str) or not hmac.compare_digest(said.encode(), ath.encode()):
        raise DpopProofInvalid("another token")
    return ProofId(jti=jti, issued_at=issued_at)


def _is_same(said: object, url: str) -> bool:
    """Compare addresses without query and fragment; scheme and host in any case of letters."""
    if not isinstance(said, str):
        return False
    try:
        parts, ours = urlsplit(said), urlsplit(url)
    except ValueError:
        return False
    return (parts.scheme, parts.netloc.lower(), parts.path) == (
        ours.scheme,
        ours.netloc.lower(),
        ours.path,
    )


def _public_key(jwk: Mapping[str, Any]) -> ec.EllipticCurvePublicKey:
    if jwk.keys() != _KEY_MEMBERS or (jwk["kty"], jwk["crv"]) != ("EC", "P-256"):
        raise DpopProofInvalid("no public P-256 key")
    coordinates = [_bytes(jwk[name]) for name in ("x", "y")]
    if any(len(coordinate) != _COORDINATE_BYTES for coordinate in coordinates):
        raise DpopProofInvalid("coordinates")
    point = b"\x04" + b"".join(coordinates)
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError as error:
        raise DpopProofInvalid("not on the curve") from error


def _document(text: str) -> dict[str, Any]:
    try:
        document = json.loads(_bytes(text), object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise DpopProofInvalid("no JSON") from error
    if not isinstance(document, dict):
        raise DpopProofInvalid("no JSON object")
    return document


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError("a member twice")
    return dict(pairs)


def _bytes(text: object) -> bytes:
    """Read base64url without padding, in its one spelling."""
    if not isinstance(text, str) or not _BASE64URL.fullmatch(text):
        raise DpopProofInvalid("no base64url")
    try:
        content = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as error:
        raise DpopProofInvalid("no base64url") from error
    if _base64url(content) != text:
        raise DpopProofInvalid("another spelling")
    return content


def _base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
