"""Signatures: whatever is signed verifies; anything else is refused by one of our errors."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from bridge.crypto import algorithms
from bridge.crypto.algorithms import CURRENT_ALGORITHMS, SignatureAlgorithm
from bridge.crypto.certificates import Certificate
from bridge.errors import CertificateUntrusted, SignatureInvalid, TheirAnswerInvalid
from bridge.soap import xml
from bridge.xmldsig.c14n import canonical
from bridge.xmldsig.names import DS, q
from bridge.xmldsig.sign import prepare_enveloped
from bridge.xmldsig.structure import decode_base64, read_signature
from bridge.xmldsig.verify import verify_enveloped
from tests.support import foreign, pki

SIGNER = pki.sts("ec")
P384_BYTES = 48

texts = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], include_characters="\t\n\r"), max_size=60
)
names = st.sampled_from(["a", "b", "{urn:x}c", "{urn:y}d"])
leaves = st.tuples(names, texts, st.just([]))
trees = st.recursive(
    leaves, lambda inner: st.tuples(names, texts, st.lists(inner, max_size=3)), max_leaves=8
)


def element_of(tree):
    name, text, inner = tree
    element = etree.Element(name, said=text)
    element.text = text or None
    for child in map(element_of, inner):
        child.tail = text
        element.append(child)
    return element


def signed(root):
    root.set("AssertionID", "one")
    pending = prepare_enveloped(
        root,
        id_attribute="AssertionID",
        certificate=SIGNER.certificate,
        algorithm=SIGNER.algorithm,
    )
    pending.finish(SIGNER.sign(pending.to_be_signed))
    return xml.serialize(root)


def accepted(document):
    return verify_enveloped(xml.parse(document), id_attribute="AssertionID")


def covered(root):
    """What stands in a signed tree beside the signature."""
    root.remove(root.find(q(DS, "Signature")))
    return canonical(root)


SIGNED = signed(element_of(("a", "covered", [("{urn:x}c", "é", []), ("b", "", [])])))


@given(trees)
@settings(deadline=None)
def test_whatever_is_signed_verifies_after_it_was_written_and_read(tree):
    document = signed(element_of(tree))
    assert accepted(document) == SIGNER.certificate
    foreign.verify_with_xmlsec(document, "/*/ds:Signature", SIGNER)


@given(st.integers(0, len(SIGNED) - 1), st.integers(1, 255))
@settings(max_examples=300, deadline=None)
def test_a_flipped_byte_changes_nothing_or_is_refused(place, flip):
    altered = bytearray(SIGNED)
    altered[place] ^= flip
    try:
        root = xml.parse(bytes(altered))
        verify_enveloped(root, id_attribute="AssertionID")
    except TheirAnswerInvalid:
        return
    # What is left are spellings of the same document: quotes, or a prefix of the signature.
    assert covered(root) == covered(xml.parse(SIGNED))


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_moved_parts_change_nothing_or_are_refused(data):
    root = xml.parse(SIGNED)
    everything = list(root.iter(etree.Element))
    moved = data.draw(st.sampled_from(everything[1:]))
    inside = set(moved.iter(etree.Element))
    target = data.draw(st.sampled_from([one for one in everything if one not in inside]))
    target.insert(data.draw(st.integers(0, 3)), moved)
    try:
        accepted(etree.tostring(root))
    except SignatureInvalid:
        return
    # Moved to where it was, or the signature to another place among its brothers.
    assert covered(root) == covered(xml.parse(SIGNED))


@given(
    st.sampled_from(["Algorithm", "URI", "Id", "ID", "AssertionID"]),
    st.integers(0, 30),
    st.sampled_from(["one", " one", "#one", "", foreign.EXC, foreign.SHA1, foreign.RSA_SHA1])
    | texts,
)
@settings(max_examples=200, deadline=None)
def test_any_attribute_in_the_signature_changes_nothing_or_is_refused(name, place, value):
    root = xml.parse(SIGNED)
    inside = list(root.find(q(DS, "Signature")).iter(etree.Element))
    inside[place % len(inside)].set(name, value)
    try:
        certificate = accepted(etree.tostring(root))
    except SignatureInvalid:
        return
    assert certificate == SIGNER.certificate
    assert covered(root) == covered(xml.parse(SIGNED))


@given(trees)
@settings(deadline=None)
def test_a_tree_that_is_no_signature_is_refused(tree):
    with pytest.raises(SignatureInvalid):
        read_signature(element_of(tree), algorithms=CURRENT_ALGORITHMS)


@given(st.text(max_size=40) | st.text("AB+/= \n", max_size=40))
@settings(deadline=None)
def test_base64_gives_octets_or_our_error(text):
    try:
        octets = decode_base64(text)
    except SignatureInvalid:
        return
    again = base64.b64encode(octets).decode()
    # The last letter may carry bits that count for nothing.
    assert again.rstrip("=")[:-1] == "".join(text.split()).rstrip("=")[:-1]


@given(st.sampled_from(["rsa", "ec"]), st.binary(max_size=300))
@settings(deadline=None)
def test_random_signature_values_are_refused(kind, value):
    algorithm = SignatureAlgorithm.RSA_SHA256 if kind == "rsa" else SignatureAlgorithm.ECDSA_SHA256
    key = pki.sts(kind).key.public_key()
    with pytest.raises(SignatureInvalid):
        algorithms.verify(key, algorithm, signature=value, data=b"data")


@given(st.integers(1, 2**384 - 1), st.integers(1, 2**384 - 1))
@settings(deadline=None)
def test_raw_values_survive_der(r, s):
    raw = r.to_bytes(P384_BYTES) + s.to_bytes(P384_BYTES)
    der = algorithms.der_from_raw(raw)
    assert algorithms.raw_from_der(der, coordinate_size=P384_BYTES) == raw


@given(st.integers(0, len(SIGNER.certificate.der) - 1), st.integers(1, 255))
@settings(max_examples=200, deadline=None)
def test_a_damaged_certificate_is_another_one_or_refused(place, flip):
    der = bytearray(SIGNER.certificate.der)
    der[place] ^= flip
    try:
        certificate = Certificate.parse(bytes(der))
    except CertificateUntrusted:
        return
    assert certificate != SIGNER.certificate
    assert isinstance(certificate.subject + certificate.issuer, str)


@given(st.binary(max_size=300))
@settings(deadline=None)
def test_random_bytes_are_no_certificate(der):
    with pytest.raises(CertificateUntrusted):
        Certificate.parse(der)
