"""Damaged and forged seals: always an error of ours, never a hint at what was decrypted."""

from __future__ import annotations

import pytest

from bridge.crypto.cms import reading
from bridge.crypto.cms.enveloped import open_enveloped
from bridge.crypto.cms.signed import SignedMessage, write_signed
from bridge.crypto.seal import seal, unseal
from bridge.crypto.trust import TrustList
from bridge.errors import SealForAnotherKey, SealUnreadable, TheirAnswerInvalid
from tests.support import pki, sealing
from tests.support.fakes import CountingIds
from tests.support.sealing import decryption, encryption, signer

CONTENT = b"<short/>"
KEYS = [decryption(encryption())]
SENDER = signer(pki.ehealth(identifier=f"SSIN={pki.OTHER_NISS}"))
ATTACKER = signer(pki.ehealth(identifier=f"CBE={pki.CBE}"))


def sealed():
    recipients = [encryption().certificate]
    return seal(CONTENT, signer=SENDER, recipients=recipients, ids=CountingIds())


def flipped(message, position, bit=0):
    changed = bytearray(message)
    changed[position] ^= 1 << bit
    return bytes(changed)


def try_to_open(message):
    """Give what comes out, or the error; anything but an error of ours fails the test."""
    try:
        return unseal(message, keys=KEYS)
    except TheirAnswerInvalid as error:
        return error


@pytest.mark.parametrize("start", range(8))
def test_no_byte_can_be_changed_unnoticed(start):
    """Every region is hit; what no signature covers cannot change content or signer."""
    message = sealed()
    unnoticed = 0
    for position in range(start, len(message), 24):
        outcome = try_to_open(flipped(message, position, bit=position % 8))
        if isinstance(outcome, TheirAnswerInvalid):
            continue
        assert outcome.content == CONTENT
        unnoticed += outcome.sender == SENDER.certificate
        if outcome.sender != SENDER.certificate:  # its issuer signed it, which trust looks at
            with pytest.raises(TheirAnswerInvalid):
                TrustList([pki.root().certificate]).verify(outcome.sender, at=pki.NOW)
    assert unnoticed < 4  # versions, and the list of hashes, which nobody reads


@pytest.mark.parametrize("step", [1, 97])
def test_a_truncated_seal_is_refused(step):
    message = sealed()
    lengths = range(64) if step == 1 else range(64, len(message), step)
    for length in [*lengths, len(message) - 1]:
        with pytest.raises(TheirAnswerInvalid):
            unseal(message[:length], keys=KEYS)


def test_bytes_behind_a_seal_are_refused():
    with pytest.raises(TheirAnswerInvalid):
        unseal(sealed() + b"\0", keys=KEYS)


def signed_by_attacker(enveloped):
    """Anybody with a certificate can sign outside, so this is what an oracle would be asked."""
    return write_signed(enveloped, signer=ATTACKER, has_certificate=True)


def middle():
    return SignedMessage.read(sealed()).content


def region(name):
    """Give where a part of the middle layer begins and ends."""
    layer = middle()
    encrypted_key = sealing.tlv(0x04, b"\0" * 256)[:4]
    start = layer.index(encrypted_key) + 4
    vector = layer.index(bytes.fromhex("0410"), start + 256) + 2
    text = vector + 16
    return {
        "key": (start, start + 256),
        "vector": (vector, vector + 16),
        "text": (text + 4, len(layer)),
    }[name]


@pytest.mark.parametrize("name", ["key", "vector", "text"])
def test_whatever_is_wrong_inside_looks_the_same(name):
    layer = middle()
    start, end = region(name)
    found = set()
    for position in range(start, end, max(1, (end - start) // 40)):
        outcome = try_to_open(signed_by_attacker(flipped(layer, position)))
        assert isinstance(outcome, TheirAnswerInvalid)
        found.add((type(outcome), str(outcome), outcome.problem_code, outcome.__cause__))
    assert found == {(SealUnreadable, "seal_unreadable", "seal_unreadable", None)}


@pytest.mark.parametrize(
    "wrapped",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\0" * 256, id="zero"),
        pytest.param(b"\xff" * 256, id="above-the-modulus"),
        pytest.param(b"\1" * 512, id="too-long"),
    ],
)
def test_an_encrypted_key_of_any_form_looks_the_same(wrapped):
    layer = middle()
    start, end = region("key")
    changed = layer[:start] + wrapped[: end - start].ljust(end - start, b"\0") + layer[end:]
    with pytest.raises(SealUnreadable) as caught:
        unseal(signed_by_attacker(changed), keys=KEYS)
    assert str(caught.value) == "seal_unreadable"


class _Scripted:
    """A private key that gives what it is told to."""

    certificate = encryption().certificate

    def __init__(self, outcome):
        self._outcome = outcome

    def decrypt(self, encrypted):
        if isinstance(self._outcome, Exception):
            raise self._outcome
        return self._outcome


@pytest.mark.parametrize("outcome", [ValueError("padding"), b"", bytes(15), bytes(16), bytes(24)])
def test_a_key_that_does_not_come_out_looks_the_same(outcome):
    with pytest.raises(SealUnreadable) as caught:
        unseal(sealed(), keys=[_Scripted(outcome)])
    assert (str(caught.value), caught.value.__cause__) == ("seal_unreadable", None)


def test_the_sender_of_a_seal_cannot_be_exchanged():
    """Stripping the outer signature and signing anew names the thief, and does not verify."""
    outcome = try_to_open(signed_by_attacker(middle()))
    assert isinstance(outcome, SealUnreadable)


def test_a_seal_inside_a_seal_is_not_opened_twice():
    recipients = [encryption().certificate]
    twice = seal(sealed(), signer=SENDER, recipients=recipients, ids=CountingIds())
    assert unseal(twice, keys=KEYS).content == sealed_again(twice)


def sealed_again(twice):
    return SignedMessage.read(open_enveloped(SignedMessage.read(twice).content, KEYS)).content


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"<EncryptedKnownContent/>", id="xml"),
        pytest.param(b"\x30\x80" * 5000, id="deep-indefinite"),
        pytest.param(b"\x30\x84\xff\xff\xff\xff", id="huge-length"),
        pytest.param(b"\x30\x80\0\0", id="empty-indefinite"),
        pytest.param(b"\x30\x03\x02\x01\x01", id="other-structure"),
    ],
)
def test_other_bytes_are_refused(message):
    with pytest.raises(TheirAnswerInvalid):
        unseal(message, keys=KEYS)


def test_deep_definite_nesting_is_refused():
    message = b""
    for _ in range(3000):
        message = sealing.tlv(0x30, message)
    with pytest.raises(TheirAnswerInvalid):
        unseal(message, keys=KEYS)


def test_a_message_that_is_too_long_is_refused_unread():
    with pytest.raises(TheirAnswerInvalid):
        unseal(b"\x30" * (reading.MOST_BYTES + 1), keys=KEYS)


def test_many_certificates_are_refused():
    message = sealing.with_certificates(sealed(), SENDER.certificate.der, count=50)
    with pytest.raises(TheirAnswerInvalid):
        unseal(message, keys=KEYS)


def test_a_certificate_that_is_none_is_refused():
    message = sealing.with_certificates(sealed(), sealing.tlv(0x30, b""), count=1)
    with pytest.raises(TheirAnswerInvalid):
        unseal(message, keys=KEYS)


def test_two_signers_are_refused():
    with pytest.raises(TheirAnswerInvalid):
        unseal(sealing.with_signer_twice(sealed()), keys=KEYS)


def test_the_name_of_the_recipient_is_public_and_said():
    layer = middle()
    serial = encryption().certificate.x509.serial_number
    octets = serial.to_bytes((serial.bit_length() + 8) // 8)
    changed = flipped(layer, layer.index(octets) + len(octets) - 1)
    with pytest.raises(SealForAnotherKey):
        unseal(signed_by_attacker(changed), keys=KEYS)
