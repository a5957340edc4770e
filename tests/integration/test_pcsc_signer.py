"""Port ``CardSigner`` by card commands, with a real smart-card service and cards that speak."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable

import pytest

from bridge.adapters.cardthread import CardThread
from bridge.adapters.pcsc.api import EXCLUSIVE, Pcsc, load_scard
from bridge.adapters.pcsc.card import EidCard
from bridge.adapters.pcsc.connection import opened
from bridge.adapters.pcsc.logoff import log_off
from bridge.adapters.pcsc.signer import CommandSigner
from bridge.adapters.pcsc.tries import tries_left
from bridge.adapters.pcsc.users import card_users
from bridge.crypto.algorithms import SignatureAlgorithm, verify
from bridge.domain.secrets import Pin
from bridge.errors import (
    BridgeError,
    CardExchanged,
    CardInUse,
    CardMissing,
    CardRemoved,
    CardServiceStopped,
    CardWithoutCertificate,
    PinBlocked,
    PinRequired,
    PinWrong,
)
from tests.support import virtualreader as vr

pytestmark = [vr.needs_reader, pytest.mark.timeout(60)]

DATA = b"what is signed"
READERS = ("Virtual PCD 00 00", "Virtual PCD 00 01")
NOBODY = 2**22 + 1
"""A number above those of all processes: nothing is ours then."""
ALGORITHMS = {"rsa": SignatureAlgorithm.RSA_SHA256, "ec": SignatureAlgorithm.ECDSA_SHA384}


@pytest.fixture
async def signer() -> AsyncIterator[CommandSigner]:
    vr.service()
    thread = CardThread()
    made = CommandSigner(load_scard(), thread=thread)
    yield made
    await made.close()
    await thread.close()


@pytest.fixture
def other() -> Pcsc:
    """Give another program's view of the same card."""
    vr.service()
    return Pcsc(load_scard())


@pytest.fixture(autouse=True)
def _released(other: Pcsc):
    yield
    other.release()


async def sign(signer: CommandSigner, kind: str = "ec", pin: bytes = vr.PIN) -> bytes:
    return await signer.sign(DATA, algorithm=ALGORITHMS[kind], pin=Pin(pin))


def sign_without_pin(other: Pcsc, kind: str = "ec", reader: str = READERS[0]) -> bytes:
    with opened(other, reader) as connection, connection.transaction():
        card = EidCard(connection)
        card.select()
        card.set_environment(0x01)
        return card.sign(bytes(32))


@pytest.mark.parametrize(("kind", "issuers"), [("rsa", "rsa"), ("rsa", "ec"), ("ec", "ec")])
async def test_each_generation_signs_and_forgets_the_pin_at_once(signer, other, kind, issuers):
    issued = vr.document(kind, issuers=issuers)
    with vr.card(issued) as card:
        facts = await signer.facts()
        assert (facts.tries_left, facts.has_keypad) == (3, False)
        signature = await sign(signer, kind)
        key = issued.authentication.certificate.public_key
        verify(key, ALGORITHMS[kind], signature=signature, data=DATA)
        state = card.state()
        assert (state.verifications, state.signatures, state.log_offs) == (1, 1, 1)
        with pytest.raises(PinRequired):
            sign_without_pin(other, kind)


async def test_sec_87_a_second_program_never_signs_with_our_pin(signer, other):
    """Try without a break, from another thread and connection, while signatures are made."""
    with vr.card(vr.document("ec")) as card:
        refused, signed, is_over = [], [], threading.Event()

        def attack() -> None:
            while not is_over.is_set():
                try:
                    signed.append(sign_without_pin(other))
                except BridgeError as error:
                    refused.append(type(error))

        attacking = asyncio.create_task(asyncio.to_thread(attack))
        await signer.facts()
        for _ in range(2):
            await sign(signer)
        is_over.set()
        await attacking
        assert signed == []
        assert set(refused) == {PinRequired}
        assert card.state().signatures == 2


async def test_wrong_pins_count_down_and_a_right_one_restores(signer):
    with vr.card(vr.document("ec")) as card:
        with pytest.raises(PinWrong) as caught:
            await sign(signer, pin=vr.WRONG_PIN)
        assert caught.value.params == {"tries_left": 2}
        assert (await signer.facts()).tries_left == 2
        await sign(signer)
        assert (await signer.facts()).tries_left == 3
        assert card.state().log_offs == 2


async def test_the_third_wrong_pin_blocks_and_the_right_one_is_of_no_use(signer):
    with vr.card(vr.document("ec")) as card:
        for left in (2, 1):
            with pytest.raises(PinWrong) as caught:
                await sign(signer, pin=vr.WRONG_PIN)
            assert caught.value.params == {"tries_left": left}
        for pin in (vr.WRONG_PIN, vr.PIN):
            with pytest.raises(PinBlocked):
                await sign(signer, pin=pin)
        assert (await signer.facts()).tries_left == 0
        assert card.state().signatures == 0


async def test_a_wrong_pin_drops_what_another_program_opened(signer, other):
    with vr.card(vr.document("ec")) as card:
        with opened(other, READERS[0]) as connection:
            EidCard(connection).verify(Pin(vr.PIN))
            assert card.state().is_verified
            with pytest.raises(PinWrong):
                await sign(signer, pin=vr.WRONG_PIN)
        assert not card.state().is_verified


async def test_a_card_pulled_out_before_the_signature_is_missing(signer):
    with vr.card(vr.document("ec")) as card:
        await signer.facts()
        card.remove()
        await asyncio.to_thread(vr.until_out)
        with pytest.raises((CardMissing, CardRemoved)):
            await sign(signer)
        assert card.state().verifications == 0


@pytest.mark.parametrize("moment", [1, 3, 7, "verify", "sign"])
async def test_a_card_pulled_out_in_the_middle_is_told_and_verified_once_at_most(signer, moment):
    with vr.card(vr.document("ec")) as card:
        await signer.facts()
        card.pull_at(moment)
        with pytest.raises(CardRemoved):
            await sign(signer)
        assert card.state().verifications == (1 if moment == "sign" else 0)
        await asyncio.to_thread(vr.until_out)
        vr.insert(card, slot=0)
        before = card.state().verifications
        assert await sign(signer)
        assert card.state().verifications == before + 1


async def test_a_card_pulled_out_after_the_signature_changes_nothing(signer):
    with vr.card(vr.document("ec")) as card:
        assert await sign(signer)
        card.remove()
        await asyncio.to_thread(vr.until_out)
        with pytest.raises(CardMissing):
            await signer.facts()


async def test_another_card_after_the_look_does_not_get_the_pin(signer):
    with vr.card(vr.document("ec")):
        await signer.facts()
    with vr.card(vr.document("ec", vr.PATIENT)) as card:
        with pytest.raises(CardExchanged):
            await sign(signer)
        assert card.state().verifications == 0


async def test_the_same_card_taken_out_and_put_back_signs(signer):
    with vr.card(vr.document("ec")) as card:
        await signer.facts()
        card.remove()
        await asyncio.to_thread(vr.until_out)
        vr.insert(card, slot=0)
        assert await sign(signer)


async def test_the_nurses_card_is_found_beside_her_patients(signer):
    with vr.card(vr.document("ec", vr.PATIENT)) as patient, vr.card(vr.document(), slot=1):
        facts = await signer.facts(holder=vr.NURSE.niss.digits)
        assert facts.reader == READERS[1]
        await sign(signer, "rsa")
        assert patient.state().verifications == 0


async def test_a_childs_card_has_no_certificate(signer):
    with vr.card(vr.document("ec", vr.PATIENT, 6)), pytest.raises(CardWithoutCertificate):
        await signer.facts()


async def test_a_card_another_program_holds_is_in_use_and_then_signs(signer, other):
    with vr.card(vr.document("ec")) as card:
        await signer.facts()
        with opened(other, READERS[0], mode=EXCLUSIVE):
            with pytest.raises(CardInUse):
                await sign(signer)
            with pytest.raises(CardInUse):
                await signer.facts()
        assert card.state().verifications == 0
        assert await sign(signer)


async def test_another_program_that_is_busy_with_the_card_is_waited_for(signer, other):
    with vr.card(vr.document("ec")), opened(other, READERS[0]) as connection:
        await signer.facts()
        with connection.transaction():
            waiting = asyncio.create_task(sign(signer))
            await asyncio.sleep(0.3)
            assert not waiting.done()
        assert await waiting


async def test_a_caller_who_left_while_another_program_was_busy_has_not_signed(signer, other):
    with vr.card(vr.document("ec")) as card, opened(other, READERS[0]) as connection:
        await signer.facts()
        with connection.transaction():
            waiting = asyncio.create_task(sign(signer))
            await asyncio.sleep(0.3)
            waiting.cancel()
            await asyncio.sleep(0.1)
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert card.state().verifications == 0


async def test_a_card_that_another_program_reset_signs_all_the_same(signer, other):
    with vr.card(vr.document("ec")) as card:
        await signer.facts()
        scard = load_scard()
        handle = other.connect(READERS[0])
        resets = card.state().resets
        scard.SCardDisconnect(handle.number, scard.SCARD_RESET_CARD)
        vr.until(lambda: card.state().resets > resets)
        assert await sign(signer)


@pytest.mark.parametrize("end", ["stop", "kill"])
async def test_the_signer_survives_the_services_death(signer, end):
    service = vr.service()
    with vr.card(vr.document("ec")) as card:
        await signer.facts()
        getattr(service, end)()
        try:
            for _ in range(2):
                with pytest.raises(CardServiceStopped):
                    await signer.facts()
        finally:
            service.start()
        vr.until(lambda: not card.state().is_inserted)
        vr.insert(card, slot=0)
        await until_it_works(signer.facts)
        assert await sign(signer)


async def until_it_works(look: Callable) -> None:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        with contextlib.suppress(BridgeError):
            await look()
            return
        await asyncio.sleep(0.05)
    raise AssertionError("did not work in time")


# -- what helps the libraries of others ---------------------------------------------------------


def left_open(other: Pcsc) -> bytes:
    with opened(other, READERS[0]) as connection:
        EidCard(connection).verify(Pin(vr.PIN))
    return sign_without_pin(other)


@pytest.mark.parametrize("name", [READERS[0], "Virtual PCD", f"{READERS[0]}   "])
def test_a_card_others_left_open_is_logged_off_without_a_reset(other, name):
    with vr.card(vr.document("ec")) as card:
        assert left_open(other)
        resets = card.state().resets
        log_off(name)
        assert not card.state().is_verified
        assert card.state().resets == resets
        with pytest.raises(PinRequired):
            sign_without_pin(other)


@pytest.mark.parametrize("name", [READERS[1], "A reader nobody has"])
def test_the_log_off_of_another_reader_changes_nothing(other, name):
    with vr.card(vr.document("ec")) as card:
        assert left_open(other)
        log_off(name)
        assert card.state().is_verified


def test_log_off_never_fails(other):
    log_off(READERS[0])
    with vr.card(vr.document("ec")), opened(other, READERS[0], mode=EXCLUSIVE):
        log_off(READERS[0])


@pytest.mark.parametrize("kind", ["rsa", "ec"])
def test_the_tries_are_told_beside_another_library(other, kind):
    with vr.card(vr.document(kind)) as card:
        assert tries_left(READERS[0]) == 3
        with opened(other, READERS[0]) as connection, pytest.raises(PinWrong):
            EidCard(connection).verify(Pin(vr.WRONG_PIN))
        assert tries_left(f"{READERS[0]} ") == 2
        assert card.state().verifications == 1


@pytest.mark.parametrize("name", [READERS[1], "Virtual PCD", "A reader nobody has"])
def test_the_tries_of_an_empty_or_doubtful_reader_are_unknown(name):
    vr.service()
    with vr.card(vr.document("ec")):
        assert tries_left(name) is None


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_another_program_that_uses_smart_cards_is_named():
    vr.service()
    program = (
        "from smartcard import scard; scard.SCardEstablishContext(0);"
        " open('/proc/self/comm', 'w').write('cb-other'); print(flush=True); input()"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with child:
        assert child.stdout is not None
        child.stdout.readline()
        assert "cb-other" not in card_users()
        assert "cb-other" in card_users(own_pid=NOBODY)
        child.communicate(b"\n")
