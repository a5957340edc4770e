"""One suite for every card: the software card and a real PKCS#11 token (SoftHSM2)."""

from __future__ import annotations

import shutil
from contextlib import asynccontextmanager

import pytest

from bridge.adapters.ids import SystemIds
from bridge.adapters.pkcs11.signer import Pkcs11Signer
from bridge.adapters.pkcs11.softhsm import SoftHsmToken
from bridge.adapters.pkcs11.thread import CardThread
from bridge.crypto.algorithms import algorithm_for, verify
from bridge.crypto.certificates import Certificate
from bridge.domain.secrets import Pin
from bridge.errors import CardError, MiddlewareMissing, PinBlocked, PinWrong, SignatureInvalid
from bridge.sandbox.world import World
from tests.support.fakes import FixedClock

needs_softhsm = pytest.mark.skipif(
    shutil.which("softhsm2-util") is None, reason="SoftHSM2 is not installed"
)
CARDS = [
    pytest.param(("software", "rsa"), id="software-rsa"),
    pytest.param(("software", "ec"), id="software-p384"),
    pytest.param(("softhsm", "rsa"), id="softhsm-rsa", marks=needs_softhsm),
    pytest.param(("softhsm", "ec"), id="softhsm-p384", marks=needs_softhsm),
]
DATA = b"<SignedInfo>what the card signs</SignedInfo>"


@pytest.fixture(scope="module")
def token_folder(tmp_path_factory):
    return tmp_path_factory.mktemp("softhsm") / "token"


@pytest.fixture(scope="module")
def card_thread():
    return CardThread()


@pytest.fixture(params=CARDS)
def signer(request, token_folder, card_thread):
    kind, key_kind = request.param
    clock = FixedClock()
    world = World.create(clock=clock, ids=SystemIds(clock), key_kind=key_kind)
    if kind == "software":
        return world.card, world.nurse.pin
    key, certificate = world.card.export_for_token()
    token = SoftHsmToken.create(token_folder, key, certificate, world.nurse.pin)
    return Pkcs11Signer(token.module, choice=token.choice, thread=card_thread), world.nurse.pin


@asynccontextmanager
async def typed(digits: bytes):
    with Pin(digits) as pin:
        yield pin


async def test_the_authentication_certificate_needs_no_pin(signer) -> None:
    card, _ = signer
    facts = await card.facts()
    certificate = Certificate.parse(facts.authentication_certificate)
    assert certificate.identity.niss is not None
    assert "Authentication" in certificate.common_name


async def test_a_signature_verifies_with_the_certificate(signer) -> None:
    card, digits = signer
    certificate = Certificate.parse((await card.facts()).authentication_certificate)
    algorithm = algorithm_for(certificate.public_key)
    async with typed(digits) as pin:
        signature = await card.sign(DATA, algorithm=algorithm, pin=pin)
    verify(certificate.public_key, algorithm, signature=signature, data=DATA)
    with pytest.raises(SignatureInvalid):
        verify(certificate.public_key, algorithm, signature=signature, data=DATA + b" ")


async def test_ec_signatures_are_raw_and_of_fixed_length(signer) -> None:
    card, digits = signer
    certificate = Certificate.parse((await card.facts()).authentication_certificate)
    algorithm = algorithm_for(certificate.public_key)
    async with typed(digits) as pin:
        signature = await card.sign(DATA, algorithm=algorithm, pin=pin)
    assert len(signature) == (96 if "ecdsa" in algorithm.value else 256)


async def test_a_wrong_pin_is_refused_and_the_right_one_still_works(signer) -> None:
    card, digits = signer
    certificate = Certificate.parse((await card.facts()).authentication_certificate)
    algorithm = algorithm_for(certificate.public_key)
    with pytest.raises(PinWrong):
        async with typed(b"9999") as pin:
            await card.sign(DATA, algorithm=algorithm, pin=pin)
    async with typed(digits) as pin:
        assert await card.sign(DATA, algorithm=algorithm, pin=pin)


async def test_every_signature_needs_its_own_pin(signer) -> None:
    card, digits = signer
    certificate = Certificate.parse((await card.facts()).authentication_certificate)
    algorithm = algorithm_for(certificate.public_key)
    async with typed(digits) as pin:
        await card.sign(DATA, algorithm=algorithm, pin=pin)
    with pytest.raises(CardError):
        async with typed(b"9999") as pin:
            await card.sign(DATA, algorithm=algorithm, pin=pin)


async def test_three_wrong_pins_block_the_software_card() -> None:
    clock = FixedClock()
    world = World.create(clock=clock, ids=SystemIds(clock))
    algorithm = algorithm_for(world.nurse.eid.certificate.public_key)
    for expected in (PinWrong, PinWrong, PinBlocked, PinBlocked):
        with pytest.raises(expected):
            async with typed(b"9999") as pin:
                await world.card.sign(DATA, algorithm=algorithm, pin=pin)
    assert world.card.signatures == 0


async def test_a_missing_library_is_said_so(tmp_path) -> None:
    signer = Pkcs11Signer(tmp_path / "none.so")
    with pytest.raises(MiddlewareMissing):
        await signer.facts()
    await signer.close()
