"""Blobs: base64, raw DEFLATE, hash; and what they refuse."""

from __future__ import annotations

import base64
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.codecs import blob
from bridge.errors import TheirAnswerInvalid


@given(st.binary(max_size=2000), st.sampled_from(list(blob.Encoding)))
def test_what_is_written_is_read_back(content: bytes, encoding: blob.Encoding) -> None:
    text = blob.encode(content, encoding=encoding)
    read = blob.decode(text, encoding=encoding.value, hash_value=blob.hash_of(content))
    assert read == content


@given(st.text(max_size=200), st.sampled_from(["none", "deflate", None, "gzip"]))
def test_anything_else_is_refused_by_our_own_error(text: str, encoding: str | None) -> None:
    try:
        read = blob.decode(text, encoding=encoding)
    except TheirAnswerInvalid:
        return
    assert isinstance(read, bytes)


def test_deflate_is_the_default_and_has_no_header() -> None:
    packed = base64.b64decode(blob.encode(b"content", encoding=blob.Encoding.DEFLATE))
    assert zlib.decompress(packed, wbits=-zlib.MAX_WBITS) == b"content"
    assert blob.decode(base64.b64encode(packed).decode(), encoding=None) == b"content"


def test_a_zlib_header_is_tolerated() -> None:
    text = base64.b64encode(zlib.compress(b"content")).decode()
    assert blob.decode(text, encoding="deflate") == b"content"


def test_blanks_and_line_ends_are_tolerated() -> None:
    assert blob.decode(" Y29u\r\n dGVudA==\n", encoding="none") == b"content"


@pytest.mark.parametrize(
    ("text", "encoding", "changes"),
    [
        pytest.param("%%%%", "none", {}, id="not-base64"),
        pytest.param("Y29udGVudA", "none", {}, id="no-padding"),
        pytest.param("Y29udGVudA==", "deflate", {}, id="not-deflated"),
        pytest.param("Y29udGVudA==", "brotli", {}, id="unknown-encoding"),
        pytest.param("Y29udGVudA==", "none", {"hash_value": "AAAA"}, id="other-hash"),
        pytest.param("Y29udGVudA==", "none", {"hash_value": "?"}, id="hash-not-base64"),
        pytest.param("Y29udGVudA==", "none", {"most_bytes": 6}, id="too-large"),
        pytest.param("Y29udGVudA==" * 9, "none", {"most_bytes": 6}, id="text-too-large"),
        pytest.param(blob.encode(b"a" * 99, encoding=blob.Encoding.DEFLATE), "deflate",
                     {"most_bytes": 98}, id="bomb"),
        pytest.param(base64.b64encode(zlib.compress(b"a", wbits=-15)[:-1]).decode(), "deflate",
                     {}, id="cut-off"),
        pytest.param(base64.b64encode(zlib.compress(b"a", wbits=-15) + b"z").decode(), "deflate",
                     {}, id="rest-behind"),
    ],
)  # fmt: skip
def test_refusals(text: str, encoding: str, changes: dict) -> None:
    with pytest.raises(TheirAnswerInvalid):
        blob.decode(text, encoding=encoding, **changes)
