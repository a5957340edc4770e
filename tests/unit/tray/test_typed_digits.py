"""The digits typed into the PIN window, without a window."""

from __future__ import annotations

import pytest

from tray.dialogs.digits import Digits


def typed(text: str) -> Digits:
    digits = Digits()
    for character in text:
        digits.type(character)
    return digits


@pytest.mark.parametrize("text", ["1", "1234", "123456789012", "0000"])
def test_digits_are_kept_in_order(text):
    assert bytes(typed(text).view()) == text.encode()


@pytest.mark.parametrize("character", ["a", " ", "", "\x16", "12", "\N{ARABIC-INDIC DIGIT ONE}"])
def test_anything_else_is_not_taken(character):
    digits = typed("12")
    assert digits.type(character) is False
    assert bytes(digits.view()) == b"12"


def test_a_thirteenth_digit_is_not_taken():
    assert bytes(typed("1234567890123").view()) == b"123456789012"


@pytest.mark.parametrize(("text", "is_enough"), [("", False), ("123", False), ("1234", True)])
def test_four_digits_are_enough(text, is_enough):
    assert typed(text).is_enough is is_enough


def test_the_last_digit_can_be_taken_back():
    digits = typed("123")
    digits.erase()
    digits.type("9")
    assert bytes(digits.view()) == b"129"


def test_nothing_can_be_taken_back_from_nothing():
    digits = Digits()
    digits.erase()
    assert len(digits) == 0


def test_a_digit_taken_back_is_overwritten():
    digits = typed("12")
    both = digits.view()
    digits.erase()
    assert bytes(both) == b"1\0"


def test_wiping_overwrites_every_digit():
    digits = typed("1234")
    shown = digits.view()
    digits.wipe()
    assert bytes(shown) == bytes(4)
    assert len(digits) == 0


def test_digits_have_no_text_form():
    assert repr(typed("1234")) == str(typed("1234")) == "***"
