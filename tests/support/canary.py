"""Looking for something secret in whatever a program gives out, however it is wrapped."""

from __future__ import annotations

import base64
import io
import re
import zipfile
import zlib
from collections.abc import Iterator

_RUN = re.compile(rb"[A-Za-z0-9+/_-]{32,}={0,2}")
_DEEPEST = 4


def layers(content: bytes, depth: int = 0) -> Iterator[bytes]:
    """Give a content and everything in it that is base64, deflated or a zip file, to the bottom."""
    yield content
    if depth == _DEEPEST:
        return
    for inner in (*_unzipped(content), *_inflated(content), *_decoded(content)):
        yield from layers(inner, depth + 1)


def is_in(secret: bytes, content: bytes) -> bool:
    """Tell whether a secret is in a content, in clear, in base64, or deflated."""
    return any(secret in layer for layer in layers(content))


def _decoded(content: bytes) -> Iterator[bytes]:
    for run in _RUN.findall(content.replace(b"\\n", b"").replace(b"\n", b"")):
        plain = run.rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
        # A run may begin in the middle of a group of four.
        for part in (plain[start:] for start in range(4)):
            whole = part[: len(part) - len(part) % 4]
            yield base64.b64decode(whole)


def _inflated(content: bytes) -> Iterator[bytes]:
    for bits in (-15, 15, 31):
        try:
            yield zlib.decompressobj(bits).decompress(content, 10**7)
        except zlib.error:
            continue


def _unzipped(content: bytes) -> Iterator[bytes]:
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in archive.namelist():
                yield archive.read(name)
