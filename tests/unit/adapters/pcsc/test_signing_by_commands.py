"""Signing by card commands over a scripted reader: errors, keypads and what is never sent."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import replace

import pytest

from bridge.adapters.cardthread import CardThread
from bridge.adapters.pcsc.codes import NO_ANSWER
from bridge.adapters.pcsc.signer import CommandSigner
from bridge.crypto.algorithms import SignatureAlgorithm, verify
from bridge.domain.secrets import Pin
from bridge.eid.files import EidFile
from bridge.errors import (
    BridgeError,
    CardError,
    CardExchanged,
    CardInUse,
    CardMissing,
    CardNotActivated,
    CardRemoved,
    CardServiceStopped,
    CardUnsupported,
    CardWithoutCertificate,
    KeypadFailed,
    PinCancelled,
    PinRequired,
    PinTimeout,
    PinWrong,
    PromptUnavailable,
    ReaderMissing,
    ReaderRemoved,
    ReaderTimeout,
)
from bridge.sandbox.eidcard.applet import Applet
from tests.support import scard
from tests.support import virtualreader as vr
from tests.support.scard import ScriptedReader, ScriptedScard

EC = SignatureAlgorithm.ECDSA_SHA384
RSA = SignatureAlgorithm.RSA_SHA256
VERIFY = 0x20
DATA = b"what is signed"


@pytest.fixture
async def signers():
    """Make signers whose threads end after the test."""
    thread, made = CardThread(), []

    def make(library: ScriptedScard, language: str = "en") -> CommandSigner:
        made.append(CommandSigner(library, thread=thread, language=language))
        return made[-1]

    yield make
    for signer in made:
        await signer.close()
    await thread.close()


def holding(**people) -> ScriptedScard:
    """Give a library with a reader for each person; ``None`` is an empty one."""
    library = ScriptedScard(**{name: ScriptedReader() for name in people})
    for name, document in people.items():
        if document is not None:
            library.readers[name].insert(document.content())
    return library


def applet(library: ScriptedScard) -> Applet:
    found = library.reader.applet
    assert found is not None
    return found


async def sign(signer: CommandSigner, algorithm=EC, pin: bytes | None = vr.PIN) -> bytes:
    return await signer.sign(DATA, algorithm=algorithm, pin=Pin(pin) if pin else None)


@pytest.mark.parametrize(
    ("kind", "algorithm", "length"),
    [
        ("rsa", RSA, 256),
        ("ec", SignatureAlgorithm.ECDSA_SHA256, 96),
        ("ec", EC, 96),
    ],
)
async def test_every_key_signs_with_every_algorithm_of_its_kind(signers, kind, algorithm, length):
    issued = vr.document(kind)
    signature = await sign(signers(holding(A=issued)), algorithm)
    assert len(signature) == length
    key = issued.authentication.certificate.public_key
    verify(key, algorithm, signature=signature, data=DATA)


async def test_one_signature_is_one_verification_and_one_log_off(signers):
    library = holding(A=vr.document("ec"))
    await sign(signers(library))
    card = applet(library)
    assert (card.counters.verifications, card.counters.signatures, card.counters.log_offs) == (
        1,
        1,
        1,
    )
    assert card.is_verified is False


async def test_nobody_else_gets_between_verification_and_log_off(signers):
    library = holding(A=vr.document("ec"))
    signer = signers(library)
    await signer.facts()
    library.calls.clear()
    await sign(signer)
    calls = library.calls
    assert calls.count("SCardBeginTransaction") == calls.count("SCardEndTransaction") == 1
    inside = range(calls.index("SCardBeginTransaction"), calls.index("SCardEndTransaction"))
    sent = [place for place, name in enumerate(calls) if name == "SCardTransmit"]
    assert all(place in inside for place in sent)


async def test_the_pin_is_wiped_after_success_and_after_failure(signers):
    signer = signers(holding(A=vr.document("ec")))
    right, wrong = Pin(vr.PIN), Pin(vr.WRONG_PIN)
    await signer.sign(DATA, algorithm=EC, pin=right)
    with pytest.raises(PinWrong) as caught:
        await signer.sign(DATA, algorithm=EC, pin=wrong)
    assert caught.value.params == {"tries_left": 2}
    assert bytes(right.buffer) == bytes(wrong.buffer) == b""


@pytest.mark.parametrize("answer", [b"", b"\x65\x81", b"\x69\x82", b"\x69\x85"])
async def test_no_error_whatever_leads_to_a_second_verification(signers, answer):
    library = holding(A=vr.document("ec"))
    library.reader.answers = {b"\x00\x2a": [answer]}
    with pytest.raises(PinRequired if answer == b"\x69\x82" else CardError):
        await sign(signers(library))
    assert applet(library).counters.verifications == 1
    assert applet(library).counters.log_offs == 1


@pytest.mark.parametrize("code", [scard.REMOVED, scard.RESET, scard.NO_SERVICE, 0x80100016])
async def test_an_error_of_the_transport_in_the_verification_ends_the_job(signers, code):
    library = holding(A=vr.document("ec"))
    signer = signers(library)
    await signer.facts()
    verified = []

    def fail_at_verify() -> None:
        command = library.sent[-1]
        if command[1] == VERIFY:
            verified.append(True)
            library.failures["SCardTransmit"] = [code]

    library.hooks["SCardTransmit"] = fail_at_verify
    with pytest.raises(CardError):
        await sign(signer)
    assert verified == [True]


@pytest.mark.parametrize(("kind", "algorithm"), [("rsa", RSA), ("ec", EC)])
async def test_pin_05_sec_85_after_a_verification_without_an_answer_the_tries_are_read_again(
    signers, kind, algorithm
):
    library = holding(A=vr.document(kind))
    signer = signers(library)
    await signer.facts()

    def hang_at_verify() -> None:
        command = bytes(library.sent[-1])
        if command[1] == VERIFY:
            applet(library).transmit(command)
            library.always["SCardTransmit"] = NO_ANSWER

    library.hooks["SCardTransmit"] = hang_at_verify
    with pytest.raises(ReaderTimeout):
        await sign(signer, algorithm)
    card = applet(library)
    assert (card.counters.verifications, card.is_verified) == (1, True)
    library.always.clear()
    library.hooks.clear()
    facts = await signer.facts()
    assert (facts.tries_left, card.is_verified) == (3, False)
    assert (card.counters.verifications, card.counters.log_offs) == (1, 1)
    await signer.facts()
    assert card.counters.log_offs == 1, "the doubt is gone"


async def test_the_log_off_of_a_card_that_is_gone_hides_no_error(signers):
    library = holding(A=vr.document("ec"))
    signer = signers(library)
    await signer.facts()

    def pull() -> None:
        if library.sent[-1][1] == 0x2A:
            library.reader.remove()

    library.hooks["SCardTransmit"] = pull
    with pytest.raises(CardRemoved):
        await sign(signer)


async def test_a_wrong_signature_of_the_card_is_not_handed_out(signers):
    library = holding(A=vr.document("ec"))
    library.reader.answers = {b"\x00\x2a": [bytes(96) + b"\x90\x00"]}
    with pytest.raises(CardError):
        await sign(signers(library))


async def test_another_card_after_the_look_does_not_get_the_pin(signers):
    library = holding(A=vr.document("ec"))
    signer = signers(library)
    await signer.facts()
    other = library.reader.insert(vr.document("ec", vr.PATIENT).content())
    with pytest.raises(CardExchanged):
        await sign(signer)
    assert other.counters.verifications == 0


async def test_a_foreign_card_after_the_look_does_not_get_the_pin(signers):
    library = holding(A=vr.document("ec"))
    signer = signers(library)
    await signer.facts()
    library.reader.answers = {b"\x00\xa4\x04": [b"\x6a\x82"]}
    with pytest.raises(CardExchanged):
        await sign(signer)
    assert applet(library).counters.verifications == 0


async def test_the_card_of_the_wanted_holder_is_chosen(signers):
    library = holding(A=vr.document("ec", vr.PATIENT), B=vr.document("ec"), C=None)
    signer = signers(library)
    facts = await signer.facts(holder=vr.NURSE.niss.digits)
    assert facts.reader == "B"
    await sign(signer)
    assert library.readers["A"].applet.counters.verifications == 0
    assert (await signer.facts(holder="00000000000")).reader == "A"
    assert (await signer.facts()).reader == "A"


async def test_a_broken_card_does_not_hide_another_one(signers):
    library = holding(A=vr.document("ec", vr.PATIENT), B=vr.document("ec"))
    library.readers["A"].answers = {b"\x00\xb0": [b"\x65\x81"]}
    assert (await signers(library).facts()).reader == "B"


async def test_no_reader_is_told(signers):
    library = holding()
    library.readers = {}
    with pytest.raises(ReaderMissing):
        await signers(library).facts()


async def test_a_reader_of_the_operating_system_is_no_reader(signers):
    library = holding(**{"Windows Hello for Business 1": vr.document("ec")})
    with pytest.raises(ReaderMissing):
        await signers(library).facts()


async def test_no_card_is_told(signers):
    with pytest.raises(CardMissing):
        await signers(holding(A=None, B=None)).facts()


async def test_a_card_that_cannot_be_used_is_told_before_an_empty_reader(signers):
    library = holding(A=None, B=vr.document("ec", vr.PATIENT, 6))
    with pytest.raises(CardWithoutCertificate):
        await signers(library).facts()


async def test_a_foreign_card_is_told(signers):
    library = holding(A=vr.document("ec"))
    library.reader.answers = {b"\x00\xa4\x04": [b"\x6a\x82"]}
    with pytest.raises(CardUnsupported):
        await signers(library).facts()


async def test_a_card_without_the_file_of_the_certificate_is_told(signers):
    content = vr.document("ec").content()
    path = EidFile.AUTHENTICATION_CERTIFICATE.path
    library = ScriptedScard()
    files = {name: file for name, file in content.files.items() if name != path}
    library.reader.insert(replace(content, files=files))
    with pytest.raises(CardWithoutCertificate):
        await signers(library).facts()


async def test_a_card_not_in_use_is_told(signers):
    content = vr.document("ec").content()
    library = ScriptedScard()
    sleeping = replace(content, card_data=replace(content.card_data, life_cycle=0x07))
    library.reader.insert(sleeping)
    with pytest.raises(CardNotActivated):
        await signers(library).facts()


@pytest.mark.parametrize(
    ("function", "code", "error"),
    [
        ("SCardConnect", scard.IN_USE, CardInUse),
        ("SCardConnect", scard.UNKNOWN_READER, ReaderRemoved),
        ("SCardListReaders", scard.NO_SERVICE, CardServiceStopped),
        ("SCardBeginTransaction", 0x80100014, CardServiceStopped),
    ],
)
async def test_what_the_service_says_is_told_and_the_next_look_works(
    signers, function, code, error
):
    library = holding(A=vr.document("ec"))
    signer = signers(library)
    library.failures[function] = [code]
    with pytest.raises(error):
        await signer.facts()
    if error is CardServiceStopped:
        assert library.contexts == 0
    assert (await signer.facts()).reader == "A"


async def test_without_a_library_the_service_does_not_run(signers):
    with pytest.raises(CardServiceStopped):
        await signers(None).facts()


async def test_a_keypad_is_shown_and_asked_and_gets_no_pin_of_ours(signers):
    library = holding(A=vr.document("ec"))
    library.reader.keypad = (0x06,)
    signer = signers(library, "nl")
    assert (await signer.facts()).has_keypad is True
    assert await sign(signer, pin=None)
    assert library.reader.controls[-1][1][9:11] == b"\x13\x08"
    assert not [each for each in library.reader.commands if each[1] == VERIFY and each[4]]
    assert applet(library).is_verified is False


async def test_a_pin_given_in_spite_of_a_keypad_stays_here(signers):
    library = holding(A=vr.document("ec"))
    library.reader.keypad = (0x06,)
    pin = Pin(vr.WRONG_PIN)
    await signers(library).sign(DATA, algorithm=EC, pin=pin)
    assert bytes(pin.buffer) == b""
    assert applet(library).counters.verifications == 1


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        (b"9999", PinWrong),
        (0x6400, PinTimeout),
        (0x6401, PinCancelled),
        (0x6402, KeypadFailed),
        (0x6403, KeypadFailed),
        (0x6B80, KeypadFailed),
    ],
)
async def test_what_happens_at_the_keypad_is_told_and_the_card_logged_off(signers, typed, error):
    library = holding(A=vr.document("ec"))
    library.reader.keypad, library.reader.typed = (0x06,), typed
    with pytest.raises(error):
        await sign(signers(library), pin=None)
    assert applet(library).counters.signatures == 0
    assert applet(library).counters.log_offs == 1


async def test_without_pin_and_keypad_the_card_is_not_asked(signers):
    library = holding(A=vr.document("ec"))
    with pytest.raises(PromptUnavailable):
        await sign(signers(library), pin=None)
    assert applet(library).counters.verifications == 0


async def test_an_algorithm_that_does_not_fit_costs_no_try(signers):
    library = holding(A=vr.document("ec"))
    with pytest.raises(CardUnsupported):
        await sign(signers(library), RSA)
    assert applet(library).counters.verifications == 0


async def test_a_caller_who_left_before_the_verification_has_not_signed(signers):
    library = holding(A=vr.document("ec"))
    signer = signers(library)
    await signer.facts()
    begun, goes_on = held(library, "SCardBeginTransaction")
    waiting = asyncio.create_task(sign(signer))
    await asyncio.to_thread(begun.wait, 5)
    waiting.cancel()
    await asyncio.sleep(0.02)
    goes_on.set()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert applet(library).counters.verifications == 0


async def test_dos_06_pin_05_a_driver_that_hangs_costs_its_caller_only_the_limit():
    thread, left = CardThread(), []
    goes_on = threading.Event()
    await thread.run(lambda: None)
    try:
        with pytest.raises(ReaderTimeout):
            await thread.run(
                lambda: goes_on.wait(60), limit_s=0.5, on_leave=lambda: left.append(True)
            )
        with pytest.raises(ReaderTimeout):
            await thread.run(lambda: left.append(False), limit_s=0.05)
    finally:
        goes_on.set()
        await thread.close()
    assert left == [True]


async def test_after_the_end_of_the_thread_nothing_runs():
    thread = CardThread()
    await thread.close()
    await thread.close()
    with pytest.raises(CardServiceStopped):
        await thread.run(lambda: None)


async def test_a_bug_in_a_job_is_told_and_the_thread_goes_on():
    thread = CardThread()
    with pytest.raises(ZeroDivisionError):
        await thread.run(lambda: 1 // 0)
    assert await thread.run(lambda: 1) == 1
    await thread.close()


async def test_closing_works_when_the_thread_has_ended(signers):
    thread = CardThread()
    signer = CommandSigner(holding(A=None), thread=thread)
    await thread.close()
    await signer.close()


async def test_two_signatures_at_once_are_made_one_after_the_other(signers):
    library = holding(A=vr.document("ec"))
    signer = signers(library)
    await asyncio.gather(*(sign(signer) for _ in range(4)))
    counters = applet(library).counters
    assert (counters.verifications, counters.signatures, counters.log_offs) == (4, 4, 4)


async def test_nothing_of_the_pin_is_in_an_error(signers):
    library = holding(A=vr.document("ec"))
    library.reader.answers = {b"\x00\x20\x00\x01\x08": [b"\x65\x81"]}
    with pytest.raises(BridgeError) as caught:
        await sign(signers(library))
    assert vr.PIN.decode() not in f"{caught.value!r} {caught.value} {caught.value.params}"


def held(library: ScriptedScard, function: str) -> tuple[threading.Event, threading.Event]:
    """Let the next call of a function wait: the first event says that it does."""
    begun, goes_on = threading.Event(), threading.Event()

    def wait() -> None:
        begun.set()
        goes_on.wait(30)

    hook: Callable[[], None] = wait
    library.hooks[function] = hook
    return begun, goes_on
