"""What PKCS#11 errors mean for the user (*Belgian eID card* 11 to 13)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Protocol

import pkcs11

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

_MEANINGS: Final[tuple[tuple[tuple[type[pkcs11.PKCS11Error], ...], type[CardError]], ...]] = (
    ((pkcs11.PinLocked,), PinBlocked),
    # The libraries report a time-out on the keypad the same way.
    ((pkcs11.FunctionCancelled,), PinCancelled),
    (
        (
            pkcs11.DeviceRemoved,
            pkcs11.KeyHandleInvalid,
            pkcs11.ObjectHandleInvalid,
            pkcs11.SessionClosed,
            pkcs11.SessionHandleInvalid,
            pkcs11.SlotIDInvalid,
            pkcs11.TokenNotPresent,
        ),
        CardRemoved,
    ),
    (
        (
            pkcs11.KeyTypeInconsistent,
            pkcs11.MultipleObjectsReturned,
            pkcs11.NoSuchKey,
            pkcs11.TokenNotRecognised,
            pkcs11.UserPinNotInitialized,
        ),
        CardUnsupported,
    ),
    ((pkcs11.MechanismInvalid,), MiddlewareCannotSign),
    # Another program logged the card out in between (SEC-87).
    ((pkcs11.UserNotLoggedIn,), PinRequired),
)


class CardState(Protocol):
    """What can be asked after something went wrong."""

    def tries_left(self) -> int | None:
        """Give the PIN tries left, where the card tells."""
        ...

    def is_present(self) -> bool:
        """Tell whether the card is still there."""
        ...


@contextmanager
def pkcs11_errors(card: CardState | None = None) -> Iterator[None]:
    """Map everything the library raises to ``CardError``.

    Args:
        card: The card in use, asked for its tries and its presence; ``None`` before there is one.
    """
    try:
        yield
    except pkcs11.PinIncorrect as error:
        tries_left = card.tries_left() if card else None
        raise PinBlocked if tries_left == 0 else PinWrong(tries_left=tries_left) from error
    except (pkcs11.PinLenRange, pkcs11.PinInvalid) as error:
        raise InputError(code="pin_malformed") from error
    except pkcs11.PKCS11Error as error:
        raise _meaning(error, card) from error


def _meaning(error: pkcs11.PKCS11Error, card: CardState | None) -> CardError:
    for kinds, meaning in _MEANINGS:
        if isinstance(error, kinds):
            return meaning()
    # A card pulled inside an operation is a device error for one library and a general error for
    # another.
    return CardRemoved() if card and not card.is_present() else CardError()
