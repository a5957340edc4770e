"""Time-stamps made by the openssl command: read, compared with their signature, or refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from lxml import etree

from bridge.crypto.cms.timestamp import TimestampToken
from bridge.errors import SignatureInvalid, TheirAnswerInvalid
from bridge.mycarenet.genasync_values import Blob
from bridge.mycarenet.signedblob import signed_content, verify_signed_blob
from bridge.soap import xml
from bridge.xmldsig.xades import prepare_xades
from tests.support import pki
from tests.support.shared import SCHEMAS
from tests.support.stamping import EXC, XADES, authority, stamped, token_over, value_of

DATA = b"fictitious"
BLOB = Blob(content=DATA, content_type="text/plain", message_name="HCPFAC", id="_1")
KINDS = [pytest.param("rsa", id="rsa-2048"), pytest.param("ec", id="p-384")]


@cache
def token(kind: str = "rsa", **options: object) -> bytes:
    return token_over(DATA, tsa=authority(kind), **options)


@cache
def signature(kind: str = "rsa") -> bytes:
    who = pki.ehealth(kind)
    pending = prepare_xades(
        signed_content(BLOB),
        chain=[who.certificate],
        algorithm=who.algorithm,
        signed_at=pki.NOW,
        unique="1",
    )
    return pending.finish(who.sign(pending.to_be_signed))


# -- the bare token ------------------------------------------------------------------------------


@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_token_of_openssl_is_read(kind, digest):
    read = TimestampToken.read(token(kind, digest=digest))
    assert read.signer == authority(kind).certificate
    assert abs(read.made_at - datetime.now(UTC)) < timedelta(minutes=5)
    read.verify(DATA)
    with pytest.raises(SignatureInvalid):
        read.verify(DATA + b"!")


def test_an_imprint_in_an_old_hash_is_not_believed():
    with pytest.raises(SignatureInvalid):
        TimestampToken.read(token(digest="sha1")).verify(DATA)


def test_without_its_certificate_nobody_vouches_for_it():
    with pytest.raises(SignatureInvalid):
        TimestampToken.read(token(has_certificate=False))


def test_only_an_authority_for_time_stamps_makes_them(monkeypatch):
    # openssl refuses to make it so, hence the certificate is exchanged in the reader's hand.
    stranger = authority(purpose="mail").certificate
    monkeypatch.setattr(
        "bridge.crypto.cms.timestamp.SignedMessage.verify", lambda _message: stranger
    )
    with pytest.raises(SignatureInvalid):
        TimestampToken.read(token())


def test_no_byte_of_a_token_can_be_changed():
    genuine = token()
    original = TimestampToken.read(genuine)
    for place in range(0, len(genuine), 19):
        changed = bytearray(genuine)
        changed[place] ^= 1
        try:
            read = TimestampToken.read(bytes(changed))
            read.verify(DATA)
        except TheirAnswerInvalid:
            continue
        # What is left are version numbers, and the certificate, whose chain is judged by others.
        assert read.made_at == original.made_at
        assert read.signer.public_key == original.signer.public_key


@pytest.mark.parametrize("encoded", [b"", b"\x30\x00", b"<a/>", DATA * 100])
def test_what_is_no_token_is_refused(encoded):
    with pytest.raises(TheirAnswerInvalid):
        TimestampToken.read(encoded)


# -- inside a signature --------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_time_stamp_over_the_value_is_given_and_read(kind):
    made = token_over(value_of(signature(kind)), tsa=authority(kind))
    whole = stamped(signature(kind), made)
    schema = etree.XMLSchema(file=str(SCHEMAS / "connector" / "external" / "XSD" / "XAdES.xsd"))
    qualifying = next(xml.parse(whole).iter(f"{{{XADES}}}QualifyingProperties"))
    schema.assertValid(xml.parse(etree.tostring(qualifying)))
    verified = verify_signed_blob(BLOB, whole)
    assert verified.timestamp == made
    assert verified.stamp == TimestampToken.read(made)
    assert verified.certificate == pki.ehealth(kind).certificate


def test_a_time_stamp_over_another_value_is_refused():
    with pytest.raises(SignatureInvalid):
        verify_signed_blob(BLOB, stamped(signature(), token()))


@pytest.mark.parametrize(
    ("raw", "method"),
    [(b"another kind of token", EXC), (token(), None), (token(), "urn:another-canonical-form")],
    ids=["unreadable", "no-method", "other-method"],
)
def test_one_that_we_cannot_read_is_only_given(raw, method):
    verified = verify_signed_blob(BLOB, stamped(signature(), raw, method=method))
    assert (verified.timestamp, verified.stamp) == (raw, None)


def test_of_several_the_first_counts():
    first = token_over(value_of(signature()), tsa=authority())
    whole = stamped(stamped(signature(), first), token())
    assert verify_signed_blob(BLOB, whole).timestamp == first


def test_a_time_stamp_does_not_heal_another_content():
    made = token_over(value_of(signature()), tsa=authority())
    with pytest.raises(SignatureInvalid):
        verify_signed_blob(replace(BLOB, content=b"other"), stamped(signature(), made))


def test_nothing_of_a_token_is_shown():
    made = token_over(value_of(signature()), tsa=authority())
    verified = verify_signed_blob(BLOB, stamped(signature(), made))
    assert made.hex()[:40] not in repr(verified)
    assert repr(made)[2:30] not in repr(verified)
