"""Errors about reader, card, PIN and the library that speaks with the card."""

from __future__ import annotations

from bridge.errors.base import BridgeError


class CardError(BridgeError):
    """Something about reader, card or PIN."""

    code = "card_unreadable"


class ReaderMissing(CardError):
    """No card reader, or no token slot, is there."""

    code = "reader_missing"


class CardMissing(CardError):
    """There is no usable card in the reader."""

    code = "card_missing"


class CardRemoved(CardError):
    """The card went away while it was needed."""

    code = "card_removed"


class CardExpired(CardError):
    """The authentication certificate of the card is not valid at this moment."""

    code = "card_expired"


class CardUnsupported(CardError):
    """The card has no authentication key we can use (child, foreigner, other card)."""

    code = "card_unsupported"


class MiddlewareMissing(CardError):
    """The PKCS#11 library cannot be loaded."""

    code = "middleware_missing"


class ReaderRemoved(CardError):
    """The reader was disconnected while it was needed."""

    code = "reader_removed"


class ReaderTimeout(CardError):
    """The reader or its driver gives no answer."""

    code = "reader_timeout"


class CardServiceStopped(CardError):
    """The operating system's service for smart cards does not run."""

    code = "smartcard_service_stopped"


class CardInUse(CardError):
    """Another program holds the card for itself alone."""

    code = "card_in_use"


class CardExchanged(CardRemoved):
    """The card is another one than the one looked at before; the PIN never reached it."""

    code = "card_exchanged"


class CardWithoutCertificate(CardUnsupported):
    """An eID for which no authentication certificate was issued."""

    code = "card_without_certificate"


class CardNotActivated(CardError):
    """The municipality has not put the card into use."""

    code = "card_not_activated"


class CardUntrusted(CardError):
    """The card's certificates do not lead to a Belgian root that is trusted."""

    code = "card_untrusted"


class CardDataInvalid(CardError):
    """The National Register's signature does not hold, or two numbers of the card differ."""

    code = "card_data_invalid"


class CardChoiceNeeded(CardError):
    """More than one card fits."""

    code = "card_choice_needed"


class MiddlewareCrashed(CardError):
    """The PKCS#11 library took its own process down; the daemon goes on."""

    code = "middleware_crashed"


class MiddlewareWrongBitness(MiddlewareMissing):
    """The PKCS#11 library is made for another word size or processor."""

    code = "middleware_wrong_bitness"


class MiddlewareCannotSign(CardError):
    """The PKCS#11 library knows the card but has no mechanism for its key."""

    code = "middleware_cannot_sign"


class PinRequired(CardError):
    """The card forgot the PIN: somebody logged it out (SEC-87)."""

    code = "pin_required"


class LastTryRefused(CardError):
    """One try is left and nobody said that it may be used (SEC-85)."""

    code = "pin_last_try"


class PinPaused(CardError):
    """The same software's PIN prompt was cancelled a moment ago (SEC-84)."""

    code = "pin_paused"


class KeypadFailed(CardError):
    """The keypad of the reader reported an error."""

    code = "keypad_failed"


class PinWrong(CardError):
    """The card refused the PIN; it counts the tries, we do not."""

    code = "pin_wrong"

    def __init__(self, *, tries_left: int | None) -> None:
        """Keep the number of tries the card still grants, where it tells."""
        super().__init__(tries_left=tries_left)


class PinBlocked(CardError):
    """The card refuses every PIN until it is unblocked with the PUK."""

    code = "card_pin_blocked"


class PinCancelled(CardError):
    """The user closed the PIN prompt."""

    code = "pin_cancelled"


class PinTimeout(CardError):
    """Nobody answered the PIN prompt within its 120 s (D9)."""

    code = "pin_timeout"


class PinEntryInProgress(CardError):
    """Another PIN prompt is open (SEC-84)."""

    code = "pin_entry_in_progress"


class KeypadBypassRefused(CardError):
    """The reader's keypad cannot be used any more, and the user does not type the PIN instead."""

    code = "keypad_bypass_refused"


class PromptUnavailable(CardError):
    """There is no keypad, window or terminal on which to ask for the PIN."""

    code = "prompt_unavailable"
