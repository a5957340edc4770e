"""Signed lists about software: the vendor directory, and what an administrator prepared.

A list decides how a request to be connected is shown, never that it is granted (7.1, 7.2).
The file is JSON with ``payload``, the list as text, and ``signature``, Ed25519 over a fixed first
line and that text; so what is signed is exactly what is read.
Source: *Local API security* 7.1 and 7.2, step 6; PAIR-11. The form of the file is [convention].
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from bridge.errors import SignatureInvalid

PREFIX: Final = b"carebridge-signed-list-1\n"
_KEY_BYTES: Final = 32
_MOST_BYTES: Final = 1_000_000


def open_list(content: bytes, keys: Sequence[str], *, now: datetime) -> dict[str, Any]:
    """Give the list of a file, once one of the keys has signed it and its time is not over.

    Args:
        content: The file.
        keys: Ed25519 public keys, base64, 32 bytes each.
        now: Aware moment.

    Raises:
        SignatureInvalid: it is no list, is signed by nobody known, or its time is over.
    """
    envelope = _object(content)
    payload, signature = envelope.get("payload"), envelope.get("signature")
    if not isinstance(payload, str) or not isinstance(signature, str):
        raise SignatureInvalid("no signed list")
    signed, value = PREFIX + payload.encode("utf-8", "surrogatepass"), _bytes(signature)
    if not any(_is_by(key, signed, value) for key in keys):
        raise SignatureInvalid("signed by nobody known")
    document = _object(payload.encode("utf-8", "surrogatepass"))
    try:
        ends_at = datetime.fromisoformat(document["expires_at"])
        is_over = now >= ends_at
    except (KeyError, TypeError, ValueError) as error:
        raise SignatureInvalid("no end") from error
    if is_over:
        raise SignatureInvalid("its time is over")
    return document


def _is_by(key: str, signed: bytes, value: bytes) -> bool:
    raw = _bytes(key)
    if len(raw) != _KEY_BYTES:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(raw).verify(value, signed)
    except (InvalidSignature, ValueError):
        return False
    return True


def _object(content: bytes) -> dict[str, Any]:
    if len(content) > _MOST_BYTES:
        raise SignatureInvalid("too long")
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise SignatureInvalid("no JSON") from error
    if not isinstance(document, dict):
        raise SignatureInvalid("no JSON object")
    return document


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        return b""
