"""What errors of a card library mean."""

from __future__ import annotations

import pkcs11
import pytest

from bridge.adapters.pkcs11.errors import pkcs11_errors
from bridge.errors import (
    CardError,
    CardRemoved,
    CardUnsupported,
    InputError,
    MiddlewareCannotSign,
    PinBlocked,
    PinCancelled,
    PinRequired,
    PinWrong,
)


class Card:
    """A card that answers as it was told."""

    def __init__(self, *, tries_left: int | None = None, is_present: bool = True) -> None:
        self._tries_left = tries_left
        self._is_present = is_present

    def tries_left(self) -> int | None:
        return self._tries_left

    def is_present(self) -> bool:
        return self._is_present


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        pytest.param(pkcs11.PinIncorrect, PinWrong, id="pin-incorrect"),
        pytest.param(pkcs11.PinLocked, PinBlocked, id="pin-locked"),
        pytest.param(pkcs11.PinLenRange, InputError, id="pin-length"),
        pytest.param(pkcs11.PinInvalid, InputError, id="pin-invalid"),
        pytest.param(pkcs11.FunctionCancelled, PinCancelled, id="cancelled"),
        pytest.param(pkcs11.DeviceRemoved, CardRemoved, id="device-removed"),
        pytest.param(pkcs11.SessionHandleInvalid, CardRemoved, id="session-dead"),
        pytest.param(pkcs11.TokenNotPresent, CardRemoved, id="token-gone"),
        pytest.param(pkcs11.TokenNotRecognised, CardUnsupported, id="other-card"),
        pytest.param(pkcs11.NoSuchKey, CardUnsupported, id="no-key"),
        pytest.param(pkcs11.MultipleObjectsReturned, CardUnsupported, id="two-keys"),
        pytest.param(pkcs11.MechanismInvalid, MiddlewareCannotSign, id="no-mechanism"),
        pytest.param(pkcs11.UserNotLoggedIn, PinRequired, id="logged-out"),
        pytest.param(pkcs11.DeviceError, CardError, id="device-error"),
        pytest.param(pkcs11.GeneralError, CardError, id="general-error"),
        pytest.param(pkcs11.FunctionFailed, CardError, id="function-failed"),
    ],
)
def test_each_error_has_a_meaning(raised, expected):
    with pytest.raises(expected) as caught, pkcs11_errors(Card()):
        raise raised
    assert type(caught.value) is expected
    assert isinstance(caught.value.__cause__, raised)


@pytest.mark.parametrize("raised", [pkcs11.DeviceError, pkcs11.GeneralError])
def test_a_failure_of_a_card_that_is_gone_is_a_removed_card(raised):
    with pytest.raises(CardRemoved), pkcs11_errors(Card(is_present=False)):
        raise raised


def test_a_wrong_pin_carries_the_tries_the_card_tells():
    with pytest.raises(PinWrong) as caught, pkcs11_errors(Card(tries_left=2)):
        raise pkcs11.PinIncorrect
    assert caught.value.params == {"tries_left": 2}


def test_a_wrong_pin_without_tries_left_is_a_blocked_card():
    with pytest.raises(PinBlocked), pkcs11_errors(Card(tries_left=0)):
        raise pkcs11.PinIncorrect


def test_before_there_is_a_card_nothing_is_asked():
    with pytest.raises(CardError) as caught, pkcs11_errors():
        raise pkcs11.GeneralError
    assert type(caught.value) is CardError


def test_our_own_errors_pass_unchanged():
    error = CardUnsupported("stays")
    with pytest.raises(CardUnsupported) as caught, pkcs11_errors(Card()):
        raise error
    assert caught.value is error
