"""A signature is read strictly: each row is one thing that is not as it must be."""

from __future__ import annotations

from copy import deepcopy

import pytest
from lxml import etree

from bridge.crypto.algorithms import CURRENT_ALGORITHMS, SignatureAlgorithm
from bridge.errors import SignatureInvalid
from bridge.soap import xml
from bridge.xmldsig.c14n import canonical
from bridge.xmldsig.ids import IdIndex
from bridge.xmldsig.names import DS, EXCLUSIVE, q
from bridge.xmldsig.structure import decode_base64, read_signature
from bridge.xmldsig.verify import certificate_in, verify_detached
from tests.support import foreign, pki

SHA256 = SignatureAlgorithm.RSA_SHA256.value


def template():
    """A signature of two references, with values that are base64 and nothing else."""
    text = foreign.signature_template(
        [("#one", [EXCLUSIVE]), ("#two", [foreign.ENVELOPED, EXCLUSIVE])],
        method=SHA256,
        key_info="",
        prefixes="soap  wsu",
    )
    root = xml.parse(text.encode())
    for name in ("DigestValue", "SignatureValue"):
        for value in root.iter(q(DS, name)):
            value.text = " AAEC\n Aw== "
    return root


def step(root, *path):
    for name in path:
        root = root[name] if isinstance(name, int) else root.find(q(DS, name))
    return root


def set_attribute(*path, **attributes):
    def change(root):
        for name, value in attributes.items():
            step(root, *path).set(name, value)

    return change


def drop(*path):
    def change(root):
        element = step(root, *path)
        element.getparent().remove(element)

    return change


def repeat(*path):
    def change(root):
        element = step(root, *path)
        element.addnext(deepcopy(element))

    return change


def add(*path, tag="{urn:test}extra"):
    def change(root):
        etree.SubElement(step(root, *path), tag)

    return change


def write(*path, text):
    def change(root):
        step(root, *path).text = text

    return change


REFERENCE = ("SignedInfo", "Reference")
TRANSFORM = (*REFERENCE, "Transforms", "Transform")
SECOND = ("SignedInfo", 3, "Transforms")


def test_an_expected_signature_is_read():
    signature = read_signature(template(), algorithms=CURRENT_ALGORITHMS)
    assert signature.algorithm is SignatureAlgorithm.RSA_SHA256
    assert signature.prefixes == ("soap", "wsu")
    assert signature.value == b"\0\1\2\3"
    one, two = signature.references
    assert (one.identifier, one.enveloped, one.digest) == ("one", False, b"\0\1\2\3")
    assert (two.identifier, two.enveloped, two.prefixes) == ("two", True, ("soap", "wsu"))


def test_blanks_and_remarks_between_the_parts_do_not_matter():
    root = template()
    for element in root.iter(q(DS, "SignedInfo"), q(DS, "Reference"), q(DS, "Transforms")):
        element.text = "\n "
        element.insert(0, etree.Comment("between"))
    assert len(read_signature(root, algorithms=CURRENT_ALGORITHMS).references) == 2


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(drop("SignedInfo"), id="no-signed-info"),
        pytest.param(drop("SignatureValue"), id="no-value"),
        pytest.param(drop("KeyInfo"), id="no-key-info"),
        pytest.param(repeat("SignedInfo"), id="signed-info-twice"),
        pytest.param(repeat("SignatureValue"), id="value-twice"),
        pytest.param(repeat("KeyInfo"), id="key-info-twice"),
        pytest.param(add(tag=q(DS, "Object")), id="object"),
        pytest.param(drop("SignedInfo", "CanonicalizationMethod"), id="no-canonical-form"),
        pytest.param(drop("SignedInfo", "SignatureMethod"), id="no-method"),
        pytest.param(repeat("SignedInfo", "SignatureMethod"), id="method-twice"),
        pytest.param(
            set_attribute("SignedInfo", "CanonicalizationMethod", Algorithm="urn:other"),
            id="other-canonical-form",
        ),
        pytest.param(
            set_attribute(
                "SignedInfo", "CanonicalizationMethod", Algorithm=EXCLUSIVE + "WithComments"
            ),
            id="with-comments",
        ),
        pytest.param(add("SignedInfo", "CanonicalizationMethod"), id="parameter-of-form"),
        pytest.param(add("SignedInfo", "SignatureMethod"), id="parameter-of-method"),
        pytest.param(
            set_attribute("SignedInfo", "SignatureMethod", Algorithm="urn:other"),
            id="unknown-method",
        ),
        pytest.param(
            set_attribute(
                "SignedInfo",
                "SignatureMethod",
                Algorithm=SignatureAlgorithm.ECDSA_SHA384.value,
            ),
            id="method-outside-the-list",
        ),
        pytest.param(add("SignedInfo"), id="stranger-in-signed-info"),
        pytest.param(set_attribute(*REFERENCE, URI=""), id="whole-document"),
        pytest.param(set_attribute(*REFERENCE, URI="#"), id="empty-fragment"),
        pytest.param(set_attribute(*REFERENCE, URI="one"), id="no-fragment"),
        pytest.param(set_attribute(*REFERENCE, URI="http://test/#one"), id="elsewhere"),
        pytest.param(drop(*REFERENCE, "Transforms"), id="no-transforms"),
        pytest.param(drop(*TRANSFORM), id="no-transform"),
        pytest.param(repeat(*TRANSFORM), id="transform-twice"),
        pytest.param(set_attribute(*TRANSFORM, Algorithm="urn:other"), id="other-transform"),
        pytest.param(add(*REFERENCE, "Transforms"), id="stranger-in-transforms"),
        pytest.param(add(*TRANSFORM), id="parameter-of-transform"),
        pytest.param(add(*SECOND, "Transform"), id="parameter-of-enveloped"),
        pytest.param(drop(*SECOND, 1), id="enveloped-only"),
        pytest.param(
            lambda root: step(root, *SECOND).append(step(root, *SECOND, 0)), id="enveloped-last"
        ),
        pytest.param(drop(*REFERENCE, "DigestMethod"), id="no-digest-method"),
        pytest.param(add(*REFERENCE, "DigestMethod"), id="parameter-of-digest"),
        pytest.param(
            set_attribute(*REFERENCE, "DigestMethod", Algorithm=foreign.SHA1), id="sha1-digest"
        ),
        pytest.param(drop(*REFERENCE, "DigestValue"), id="no-digest"),
        pytest.param(write(*REFERENCE, "DigestValue", text=""), id="empty-digest"),
        pytest.param(write(*REFERENCE, "DigestValue", text="AA=A"), id="digest-no-base64"),
        pytest.param(write("SignatureValue", text=None), id="empty-value"),
        pytest.param(write("SignatureValue", text="A\u00e9=="), id="value-no-ascii"),
        pytest.param(write("SignatureValue", text="AAEC-w=="), id="value-url-alphabet"),
        pytest.param(add("SignatureValue"), id="child-in-value"),
    ],
)
def test_another_structure_is_refused(change):
    root = template()
    change(root)
    with pytest.raises(SignatureInvalid):
        read_signature(root, algorithms=CURRENT_ALGORITHMS)


@pytest.mark.parametrize("count", [0, 17, 1000])
def test_a_signature_has_one_to_sixteen_references(count):
    root = template()
    signed_info = root[0]
    reference = deepcopy(signed_info[2])
    del signed_info[2:]
    for _ in range(count):
        signed_info.append(deepcopy(reference))
    with pytest.raises(SignatureInvalid):
        read_signature(root, algorithms=CURRENT_ALGORITHMS)


@pytest.mark.parametrize("tag", ["KeyInfo", "SignedInfo"])
def test_names_count_with_their_name_space(tag):
    root = template()
    step(root, tag).tag = f"{{urn:test}}{tag}"
    with pytest.raises(SignatureInvalid):
        read_signature(root, algorithms=CURRENT_ALGORITHMS)


@pytest.mark.parametrize("text", ["", " \n", "A", "====", "A" * 5, "AAAA\f"])
def test_base64_is_read_strictly(text):
    with pytest.raises(SignatureInvalid):
        decode_base64(text)


# -- identifiers ---------------------------------------------------------------------------------


WSU_ID = q(foreign.WSU, "Id")
XML_ID = "{http://www.w3.org/XML/1998/namespace}id"
NAMES = ["Id", "ID", "AssertionID", "RequestID", "ResponseID", WSU_ID, XML_ID]


@pytest.mark.parametrize("name", NAMES)
def test_each_identifier_attribute_names_its_element(name):
    root = etree.Element("a")
    child = etree.SubElement(root, "b")
    child.set(name, "one")
    assert IdIndex(root).only("one") is child
    assert IdIndex(child).only("one") is child


@pytest.mark.parametrize("first", NAMES)
@pytest.mark.parametrize("second", ["Id", "AssertionID", WSU_ID])
def test_an_identifier_given_twice_names_nothing(first, second):
    root = etree.Element("a")
    root.set(first, "one")
    etree.SubElement(root, "b").set(second, "one")
    with pytest.raises(SignatureInvalid):
        IdIndex(root).only("one")


def test_one_element_may_say_its_identifier_twice():
    root = etree.Element("a", Id="one", ID="one")
    assert IdIndex(root).only("one") is root


@pytest.mark.parametrize("spelling", [" one", "one\n", "\tone "])
def test_blanks_do_not_make_another_identifier(spelling):
    root = etree.Element("a", Id=spelling)
    with pytest.raises(SignatureInvalid):
        IdIndex(root).only("one")
    etree.SubElement(root, "b", Id="one")
    with pytest.raises(SignatureInvalid):
        IdIndex(root).only("one")


@pytest.mark.parametrize("name", ["id", "Name", "{urn:other}Id"])
def test_other_attributes_are_no_identifiers(name):
    root = etree.Element("a")
    root.set(name, "one")
    with pytest.raises(SignatureInvalid):
        IdIndex(root).only("one")


# -- canonical form and keys ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("document", "prefixes", "expected"),
    [
        pytest.param(
            "<a xmlns='urn:a' xmlns:u='urn:u'><b/></a>", (), "<b xmlns='urn:a'></b>", id="exclusive"
        ),
        pytest.param(
            "<a xmlns='urn:a' xmlns:u='urn:u'><b/></a>",
            ("u", "unknown"),
            "<b xmlns='urn:a' xmlns:u='urn:u'></b>",
            id="listed-prefix",
        ),
        pytest.param(
            "<a xmlns='urn:a'><p:b xmlns:p='urn:p'/></a>",
            ("#default",),
            "<p:b xmlns='urn:a' xmlns:p='urn:p'></p:b>",
            id="listed-default",
        ),
        pytest.param("<a><b z='1' a='&lt;\n'/>tail</a>", (), "<b a='&lt; ' z='1'></b>", id="order"),
        pytest.param("<a><b>one<!-- two -->three</b></a>", (), "<b>onethree</b>", id="comment"),
    ],
)
def test_canonical_form_of_a_child(document, prefixes, expected):
    apex = xml.parse(document.encode())[0]
    assert canonical(apex, prefixes) == expected.replace("'", '"').encode()


def test_a_comment_in_a_tree_is_not_part_of_the_canonical_form():
    root = etree.Element("a")
    root.append(etree.Comment("remark"))
    assert canonical(root) == b"<a></a>"


def test_relative_name_spaces_have_no_canonical_form():
    with pytest.raises(SignatureInvalid):
        canonical(xml.parse(b"<a xmlns='relative'/>"))


def key_info(*certificates):
    listed = "".join(f"<X509Certificate>{text}</X509Certificate>" for text in certificates)
    return xml.parse(f"<KeyInfo xmlns='{DS}'><X509Data>{listed}</X509Data></KeyInfo>".encode())


def test_the_certificate_of_a_signature_is_read():
    certificate = pki.sts("ec").certificate
    assert certificate_in(key_info(certificate.base64)) == certificate


@pytest.mark.parametrize(
    "certificates",
    [
        pytest.param([], id="none"),
        pytest.param([pki.sts("ec").certificate.base64] * 2, id="two"),
        pytest.param([""], id="empty"),
        pytest.param(["AAAA"], id="no-certificate"),
        pytest.param(["not base64!"], id="no-base64"),
    ],
)
def test_anything_but_one_certificate_is_refused(certificates):
    with pytest.raises(SignatureInvalid):
        certificate_in(key_info(*certificates))


def test_a_detached_signature_has_no_enveloped_reference():
    recipe = foreign.Recipe(credential=pki.eid("rsa"))
    envelope = xml.parse(foreign.sign_with_xmlsec(recipe))
    element = foreign.outer_signature(envelope)
    key = recipe.credential.key.public_key()
    signature = read_signature(element, algorithms=CURRENT_ALGORITHMS)
    covered = verify_detached(signature, document=envelope, public_key=key)
    assert [etree.QName(part).localname for part in covered] == [
        "Body",
        "Timestamp",
        "BinarySecurityToken",
    ]
    transforms = element[0][2][0]
    transforms.insert(0, etree.Element(q(DS, "Transform"), Algorithm=foreign.ENVELOPED))
    foreign.resign(element, recipe.credential)
    changed = read_signature(element, algorithms=CURRENT_ALGORITHMS)
    with pytest.raises(SignatureInvalid):
        verify_detached(changed, document=envelope, public_key=key)
