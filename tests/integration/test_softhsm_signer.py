"""The PKCS#11 adapter against real libraries: SoftHSM2, OpenSC without readers, and none."""

from __future__ import annotations

import _ctypes
import asyncio
import gc
import os
import sys
import threading
from pathlib import Path

import pkcs11
import pytest
from pkcs11 import Attribute, CertificateType, ObjectClass

from bridge.adapters.cardthread import CardThread
from bridge.adapters.pkcs11.job import CardChoice
from bridge.adapters.pkcs11.modules import SOFTHSM_MODULES, discover_modules
from bridge.adapters.pkcs11.signer import Pkcs11Signer
from bridge.crypto.algorithms import SignatureAlgorithm
from bridge.domain.secrets import Pin
from bridge.errors import (
    CardMissing,
    CardRemoved,
    CardUnsupported,
    MiddlewareMissing,
    PinWrong,
    PromptUnavailable,
)
from tests.support import pki, softhsm

RSA = SignatureAlgorithm.RSA_SHA256
EC = SignatureAlgorithm.ECDSA_SHA256


def test_softhsm_is_found_where_the_system_keeps_it():
    softhsm.require()
    found = discover_modules(sys.platform, os.environ, SOFTHSM_MODULES)
    assert found
    assert all(path.is_absolute() for path in found)


async def test_the_pin_is_wiped_after_a_signature():
    pin = Pin(softhsm.PIN)
    buffer = pin.buffer
    await softhsm.signer(softhsm.token("rsa")).sign(b"x", algorithm=RSA, pin=pin)
    assert bytes(buffer) == b""


async def test_the_pin_is_wiped_after_a_refusal():
    pin = Pin(softhsm.WRONG_PIN)
    with pytest.raises(PinWrong):
        await softhsm.signer(softhsm.token("rsa")).sign(b"x", algorithm=RSA, pin=pin)
    assert bytes(pin.buffer) == b""


async def test_the_pin_is_wiped_when_the_card_is_not_there():
    pin = Pin(softhsm.PIN)
    signer = Pkcs11Signer(Path("/nowhere/libcard.so"))
    with pytest.raises(MiddlewareMissing):
        await signer.sign(b"x", algorithm=RSA, pin=pin)
    await signer.close()
    assert bytes(pin.buffer) == b""


async def test_nobody_is_logged_in_after_a_signature():
    token = softhsm.token("rsa")
    await softhsm.signer(token).sign(b"x", algorithm=RSA, pin=Pin(softhsm.PIN))
    # A second login in this process would fail if the first were still in force.
    with softhsm.opened(token) as session:
        assert session.rw


async def test_the_key_cannot_be_taken_out():
    with softhsm.opened(softhsm.token("rsa")) as session:
        key = session.get_key(object_class=ObjectClass.PRIVATE_KEY, label="Authentication")
        assert key[Attribute.EXTRACTABLE] is False
        assert key[Attribute.SENSITIVE] is True


async def test_jobs_run_on_the_one_card_thread():
    thread = CardThread()
    names = await asyncio.gather(
        *(thread.run(lambda: threading.current_thread().name) for _ in range(5))
    )
    await thread.close()
    assert len(set(names)) == 1
    assert names[0].startswith("card")


async def test_a_token_without_authentication_certificate_is_not_supported():
    with pytest.raises(CardUnsupported):
        await softhsm.signer(softhsm.blank_token("EMPTY")).facts()


async def test_a_file_of_zeros_counts_as_no_certificate():
    token = softhsm.blank_token("ZEROS")
    with softhsm.opened(token) as session:
        session.create_object(
            {
                Attribute.CLASS: ObjectClass.CERTIFICATE,
                Attribute.CERTIFICATE_TYPE: CertificateType.X_509,
                Attribute.SUBJECT: b"",
                Attribute.VALUE: bytes(1300),
                Attribute.TOKEN: True,
                Attribute.PRIVATE: False,
                Attribute.LABEL: "Authentication",
            }
        )
    with pytest.raises(CardUnsupported):
        await softhsm.signer(token).facts()


async def test_a_certificate_without_its_key_is_not_supported():
    token = softhsm.blank_token("KEYLESS")
    softhsm.add_certificate(token, pki.eid("rsa").certificate, label="Authentication")
    signer = softhsm.signer(token)
    assert (await signer.facts()).authentication_certificate == pki.eid("rsa").certificate.der
    with pytest.raises(CardUnsupported):
        await signer.sign(b"x", algorithm=RSA, pin=Pin(softhsm.PIN))


async def test_only_the_label_of_the_authentication_certificate_counts():
    token = softhsm.blank_token("SIGNING")
    softhsm.add_certificate(token, pki.eid("rsa").certificate, label="Signature")
    with pytest.raises(CardUnsupported):
        await softhsm.signer(token).facts()


async def test_a_key_that_does_not_belong_to_the_certificate_gives_no_signature():
    token = softhsm.token("ec", "exchanged certificate")
    with softhsm.opened(token) as session:
        for found in list(session.get_objects({})):
            if found.object_class == ObjectClass.CERTIFICATE:
                found.destroy()
    other = pki.issue(pki.eid_name(), pki.key("ec", "other"), issuer=pki.root())
    softhsm.add_certificate(token, other.certificate, label="Authentication")
    with pytest.raises(Exception, match="wrong signature") as caught:
        await softhsm.signer(token).sign(b"x", algorithm=EC, pin=Pin(softhsm.PIN))
    assert caught.value.problem_code == "card_unreadable"


async def test_a_card_exchanged_after_the_look_is_refused():
    token = softhsm.blank_token("EXCHANGED")
    softhsm.add_certificate(token, pki.eid("rsa").certificate, label="Authentication")
    signer = softhsm.signer(token)
    await signer.facts()
    with softhsm.opened(token) as session:
        for found in list(session.get_objects({})):
            found.destroy()
    softhsm.add_certificate(token, pki.eid("ec").certificate, label="Authentication")
    with pytest.raises(CardRemoved):
        await signer.sign(b"x", algorithm=EC, pin=Pin(softhsm.PIN))


@pytest.mark.parametrize(
    ("content", "tries_left"),
    [
        pytest.param(b"\x02", 2, id="number"),
        pytest.param(b"3", 3, id="digit"),
        pytest.param(b"unclear", None, id="not-understood"),
    ],
)
async def test_the_counter_of_the_official_library_is_read(content, tries_left):
    token = softhsm.blank_token(f"COUNTER {content.hex()}")
    softhsm.add_certificate(token, pki.eid("rsa").certificate, label="Authentication")
    softhsm.add_data(token, "carddata_pin_counter", content)
    facts = await softhsm.signer(token).facts()
    assert facts.tries_left == tries_left


async def test_a_wrong_pin_tells_the_tries_the_card_shows():
    token = softhsm.blank_token("TRIES")
    softhsm.add_certificate(token, pki.eid("rsa").certificate, label="Authentication")
    softhsm.add_data(token, "carddata_pin_counter", b"\x01")
    with pytest.raises(PinWrong) as caught:
        await softhsm.signer(token).sign(b"x", algorithm=RSA, pin=Pin(softhsm.WRONG_PIN))
    assert caught.value.params == {"tries_left": 1}


async def test_without_pin_and_keypad_the_card_is_not_touched():
    with pytest.raises(PromptUnavailable):
        await softhsm.signer(softhsm.token("rsa")).sign(b"x", algorithm=RSA, pin=None)


async def test_sha1_is_never_signed():
    with pytest.raises(CardUnsupported):
        await softhsm.signer(softhsm.token("rsa")).sign(
            b"x", algorithm=SignatureAlgorithm.RSA_SHA1, pin=Pin(softhsm.PIN)
        )


async def test_ecdsa_with_sha384_is_possible():
    signature = await softhsm.signer(softhsm.token("ec")).sign(
        b"x", algorithm=SignatureAlgorithm.ECDSA_SHA384, pin=Pin(softhsm.PIN)
    )
    assert len(signature) == 96


async def test_a_token_that_is_not_there_is_a_missing_card():
    token = softhsm.token("rsa")
    choice = CardChoice(token_serial="ffffffffffffffff")
    with pytest.raises(CardMissing):
        await Pkcs11Signer(token.module, choice=choice, thread=softhsm.thread()).facts()


async def test_a_token_is_chosen_by_its_label():
    token = softhsm.blank_token("CHOSEN")
    softhsm.add_certificate(token, pki.eid("ec").certificate, label="Authentication")
    choice = CardChoice(token_label="CHOSEN")
    facts = await Pkcs11Signer(token.module, choice=choice, thread=softhsm.thread()).facts()
    assert facts.authentication_certificate == pki.eid("ec").certificate.der


async def test_a_token_that_appears_later_is_found_without_restart():
    token = softhsm.token("rsa")
    choice = CardChoice(token_label="LATER")
    signer = Pkcs11Signer(token.module, choice=choice, thread=softhsm.thread())
    with pytest.raises(CardMissing):
        await signer.facts()
    later = softhsm.blank_token("LATER")
    softhsm.add_certificate(later, pki.eid("rsa").certificate, label="Authentication")
    assert (await signer.facts()).authentication_certificate == pki.eid("rsa").certificate.der


async def test_the_library_comes_back_after_it_was_finalised():
    token = softhsm.token("rsa")
    pkcs11.lib(str(token.module)).finalize()
    facts = await softhsm.signer(token).facts()
    assert facts.authentication_certificate == pki.eid("rsa").certificate.der


def no_module(_folder: Path) -> Path | None:
    return None


def missing_file(folder: Path) -> Path:
    return folder / "libcard.so"


def relative_path(_folder: Path) -> Path:
    return Path("libsofthsm2.so")


def text_file(folder: Path) -> Path:
    path = folder / "libcard.so"
    path.write_text("no library")
    return path


@pytest.mark.parametrize("module", [no_module, missing_file, relative_path, text_file])
async def test_a_library_that_cannot_be_loaded_is_missing_middleware(module, tmp_path):
    signer = Pkcs11Signer(module(tmp_path))
    with pytest.raises(MiddlewareMissing):
        await signer.facts()
    await signer.close()


async def test_a_library_that_is_no_pkcs11_library_is_missing_middleware():
    signer = Pkcs11Signer(Path(_ctypes.__file__))
    with pytest.raises(MiddlewareMissing):
        await signer.facts()
    await signer.close()


def test_the_signing_key_is_never_chosen():
    with pytest.raises(ValueError, match="signing key"):
        CardChoice(key_label="Signature")


async def test_a_cancelled_caller_waits_for_the_job_that_has_begun():
    thread, begun, goes_on, finished = CardThread(), threading.Event(), threading.Event(), []

    def job() -> None:
        begun.set()
        goes_on.wait(30)
        finished.append(True)

    waiting = asyncio.create_task(thread.run(job))
    await asyncio.to_thread(begun.wait, 30)
    waiting.cancel()
    asyncio.get_running_loop().call_later(0.05, goes_on.set)
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert finished == [True]
    await thread.close()


async def test_a_job_that_fails_after_its_caller_left_disturbs_nobody():
    thread, begun, complaints = CardThread(), threading.Event(), []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _loop, context: complaints.append(context))

    def job() -> None:
        begun.set()
        raise CardRemoved

    waiting = asyncio.create_task(thread.run(job))
    await asyncio.to_thread(begun.wait, 30)
    waiting.cancel()
    with pytest.raises((asyncio.CancelledError, CardRemoved)):
        await waiting
    await thread.close()
    del waiting
    gc.collect()
    assert complaints == []


async def test_a_cancelled_caller_drops_the_job_that_waits():
    thread, goes_on, ran = CardThread(), threading.Event(), []
    first = asyncio.create_task(thread.run(lambda: goes_on.wait(30)))
    second = asyncio.create_task(thread.run(lambda: ran.append(True)))
    await asyncio.sleep(0.01)
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    goes_on.set()
    await first
    await thread.close()
    assert ran == []
