"""What real cards do and SoftHSM2 cannot: keypad, blocked PIN, removal, wrong signatures.

A small library in front of SoftHSM2 (``tests/support/cardshim.c``) answers as the modules of
*Belgian eID card* 11 were seen to answer.
"""

from __future__ import annotations

import ctypes
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
    LastTryRefused,
    MiddlewareCannotSign,
    PinBlocked,
    PinCancelled,
    PinRequired,
    PinWrong,
    PromptUnavailable,
)
from tests.support import cardshim, pki, softhsm
from tests.support.cardshim import (
    CANCELLED,
    COUNT_LOW,
    DEVICE_ERROR,
    DEVICE_REMOVED,
    ECDSA,
    FINAL_TRY,
    GENERAL_ERROR,
    KEYPAD,
    LOCKED,
    LOGIN_REQUIRED,
    NOT_LOGGED_IN,
    PIN_INCORRECT,
    PIN_LEN_RANGE,
    PIN_LOCKED,
    TOKEN_NOT_PRESENT,
    TOKEN_NOT_RECOGNISED,
    VENDOR_DEFINED,
)

pytestmark = cardshim.NEEDED

RSA = SignatureAlgorithm.RSA_SHA256
EC = SignatureAlgorithm.ECDSA_SHA256


class Shim:
    """The variables of the library, and a signer on it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._library = ctypes.CDLL(str(path))
        self.closed: list[str] = []
        self.signer = self.signer_for("rsa")
        self.set(
            flags=0,
            unset=0,
            login=0,
            sign=0,
            token=0,
            token_after=0,
            hidden=0,
            dialogue=0,
            broken=-1,
        )
        self._whole("shim_flips").value = 0
        self._whole("shim_logins").value = 0
        self._whole("shim_logouts").value = 0

    def signer_for(self, kind: pki.KeyKind, *, has_dialogue: bool = False) -> Pkcs11Signer:
        return Pkcs11Signer(
            self._path,
            choice=softhsm.token(kind).choice,
            has_dialogue=has_dialogue,
            after_job=self.closed.append,
            thread=softhsm.thread(),
        )

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


@pytest.fixture
def shim() -> Shim:
    return Shim(cardshim.path())


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


async def test_a_library_without_the_mechanism_of_the_key_cannot_sign(shim):
    shim.set(hidden=ECDSA)
    with pytest.raises(MiddlewareCannotSign):
        await shim.signer_for("ec").facts()


async def test_a_library_without_ecdsa_still_serves_cards_with_rsa(shim):
    shim.set(hidden=ECDSA)
    assert await shim.signer.facts()


async def test_a_pin_is_not_shown_to_a_card_the_library_cannot_sign_with(shim):
    shim.set(hidden=ECDSA)
    pin = Pin(softhsm.PIN)
    with pytest.raises(MiddlewareCannotSign):
        await shim.signer_for("ec").sign(b"x", algorithm=EC, pin=pin)
    assert (shim.logins, bytes(pin.buffer)) == (0, b"")


async def test_a_card_logged_out_by_somebody_else_wants_its_pin_again(shim):
    shim.set(sign=NOT_LOGGED_IN)
    with pytest.raises(PinRequired):
        await sign(shim)
    assert shim.logins == 1


async def test_the_reader_is_named_after_each_signature(shim):
    reader = (await shim.signer.facts()).reader
    assert shim.closed == []
    await sign(shim)
    assert shim.closed == [reader]


async def test_the_reader_is_named_after_a_signature_that_failed(shim):
    shim.set(sign=DEVICE_ERROR)
    with pytest.raises(CardError):
        await sign(shim)
    assert len(shim.closed) == 1


async def test_the_reader_is_not_named_when_the_card_was_not_used(shim):
    with pytest.raises(PromptUnavailable):
        await sign(shim, pin=None)
    assert shim.closed == []


def slot_of(reader: str) -> int:
    """Give the number of a slot, which SoftHSM2 writes into its name; a fresh one has number 0."""
    return int(reader.rsplit(maxsplit=1)[-1], 16)


async def test_a_broken_card_is_unreadable(shim):
    shim.set(broken=slot_of((await shim.signer.facts()).reader))
    with pytest.raises(CardError) as caught:
        await shim.signer.facts()
    assert caught.value.problem_code == "card_unreadable"


async def test_a_broken_card_does_not_hide_another_one(shim):
    softhsm.token("ec")
    signer = Pkcs11Signer(cardshim.path(), thread=softhsm.thread())
    first = (await signer.facts()).reader
    shim.set(broken=slot_of(first))
    assert (await signer.facts()).reader != first


async def test_a_card_that_left_after_the_look_is_a_removed_card(shim):
    await shim.signer.facts()
    shim.set(token=TOKEN_NOT_PRESENT)
    with pytest.raises(CardRemoved):
        await sign(shim)


@pytest.fixture
def asking(shim) -> Shim:
    """Give a library that asks for the PIN in its own window, as the official one does."""
    shim.set(unset=LOGIN_REQUIRED, dialogue=1)
    shim.type_on_keypad(softhsm.PIN)
    shim.signer = shim.signer_for("rsa", has_dialogue=True)
    return shim


async def test_a_library_that_asks_itself_says_so(asking):
    assert (await asking.signer.facts()).asks_itself


async def test_a_library_that_waits_for_the_pin_does_not_ask_itself(asking):
    asking.set(unset=0)
    assert not (await asking.signer.facts()).asks_itself


async def test_a_library_does_not_ask_itself_where_there_is_a_keypad(asking):
    asking.set(flags=KEYPAD)
    assert not (await asking.signer.facts()).asks_itself


async def test_a_library_does_not_ask_itself_unless_it_is_switched_on(asking):
    assert not (await asking.signer_for("rsa").facts()).asks_itself


async def test_a_pin_typed_into_the_window_of_the_library_signs(asking):
    assert len(await sign(asking, pin=None)) == 256


async def test_a_card_somebody_left_open_is_closed_before_the_library_asks(asking):
    await sign(asking, pin=None)
    assert len(asking.closed) == 2


async def test_the_window_of_the_library_is_not_opened_for_the_last_try(asking):
    asking.set(flags=FINAL_TRY)
    with pytest.raises(LastTryRefused):
        await sign(asking, pin=None)
    assert asking.closed == []


async def test_the_window_of_the_library_is_not_opened_for_a_blocked_card(asking):
    asking.set(flags=LOCKED)
    with pytest.raises(PinBlocked):
        await sign(asking, pin=None)


async def test_after_a_failure_the_window_of_the_library_is_not_opened_again(asking):
    await asking.signer.facts()
    asking.set(login=PIN_INCORRECT)
    with pytest.raises(PinWrong):
        await sign(asking, pin=None)
    asking.set(login=0)
    for _ in range(2):
        with pytest.raises(LastTryRefused):
            await sign(asking, pin=None)


async def test_after_a_cancelled_window_the_library_may_ask_again(asking):
    await asking.signer.facts()
    asking.set(login=CANCELLED)
    with pytest.raises(PinCancelled):
        await sign(asking, pin=None)
    asking.set(login=0)
    assert await sign(asking, pin=None)


async def test_a_right_pin_of_ours_ends_the_mistrust_in_the_window_of_the_library(asking):
    await asking.signer.facts()
    asking.set(login=PIN_INCORRECT)
    with pytest.raises(PinWrong):
        await sign(asking, pin=None)
    asking.set(login=0, dialogue=0)
    await sign(asking)
    asking.set(dialogue=1)
    assert await sign(asking, pin=None)
