"""Blobs: bytes inside a message, possibly deflated, always in base64.

Order of encoding: bytes, then DEFLATE when announced, then base64.
DEFLATE is raw (RFC 1951); some senders write the zlib form (RFC 1950), which is read as well.
Source: *MyCareNet transport* 1.4.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import zlib
from enum import Enum
from typing import Final

from bridge.errors import TheirAnswerInvalid

MOST_BYTES: Final = 25_000_000
"""Largest content, decoded and inflated, that is read unless a caller says otherwise."""

_RAW: Final = -zlib.MAX_WBITS
_BLANKS: Final = re.compile(r"[ \t\r\n]+")
_BASE64_GROUP: Final = 4
_BYTES_PER_GROUP: Final = 3


class Encoding(Enum):
    """Values of ``ContentEncoding``."""

    NONE = "none"
    DEFLATE = "deflate"


def encode(content: bytes, *, encoding: Encoding = Encoding.NONE) -> str:
    """Write a blob's text: deflated when asked for, in base64 on one line."""
    if encoding is Encoding.DEFLATE:
        content = _deflate(content)
    return base64.b64encode(content).decode("ascii")


def decode(
    text: str,
    *,
    encoding: str | None,
    hash_value: str | None = None,
    most_bytes: int = MOST_BYTES,
) -> bytes:
    """Read a blob's text.

    Args:
        text: Base64, blanks and line ends allowed.
        encoding: ``ContentEncoding`` as received; ``None`` means ``deflate``, the default of the
            schema.
        hash_value: ``HashValue`` as received: base64 of SHA-256 over the inflated content.
        most_bytes: Largest content that is accepted, before and after inflating.

    Raises:
        TheirAnswerInvalid: not base64, not deflated as announced, too large, or another hash.
    """
    content = _from_base64(text, most_bytes=most_bytes)
    if _encoding_named(encoding) is Encoding.DEFLATE:
        content = _inflate(content, most_bytes=most_bytes)
    if hash_value is not None:
        check_hash(content, hash_value)
    return content


def hash_of(content: bytes) -> str:
    """Give the ``HashValue`` of decoded and inflated content: base64 of its SHA-256."""
    return base64.b64encode(hashlib.sha256(content).digest()).decode("ascii")


def check_hash(content: bytes, hash_value: str) -> None:
    """Compare content with its ``HashValue``.

    Raises:
        TheirAnswerInvalid: they differ, or the value is no base64.
    """
    expected = _from_base64(hash_value, most_bytes=MOST_BYTES)
    if not hmac.compare_digest(expected, hashlib.sha256(content).digest()):
        raise TheirAnswerInvalid("blob hash differs")


def _encoding_named(name: str | None) -> Encoding:
    if name is None:
        return Encoding.DEFLATE
    try:
        return Encoding(name)
    except ValueError:
        raise TheirAnswerInvalid("unknown blob encoding") from None


def _from_base64(text: str, *, most_bytes: int) -> bytes:
    compact = _BLANKS.sub("", text)
    if len(compact) > (most_bytes // _BYTES_PER_GROUP + 1) * _BASE64_GROUP:
        raise TheirAnswerInvalid("blob too large")
    try:
        content = base64.b64decode(compact, validate=True)
    except (binascii.Error, ValueError):
        raise TheirAnswerInvalid("blob is not base64") from None
    if len(content) > most_bytes:
        raise TheirAnswerInvalid("blob too large")
    return content


def _deflate(content: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=_RAW)
    return compressor.compress(content) + compressor.flush()


def _inflate(content: bytes, *, most_bytes: int) -> bytes:
    for window in (_RAW, zlib.MAX_WBITS):
        inflated = _inflate_as(content, window, most_bytes=most_bytes)
        if inflated is not None:
            return inflated
    raise TheirAnswerInvalid("blob is not deflated")


def _inflate_as(content: bytes, window: int, *, most_bytes: int) -> bytes | None:
    """Inflate one complete stream without rest; ``None`` when it is not of this form."""
    stream = zlib.decompressobj(wbits=window)
    try:
        inflated = stream.decompress(content, most_bytes + 1)
    except zlib.error:
        return None
    if len(inflated) > most_bytes:
        raise TheirAnswerInvalid("blob too large")
    return inflated if stream.eof and not stream.unused_data else None
