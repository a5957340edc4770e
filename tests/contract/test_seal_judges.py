"""Seals judged by the ``openssl`` command in both directions (D26)."""

from __future__ import annotations

import re

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers import algorithms
from cryptography.hazmat.primitives.serialization import pkcs7

from bridge.adapters.ids import SystemIds
from bridge.crypto.cms.schemes import Scheme
from bridge.crypto.seal import prepare_author, seal, seal_signed, unseal
from bridge.errors import SealUnreadable, SignatureInvalid
from tests.support import pki, sealing
from tests.support.fakes import FixedClock
from tests.support.sealing import CONTENT, Bench, OpensslRefused, decryption, encryption, signer

IDS = SystemIds(FixedClock())
SENDER = f"SSIN={pki.OTHER_NISS}"
ATTRIBUTES = [pytest.param((), id="attributes"), pytest.param(("-noattr",), id="no-attributes")]


@pytest.fixture
def bench(tmp_path) -> Bench:
    return Bench(tmp_path)


def sender() -> pki.Credential:
    return pki.ehealth(identifier=SENDER)


def sealed_by_us(**options) -> bytes:
    recipients = [encryption().certificate]
    return seal(CONTENT, signer=signer(sender()), recipients=recipients, ids=IDS, **options)


# -- ours, read by openssl -----------------------------------------------------------------------


def test_openssl_opens_our_seal_layer_by_layer(bench):
    enveloped = bench.verify(sealed_by_us())
    inner = bench.decrypt(enveloped, encryption())
    assert bench.verify(inner, sender()) == CONTENT
    with pytest.raises(OpensslRefused):
        bench.verify(inner)  # the certificate is left out


def test_openssl_finds_the_algorithms_of_the_specification(bench):
    sealed = sealed_by_us()
    outer = bench.structure(sealed)
    assert "algorithm: rsassaPss (1.2.840.113549.1.1.10)" in outer
    assert "algorithm: sha256 (2.16.840.1.101.3.4.2.1)" in outer
    assert re.search(r"cont \[ 2 ] +\n.*INTEGER +:20\n", outer)  # a salt of 32 bytes
    assert "signedAttrs:\n          <ABSENT>" in outer
    enveloped = bench.verify(sealed)
    middle = bench.structure(enveloped)
    assert "algorithm: aes-128-cbc (2.16.840.1.101.3.4.1.2)" in middle
    assert "algorithm: rsaEncryption (1.2.840.113549.1.1.1)" in middle
    assert "d.issuerAndSerialNumber" in middle
    inner = bench.structure(bench.decrypt(enveloped, encryption()))
    assert "certificates:\n      <ABSENT>" in inner


@pytest.mark.parametrize(("kind", "scheme"), [("rsa", Scheme.RSA_PKCS1), ("ec", Scheme.ECDSA)])
def test_openssl_verifies_an_eid_inside(bench, kind, scheme):
    sealed = sealed_by_us(author=signer(pki.eid(kind), scheme))
    inner = bench.decrypt(bench.verify(sealed), encryption())
    assert bench.verify(inner) == CONTENT
    assert "Fien Testens" in bench.structure(inner)


def test_openssl_verifies_a_signature_that_was_waited_for(bench):
    card = signer(pki.eid("rsa"), Scheme.RSA_PKCS1)
    pending = prepare_author(CONTENT, certificate=card.certificate, scheme=card.scheme)
    inner = pending.finish(card.sign(pending.to_be_signed))
    sealed = seal_signed(
        inner, signer=signer(sender()), recipients=[encryption().certificate], ids=IDS
    )
    assert bench.verify(bench.decrypt(bench.verify(sealed), encryption())) == CONTENT


def test_each_of_several_recipients_opens_it(bench):
    others = [encryption(), encryption(name="other")]
    sealed = seal(
        CONTENT,
        signer=signer(sender()),
        recipients=[each.certificate for each in others],
        ids=IDS,
    )
    enveloped = bench.verify(sealed)
    for each in others:
        assert bench.verify(bench.decrypt(enveloped, each), sender()) == CONTENT
        assert unseal(sealed, keys=[decryption(each)]).content == CONTENT


def test_openssl_refuses_what_was_changed(bench):
    sealed = bytearray(sealed_by_us())
    sealed[len(sealed) // 2] ^= 1
    with pytest.raises(OpensslRefused):
        bench.verify(bytes(sealed))


# -- theirs, read by us --------------------------------------------------------------------------


@pytest.mark.parametrize("is_pss", [True, False], ids=["pss", "pkcs1"])
@pytest.mark.parametrize("options", ATTRIBUTES)
def test_we_open_a_seal_of_openssl(bench, options, is_pss):
    inner = bench.sign(CONTENT, sender(), "-nocerts", *options, is_pss=is_pss)
    enveloped = bench.encrypt(inner, encryption())
    sealed = bench.sign(enveloped, sender(), *options, is_pss=is_pss)
    opened = unseal(sealed, keys=[decryption(encryption())])
    assert opened.content == CONTENT
    assert opened.sender == opened.author == sender().certificate


def test_we_open_streamed_layers(bench):
    # The program cannot stream PSS, so these are the signatures of an eID.
    inner = bench.sign(CONTENT, sender(), "-nocerts", "-stream", is_pss=False)
    enveloped = bench.encrypt(inner, encryption(), options=["-stream"])
    sealed = bench.sign(enveloped, sender(), "-stream", is_pss=False)
    assert [layer[:2] for layer in (inner, enveloped, sealed)] == 3 * [b"\x30\x80"]
    assert unseal(sealed, keys=[decryption(encryption())]).content == CONTENT


@pytest.mark.parametrize("options", ATTRIBUTES)
def test_openssl_reads_the_indefinite_form_of_the_tests_as_we_do(bench, options):
    inner = sealing.to_ber(bench.sign(CONTENT, sender(), "-nocerts", *options))
    enveloped = sealing.to_ber(bench.encrypt(inner, encryption()))
    sealed = sealing.to_ber(bench.sign(enveloped, sender(), *options))
    decrypted = bench.decrypt(bench.verify(sealed), encryption())
    assert bench.verify(decrypted, sender()) == CONTENT
    assert unseal(sealed, keys=[decryption(encryption())]).content == CONTENT


@pytest.mark.parametrize("kind", ["rsa", "ec"])
def test_we_tell_an_eid_inside_from_the_sender(bench, kind):
    inner = bench.sign(CONTENT, pki.eid(kind), is_pss=False)
    sealed = bench.sign(bench.encrypt(inner, encryption()), sender())
    opened = unseal(sealed, keys=[decryption(encryption())])
    assert opened.author == pki.eid(kind).certificate
    assert opened.sender == sender().certificate


def test_signers_may_be_named_by_their_key(bench):
    inner = bench.sign(CONTENT, sender(), "-nocerts", "-keyid")
    enveloped = bench.encrypt(inner, encryption())
    sealed = bench.sign(enveloped, sender(), "-keyid")
    assert unseal(sealed, keys=[decryption(encryption())]).sender == sender().certificate


@pytest.mark.parametrize("cipher", ["-aes-192-cbc", "-aes-256-cbc"])
def test_longer_keys_are_read(bench, cipher):
    inner = bench.sign(CONTENT, sender(), "-nocerts")
    sealed = bench.sign(bench.encrypt(inner, encryption(), cipher=cipher), sender())
    assert unseal(sealed, keys=[decryption(encryption())]).content == CONTENT


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"cipher": "-des3"}, id="des"),
        pytest.param({"options": ["-keyopt", "rsa_padding_mode:oaep"]}, id="oaep"),
    ],
)
def test_other_ways_of_encryption_are_not_read(bench, options):
    inner = bench.sign(CONTENT, sender(), "-nocerts")
    sealed = bench.sign(bench.encrypt(inner, encryption(), **options), sender())
    with pytest.raises(SealUnreadable):
        unseal(sealed, keys=[decryption(encryption())])


@pytest.mark.parametrize("hashed", ["sha1", "md5"])
def test_weak_hashes_are_refused(bench, hashed):
    enveloped = bench.encrypt(bench.sign(CONTENT, sender(), "-nocerts"), encryption())
    sealed = bench.sign(enveloped, sender(), hashed=hashed, is_pss=False)
    with pytest.raises(SignatureInvalid):
        unseal(sealed, keys=[decryption(encryption())])


def test_attributes_of_another_message_are_no_content(bench):
    """RFC 5652 gives content and signed attributes the same signature."""
    genuine = bench.sign(CONTENT, sender())
    parts = sealing.signed_attributes(genuine)
    forged = sealing.without_attributes(genuine, content=parts)
    assert bench.verify(forged) == parts
    with pytest.raises(SignatureInvalid):
        unseal(forged, keys=[decryption(encryption())])


def test_we_open_a_seal_of_another_library(bench):
    """``cryptography`` builds layers of its own."""
    who = sender()
    options = [pkcs7.PKCS7Options.Binary]
    encoding = serialization.Encoding.DER

    def sign(content, *extra):
        builder = pkcs7.PKCS7SignatureBuilder().set_data(content)
        builder = builder.add_signer(
            who.certificate.x509,
            who.key,
            hashes.SHA256(),
            rsa_padding=padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32),
        )
        return builder.sign(encoding, [*options, *extra])

    inner = sign(CONTENT, pkcs7.PKCS7Options.NoCerts)
    envelope = pkcs7.PKCS7EnvelopeBuilder().set_data(inner)
    envelope = envelope.add_recipient(encryption().certificate.x509)
    envelope = envelope.set_content_encryption_algorithm(algorithms.AES128)
    opened = unseal(sign(envelope.encrypt(encoding, options)), keys=[decryption(encryption())])
    assert opened.content == CONTENT
