"""Signing and verifying at the edges: ambiguous identifiers, moved and doubled signatures."""

from __future__ import annotations

import pytest
from lxml import etree

from bridge.errors import OurMessageInvalid, SignatureInvalid
from bridge.soap import xml
from bridge.xmldsig.digests import canonical_without
from bridge.xmldsig.sign import prepare_enveloped
from bridge.xmldsig.verify import verify_enveloped
from tests.support import pki


def signed(text: str = "<a ID='one'>value<b/></a>"):
    signer = pki.sts("rsa")
    root = xml.parse(text.encode())
    pending = prepare_enveloped(
        root, id_attribute="ID", certificate=signer.certificate, algorithm=signer.algorithm
    )
    pending.finish(signer.sign(pending.to_be_signed))
    return xml.parse(xml.serialize(root))


def test_the_signer_is_given_back() -> None:
    assert verify_enveloped(signed(), id_attribute="ID") == pki.sts("rsa").certificate


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("<a ID='one'><b Id='one'/></a>", id="identifier-twice"),
        pytest.param("<a/>", id="no-identifier"),
    ],
)
def test_what_cannot_be_named_is_not_signed(text: str) -> None:
    signer = pki.sts("rsa")
    with pytest.raises(OurMessageInvalid):
        prepare_enveloped(
            xml.parse(text.encode()),
            id_attribute="ID",
            certificate=signer.certificate,
            algorithm=signer.algorithm,
        )


def test_a_second_signature_is_refused() -> None:
    root = signed()
    root.append(xml.parse(xml.serialize(root[-1])))
    with pytest.raises(SignatureInvalid):
        verify_enveloped(root, id_attribute="ID")


def test_another_identifier_of_the_root_is_refused() -> None:
    root = signed()
    root.set("ID", "two")
    with pytest.raises(SignatureInvalid):
        verify_enveloped(root, id_attribute="ID")


def test_the_same_identifier_elsewhere_is_refused() -> None:
    root = signed()
    root[0].set("Id", "one")
    with pytest.raises(SignatureInvalid):
        verify_enveloped(root, id_attribute="ID")


@pytest.mark.parametrize(
    ("text", "left"),
    [
        pytest.param("<a>x<b/>y</a>", b"<a>xy</a>", id="only-child"),
        pytest.param("<a>x<c/>z<b/>y</a>", b"<a>x<c></c>zy</a>", id="after-another"),
    ],
)
def test_text_behind_the_signature_stays(text: str, left: bytes) -> None:
    root = xml.parse(text.encode())
    assert canonical_without(root, root.find("b")) == left
    assert etree.tostring(root).decode() == text


def test_only_a_child_can_be_left_out() -> None:
    root = xml.parse(b"<a><b><c/></b></a>")
    with pytest.raises(SignatureInvalid):
        canonical_without(root, root.find("b/c"))
