"""The software card behaves as an eID: three tries, one PIN and one signature per call."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from bridge.crypto.algorithms import SignatureAlgorithm, algorithm_for, verify
from bridge.crypto.certificates import Certificate
from bridge.domain.secrets import Pin
from bridge.errors import (
    CardMissing,
    CardRemoved,
    PinBlocked,
    PinCancelled,
    PinTimeout,
    PinWrong,
)
from bridge.ports.prompt import PinRequest
from bridge.sandbox.card import SoftwareCard
from bridge.sandbox.prompt import SimulatedPrompt
from bridge.sandbox.scenarios import ScenarioBoard
from tests.support.stsdrive import shared_world

REQUEST = PinRequest(
    requested_by="test",
    purpose="open_ehealth_session",
    holder_name="Fictive Voorbeeld",
    reader="reader",
    tries_left=3,
    language="en",
)


@pytest.fixture
def board() -> ScenarioBoard:
    return ScenarioBoard()


def make_card(board: ScenarioBoard, kind="ec", *, has_keypad: bool = False) -> SoftwareCard:
    world, _ = shared_world(kind)
    expired = world.pki.expired(world.nurse.eid)
    return SoftwareCard(world.nurse, scenario=board, expired=expired, has_keypad=has_keypad)


def right_pin() -> Pin:
    return Pin(shared_world("ec")[0].nurse.pin)


async def sign(card: SoftwareCard, pin: Pin | None) -> bytes:
    return await card.sign(b"bytes", algorithm=SignatureAlgorithm.ECDSA_SHA256, pin=pin)


@pytest.mark.parametrize(
    ("kind", "key_class", "length"),
    [
        pytest.param("rsa", rsa.RSAPublicKey, 256, id="rsa-2048"),
        pytest.param("ec", ec.EllipticCurvePublicKey, 96, id="p-384"),
    ],
)
async def test_it_signs_with_the_key_of_its_certificate(board, kind, key_class, length) -> None:
    card = make_card(board, kind)
    facts = await card.facts()
    certificate = Certificate.parse(facts.authentication_certificate)
    assert isinstance(certificate.public_key, key_class)
    algorithm = algorithm_for(certificate.public_key)
    signature = await card.sign(b"bytes", algorithm=algorithm, pin=right_pin())
    assert len(signature) == length
    verify(certificate.public_key, algorithm, signature=signature, data=b"bytes")
    assert (card.pins_verified, card.signatures) == (1, 1)


async def test_looking_at_the_card_costs_nothing(board) -> None:
    card = make_card(board)
    facts = await card.facts()
    assert (facts.tries_left, facts.has_keypad) == (3, False)
    assert (card.pins_verified, card.signatures) == (0, 0)


async def test_the_card_counts_wrong_pins_and_blocks_at_the_third(board) -> None:
    card = make_card(board)
    for left in (2, 1):
        with pytest.raises(PinWrong) as caught:
            await sign(card, Pin(b"9999"))
        assert caught.value.params == {"tries_left": left}
    with pytest.raises(PinBlocked):
        await sign(card, Pin(b"9999"))
    with pytest.raises(PinBlocked):
        await sign(card, right_pin())
    assert (card.pins_verified, card.signatures) == (3, 0)
    card.unblock()
    assert await sign(card, right_pin())


async def test_a_right_pin_restores_the_tries(board) -> None:
    card = make_card(board)
    with pytest.raises(PinWrong):
        await sign(card, Pin(b"9999"))
    await sign(card, right_pin())
    assert card.tries_left == 3


@pytest.mark.parametrize("digits", [b"123", b"12345", b"0000"])
async def test_a_part_of_the_pin_is_not_the_pin(board, digits: bytes) -> None:
    card = make_card(board)
    pin = Pin(digits.ljust(4, b"0"))
    with pytest.raises(PinWrong):
        await sign(card, pin)


async def test_a_keypad_enters_the_pin_itself(board) -> None:
    card = make_card(board, has_keypad=True)
    assert (await card.facts()).has_keypad
    assert await sign(card, None)
    assert card.pins_verified == 1


@pytest.mark.parametrize(
    ("scenario", "error"),
    [
        pytest.param("pin_cancelled", PinCancelled, id="cancelled"),
        pytest.param("pin_timeout", PinTimeout, id="timeout"),
        pytest.param("pin_wrong", PinWrong, id="wrong"),
        pytest.param("pin_blocked", PinBlocked, id="blocked"),
    ],
)
async def test_trouble_at_the_keypad(board, scenario, error) -> None:
    card = make_card(board, has_keypad=True)
    board.choose(scenario)
    with pytest.raises(error):
        await sign(card, None)
    assert card.signatures == 0


async def test_without_a_keypad_a_pin_is_needed(board) -> None:
    with pytest.raises(PinCancelled):
        await sign(make_card(board), None)


async def test_no_card(board) -> None:
    card = make_card(board)
    board.choose("card_missing")
    with pytest.raises(CardMissing):
        await card.facts()
    with pytest.raises(CardMissing):
        await sign(card, right_pin())
    assert card.pins_verified == 0


async def test_pulled_out_while_signing(board) -> None:
    card = make_card(board)
    board.choose("card_removed")
    assert (await card.facts()).tries_left == 3
    with pytest.raises(CardRemoved):
        await sign(card, right_pin())
    assert (card.pins_verified, card.signatures) == (1, 0)


@pytest.mark.parametrize(
    ("step", "pins"), [pytest.param("pin", 0, id="pin"), pytest.param("sign", 1, id="sign")]
)
async def test_pulled_out_at_a_step(board, step, pins: int) -> None:
    card = make_card(board)
    card.pull_at(step)
    await card.facts()
    with pytest.raises(CardRemoved):
        await sign(card, right_pin())
    assert (card.pins_verified, card.signatures) == (pins, 0)
    card.pull_at(None)
    assert await sign(card, right_pin())


async def test_pulled_out_before(board) -> None:
    card = make_card(board)
    card.pull_at("facts")
    with pytest.raises(CardMissing):
        await card.facts()
    with pytest.raises(CardMissing):
        await sign(card, right_pin())


async def test_an_expired_certificate_on_the_same_key(board) -> None:
    card = make_card(board)
    board.choose("card_expired")
    shown = Certificate.parse((await card.facts()).authentication_certificate)
    board.choose("normal")
    usual = Certificate.parse((await card.facts()).authentication_certificate)
    now = shared_world("ec")[1].now()
    assert not shown.is_valid_at(now)
    assert usual.is_valid_at(now)
    assert shown.public_key == usual.public_key
    assert shown.identity == usual.identity


async def test_the_key_can_be_moved_to_a_token(board) -> None:
    card = make_card(board)
    key, certificate = card.export_for_token()
    assert key.public_key() == certificate.public_key
    assert certificate.der == (await card.facts()).authentication_certificate


async def test_the_prompt_answers_with_the_right_pin(board) -> None:
    prompt = SimulatedPrompt(b"1234", scenario=board)
    with await prompt.ask_pin(REQUEST) as pin:
        assert pin.buffer == b"1234"
    assert (prompt.where, prompt.asked) == ("automatic", 1)


async def test_the_prompt_can_be_wrong_but_never_malformed(board) -> None:
    board.choose("pin_wrong")
    with await SimulatedPrompt(b"1299", scenario=board).ask_pin(REQUEST) as pin:
        assert pin.buffer == b"2300"


@pytest.mark.parametrize(
    ("scenario", "error"),
    [
        pytest.param("pin_cancelled", PinCancelled, id="cancelled"),
        pytest.param("pin_timeout", PinTimeout, id="timeout"),
    ],
)
async def test_the_prompt_can_stay_unanswered(board, scenario, error) -> None:
    board.choose(scenario)
    with pytest.raises(error):
        await SimulatedPrompt(b"1234", scenario=board).ask_pin(REQUEST)
