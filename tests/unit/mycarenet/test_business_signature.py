"""The XAdES inside a seal: which octets it covers, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.codecs.blob import Encoding
from bridge.errors import SignatureInvalid
from bridge.mycarenet.businesssignature import business_as_signed, verify_business
from bridge.mycarenet.encrypted import BusinessContent, KnownContent, decode_known, encode_known
from bridge.soap import xml
from bridge.xmldsig.c14n import canonical
from bridge.xmldsig.xades import SignedContent, prepare_xades
from tests.support import pki

CONTENT = b"<katz  b='2' a='1'>fictitious</katz>"
"""Not in canonical form, so that both ways of signing differ."""


def signed(content: SignedContent) -> bytes:
    who = pki.ehealth()
    pending = prepare_xades(
        content,
        chain=[who.certificate, pki.root().certificate],
        algorithm=who.algorithm,
        signed_at=pki.NOW,
        unique="1",
    )
    return pending.finish(who.sign(pending.to_be_signed))


def known(encoding=Encoding.DEFLATE, **changes):
    business = BusinessContent(content=CONTENT, encoding=encoding, id="_1")
    value = KnownContent(business=business, xades=signed(business_as_signed(business)))
    return replace(value, **changes)


@pytest.mark.parametrize("encoding", list(Encoding))
def test_what_we_sign_holds_after_the_journey(encoding):
    read = decode_known(encode_known(known(encoding)))
    verified = verify_business(read)
    assert verified.certificate == pki.ehealth().certificate
    assert verified.chain == (pki.ehealth().certificate, pki.root().certificate)
    assert verified.signed_at == pki.NOW


@pytest.mark.parametrize(
    ("encoding", "transforms"),
    [(Encoding.NONE, ["base64"]), (Encoding.DEFLATE, ["base64", "optional-deflate"])],
)
def test_the_transforms_are_those_of_the_connector(encoding, transforms):
    content = business_as_signed(known(encoding).business)
    assert [name.rpartition("#")[2].rpartition(":")[2] for name in content.transforms] == transforms


def test_a_client_that_canonicalises_is_understood():
    business = known(Encoding.NONE).business
    octets = canonical(xml.parse(CONTENT))
    assert octets != CONTENT
    xades = signed(SignedContent(identifier="_1", octets=octets, is_xml=True))
    value = KnownContent(business=business, xades=xades)
    assert verify_business(value).certificate == pki.ehealth().certificate


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param(lambda v: replace(v, xades=None), id="unsigned"),
        pytest.param(lambda v: replace(v, xades=b"nonsense"), id="no-xml"),
        pytest.param(lambda v: replace(v, xades=b"<a/>"), id="other-xml"),
        pytest.param(
            lambda v: replace(v, business=replace(v.business, content=CONTENT + b" ")),
            id="content-changed",
        ),
        pytest.param(
            lambda v: replace(v, business=replace(v.business, content=b"no xml")), id="no-content"
        ),
        pytest.param(lambda v: replace(v, business=replace(v.business, id="_2")), id="other-id"),
        pytest.param(lambda v: replace(v, business=replace(v.business, id=None)), id="no-id"),
        pytest.param(
            lambda v: replace(
                v,
                business=replace(v.business, content=b"x", content_type="text/plain"),
            ),
            id="other-type",
        ),
    ],
)
def test_anything_else_is_refused(changed):
    with pytest.raises(SignatureInvalid):
        verify_business(changed(known()))
