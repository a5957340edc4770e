"""The assertion's layout, both directions (*STS session* 10.1)."""

from __future__ import annotations

import copy
from dataclasses import replace
from datetime import timedelta

import pytest

from bridge.ehealth import assertions
from bridge.errors import TheirAnswerInvalid
from bridge.soap import xml
from tests.support import pki

SAML = "urn:oasis:names:tc:SAML:1.0:assertion"
CONTENT = assertions.AssertionContent(
    id="_0123456789abcdef0123456789abcdef",
    issued_at=pki.NOW,
    not_before=pki.NOW - timedelta(minutes=5),
    not_on_or_after=pki.NOW + timedelta(hours=12),
    subject=pki.eid("ec").certificate,
    holder=pki.ehealth("ec").certificate,
    attributes=(
        ("urn:one", "urn:identification", "1"),
        ("urn:many", "urn:certified", "a"),
        ("urn:many", "urn:certified", "b"),
        ("urn:none", "urn:certified", ""),
    ),
)


def written(content: assertions.AssertionContent = CONTENT) -> bytes:
    return xml.serialize(assertions.build_assertion(content))


def changed(name: str, change) -> bytes:
    root = copy.deepcopy(assertions.build_assertion(CONTENT))
    change(root.xpath(f"//*[local-name()='{name}']")[0])
    return xml.serialize(root)


def test_layout_of_the_observed_message() -> None:
    root = xml.parse(written())
    assert (root.prefix, root.tag) == (None, f"{{{SAML}}}Assertion")
    assert dict(root.attrib) == {
        "AssertionID": CONTENT.id,
        "IssueInstant": "2026-03-02T08:00:00.000Z",
        "Issuer": "urn:be:fgov:ehealth:sts:1_0",
        "MajorVersion": "1",
        "MinorVersion": "1",
    }
    assert [xml.local_name(child) for child in root] == [
        "Conditions",
        "AuthenticationStatement",
        "AttributeStatement",
    ]
    assert dict(root[0].attrib) == {
        "NotBefore": "2026-03-02T07:55:00.000Z",
        "NotOnOrAfter": "2026-03-02T20:00:00.000Z",
    }
    assert dict(root[1].attrib) == {
        "AuthenticationInstant": "2026-03-02T08:00:00.000Z",
        "AuthenticationMethod": "urn:oasis:names:tc:SAML:1.0:am:X509-PKI",
    }


def test_the_holder_is_confirmed_in_the_authentication_statement_only() -> None:
    root = xml.parse(written())
    confirmations = root.findall(f".//{{{SAML}}}SubjectConfirmation")
    assert [found.getparent().getparent().tag for found in confirmations] == [
        f"{{{SAML}}}AuthenticationStatement"
    ]
    names = root.findall(f".//{{{SAML}}}NameIdentifier")
    assert {name.text for name in names} == {CONTENT.subject.subject}
    assert {name.get("NameQualifier") for name in names} == {CONTENT.subject.issuer}
    assert len(names) == 2


def test_values_of_one_attribute_stand_together() -> None:
    attributes = xml.parse(written()).findall(f".//{{{SAML}}}Attribute")
    assert [attribute.get("AttributeName") for attribute in attributes] == [
        "urn:one",
        "urn:many",
        "urn:none",
    ]
    assert [[value.text for value in attribute] for attribute in attributes] == [
        ["1"],
        ["a", "b"],
        [None],
    ]


def test_what_is_written_is_read_back() -> None:
    body = written()
    assertion = assertions.parse_assertion(body)
    assert assertion.xml == body
    assert assertion.id == CONTENT.id
    assert assertion.issuer == assertions.ISSUER
    assert assertion.issued_at == CONTENT.issued_at
    assert (assertion.not_before, assertion.not_on_or_after) == (
        CONTENT.not_before,
        CONTENT.not_on_or_after,
    )
    assert (assertion.subject, assertion.subject_issuer) == (
        CONTENT.subject.subject,
        CONTENT.subject.issuer,
    )
    assert assertion.holder == CONTENT.holder
    assert assertion.confirmation == assertions.HOLDER_OF_KEY
    assert assertion.attributes == CONTENT.attributes


def test_empty_values_do_not_count() -> None:
    assertion = assertions.parse_assertion(written())
    assert assertion.values("urn:many") == ("a", "b")
    assert assertion.values("urn:none") == ()
    assert assertion.values("urn:unknown") == ()


def test_line_feeds_in_the_certificate_are_read() -> None:
    def fold(element) -> None:
        text = element.text
        element.text = "\n".join(text[at : at + 76] for at in range(0, len(text), 76))

    assert assertions.parse_assertion(changed("X509Certificate", fold)).holder == CONTENT.holder


def test_an_assertion_does_not_show_whom_it_is_about() -> None:
    shown = repr(assertions.parse_assertion(written())) + repr(CONTENT)
    assert "Testens" not in shown
    assert pki.NISS not in shown
    assert "urn:many" not in shown


def remove(element) -> None:
    element.getparent().remove(element)


def double(element) -> None:
    element.addnext(copy.deepcopy(element))


@pytest.mark.parametrize(
    "name",
    [
        "Conditions",
        "AuthenticationStatement",
        "NameIdentifier",
        "SubjectConfirmation",
        "ConfirmationMethod",
        "KeyInfo",
        "X509Data",
        "X509Certificate",
    ],
)
@pytest.mark.parametrize("change", [remove, double])
def test_every_member_must_be_there_once(name: str, change) -> None:
    with pytest.raises(TheirAnswerInvalid):
        assertions.parse_assertion(changed(name, change))


@pytest.mark.parametrize(
    ("name", "attribute"),
    [
        ("Assertion", "AssertionID"),
        ("Assertion", "Issuer"),
        ("Assertion", "IssueInstant"),
        ("Assertion", "MajorVersion"),
        ("Assertion", "MinorVersion"),
        ("Conditions", "NotBefore"),
        ("Conditions", "NotOnOrAfter"),
        ("Attribute", "AttributeName"),
    ],
)
def test_every_attribute_must_be_there(name: str, attribute: str) -> None:
    with pytest.raises(TheirAnswerInvalid):
        assertions.parse_assertion(changed(name, lambda element: element.attrib.pop(attribute)))


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"not xml", id="no-xml"),
        pytest.param(b"<Assertion/>", id="other-namespace"),
        pytest.param(b"<a>" + written() + b"</a>", id="wrapped"),
        pytest.param(written() + written(), id="two"),
        pytest.param(
            changed("AttributeStatement", lambda e: e.append(xml.parse(written()))), id="nested"
        ),
        pytest.param(changed("Assertion", lambda e: e.set("MinorVersion", "0")), id="saml-1.0"),
        pytest.param(changed("Conditions", lambda e: e.set("NotBefore", "x")), id="no-moment"),
        pytest.param(
            changed("AttributeValue", lambda e: e.append(xml.slot())), id="value-with-child"
        ),
        pytest.param(
            changed("X509Certificate", lambda e: setattr(e, "text", "AAAA")), id="no-certificate"
        ),
        pytest.param(changed("X509Certificate", lambda e: setattr(e, "text", "?")), id="no-base64"),
    ],
)
def test_anything_else_is_refused(body: bytes) -> None:
    with pytest.raises(TheirAnswerInvalid):
        assertions.parse_assertion(body)


def test_another_issuer_can_be_written() -> None:
    other = replace(CONTENT, issuer="urn:other")
    assert assertions.parse_assertion(written(other)).issuer == "urn:other"


@pytest.mark.parametrize("text", ["é", "%%", "AAA", "AAAA"])
def test_a_holder_certificate_that_is_none_is_refused_by_our_own_error(text):
    root = assertions.build_assertion(CONTENT)
    next(root.iter("{http://www.w3.org/2000/09/xmldsig#}X509Certificate")).text = text
    with pytest.raises(TheirAnswerInvalid):
        assertions.parse_assertion(xml.serialize(root))
