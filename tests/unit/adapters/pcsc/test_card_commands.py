"""The eID's commands and status words, over a scripted reader with an emulated card."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from bridge.adapters.pcsc.api import Pcsc
from bridge.adapters.pcsc.card import EidCard
from bridge.adapters.pcsc.connection import opened
from bridge.domain.secrets import Pin
from bridge.eid.files import EidFile
from bridge.errors import (
    CardError,
    CardNotActivated,
    CardRemoved,
    CardUnsupported,
    PinBlocked,
    PinRequired,
    PinWrong,
)
from bridge.sandbox.eidcard.applet import CardContent
from tests.support import scard
from tests.support import virtualreader as vr
from tests.support.scard import READER, ScriptedScard

VERIFY = b"\x00\x20\x00\x01\x08"


@pytest.fixture
def library() -> ScriptedScard:
    made = ScriptedScard()
    made.reader.insert(vr.document("ec").content())
    return made


@contextmanager
def eid(library: ScriptedScard, content: CardContent | None = None) -> Iterator[EidCard]:
    if content is not None:
        library.reader.insert(content)
    with opened(Pcsc(library), READER) as connection:
        yield EidCard(connection)


@pytest.mark.parametrize(("kind", "applet"), [("rsa", "1.7"), ("ec", "1.8")])
def test_both_generations_say_which_they_are(library, kind, applet):
    with eid(library, vr.document(kind).content()) as card:
        assert card.select().applet == applet


@pytest.mark.parametrize(
    "answers",
    [
        {b"\x00\xa4\x04": [b"\x6a\x82"]},
        {b"\x80\xe4": [b"\x6d\x00"]},
        {b"\x80\xe4": [b"short\x90\x00"]},
    ],
)
def test_another_card_is_not_taken_for_an_eid(library, answers):
    library.reader.answers = answers
    with eid(library) as card, pytest.raises(CardUnsupported):
        card.select()


def test_a_card_that_is_not_yet_in_use_is_told(library):
    content = vr.document("ec").content()
    sleeping = replace(content, card_data=replace(content.card_data, life_cycle=0x07))
    with eid(library, sleeping) as card, pytest.raises(CardNotActivated):
        card.select()


@pytest.mark.parametrize("kind", ["rsa", "ec"])
def test_every_file_is_read_to_its_last_byte(library, kind):
    issued = vr.document(kind)
    with eid(library, issued.content()) as card:
        files = card.read_all(frozenset(EidFile), card.select())
    assert dict(files.contents) == issued.contents
    assert files.card_data == issued.card_data.encode()


@pytest.mark.parametrize("length", [1, 251, 252, 253, 504, 505, 3000])
def test_files_of_every_length_end_where_they_end(library, length):
    content = vr.document("ec").content()
    file = bytes(number % 251 for number in range(length))
    path = EidFile.PORTRAIT.path
    with eid(library, replace(content, files={**content.files, path: file})) as card:
        assert card.read(EidFile.PORTRAIT) == file


def test_a_file_the_card_does_not_have_is_left_out(library):
    with eid(library, vr.document("rsa").content()) as card:
        assert card.read(EidFile.CARD_KEY) is None
        files = card.read_all(frozenset({EidFile.CARD_KEY}), card.select())
    assert files.contents == {}


@pytest.mark.parametrize(
    ("start", "status", "error"),
    [
        (b"\x00\xb0", b"\x6d\x00", CardNotActivated),
        (b"\x00\xb0", b"\x69\x85", CardNotActivated),
        (b"\x00\xb0", b"\x69\x82", PinRequired),
        (b"\x00\xb0", b"\x6b\x00", CardError),
        (b"\x00\xb0", b"\x65\x81", CardError),
        (b"\x00\xa4", b"\x65\x81", CardError),
    ],
)
def test_a_file_that_cannot_be_read_says_why(library, start, status, error):
    library.reader.answers = {start: [status]}
    with eid(library) as card, pytest.raises(error) as caught:
        card.read(EidFile.IDENTITY)
    assert type(caught.value) is error


def test_a_file_without_end_is_not_read_for_ever(library):
    library.reader.answers = {b"\x00\xb0": [bytes(252) + b"\x90\x00"] * 1000}
    with eid(library) as card:
        content = card.read(EidFile.PORTRAIT)
    assert content is not None
    assert len(content) < 40_000


@pytest.mark.parametrize("kind", ["rsa", "ec"])
def test_the_tries_are_read_without_spending_one(library, kind):
    with eid(library, vr.document(kind).content()) as card:
        data = card.select()
        assert [card.tries_left(data) for _ in range(5)] == [3] * 5
    assert library.reader.applet.counters.verifications == 0


def test_the_tries_are_not_asked_where_that_would_spend_one(library):
    content = vr.document("rsa").content()
    old = replace(content, card_data=replace(content.card_data, applet_byte=0x11))
    with eid(library, old) as card:
        assert card.tries_left(card.select()) is None
    assert not [each for each in library.reader.commands if each[1] == 0x20]


@pytest.mark.parametrize(("kind", "left"), [("rsa", None), ("ec", 3)])
def test_a_card_that_others_left_open_tells_its_tries_where_it_can(library, kind, left):
    with eid(library, vr.document(kind).content()) as card:
        data = card.select()
        card.verify(Pin(vr.PIN))
        assert card.tries_left(data) == left


def test_a_long_answer_that_is_refused_leaves_the_tries_unknown(library):
    library.reader.answers = {
        b"\x00\x20": [b"\x90\x00"],
        b"\x80\xe4\x00\x01": [b"\x6a\x86"],
    }
    with eid(library) as card:
        assert card.tries_left(card.select()) is None


def test_wrong_pins_are_counted_down_until_the_card_is_blocked(library):
    left = []
    with eid(library) as card:
        for _ in range(2):
            with pytest.raises(PinWrong) as caught:
                card.verify(Pin(vr.WRONG_PIN))
            left.append(caught.value.params["tries_left"])
        for pin in (vr.WRONG_PIN, vr.PIN):
            with pytest.raises(PinBlocked):
                card.verify(Pin(pin))
    assert left == [2, 1]


def test_the_third_wrong_pin_may_also_be_told_as_no_tries_left(library):
    library.reader.answers = {VERIFY: [b"\x63\xc0"]}
    with eid(library) as card, pytest.raises(PinBlocked):
        card.verify(Pin(vr.PIN))


@pytest.mark.parametrize("pin", [b"1234", b"12345", b"123456789012"])
def test_the_pin_is_overwritten_whatever_happens(library, pin):
    typed = Pin(pin)
    library.failures["SCardTransmit"] = [scard.REMOVED]
    with eid(library) as card, pytest.raises(CardRemoved):
        card.verify(typed)
    assert bytes(typed.buffer) == b""
    assert set(library.sent[-1]) == {0}


def test_a_pin_that_was_wiped_meanwhile_never_reaches_the_card(library):
    pin = Pin(vr.PIN)
    pin.wipe()
    with eid(library) as card, pytest.raises(PinRequired):
        card.verify(pin)
    assert library.sent == []


def test_a_signature_without_pin_is_refused(library):
    with eid(library) as card:
        card.set_environment(0x02)
        with pytest.raises(PinRequired):
            card.sign(bytes(48))


def test_after_log_off_the_card_signs_no_more(library):
    with eid(library) as card:
        card.set_environment(0x02)
        card.verify(Pin(vr.PIN))
        assert len(card.sign(bytes(48))) == 96
        card.log_off()
        with pytest.raises(PinRequired):
            card.sign(bytes(48))


def test_a_key_the_card_does_not_have_is_refused(library):
    library.reader.answers = {b"\x00\x22": [b"\x6a\x88"]}
    with eid(library) as card, pytest.raises(CardError):
        card.set_environment(0x02)


def test_only_the_authentication_key_is_ever_named(library):
    with eid(library) as card:
        card.set_environment(0x01)
    assert library.reader.commands[-1][:4] == b"\x00\x22\x41\xb6"
    assert library.reader.applet.transmit(b"\x00\x2a\x9e\x9a\x20" + bytes(32)) == b"\x69\x82"
