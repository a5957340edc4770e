"""OpenSC in a worker process, with emulated cards in the reader of a private card service."""

from __future__ import annotations

import asyncio

import psutil
import pytest

from bridge.adapters.pcsc.api import EXCLUSIVE, Pcsc, load_scard
from bridge.adapters.pcsc.card import EidCard
from bridge.adapters.pcsc.connection import opened
from bridge.adapters.pkcs11.inspect import module_facts
from bridge.adapters.pkcs11.job import CardPart
from bridge.adapters.pkcs11.modules import discover
from bridge.adapters.pkcs11.process import WorkerSigner
from bridge.adapters.selfcall import own_command
from bridge.crypto.algorithms import SignatureAlgorithm, verify
from bridge.domain.secrets import Pin
from bridge.eid import apdu
from bridge.errors import (
    CardExchanged,
    CardInUse,
    CardMissing,
    CardNotActivated,
    CardRemoved,
    CardServiceStopped,
    CardWithoutCertificate,
    MiddlewareCannotSign,
    MiddlewareCrashed,
    PinBlocked,
    PinRequired,
    PinWrong,
)
from bridge.sandbox.documents import EidDocument, new_document
from tests.support import cardshim
from tests.support import virtualreader as reader

pytestmark = [
    reader.needs_reader,
    pytest.mark.skipif(
        not discover(("opensc",)) and not reader.IS_PROMISED, reason="OpenSC is not installed"
    ),
    pytest.mark.timeout(60),
]

COMMAND = own_command("--card-worker")
RSA, EC = SignatureAlgorithm.RSA_SHA256, SignatureAlgorithm.ECDSA_SHA256
SECOND_SLOT = "Virtual PCD 00 01"


@pytest.fixture
async def signer():
    made = WorkerSigner(COMMAND, CardPart(module=discover(("opensc",))[0]))
    yield made
    await made.close()


@pytest.fixture
def card():
    """Give a card of applet 1.7 in the first slot."""
    with reader.card(reader.document("rsa")) as inserted:
        yield inserted


async def sign(signer: WorkerSigner, pin: bytes = reader.PIN, data: bytes = b"x") -> bytes:
    return await signer.sign(data, algorithm=RSA, pin=Pin(pin))


def certificate(document: EidDocument) -> bytes:
    return document.authentication.certificate.der


async def test_a_signature_costs_one_verification_and_leaves_the_card_closed(signer, card):
    facts = await signer.facts()
    before = card.state()
    signature = await sign(signer, data=b"what is signed")
    after = card.state()
    assert facts.authentication_certificate == certificate(reader.document("rsa"))
    verify(
        reader.document("rsa").authentication.certificate.public_key,
        RSA,
        signature=signature,
        data=b"what is signed",
    )
    assert (after.verifications - before.verifications, after.signatures) == (1, 1)
    assert not after.is_verified


async def test_sec_87_after_a_signature_another_program_is_refused(signer, card):
    await signer.facts()
    await sign(signer)
    pcsc = Pcsc(load_scard())
    with opened(pcsc, pcsc.readers()[0]) as connection, connection.transaction():
        other = EidCard(connection)
        other.set_environment(apdu.RSA_PKCS1)
        with pytest.raises(PinRequired):
            other.sign(bytes(51))
    pcsc.release()
    assert card.state().signatures == 1


async def test_after_a_wrong_pin_too_the_card_is_closed_and_tells_its_tries(signer, card):
    assert (await signer.facts()).tries_left == 3
    with pytest.raises(PinWrong) as caught:
        await sign(signer, reader.WRONG_PIN)
    assert caught.value.params == {"tries_left": 2}
    assert card.state().verifications == 1
    assert (await signer.facts()).tries_left == 2
    assert await sign(signer)
    assert (await signer.facts()).tries_left == 3


async def test_the_third_wrong_pin_blocks(signer, card):
    await signer.facts()
    for tries_left in (2, 1):
        with pytest.raises(PinWrong) as caught:
            await sign(signer, reader.WRONG_PIN)
        assert caught.value.params == {"tries_left": tries_left}
    for _ in range(2):
        with pytest.raises(PinBlocked):
            await sign(signer, reader.WRONG_PIN)
    assert card.state().tries_left == 0
    assert (await signer.facts()).tries_left == 0


async def test_looking_spends_no_try_and_verifies_nothing(signer, card):
    for _ in range(5):
        await signer.facts()
    state = card.state()
    assert (state.verifications, state.tries_left, state.is_verified) == (0, 3, False)


async def test_an_ec_card_cannot_be_signed_with_where_there_is_no_mechanism(signer):
    (module,) = await module_facts(discover(("opensc",))[:1], command=COMMAND)
    major, minor = (int(part) for part in module.version.split("."))
    with reader.card(reader.document("ec")) as card:
        if (major, minor) < (0, 27):
            with pytest.raises(MiddlewareCannotSign):
                await signer.facts()
        else:
            await signer.facts()
            assert await signer.sign(b"x", algorithm=EC, pin=Pin(reader.PIN))
        assert card.state().tries_left == 3


@pytest.mark.parametrize("person", [reader.NURSE, reader.PATIENT], ids=["first", "second"])
async def test_of_two_cards_the_one_of_the_wanted_holder_signs(signer, person):
    people = {reader.NURSE: 0, reader.PATIENT: 1}
    with (
        reader.card(reader.document("rsa", reader.NURSE)) as first,
        reader.card(reader.document("rsa", reader.PATIENT), slot=1) as second,
    ):
        facts = await signer.facts(holder=person.niss.digits)
        await sign(signer)
        signatures = [first.state().signatures, second.state().signatures]
        verifications = [first.state().verifications, second.state().verifications]
    assert facts.authentication_certificate == certificate(reader.document("rsa", person))
    assert (facts.reader == SECOND_SLOT) is (person is reader.PATIENT)
    expected = [int(place == people[person]) for place in range(2)]
    assert signatures == verifications == expected


async def test_without_the_card_of_the_wanted_holder_the_first_one_is_shown(signer, card):
    facts = await signer.facts(holder=reader.PATIENT.niss.digits)
    assert facts.authentication_certificate == certificate(reader.document("rsa"))


async def test_a_child_without_certificates_has_no_card_to_sign_with(signer):
    with (
        reader.card(reader.document("rsa", reader.PATIENT, 6)),
        pytest.raises(CardWithoutCertificate),
    ):
        await signer.facts()


async def test_a_card_that_is_not_activated_says_so(signer):
    document = new_document(reader.pki("rsa"), reader.PATIENT, pin=reader.PIN, is_activated=False)
    with reader.card(document), pytest.raises(CardNotActivated):
        await signer.facts()


async def test_no_card_and_a_card_again_need_no_restart(signer, card):
    await signer.facts()
    worker = signer.worker_pid
    card.remove()
    await asyncio.to_thread(reader.until_out)
    with pytest.raises(CardMissing):
        await signer.facts()
    with pytest.raises(CardRemoved):
        await sign(signer)
    reader.insert(card, slot=0)
    await signer.facts()
    assert await sign(signer)
    assert signer.worker_pid == worker


async def test_another_card_after_the_look_does_not_get_the_pin(signer):
    with reader.card(reader.document("rsa", reader.NURSE)):
        await signer.facts()
    with reader.card(reader.document("rsa", reader.PATIENT)) as other:
        with pytest.raises(CardExchanged):
            await sign(signer)
        assert other.state().verifications == 0


@pytest.mark.parametrize("moment", [pytest.param("verify", marks=pytest.mark.slow), "sign"])
async def test_a_card_pulled_in_the_middle_is_a_removed_card(signer, card, moment):
    await signer.facts()
    card.pull_at(moment)
    with pytest.raises(CardRemoved):
        await sign(signer)
    await asyncio.to_thread(reader.until_out)
    reader.insert(card, slot=0)
    await signer.facts()
    before = card.state()
    assert await sign(signer)
    assert card.state().verifications == before.verifications + 1


@pytest.mark.parametrize("is_noticed", [True, False], ids=["noticed", "unnoticed"])
@pytest.mark.parametrize("end", ["kill", pytest.param("stop", marks=pytest.mark.slow)])
async def test_a_restart_of_the_card_service_needs_no_restart_of_ours(
    signer, card, end, is_noticed
):
    await signer.facts()
    worker = signer.worker_pid
    card.remove()
    getattr(reader.service(), end)()
    if is_noticed:
        with pytest.raises(CardServiceStopped):
            await signer.facts()
    reader.service().start()
    reader.insert(card)
    await signer.facts()
    assert await sign(signer)
    assert signer.worker_pid == worker


async def test_a_card_that_another_program_holds_says_so(signer, card):
    pcsc = Pcsc(load_scard())
    reader.until(lambda: _is_noticed(pcsc))
    with opened(pcsc, pcsc.readers()[0], mode=EXCLUSIVE), pytest.raises(CardInUse):
        await signer.facts()
    pcsc.release()
    assert await signer.facts()
    assert card.state().tries_left == 3


def _is_noticed(pcsc: Pcsc) -> bool:
    """Tell whether the service knows the card, which may take a moment after it got power."""
    try:
        with opened(pcsc, pcsc.readers()[0]):
            return True
    except CardMissing:
        return False


@cardshim.NEEDED
async def test_a_library_that_crashes_with_an_open_card_leaves_it_closed(card, monkeypatch):
    monkeypatch.setenv("CARDSHIM", cardshim.settings(crash=cardshim.SIGN))
    module = cardshim.before(discover(("opensc",))[0])
    signer = WorkerSigner(COMMAND, CardPart(module=module))
    await signer.facts()
    with pytest.raises(MiddlewareCrashed):
        await sign(signer)
    await signer.close()
    state = card.state()
    assert (state.verifications, state.is_verified) == (1, False)
    assert state.log_offs + state.resets > 0


async def test_a_worker_killed_between_two_jobs_is_replaced(signer, card):
    await signer.facts()
    worker = psutil.Process(signer.worker_pid)
    worker.kill()
    worker.wait()
    assert await sign(signer)
