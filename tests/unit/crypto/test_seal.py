"""Seals in memory: what comes back, and what is refused before anything is sent."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from bridge.crypto.cms.enveloped import is_for_encryption, open_enveloped, write_enveloped
from bridge.crypto.cms.schemes import Scheme, sign
from bridge.crypto.cms.signed import CmsSigner, SignedMessage, write_signed
from bridge.crypto.seal import seal, seal_signed, unseal
from bridge.errors import (
    OurMessageInvalid,
    SealForAnotherKey,
    SealUnreadable,
    SignatureInvalid,
    TheirAnswerInvalid,
)
from tests.support import pki, sealing
from tests.support.fakes import CountingIds
from tests.support.sealing import CONTENT, decryption, encryption, issue_encryption, signer

KEYS = [decryption(encryption())]
SENDER = signer(pki.ehealth(identifier=f"SSIN={pki.OTHER_NISS}"))


def sealed(content=CONTENT, **options):
    parts = {"signer": SENDER, "recipients": [encryption().certificate], "ids": CountingIds()}
    return seal(content, **{**parts, **options})


def layers(*, inner=None, enveloped=None, outer=None):
    """Build the three layers one by one, each changed on its way."""
    signed = write_signed(CONTENT, signer=SENDER, has_certificate=False)
    signed = inner(signed) if inner else signed
    recipients = [encryption().certificate]
    middle = write_enveloped(signed, recipients=recipients, ids=CountingIds())
    middle = enveloped(middle) if enveloped else middle
    message = write_signed(middle, signer=SENDER, has_certificate=True)
    return outer(message) if outer else message


@pytest.mark.parametrize("size", [1, 15, 16, 17, 4095, 300_000])
def test_what_was_sealed_comes_back(size):
    content = bytes(range(256)) * (size // 256 + 1)
    opened = unseal(sealed(content[:size]), keys=KEYS)
    assert opened.content == content[:size]
    assert opened.sender == opened.author == SENDER.certificate
    assert opened.certificates == (SENDER.certificate,)


@pytest.mark.parametrize(("kind", "scheme"), [("rsa", Scheme.RSA_PKCS1), ("ec", Scheme.ECDSA)])
def test_another_author_brings_a_certificate(kind, scheme):
    author = signer(pki.eid(kind), scheme)
    opened = unseal(sealed(author=author), keys=KEYS)
    assert (opened.sender, opened.author) == (SENDER.certificate, author.certificate)
    assert opened.certificates == (SENDER.certificate, author.certificate)


def test_the_same_author_leaves_the_inner_certificate_out():
    outer = SignedMessage.read(sealed(author=SENDER))
    inner = SignedMessage.read(open_enveloped(outer.content, KEYS))
    assert (outer.certificates, inner.certificates) == ((SENDER.certificate,), ())
    with pytest.raises(SignatureInvalid):
        inner.verify()


def test_older_keys_open_older_seals():
    older = encryption(name="older")
    keys = [decryption(encryption()), decryption(older)]
    message = sealed(recipients=[older.certificate])
    assert unseal(message, keys=keys).content == CONTENT


@pytest.mark.parametrize("layer", ["inner", "enveloped", "outer"])
def test_each_layer_may_have_indefinite_lengths(layer):
    message = layers(**{layer: sealing.to_ber})
    assert unseal(message, keys=KEYS).content == CONTENT


def test_all_layers_may_have_indefinite_lengths():
    message = layers(inner=sealing.to_ber, enveloped=sealing.to_ber, outer=sealing.to_ber)
    assert message[:2] == b"\x30\x80"
    assert unseal(message, keys=KEYS).content == CONTENT


def test_unsigned_revocation_values_are_accepted():
    """Libraries add what they looked up about revocation, as an unsigned attribute."""
    revocation = bytes.fromhex("060b2a864886f70d0109100218")
    values = sealing.tlv(0x30, revocation + sealing.tlv(0x31, sealing.tlv(0x30, b"")))
    message = sealing.with_unsigned(sealed(), values)
    assert len(message) > len(sealed())
    assert unseal(message, keys=KEYS).content == CONTENT


# -- what we refuse to write ---------------------------------------------------------------------


def test_nothing_is_sealed_for_nobody():
    with pytest.raises(OurMessageInvalid):
        sealed(recipients=[])


@pytest.mark.parametrize(
    "recipient",
    [
        pytest.param(pki.ehealth, id="authentication"),
        pytest.param(lambda: pki.ehealth("ec"), id="elliptic-curve"),
        pytest.param(
            lambda: issue_encryption(pki.ehealth(), key=rsa.generate_private_key(65537, 1024)),
            id="short",
        ),
    ],
)
def test_only_encryption_certificates_are_sealed_for(recipient):
    certificate = recipient().certificate
    assert not is_for_encryption(certificate)
    with pytest.raises(OurMessageInvalid):
        sealed(recipients=[certificate])


@pytest.mark.parametrize("usage", ["key_encipherment", "data_encipherment"])
def test_both_usages_of_encryption_are_known(usage):
    assert is_for_encryption(issue_encryption(pki.ehealth(), usage=usage).certificate)


def test_a_key_of_another_certificate_is_noticed_before_sending():
    stranger = pki.ehealth(identifier=f"CBE={pki.CBE}")
    false = CmsSigner(
        certificate=SENDER.certificate,
        scheme=Scheme.RSA_PSS,
        sign=lambda data: sign(stranger.key, Scheme.RSA_PSS, data),
    )
    with pytest.raises(SignatureInvalid):
        sealed(signer=false)


@pytest.mark.parametrize(("kind", "scheme"), [("ec", Scheme.RSA_PSS), ("rsa", Scheme.ECDSA)])
def test_keys_sign_only_as_they_can(kind, scheme):
    with pytest.raises(OurMessageInvalid):
        sign(pki.eid(kind).key, scheme, CONTENT)


# -- what we refuse to read ----------------------------------------------------------------------


def test_a_seal_for_somebody_else_uses_no_key():
    class Untouchable:
        certificate = encryption(name="other").certificate

        def decrypt(self, encrypted):
            raise AssertionError("used")

    with pytest.raises(SealForAnotherKey):
        unseal(sealed(), keys=[Untouchable()])
    with pytest.raises(SealForAnotherKey):
        unseal(sealed(), keys=[])


def test_nothing_is_decrypted_before_the_outer_signature_holds():
    class Untouchable:
        certificate = encryption().certificate

        def decrypt(self, encrypted):
            raise AssertionError("used")

    message = bytearray(sealed())
    message[-1] ^= 1
    with pytest.raises(SignatureInvalid):
        unseal(bytes(message), keys=[Untouchable()])


def test_the_wrong_key_behind_the_right_name_tells_nothing():
    false = sealing.RsaDecryptionKey(
        key=encryption(name="other").key, certificate=encryption().certificate
    )
    with pytest.raises(SealUnreadable):
        unseal(sealed(), keys=[false])


def test_an_inner_signature_of_a_stranger_is_refused():
    """Without a certificate inside, only the sender can be the author."""
    stranger = signer(pki.ehealth(identifier=f"CBE={pki.CBE}"))
    inner = write_signed(CONTENT, signer=stranger, has_certificate=False)
    recipients = [encryption().certificate]
    message = seal_signed(inner, signer=SENDER, recipients=recipients, ids=CountingIds())
    with pytest.raises(SealUnreadable):
        unseal(message, keys=KEYS)


def test_content_that_was_not_signed_inside_is_refused():
    recipients = [encryption().certificate]
    message = seal_signed(CONTENT, signer=SENDER, recipients=recipients, ids=CountingIds())
    with pytest.raises(SealUnreadable):
        unseal(message, keys=KEYS)


def test_a_seal_without_its_outer_layer_is_refused():
    outer = SignedMessage.read(sealed())
    with pytest.raises(TheirAnswerInvalid):
        unseal(outer.content, keys=KEYS)


def test_signed_data_that_holds_no_encrypted_content_is_refused():
    message = write_signed(CONTENT, signer=SENDER, has_certificate=True)
    with pytest.raises(TheirAnswerInvalid):
        unseal(message, keys=KEYS)


def test_nothing_secret_is_shown():
    shown = repr(unseal(sealed(), keys=KEYS)) + repr(KEYS) + repr(SENDER)
    assert "fictitious" not in shown
    assert "RSAPrivateKey" not in shown
