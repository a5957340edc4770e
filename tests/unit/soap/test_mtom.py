"""Answers in parts become one document; whatever is odd about the parts is refused."""

from __future__ import annotations

import base64
import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.errors import TheirAnswerInvalid
from bridge.soap.mtom import MOST_PARTS, XOP, document_of

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


FRAGMENTS = [
    b"--b1",
    b"--b1--",
    b"\r\n",
    b"\n",
    b": ",
    b"Content-ID: <root@x>",
    b"Content-ID: <p 1@x>",
    b"Content-Transfer-Encoding: base64",
    b"Content-Type: multipart/mixed; boundary=b2",
    ROOT,
    b"\xff\x00%",
]
HEADERS = [
    "boundary=b1",
    'start="<root@x>"',
    "boundary*=a",
    "boundary*0=b",
    "=",
    '"',
    ";",
    "é€",
    "\r\n",
]


@given(
    st.lists(st.sampled_from(FRAGMENTS), max_size=20).map(b"".join) | st.binary(max_size=60),
    st.lists(st.sampled_from(HEADERS), max_size=5).map(";".join) | st.text(max_size=20),
)
@settings(max_examples=500, deadline=None)
def test_whatever_comes_is_read_or_refused_by_our_error(body: bytes, parameters: str) -> None:
    for content_type in (f"multipart/related; {parameters}", TYPE):
        with contextlib.suppress(TheirAnswerInvalid):
            assert document_of(body, content_type).tag == "a"


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_a_cut_answer_is_refused(data: st.DataObject) -> None:
    whole = message(part("root@x", ROOT), part("p 1@x", b"abc"))
    cut = whole[: data.draw(st.integers(0, len(whole) - len("--\r\n") - 1))]
    with pytest.raises(TheirAnswerInvalid):
        document_of(cut, TYPE)


@pytest.mark.parametrize(
    "content_type",
    [
        "MULTIPART/RELATED; BOUNDARY=b1; START=root@x",
        'multipart/related;boundary="b1" ; start="\\<root@x>"; type="application/xop+xml";',
        "Multipart/Related ;\tstart=<root@x>;\r\n boundary=b1",
    ],
)
def test_headers_are_read_in_any_case_and_with_any_blanks(content_type: str) -> None:
    shouted = part("p 1@x", b"z").replace(b"Content-ID", b"CONTENT-id").replace(b": <", b":\r\n\t<")
    body = (
        b"\r\n" + message(part("root@x", ROOT), shouted).replace(b"--b1\r", b"--b1 \t\r") + b"\r\n"
    )
    assert included(body, content_type) == b"z"


def test_a_part_that_nobody_includes_is_left_out() -> None:
    body = message(part("root@x", ROOT), part("p 1@x", b"z"), part("spare@x", b"secret"))
    assert included(body) == b"z"


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
        message(part("root@x", ROOT), part("root@x", ROOT), part("p 1@x", b"z")),
        message(part("root@x", ROOT), part("p 1@x", b"z", encoding="quoted-printable")),
        message(part("root@x", ROOT), part("p 1@x", b"a*bc", encoding="base64")),
        message(part("root@x", ROOT), part("p 1@x", b"z").replace(b"application/", b"multipart/")),
        message(part("root@x", ROOT), part("p 1@x", b"z").replace(b"application/", b"Message/")),
        message(part("root@x", ROOT), part("p 1@x", b"z").replace(b"--b1", b"--b1x")),
        message(part("root@x", ROOT), part("p 1@x", b"z")) + b"more",
        b"before\r\n" + message(part("root@x", ROOT), part("p 1@x", b"z")),
        message(part("root@x", ROOT), part("p 1@x", b"z")).replace(b"\r\n", b"\n"),
        message(
            part("root@x", ROOT), part("p 1@x", b"z").replace(b"binary", b"binary\r\nno field")
        ),
        message(part("root@x", ROOT), part("p 1@x>\r\nContent-ID: <p 1@x", b"z")),
        message(part("root@x", ROOT), part("p 1@x" + " " * 9000, b"z")),
        message(part("root@x", ROOT.replace(b"<Detail>", b"<Detail>text")), part("p 1@x", b"z")),
        message(part("root@x", b"<!DOCTYPE a><a/>"), part("p 1@x", b"z")),
        message(part("root@x", b'<Include xmlns="%s" href="cid:p"/>' % XOP.encode())),
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
        "second document",
        "unknown encoding",
        "not base64",
        "parts in a part",
        "message in a part",
        "boundary inside a line",
        "text after the end",
        "text before the first",
        "other line ends",
        "line without a colon",
        "field twice",
        "long head",
        "text beside the reference",
        "document type",
        "reference as document",
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


def test_an_answer_above_the_limit_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.soap.xml.MOST_BYTES", 1000)
    with pytest.raises(TheirAnswerInvalid):
        document_of(message(part("root@x", ROOT), part("p 1@x", b"z" * 1000)), TYPE)


@pytest.mark.parametrize(
    "content_type",
    [
        "multipart/related",
        "multipart/related; boundary=",
        'multipart/related; boundary=""',
        'multipart/related; boundary="b1 "',
        "multipart/related; boundary=" + "b" * 71,
        "multipart/related; boundary=b1; boundary=b2",
        "multipart/related; boundary=b1; Boundary=b1",
        "multipart/related; boundary=b1; start",
        "multipart/related; boundary=b1" + ";a=b" * 1000,
        "multipart/related; boundary=é",
        "multipart/related; boundary*0=b; boundary*1=1",
    ],
)
def test_without_one_clear_boundary_nothing_is_read(content_type: str) -> None:
    with pytest.raises(TheirAnswerInvalid):
        document_of(message(part("root@x", ROOT)), content_type)
