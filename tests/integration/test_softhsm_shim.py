"""What real cards do and SoftHSM2 cannot: keypad, blocked PIN, removal, wrong signatures.

A small library in front of SoftHSM2 (``tests/support/cardshim.c``) answers as the modules of
*Belgian eID card* 11 were seen to answer.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bridge.adapters.pkcs11.signer import Pkcs11Signer
from bridge.crypto.algorithms import SignatureAlgorithm, verify
from bridge.domain.secrets import Pin
from bridge.errors import (
    CardError,
    CardMissing,
    CardRemoved,
    CardUnsupported,
    InputError,
    PinBlocked,
    PinCancelled,
    PinWrong,
)
from tests.support import pki, softhsm

SOURCE = Path(__file__).resolve().parents[1] / "support" / "cardshim.c"
COMPILER = shutil.which("cc")
NEVER_SKIPPED = os.environ.get("CI") == "true" and sys.platform == "linux"

pytestmark = pytest.mark.skipif(
    sys.platform == "win32" or (COMPILER is None and not NEVER_SKIPPED),
    reason="needs a C compiler",
)

RSA = SignatureAlgorithm.RSA_SHA256
KEYPAD = 0x100
COUNT_LOW, FINAL_TRY, LOCKED = 0x10000, 0x20000, 0x40000
GENERAL_ERROR, DEVICE_ERROR, DEVICE_REMOVED, CANCELLED = 0x05, 0x30, 0x32, 0x50
PIN_INCORRECT, PIN_LEN_RANGE, PIN_LOCKED = 0xA0, 0xA2, 0xA4
TOKEN_NOT_PRESENT, TOKEN_NOT_RECOGNISED = 0xE0, 0xE1
VENDOR_DEFINED = 0x80000001


class Shim:
    """The variables of the library, and a signer on it."""

    def __init__(self, path: Path) -> None:
        self._library = ctypes.CDLL(str(path))
        token = softhsm.token("rsa")
        self.signer = Pkcs11Signer(path, choice=token.choice, thread=softhsm.thread())
        self.set(flags=0, login=0, sign=0, token=0, token_after=0)
        self._whole("shim_flips").value = 0
        self._whole("shim_logins").value = 0
        self._whole("shim_logouts").value = 0

    def set(self, **values: int) -> None:
        for name, value in values.items():
            ctypes.c_ulong.in_dll(self._library, f"shim_{name}").value = value

    def flip_signatures(self) -> None:
        self._whole("shim_flips").value = 1

    def type_on_keypad(self, digits: bytes) -> None:
        (ctypes.c_char * 16).in_dll(self._library, "shim_keypad").value = digits

    @property
    def logins(self) -> int:
        return self._whole("shim_logins").value

    @property
    def logouts(self) -> int:
        return self._whole("shim_logouts").value

    def _whole(self, name: str) -> ctypes.c_int:
        return ctypes.c_int.in_dll(self._library, name)


@pytest.fixture(scope="session")
def shim_path(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("shim") / "libcardshim.so"
    inner = softhsm.token("rsa").module
    command = ["cc", "-shared", "-fPIC", "-w", f'-DSOFTHSM="{inner}"', str(SOURCE), "-o", str(path)]
    subprocess.run([*command, "-ldl"], check=True)
    return path


@pytest.fixture
def shim(shim_path) -> Shim:
    return Shim(shim_path)


async def sign(shim: Shim, pin: bytes | None = softhsm.PIN) -> bytes:
    return await shim.signer.sign(b"x", algorithm=RSA, pin=Pin(pin) if pin else None)


async def test_the_shim_signs_like_the_token_behind_it(shim):
    signature = await sign(shim)
    verify(pki.eid("rsa").certificate.public_key, RSA, signature=signature, data=b"x")


async def test_a_keypad_is_announced(shim):
    shim.set(flags=KEYPAD)
    assert (await shim.signer.facts()).has_keypad


async def test_the_pin_of_a_keypad_is_not_ours(shim):
    shim.set(flags=KEYPAD)
    shim.type_on_keypad(softhsm.PIN)
    assert len(await sign(shim, pin=None)) == 256


async def test_a_keypad_is_used_even_if_a_pin_was_typed_elsewhere(shim):
    shim.set(flags=KEYPAD)
    shim.type_on_keypad(softhsm.PIN)
    assert len(await sign(shim, pin=softhsm.WRONG_PIN)) == 256


async def test_a_wrong_pin_on_the_keypad_is_a_wrong_pin(shim):
    shim.set(flags=KEYPAD)
    shim.type_on_keypad(softhsm.WRONG_PIN)
    with pytest.raises(PinWrong):
        await sign(shim, pin=None)


async def test_cancelling_on_the_keypad_is_a_cancelled_pin(shim):
    shim.set(flags=KEYPAD, login=CANCELLED)
    with pytest.raises(PinCancelled):
        await sign(shim, pin=None)


async def test_a_blocked_card_says_so(shim):
    shim.set(login=PIN_LOCKED)
    with pytest.raises(PinBlocked):
        await sign(shim)


@pytest.mark.parametrize(
    ("flags", "tries_left"),
    [
        pytest.param(COUNT_LOW, None, id="fewer-than-all"),
        pytest.param(COUNT_LOW | FINAL_TRY, 1, id="last"),
    ],
)
async def test_a_wrong_pin_tells_the_tries_of_the_flags(shim, flags, tries_left):
    shim.set(login=PIN_INCORRECT, flags=flags)
    with pytest.raises(PinWrong) as caught:
        await sign(shim)
    assert caught.value.params == {"tries_left": tries_left}


async def test_a_wrong_pin_that_was_the_last_try_blocks(shim):
    shim.set(login=PIN_INCORRECT, flags=LOCKED)
    with pytest.raises(PinBlocked):
        await sign(shim)


async def test_facts_show_the_last_try(shim):
    shim.set(flags=FINAL_TRY)
    assert (await shim.signer.facts()).tries_left == 1


async def test_facts_show_a_blocked_card(shim):
    shim.set(flags=LOCKED)
    assert (await shim.signer.facts()).tries_left == 0


async def test_a_pin_of_a_wrong_form_is_no_wrong_pin(shim):
    shim.set(login=PIN_LEN_RANGE)
    with pytest.raises(InputError) as caught:
        await sign(shim)
    assert caught.value.problem_code == "pin_malformed"


async def test_a_wrong_pin_is_shown_to_the_card_once(shim):
    shim.set(login=PIN_INCORRECT)
    with pytest.raises(PinWrong):
        await sign(shim)
    assert shim.logins == 1


async def test_the_card_is_logged_out_before_and_after(shim):
    await sign(shim)
    assert (shim.logins, shim.logouts) == (1, 2)


async def test_the_card_is_logged_out_when_signing_fails(shim):
    shim.set(sign=DEVICE_ERROR)
    with pytest.raises(CardError):
        await sign(shim)
    assert shim.logouts == 2


@pytest.mark.parametrize("answer", [DEVICE_ERROR, GENERAL_ERROR, DEVICE_REMOVED])
async def test_a_card_pulled_inside_a_signature_is_a_removed_card(shim, answer):
    shim.set(sign=answer, token_after=TOKEN_NOT_PRESENT)
    with pytest.raises(CardRemoved):
        await sign(shim)


async def test_a_card_that_fails_but_is_there_is_unreadable(shim):
    shim.set(sign=DEVICE_ERROR)
    with pytest.raises(CardError) as caught:
        await sign(shim)
    assert type(caught.value) is CardError


async def test_an_answer_no_standard_names_is_a_card_error(shim):
    shim.set(login=VENDOR_DEFINED)
    with pytest.raises(CardError) as caught:
        await sign(shim)
    assert caught.value.problem_code == "card_unreadable"


async def test_a_wrong_signature_is_never_given_out(shim):
    shim.flip_signatures()
    with pytest.raises(CardError) as caught:
        await sign(shim)
    assert caught.value.problem_code == "card_unreadable"


async def test_no_card_in_any_reader(shim):
    shim.set(token=TOKEN_NOT_PRESENT)
    with pytest.raises(CardMissing):
        await shim.signer.facts()


async def test_a_card_the_library_does_not_know(shim):
    shim.set(token=TOKEN_NOT_RECOGNISED)
    with pytest.raises(CardUnsupported):
        await shim.signer.facts()


async def test_a_card_that_comes_back_signs_again(shim):
    shim.set(token=TOKEN_NOT_PRESENT)
    with pytest.raises(CardMissing):
        await sign(shim)
    shim.set(token=0)
    assert len(await sign(shim)) == 256
