"""Answers in parts become one document; whatever is odd about the parts is refused."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.errors import TheirAnswerInvalid
from bridge.soap.mtom import MOST_PARTS, document_of

TYPE = 'multipart/related; type="application/xop+xml"; start="<root@x>"; boundary="b1"'
ROOT = (
    b'<a><Detail><xop:Include xmlns:xop="http://www.w3.org/2004/08/xop/include" '
    b'href="cid:p%201@x"/></Detail></a>'
)


def part(name: str, content: bytes, *, encoding: str = "binary") -> bytes:
    head = f"Content-ID: <{name}>\r\nContent-Transfer-Encoding: {encoding}\r\n"
    return (
        b"--b1\r\nContent-Type: application/octet-stream\r\n"
        + head.encode()
        + b"\r\n"
        + content
        + b"\r\n"
    )


def message(*parts: bytes) -> bytes:
    return b"".join(parts) + b"--b1--\r\n"


def included(body: bytes, content_type: str = TYPE) -> bytes:
    detail = document_of(body, content_type).find("Detail")
    assert len(detail) == 0
    return base64.b64decode(detail.text or "")


@given(st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_bytes_come_back(content: bytes) -> None:
    if b"--b1" in content:
        return
    assert included(message(part("root@x", ROOT), part("p 1@x", content))) == content


def test_parts_may_be_in_base64_and_in_any_order() -> None:
    encoded = base64.encodebytes(b"\x00\xffabc")
    body = message(part("p 1@x", encoded, encoding="base64"), part("root@x", ROOT))
    assert included(body) == b"\x00\xffabc"


def test_without_a_start_the_first_part_is_the_document() -> None:
    body = message(part("any", ROOT), part("p 1@x", b"z"))
    assert included(body, "Multipart/Related; boundary=b1") == b"z"


@pytest.mark.parametrize("content_type", ["text/xml; charset=utf-8", "", "application/soap+xml"])
def test_a_plain_answer_is_read_as_it_is(content_type: str) -> None:
    assert document_of(b"<a/>", content_type).tag == "a"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<a/>",
        message(),
        message(part("root@x", ROOT)),
        message(part("other@x", ROOT), part("p 1@x", b"z")),
        message(part("root@x", ROOT), part("p 1@x", b"z"), part("p 1@x", b"y")),
        message(part("root@x", b"no xml"), part("p 1@x", b"z")),
        message(part("root@x", ROOT.replace(b"cid:", b"http:")), part("p 1@x", b"z")),
        message(part("root@x", ROOT.replace(b"<Detail>", b"<Detail><b/>")), part("p 1@x", b"z")),
        message(part("root@x", ROOT), *[part(f"p{n}", b"") for n in range(MOST_PARTS)]),
        part("root@x", ROOT) + part("p 1@x", b"z"),
    ],
    ids=[
        "nothing",
        "no parts",
        "no part at all",
        "missing part",
        "missing document",
        "same name twice",
        "document is no XML",
        "reference elsewhere",
        "not alone in its place",
        "too many parts",
        "no end",
    ],
)
def test_odd_parts_are_refused(body: bytes) -> None:
    with pytest.raises(TheirAnswerInvalid):
        document_of(body, TYPE)


def test_a_part_used_often_cannot_grow_the_answer_without_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bridge.soap.xml.MOST_BYTES", 1000)
    detail = ROOT.removeprefix(b"<a>").removesuffix(b"</a>")
    body = message(part("root@x", b"<a>" + detail * 3 + b"</a>"), part("p 1@x", b"z" * 400))
    with pytest.raises(TheirAnswerInvalid):
        document_of(body, TYPE)


@pytest.mark.parametrize("content_type", ["multipart/related", "multipart/related; boundary="])
def test_without_a_boundary_nothing_is_read(content_type: str) -> None:
    with pytest.raises(TheirAnswerInvalid):
        document_of(message(part("root@x", ROOT)), content_type)
