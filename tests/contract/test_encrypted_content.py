"""``EncryptedKnownContent`` judged by the official schema, inside a seal opened by ``openssl``."""

from __future__ import annotations

from functools import cache

import pytest
from lxml import etree

from bridge.adapters.ids import SystemIds
from bridge.codecs.blob import Encoding
from bridge.crypto.etk import EtkTrust, read_token
from bridge.crypto.trust import TrustList
from bridge.mycarenet.encrypted import (
    BusinessContent,
    KnownContent,
    encode_known,
    new_business_content,
    seal_known,
    unseal_known,
)
from bridge.soap import xml
from tests.support import pki, sealing
from tests.support.fakes import FixedClock
from tests.support.sealing import Bench, decryption, encryption, signer
from tests.support.shared import SCHEMAS

IDS = SystemIds(FixedClock())
CONTENT = b"<katz>fictitious</katz>" * 200


@cache
def official() -> etree.XMLSchema:
    return etree.XMLSchema(file=str(SCHEMAS / "connector/encryption/XSD/businessContent.xsd"))


def sender() -> pki.Credential:
    return pki.ehealth(identifier=f"SSIN={pki.OTHER_NISS}")


@pytest.mark.parametrize("encoding", list(Encoding))
@pytest.mark.parametrize("optional", [None, b"bytes"])
def test_what_our_schema_accepts_the_official_one_accepts(encoding, optional):
    business = BusinessContent(content=CONTENT, encoding=encoding, id=f"_{IDS.uuid()}")
    known = KnownContent(business=business, reply_to_etk=optional, xades=optional)
    official().assertValid(xml.parse(encode_known(known)))


def test_the_official_schema_refuses_another_order():
    known = KnownContent(business=new_business_content(CONTENT, ids=IDS), xades=b"x")
    root = xml.parse(encode_known(known))
    root.insert(0, root[-1])
    with pytest.raises(etree.DocumentInvalid):
        official().assertValid(root)


def test_openssl_finds_the_element_in_our_seal(tmp_path):
    bench = Bench(tmp_path)
    trust = EtkTrust(anchors=TrustList([pki.root().certificate]), signer_cbe=sealing.AUTHORITY_CBE)
    recipient = read_token(sealing.token(), trust=trust, at=pki.NOW)
    known = KnownContent(business=new_business_content(CONTENT, ids=IDS), reply_to_etk=b"etk")
    sealed = seal_known(known, signer=signer(sender()), recipient=recipient, ids=IDS)
    inner = bench.decrypt(bench.verify(sealed), encryption())
    element = bench.verify(inner, sender())
    assert element == encode_known(known)
    official().assertValid(xml.parse(element))


def test_an_element_sealed_by_openssl_is_read(tmp_path):
    bench = Bench(tmp_path)
    known = KnownContent(business=new_business_content(CONTENT, ids=IDS), xades=b"xades")
    inner = bench.sign(b"\0" + encode_known(known) + b"\0", sender(), "-nocerts")
    sealed = bench.sign(bench.encrypt(inner, encryption()), sender())
    assert unseal_known(sealed, keys=[decryption(encryption())]).known == known
