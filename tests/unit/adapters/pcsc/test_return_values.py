"""What PC/SC returns, and what the user is told."""

from __future__ import annotations

import pytest

from bridge.adapters.pcsc.api import DIRECT, EXCLUSIVE, SHARED, Pcsc, load_scard
from bridge.adapters.pcsc.codes import NO_ANSWER, CardWasReset, failure
from bridge.adapters.pcsc.connection import opened
from bridge.adapters.pcsc.names import reader_id, reader_kind
from bridge.domain.cards import ReaderKind
from bridge.errors import (
    CardError,
    CardInUse,
    CardMissing,
    CardRemoved,
    CardServiceStopped,
    ReaderMissing,
    ReaderRemoved,
    ReaderTimeout,
)
from tests.support import scard
from tests.support import virtualreader as vr
from tests.support.scard import READER, ScriptedScard

MEANINGS = [
    (0x80100003, CardServiceStopped),
    (0x80100009, ReaderRemoved),
    (0x8010000A, ReaderTimeout),
    (0x8010000B, CardInUse),
    (0x8010000C, CardMissing),
    (0x80100016, CardRemoved),
    (0x80100017, ReaderRemoved),
    (0x8010001D, CardServiceStopped),
    (0x8010001E, CardServiceStopped),
    (0x8010002E, ReaderMissing),
    (0x80100066, CardError),
    (0x80100067, CardError),
    (0x80100068, CardWasReset),
    (0x80100069, CardRemoved),
    (0x12345678, CardError),
    (NO_ANSWER, ReaderTimeout),
]


@pytest.mark.parametrize(("code", "kind"), MEANINGS)
def test_a_return_value_has_one_meaning_signed_or_not(code, kind):
    assert type(failure(code)) is kind
    assert type(failure(scard.signed(code))) is kind


def connected(library: ScriptedScard):
    library.reader.insert(vr.document("ec").content())
    return opened(Pcsc(library), READER)


@pytest.mark.parametrize(
    ("function", "code", "kind"),
    [
        ("SCardEstablishContext", scard.NO_SERVICE, CardServiceStopped),
        ("SCardConnect", scard.IN_USE, CardInUse),
        ("SCardConnect", scard.UNKNOWN_READER, ReaderRemoved),
        ("SCardConnect", scard.UNRESPONSIVE, CardError),
        ("SCardBeginTransaction", scard.REMOVED, CardRemoved),
        ("SCardTransmit", scard.REMOVED, CardRemoved),
    ],
)
def test_each_function_that_fails_becomes_an_error_and_nothing_stays_open(function, code, kind):
    library = ScriptedScard()
    library.always[function] = code
    with pytest.raises(kind), connected(library) as connection, connection.transaction():
        connection.transmit(b"\x80\xe4\x00\x00\x1c")
    assert library.connections == {}


def test_a_card_is_always_left_as_it_is():
    library = ScriptedScard()
    with connected(library) as connection, connection.transaction():
        connection.transmit(b"\x80\xe4\x00\x00\x1c")
    assert library.dispositions == [0, 0]


def test_after_a_reset_by_others_the_connection_is_taken_up_again():
    library = ScriptedScard()
    library.failures["SCardBeginTransaction"] = [scard.RESET]
    with connected(library) as connection, connection.transaction():
        assert connection.handle.protocol == 2
        assert connection.transmit(b"\x80\xe4\x00\x00\x1c").status == 0x9000
    assert library.calls.count("SCardReconnect") == 1
    assert set(library.dispositions) == {0}


def test_the_protocol_is_the_cards_choice_and_a_reader_alone_needs_none():
    library = ScriptedScard()
    library.reader.insert(vr.document("ec").content())
    pcsc = Pcsc(library)
    for mode in (SHARED, EXCLUSIVE, DIRECT):
        pcsc.connect(READER, mode=mode)
    assert library.modes == [(2, 3), (1, 3), (3, 0)]


def test_more_data_is_fetched_and_the_exact_length_is_asked():
    library = ScriptedScard()
    library.reader.answers = {
        b"\x00\xb0": [b"\x6c\x02", b"ab\x90\x00"],
        b"\x00\x2a": [b"\x61\x02"],
        b"\x00\xc0": [b"cd\x61\x01", b"e\x90\x00"],
    }
    with connected(library) as connection:
        assert connection.transmit(b"\x00\xb0\x00\x00\xfc").data == b"ab"
        assert connection.transmit(b"\x00\x2a\x9e\x9a\x01x").data == b"cde"
    assert library.sent[1][-1] == 0


def test_a_card_that_never_stops_to_have_more_ends_in_an_answer():
    library = ScriptedScard()
    library.reader.answers = {b"\x00": [b"x\x61\x01"] * 100}
    with connected(library) as connection:
        assert len(connection.transmit(b"\x00\x2a\x9e\x9a\x01x").data) < 20


def test_an_answer_without_status_means_that_the_card_is_gone():
    library = ScriptedScard()
    library.reader.answers = {b"\x00": [b""]}
    with connected(library) as connection, pytest.raises(CardRemoved):
        connection.transmit(b"\x00\xb0\x00\x00\xfc")


def test_the_buffer_handed_to_the_library_is_overwritten_also_when_it_throws():
    library = ScriptedScard()

    def broken() -> None:
        raise RuntimeError("broken")

    with connected(library) as connection:
        connection.transmit(b"\x00\x20\x00\x01\x08\x24\x12\x34\xff\xff\xff\xff\xff")
        library.hooks["SCardTransmit"] = broken
        with pytest.raises(RuntimeError, match="broken"):
            connection.transmit(b"\x00\x20\x00\x01\x08\x24\x12\x34\xff\xff\xff\xff\xff")
    assert [set(each) for each in library.sent] == [{0}, {0}]


def test_without_a_library_every_use_says_so():
    pcsc = Pcsc(None)
    assert pcsc.is_installed is False
    with pytest.raises(CardServiceStopped):
        pcsc.readers()
    pcsc.cancel()
    pcsc.release()


def test_no_reader_is_an_empty_list():
    library = ScriptedScard()
    library.readers = {}
    assert Pcsc(library).readers() == []


def test_a_context_that_was_given_back_is_made_anew():
    library = ScriptedScard()
    pcsc = Pcsc(library)
    pcsc.readers()
    pcsc.release()
    pcsc.release()
    assert library.contexts == 0
    assert pcsc.readers() == [READER]


def test_the_library_of_this_computer_is_found():
    assert load_scard() is not None


def test_a_reader_has_the_same_identifier_every_day():
    assert reader_id("Virtual PCD 00 00") == "rdr_33bda14ceb3e2596"
    assert reader_id("Virtual PCD 00 01") != reader_id("Virtual PCD 00 00")


def test_a_reader_of_the_operating_system_is_told_from_real_ones():
    assert reader_kind("Windows Hello for Business 1") is ReaderKind.VIRTUAL
    assert reader_kind("ACS ACR38U 00 00") is ReaderKind.PHYSICAL


@pytest.mark.parametrize("function", ["SCardListReaders", "SCardConnect"])
def test_a_context_that_died_meanwhile_is_made_anew_once(function):
    library = ScriptedScard()
    library.reader.insert(vr.document("ec").content())
    pcsc = Pcsc(library)
    pcsc.prepare()
    ask = pcsc.readers if function == "SCardListReaders" else lambda: pcsc.connect(READER)
    library.failures[function] = [scard.INVALID_HANDLE]
    assert ask()
    library.failures[function] = [scard.INVALID_HANDLE] * 2
    with pytest.raises(CardServiceStopped):
        ask()
    pcsc.release()
    library.failures[function] = [scard.INVALID_HANDLE]
    with pytest.raises(CardServiceStopped):
        ask()
    pcsc.release()
    assert library.contexts == 0
