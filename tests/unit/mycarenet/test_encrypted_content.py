"""What is inside a seal: written as the connector does, read as others write it."""

from __future__ import annotations

import base64
import zlib

import pytest

from bridge.codecs.blob import Encoding
from bridge.crypto.cms.signed import SignedMessage, write_signed
from bridge.crypto.etk import EtkTrust, read_token
from bridge.crypto.seal import seal
from bridge.crypto.trust import TrustList
from bridge.errors import OurMessageInvalid, SealForAnotherKey, SealUnreadable, TheirAnswerInvalid
from bridge.mycarenet.encrypted import (
    BusinessContent,
    ContentEncryption,
    KnownContent,
    decode_known,
    encode_known,
    new_business_content,
    seal_known,
    sealed_blob,
    unseal_known,
    without_zeros,
)
from bridge.soap import xml
from tests.support import pki, sealing
from tests.support.fakes import CountingIds
from tests.support.sealing import decryption, encryption, signer

SPACE = "urn:be:cin:encrypted"
CONTENT = "<m:Katz xmlns:m='urn:m'>fictitious é</m:Katz>".encode()
KEYS = [decryption(encryption())]
SENDER = signer(pki.ehealth(identifier=f"SSIN={pki.OTHER_NISS}"))
RECIPIENT = read_token(
    sealing.token(),
    trust=EtkTrust(anchors=TrustList([pki.root().certificate]), signer_cbe=sealing.AUTHORITY_CBE),
    at=pki.NOW,
)


def known(**changes):
    business = new_business_content(CONTENT, ids=CountingIds())
    return KnownContent(**{"business": business, "reply_to_etk": b"etk", **changes})


def b64(content):
    return base64.b64encode(content).decode()


def deflated(content):
    stream = zlib.compressobj(wbits=-15)
    return stream.compress(content) + stream.flush()


def document(inside):
    return f'<e:EncryptedKnownContent xmlns:e="{SPACE}">{inside}</e:EncryptedKnownContent>'.encode()


def business(text, attributes=""):
    return document(f"<e:BusinessContent {attributes}>{text}</e:BusinessContent>")


# -- writing -------------------------------------------------------------------------------------


def test_the_content_is_written_as_the_connector_writes_it():
    root = xml.parse(encode_known(known(xades=b"<ds:Signature/>")))
    assert [xml.local_name(child) for child in root] == ["Reply-to-Etk", "BusinessContent", "Xades"]
    assert dict(root[1].attrib) == {
        "id": "_00000000-0000-4000-8000-000000000001",
        "ContentType": "text/xml",
        "ContentEncoding": "deflate",
    }
    assert zlib.decompress(base64.b64decode(root[1].text), wbits=-15) == CONTENT
    assert [base64.b64decode(root[at].text) for at in (0, 2)] == [b"etk", b"<ds:Signature/>"]


@pytest.mark.parametrize("encoding", list(Encoding))
@pytest.mark.parametrize("optional", [None, b"\0\xff bytes"])
def test_what_was_written_is_read(encoding, optional):
    content = BusinessContent(content=CONTENT, encoding=encoding, id="_1")
    value = KnownContent(business=content, reply_to_etk=optional, xades=optional)
    assert decode_known(encode_known(value)) == value


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(BusinessContent(content=CONTENT), id="no-id"),
        pytest.param(BusinessContent(content=CONTENT, id="1 no NCName"), id="bad-id"),
        pytest.param(BusinessContent(content=CONTENT, id="_1", content_type=""), id="no-type"),
    ],
)
def test_nothing_outside_our_schema_is_written(content):
    with pytest.raises(OurMessageInvalid):
        encode_known(KnownContent(business=content))


# -- reading -------------------------------------------------------------------------------------


def test_content_without_attributes_is_plain():
    """One client sends it so; the schema's default is not that of blobs."""
    read = decode_known(business(b64(CONTENT)))
    assert read == KnownContent(
        business=BusinessContent(
            content=CONTENT,
            content_type="application/octet-stream",
            encoding=Encoding.NONE,
            id=None,
        ),
    )


@pytest.mark.parametrize("name", ["id", "Id", "ID"])
def test_the_identifier_is_found_however_it_is_spelt(name):
    assert decode_known(business(b64(CONTENT), f'{name}="x 1"')).business.id == "x 1"


def test_zero_bytes_around_a_rejection_are_removed():
    reject = b"<a:RejectInb xmlns:a='urn:be:cin:nip:async:generic' msgName='M4A_XML'/>"
    assert without_zeros(b"\0\0" + reject + b"\0") == reject
    padded = business(b64(b"\0" + reject + b"\0\0"))
    assert decode_known(b"\0\0" + padded + b"\0\0\0").business.content == reject


@pytest.mark.parametrize("wbits", [-15, 15], ids=["raw", "zlib"])
def test_an_element_deflated_as_a_whole_is_read(wbits):
    stream = zlib.compressobj(wbits=wbits)
    whole = stream.compress(encode_known(known())) + stream.flush()
    assert decode_known(whole).business.content == CONTENT


def test_blanks_and_a_byte_order_mark_are_read():
    text = "\n ".join(b64(CONTENT)[at : at + 10] for at in range(0, 60, 10))
    whole = base64.b64decode("".join(text.split()) + "=" * (-len("".join(text.split())) % 4))
    assert decode_known(b"\xef\xbb\xbf" + business(f" {text} ")).business.content == whole


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\0\0", id="zeros"),
        pytest.param(b"no element", id="text"),
        pytest.param(b"<other/>", id="other"),
        pytest.param(b"<EncryptedKnownContent/>", id="no-name-space"),
        pytest.param(document(""), id="no-content"),
        pytest.param(document("<e:BusinessContent/>" * 2), id="two-contents"),
        pytest.param(business("%%%"), id="no-base64"),
        pytest.param(business("<e:x/>"), id="children"),
        pytest.param(business(b64(CONTENT), 'ContentEncoding="deflate"'), id="not-deflated"),
        pytest.param(business(b64(CONTENT), 'ContentEncoding="gzip"'), id="unknown-encoding"),
        pytest.param(b"<!DOCTYPE x>" + business(b64(CONTENT)), id="document-type"),
        pytest.param(document("<e:BusinessContent/><e:Xades/><e:Xades/>"), id="two-signatures"),
    ],
)
def test_anything_else_is_refused(content):
    with pytest.raises(TheirAnswerInvalid):
        decode_known(content)


def bomb(size):
    stream = zlib.compressobj(9, wbits=-15)
    block = b"\0" * 1_000_000
    packed = b"".join(stream.compress(block) for _ in range(size // len(block)))
    return packed + stream.flush()


def test_a_compression_bomb_in_the_content_is_refused():
    packed = bomb(60_000_000)
    assert len(packed) < 100_000
    with pytest.raises(TheirAnswerInvalid):
        decode_known(business(b64(packed), 'ContentEncoding="deflate"'))


def test_a_compression_bomb_around_the_element_is_refused():
    with pytest.raises(TheirAnswerInvalid):
        decode_known(bomb(60_000_000))


def test_the_largest_size_is_that_of_the_inflated_content():
    packed = business(b64(deflated(b"x" * 1000)), 'ContentEncoding="deflate"')
    assert decode_known(packed, most_bytes=1000).business.content == b"x" * 1000
    with pytest.raises(TheirAnswerInvalid):
        decode_known(packed, most_bytes=999)


# -- sealing -------------------------------------------------------------------------------------


def test_the_content_is_signed_and_sealed_for_the_token():
    asked = []

    def sign_content(content):
        asked.append(content)
        return b"<ds:Signature/>"

    value = known()
    sealed = seal_known(
        value, signer=SENDER, recipient=RECIPIENT, ids=CountingIds(), sign_content=sign_content
    )
    opened = unseal_known(sealed, keys=KEYS)
    assert asked == [value.business]
    assert opened.known == known(xades=b"<ds:Signature/>")
    assert opened.sender == opened.author == SENDER.certificate
    assert opened.certificates == (SENDER.certificate,)


def test_a_signature_made_before_is_kept():
    sealed = seal_known(known(xades=b"x"), signer=SENDER, recipient=RECIPIENT, ids=CountingIds())
    assert unseal_known(sealed, keys=KEYS).known.xades == b"x"


def test_a_deflated_element_inside_a_seal_is_read():
    sealed = seal(
        deflated(encode_known(known())),
        signer=SENDER,
        recipients=[RECIPIENT.encryption],
        ids=CountingIds(),
    )
    assert unseal_known(sealed, keys=KEYS).known == known()


def test_a_bomb_inside_a_genuine_seal_is_refused():
    content = business(b64(bomb(60_000_000)), 'ContentEncoding="deflate"')
    sealed = seal(content, signer=SENDER, recipients=[RECIPIENT.encryption], ids=CountingIds())
    with pytest.raises(TheirAnswerInvalid):
        unseal_known(sealed, keys=KEYS)


def test_a_seal_for_another_key_or_damaged_stays_closed():
    sealed = seal_known(known(), signer=SENDER, recipient=RECIPIENT, ids=CountingIds())
    with pytest.raises(SealForAnotherKey):
        unseal_known(sealed, keys=[decryption(encryption(name="other"))])
    middle = bytearray(SignedMessage.read(sealed).content)
    middle[-1] ^= 1
    damaged = write_signed(bytes(middle), signer=SENDER, has_certificate=True)
    with pytest.raises(SealUnreadable):
        unseal_known(damaged, keys=KEYS)


def test_the_blob_says_for_whom_it_is_sealed():
    blob = sealed_blob(b"seal", message_name="M4A_XML", ids=CountingIds())
    assert (blob.content, blob.content_type, blob.message_name) == (b"seal", "text/xml", "M4A_XML")
    assert (blob.content_encryption, blob.encoding) == ("encryptedForKnownBED", Encoding.NONE)
    assert blob.id == "_00000000-0000-4000-8000-000000000001"
    answer = sealed_blob(
        b"seal",
        message_name="M4A_XML",
        ids=CountingIds(),
        encryption=ContentEncryption.FOR_RECIPIENT,
    )
    assert answer.content_encryption == "encryptedForKnownRecipient"


def test_nothing_of_the_content_is_shown():
    assert "fictitious" not in repr(known(xades=b"fictitious", reply_to_etk=b"fictitious"))
