"""Hostile documents, and reading of trees."""

from __future__ import annotations

import pytest
from lxml import etree

from bridge.errors import OurMessageInvalid, TheirAnswerInvalid
from bridge.soap import xml

LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(f'<!DOCTYPE a [<!ENTITY l0 "ha">{LAUGHS}]><a>&l9;</a>', id="laughs"),
        pytest.param(f'<!DOCTYPE a [<!ENTITY l0 "ha">{LAUGHS}]><a b="&l9;"/>', id="in-attribute"),
        pytest.param('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', id="file"),
        pytest.param('<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><a/>', id="external-dtd"),
        pytest.param(
            '<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1:9/">%x;]><a/>', id="parameter"
        ),
        pytest.param('<!DOCTYPE a [<!ATTLIST a Id ID "x">]><a/>', id="default-attribute"),
        pytest.param(
            '<?xml version="1.0"?>\n<!-- remark -->\n<!DOCTYPE a><a/>', id="after-remarks"
        ),
        pytest.param("<a><![CDATA[<!DOCTYPE a>]]></a>", id="even-as-text"),
        pytest.param("<a>&nbsp;</a>", id="unknown-entity"),
        pytest.param("<p:a/>", id="unbound-prefix"),
        pytest.param("<a b='1' b='2'/>", id="attribute-twice"),
        pytest.param(
            "<a xmlns:p='urn:x' xmlns:q='urn:x' p:b='1' q:b='2'/>", id="attribute-twice-by-name"
        ),
        pytest.param("<a/><b/>", id="two-roots"),
        pytest.param("<a>&#0;</a>", id="zero-character"),
        pytest.param("<a>\x01</a>", id="control-character"),
        pytest.param("<a>\x00</a>", id="zero-byte"),
        pytest.param("<a b='<'/>", id="bracket-in-attribute"),
    ],
)
def test_hostile_documents_are_refused(document):
    with pytest.raises(TheirAnswerInvalid):
        xml.parse(document.encode())


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-7", "cp037"])
def test_a_document_type_cannot_hide_in_another_encoding(codec):
    text = f'<?xml version="1.0" encoding="{codec}"?><!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'
    with pytest.raises(TheirAnswerInvalid):
        xml.parse(text.encode(codec))


def test_the_stated_encoding_does_not_count():
    document = '<?xml version="1.0" encoding="iso-8859-1"?><a>é</a>'
    assert xml.parse(document.encode()).text == "é"
    with pytest.raises(TheirAnswerInvalid):
        xml.parse(document.encode("iso-8859-1"))


def test_a_byte_order_mark_is_accepted():
    assert xml.parse(b"\xef\xbb\xbf<a/>").tag == "a"


def test_includes_are_not_followed():
    document = (
        '<a xmlns:i="http://www.w3.org/2001/XInclude"><i:include href="file:///etc/passwd"/></a>'
    )
    assert xml.parse(document.encode())[0].get("href") == "file:///etc/passwd"


@pytest.mark.parametrize(("depth", "accepted"), [(128, True), (129, False), (2500, False)])
def test_depth_has_a_limit(depth, accepted):
    document = b"<a>" * depth + b"</a>" * depth
    if accepted:
        assert xml.parse(document).tag == "a"
    else:
        with pytest.raises(TheirAnswerInvalid):
            xml.parse(document)


def test_depth_has_a_limit_in_long_documents_too():
    document = b"<a>" * 1000 + b"x" * 10_000_001 + b"</a>" * 1000
    with pytest.raises(TheirAnswerInvalid):
        xml.parse(document)


@pytest.mark.parametrize(
    ("most_bytes", "accepted"), [pytest.param(4, True, id="fits"), pytest.param(3, False, id="not")]
)
def test_length_has_a_limit(most_bytes, accepted):
    if accepted:
        assert xml.parse(b"<a/>", most_bytes=most_bytes).tag == "a"
    else:
        with pytest.raises(TheirAnswerInvalid):
            xml.parse(b"<a/>", most_bytes=most_bytes)


def test_one_long_text_is_read_when_the_document_is_not_too_long():
    text = xml.parse(b"<a>" + b"x" * 10_000_001 + b"</a>").text
    assert text is not None
    assert len(text) == 10_000_001


def test_no_error_repeats_what_was_read():
    with pytest.raises(TheirAnswerInvalid) as caught:
        xml.parse(b"<a>90010100121</b>")
    assert "90010100121" not in str(caught.value)


# -- writing -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "document",
    [
        pytest.param("<a b='&#10;&#13;&#9;'>&#13;\n\t</a>", id="blanks"),
        pytest.param("<a>é€𝄞&lt;&amp;&gt;</a>", id="characters"),
        pytest.param("<p:a xmlns:p='urn:p' xmlns:q='urn:p'><q:b/></p:a>", id="two-prefixes"),
    ],
)
def test_what_is_written_reads_the_same(document):
    root = xml.parse(document.encode())
    again = xml.parse(xml.serialize(root))
    assert etree.tostring(again, method="c14n") == etree.tostring(root, method="c14n")
    assert (root.text, root.attrib) == (again.text, again.attrib)


def test_a_child_is_written_with_its_name_spaces_and_without_its_tail():
    root = xml.parse(b"<p:a xmlns:p='urn:p'><p:b/>tail</p:a>")
    assert xml.serialize(root[0]) == b'<p:b xmlns:p="urn:p"/>'


def test_a_filled_fragment_keeps_its_prefixes():
    """The reason ``fill`` exists: appending would rename ``mine`` to ``theirs``."""
    frame = etree.Element("{urn:x}frame", nsmap={"theirs": "urn:x"})
    frame.append(xml.slot())
    fragment = xml.parse(b"<mine:a xmlns:mine='urn:x'><mine:b/></mine:a>")
    assert xml.serialize(xml.fill(frame, [fragment])) == (
        b'<theirs:frame xmlns:theirs="urn:x"><mine:a xmlns:mine="urn:x"><mine:b/></mine:a>'
        b"</theirs:frame>"
    )
    assert fragment.getparent() is None


def test_several_slots_are_filled_in_document_order():
    frame = etree.Element("frame")
    for _ in range(2):
        frame.append(xml.slot())
    filled = xml.fill(frame, [etree.Element("one"), etree.Element("two")])
    assert [child.tag for child in filled] == ["one", "two"]
    with pytest.raises(OurMessageInvalid):
        xml.fill(frame, [etree.Element("one")])


def test_text_that_looks_like_a_slot_is_none():
    frame = etree.Element("frame")
    frame.text = '<slot xmlns="urn:carebridge:slot"/>'
    frame.append(xml.slot())
    filled = xml.fill(frame, [etree.Element("one")])
    assert (filled.text, len(filled)) == (frame.text, 1)


def test_a_fragment_too_deep_to_be_read_back_is_our_own_mistake():
    fragment = inner = etree.Element("a")
    for _ in range(130):
        inner = etree.SubElement(inner, "a")
    frame = etree.Element("frame")
    frame.append(xml.slot())
    with pytest.raises(OurMessageInvalid):
        xml.fill(frame, [fragment])


# -- reading of trees ----------------------------------------------------------------------------


TREE = xml.parse(b"<a><b> text </b><c><d/></c><e/><e/><f>one<g/></f></a>")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        pytest.param(("b",), "text", id="leaf"),
        pytest.param(("c", "d"), "", id="empty-leaf"),
        pytest.param(("x",), None, id="missing"),
        pytest.param(("e",), None, id="ambiguous"),
        pytest.param(("f",), None, id="not-a-leaf"),
        pytest.param(("x", "y"), None, id="missing-on-the-way"),
    ],
)
def test_text_at_the_end_of_a_path(path, expected):
    if expected is None:
        with pytest.raises(TheirAnswerInvalid):
            xml.text_of(TREE, *path)
    else:
        assert xml.text_of(TREE, *path) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        pytest.param(("b",), "text", id="leaf"),
        pytest.param(("c", "d"), None, id="empty-leaf"),
        pytest.param(("x",), None, id="missing"),
        pytest.param(("x", "y"), None, id="missing-on-the-way"),
    ],
)
def test_text_that_may_be_missing(path, expected):
    assert xml.optional_text_of(TREE, *path) == expected


@pytest.mark.parametrize("path", [("e",), ("f",)])
def test_text_that_may_be_missing_may_not_be_ambiguous(path):
    with pytest.raises(TheirAnswerInvalid):
        xml.optional_text_of(TREE, *path)


def test_children_by_name():
    assert xml.only_child(TREE, "b") is TREE[0]
    assert xml.optional_child(TREE, "x") is None
    assert xml.descend(TREE, "c", "d").tag == "d"
    assert xml.descend(TREE) is TREE
    assert [xml.local_name(child) for child in xml.children(TREE)] == list("bceef")
