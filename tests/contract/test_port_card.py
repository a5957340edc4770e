"""The conformance suite of the port ``CardSigner``: what every card must do."""

from __future__ import annotations

import asyncio

import pytest

from bridge.crypto.algorithms import SignatureAlgorithm, algorithm_for, verify
from bridge.crypto.certificates import Certificate
from bridge.domain.secrets import Pin
from bridge.errors import BridgeError, PinWrong, SignatureInvalid
from tests.support.cards import CARDS, NEEDS, PreparedCard, take_out

DATA = b"<SignedInfo>what is signed</SignedInfo>"


@pytest.fixture(scope="module", autouse=True)
def _free_slots():
    yield
    take_out()


@pytest.fixture(params=[pytest.param(name, marks=NEEDS.get(name, ())) for name in sorted(CARDS)])
def card(request) -> PreparedCard:
    return CARDS[request.param]()


def algorithm_of(card: PreparedCard) -> SignatureAlgorithm:
    return algorithm_for(card.certificate.public_key)


async def test_facts_name_the_reader_and_show_the_authentication_certificate(card):
    facts = await card.signer.facts()
    assert facts.reader
    assert Certificate.parse(facts.authentication_certificate) == card.certificate
    assert facts.has_keypad is False


async def test_facts_spend_no_try(card):
    before = await card.signer.facts()
    after = await card.signer.facts()
    assert before == after


async def test_a_signature_verifies_with_the_certificate(card):
    algorithm = algorithm_of(card)
    signature = await card.signer.sign(DATA, algorithm=algorithm, pin=Pin(card.pin))
    verify(card.certificate.public_key, algorithm, signature=signature, data=DATA)


async def test_a_signature_has_the_length_of_the_key(card):
    algorithm = algorithm_of(card)
    lengths = {SignatureAlgorithm.RSA_SHA256: 256, SignatureAlgorithm.ECDSA_SHA256: 96}
    signature = await card.signer.sign(DATA, algorithm=algorithm, pin=Pin(card.pin))
    assert len(signature) == lengths[algorithm]


async def test_a_signature_covers_every_byte(card):
    algorithm = algorithm_of(card)
    signature = await card.signer.sign(DATA, algorithm=algorithm, pin=Pin(card.pin))
    with pytest.raises(SignatureInvalid):
        verify(card.certificate.public_key, algorithm, signature=signature, data=DATA + b" ")


async def test_long_data_is_signed_whole(card):
    algorithm, data = algorithm_of(card), b"x" * 100_000
    signature = await card.signer.sign(data, algorithm=algorithm, pin=Pin(card.pin))
    verify(card.certificate.public_key, algorithm, signature=signature, data=data)


async def test_a_wrong_pin_is_refused(card):
    with pytest.raises(PinWrong):
        await card.signer.sign(DATA, algorithm=algorithm_of(card), pin=Pin(card.wrong_pin))


async def test_each_signature_needs_its_own_pin(card):
    algorithm = algorithm_of(card)
    await card.signer.sign(DATA, algorithm=algorithm, pin=Pin(card.pin))
    with pytest.raises(PinWrong):
        await card.signer.sign(DATA, algorithm=algorithm, pin=Pin(card.wrong_pin))


async def test_a_right_pin_works_after_a_wrong_one(card):
    algorithm = algorithm_of(card)
    with pytest.raises(PinWrong):
        await card.signer.sign(DATA, algorithm=algorithm, pin=Pin(card.wrong_pin))
    assert await card.signer.sign(DATA, algorithm=algorithm, pin=Pin(card.pin))


async def test_without_pin_and_keypad_nothing_is_signed(card):
    with pytest.raises(BridgeError):
        await card.signer.sign(DATA, algorithm=algorithm_of(card), pin=None)


async def test_an_algorithm_that_does_not_fit_the_key_is_refused(card):
    rsa, ec = SignatureAlgorithm.RSA_SHA256, SignatureAlgorithm.ECDSA_SHA256
    other = ec if algorithm_of(card) is rsa else rsa
    with pytest.raises(BridgeError):
        await card.signer.sign(DATA, algorithm=other, pin=Pin(card.pin))


async def test_two_at_once_are_served_one_after_the_other(card):
    algorithm = algorithm_of(card)
    signatures = await asyncio.gather(
        *(card.signer.sign(bytes([n]), algorithm=algorithm, pin=Pin(card.pin)) for n in range(4))
    )
    for number, signature in enumerate(signatures):
        verify(card.certificate.public_key, algorithm, signature=signature, data=bytes([number]))
