"""PIN entry on the reader, with a scripted reader: there is no virtual one with a keypad."""

from __future__ import annotations

import struct
from contextlib import contextmanager

import pytest

from bridge.adapters.pcsc.api import Pcsc
from bridge.adapters.pcsc.card import judge_verify
from bridge.adapters.pcsc.connection import opened
from bridge.adapters.pcsc.keypad import find_keypad, verify_structure
from bridge.errors import (
    CardError,
    CardRemoved,
    KeypadFailed,
    PinBlocked,
    PinCancelled,
    PinTimeout,
    PinWrong,
)
from tests.support import scard
from tests.support import virtualreader as vr
from tests.support.scard import ScriptedReader, ScriptedScard

PLAIN = "Reader with keys 00 00"
DIRECT, START, FINISH = 0x06, 0x01, 0x02
VENDOR_VERSION = 0x00010102


@contextmanager
def reader(name: str = PLAIN, **facts):
    scripted = ScriptedReader(**facts)
    scripted.insert(vr.document("ec").content())
    with opened(Pcsc(ScriptedScard(**{name: scripted})), name) as connection:
        yield connection, scripted


def test_the_structure_is_the_one_readers_expect():
    assert verify_structure("fr").hex() == (
        "1e1e894704" + "0c04" + "02" + "01" + "0c08" + "000000" + "00" + "0d000000"
        "0020000108" + "20ffffffffffffff"
    )


@pytest.mark.parametrize(
    ("language", "number"), [("nl", 0x0813), ("fr", 0x080C), ("de", 0x0407), ("xx", 0x0409)]
)
def test_the_display_speaks_the_users_language(language, number):
    assert struct.unpack_from("<H", verify_structure(language), 9) == (number,)


@pytest.mark.parametrize("features", [(DIRECT,), (START, FINISH), (0x05, START, DIRECT)])
def test_a_keypad_is_found_and_verifies(features):
    with reader(keypad=features) as (connection, scripted):
        keypad = find_keypad(connection, PLAIN)
        assert keypad is not None
        assert keypad.verify(connection, language="nl").status == 0x9000
        assert scripted.applet.is_verified
        used = [(code & 0xFF, data) for code, data in scripted.controls[1:]]
    structure = verify_structure("nl")
    assert used == (
        [(DIRECT, structure)] if DIRECT in features else [(START, structure), (FINISH, b"")]
    )


@pytest.mark.parametrize("features", [(), (START,), (FINISH,), (0x03, 0x04, 0x07)])
def test_a_reader_without_verification_has_no_keypad_for_us(features):
    with reader(keypad=features) as (connection, _):
        assert find_keypad(connection, PLAIN) is None


def test_a_keypad_that_would_burn_tries_is_not_used():
    with reader("GemPC Pinpad 00 00", keypad=(DIRECT,)) as (connection, scripted):
        assert find_keypad(connection, "GemPC Pinpad 00 00") is None
        assert scripted.controls == []


def test_a_list_of_features_that_is_cut_off_is_read_as_far_as_it_goes():
    listed = scard.feature_list(DIRECT, START) + b"\x02\x04\x42"
    with reader(listed=listed) as (connection, _):
        keypad = find_keypad(connection, PLAIN)
    assert keypad is not None
    assert set(keypad.codes) == {DIRECT, START}


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (0x6400, PinTimeout),
        (0x6401, PinCancelled),
        (0x6402, KeypadFailed),
        (0x6403, KeypadFailed),
        (0x6B80, KeypadFailed),
        (0x63C2, PinWrong),
        (0x63C0, PinBlocked),
        (0x6983, PinBlocked),
        (0x6581, CardError),
    ],
)
def test_what_the_keypad_reports_is_told(status, error):
    with reader(keypad=(DIRECT,), typed=status) as (connection, _):
        keypad = find_keypad(connection, PLAIN)
        assert keypad is not None
        with pytest.raises(error) as caught:
            judge_verify(keypad.verify(connection, language="en"))
    assert type(caught.value) is error


def test_a_wrong_pin_on_the_keypad_costs_one_try():
    with reader(keypad=(DIRECT,), typed=b"9999") as (connection, scripted):
        keypad = find_keypad(connection, PLAIN)
        assert keypad is not None
        answer = keypad.verify(connection, language="en")
        assert answer.tries_left == scripted.applet.tries_left == 2


@pytest.mark.parametrize(
    ("version", "pin_format"),
    [(b"\x00\x00\x05\x05", 0x01), (b"\x00\x00\x06\x05", 0x89), (b"\x05", 0x89), (None, 0x89)],
)
def test_one_model_in_old_firmware_gets_the_format_it_knows(version, pin_format):
    name = "SCM SPR532 00 00"
    attributes = {} if version is None else {VENDOR_VERSION: version}
    with reader(name, keypad=(DIRECT,), attributes=attributes) as (connection, scripted):
        keypad = find_keypad(connection, name)
        assert keypad is not None
        keypad.verify(connection, language="en")
        assert scripted.controls[-1][1][2] == pin_format


@pytest.mark.parametrize(
    ("answer", "is_found"),
    [(b"\x06\x90\x00", True), (b"\x05\x90\x00", False), (b"\x6e\x00", False)],
)
def test_some_readers_tell_their_keypad_by_a_command(answer, is_found):
    name = "VASCO DIGIPASS 870 00 00"
    with reader(name, answers={b"\xff\xc2\x01\x00": [answer]}) as (connection, _):
        assert (find_keypad(connection, name) is not None) is is_found


def test_such_a_reader_is_used_by_a_command():
    name = "VASCO DIGIPASS 870 00 00"
    answers = {b"\xff\xc2\x01\x00": [b"\x06\x90\x00"], b"\xff\xc2\x01\x06": [b"\x63\xc1"]}
    with reader(name, answers=answers) as (connection, scripted):
        keypad = find_keypad(connection, name)
        assert keypad is not None
        assert keypad.verify(connection, language="en").tries_left == 1
        assert scripted.commands[-1] == b"\xff\xc2\x01\x06" + bytes([len(verify_structure("en"))])


def test_other_readers_never_see_that_command():
    with reader() as (connection, scripted):
        assert find_keypad(connection, PLAIN) is None
        assert scripted.commands == []


def test_a_card_pulled_out_while_the_pin_is_typed_is_told():
    with reader(keypad=(DIRECT,)) as (connection, scripted):
        keypad = find_keypad(connection, PLAIN)
        assert keypad is not None
        scripted.control_failures = [scard.REMOVED]
        with pytest.raises(CardRemoved):
            keypad.verify(connection, language="en")
