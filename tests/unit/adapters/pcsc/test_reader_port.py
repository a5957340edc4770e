"""Port ``CardReader`` over a scripted service: errors that real readers are slow to make."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.adapters.cardthread import CardThread
from bridge.adapters.pcsc.doctor import examine_readers
from bridge.adapters.pcsc.reader import PcscReader
from bridge.domain.cards import CardKind, InsertedCard, ReaderState, ServiceState
from bridge.eid.files import CHAIN_FILES, EidFile
from bridge.errors import (
    CardInUse,
    CardMissing,
    CardNotActivated,
    CardServiceStopped,
    CardUnsupported,
    ReaderMissing,
)
from tests.support import scard
from tests.support import virtualreader as vr
from tests.support.fakes import FixedClock
from tests.support.scard import READER, ScriptedReader, ScriptedScard

CERTIFICATE = frozenset({EidFile.AUTHENTICATION_CERTIFICATE})


@pytest.fixture
def library() -> ScriptedScard:
    made = ScriptedScard()
    made.reader.insert(vr.document("ec").content())
    return made


@pytest.fixture
async def readers():
    thread, made = CardThread(), []

    async def make(library: ScriptedScard | None) -> PcscReader:
        reader = PcscReader(library, thread=thread, clock=FixedClock())
        made.append(reader)
        await reader.start()
        return reader

    yield make
    for reader in made:
        await reader.close()
    await thread.close()


def only(reader: PcscReader) -> ReaderState:
    (state,) = reader.snapshot().readers
    return state


def card(reader: PcscReader) -> InsertedCard:
    found = only(reader).card
    assert found is not None
    return found


async def test_an_eid_is_recognised_by_what_it_says(readers, library):
    reader = await readers(library)
    assert (card(reader).kind, card(reader).applet) == (CardKind.EID, "1.8")
    assert only(reader).has_keypad is False


async def test_a_keypad_is_found(readers, library):
    library.reader.keypad = (0x06,)
    assert only(await readers(library)).has_keypad is True


async def test_an_answer_to_reset_like_an_eids_is_not_enough(readers, library):
    library.reader.answers = {b"\x00\xa4\x04": [b"\x6a\x82"]}
    assert card(await readers(library)).kind is CardKind.FOREIGN


async def test_an_eid_not_yet_in_use_is_an_eid(readers, library):
    content = vr.document("ec").content()
    sleeping = replace(content, card_data=replace(content.card_data, life_cycle=0x07))
    library.reader.insert(sleeping)
    reader = await readers(library)
    assert card(reader).kind is CardKind.EID
    with pytest.raises(CardNotActivated):
        await reader.read(only(reader).id, CERTIFICATE)


async def test_a_card_others_hold_is_unread(readers, library):
    library.failures["SCardConnect"] = [scard.IN_USE]
    library.reader.flags |= scard.EXCLUSIVE
    reader = await readers(library)
    assert card(reader).kind is CardKind.UNREAD
    assert only(reader).is_card_held is True


async def test_a_card_that_fails_is_taken_for_what_it_looks_like(readers, library):
    library.failures["SCardConnect"] = [scard.UNRESPONSIVE]
    assert card(await readers(library)).kind is CardKind.EID


async def test_a_mute_card_is_not_asked(readers, library):
    library.reader.flags |= scard.MUTE
    assert card(await readers(library)).kind is CardKind.MUTE
    assert "SCardConnect" not in library.calls


async def test_files_and_tries_are_read(readers, library):
    reader = await readers(library)
    issued = vr.document("ec")
    files = await reader.read(only(reader).id, CHAIN_FILES)
    assert {file: files.contents[file] for file in CHAIN_FILES} == {
        file: issued.contents[file] for file in CHAIN_FILES
    }
    assert await reader.tries_left(only(reader).id) == 3


async def test_reading_sends_no_pin(readers, library):
    reader = await readers(library)
    await reader.read(only(reader).id, frozenset(EidFile))
    await reader.tries_left(only(reader).id)
    assert library.reader.applet.counters.verifications == 0


async def test_a_reader_nobody_knows_is_missing(readers, library):
    with pytest.raises(ReaderMissing):
        await (await readers(library)).read("rdr_0000000000000000", CERTIFICATE)


async def test_a_reader_of_the_operating_system_is_not_read(readers):
    virtual = ScriptedReader()
    virtual.insert(vr.document("ec").content())
    reader = await readers(ScriptedScard(**{"Windows Hello for Business 1": virtual}))
    with pytest.raises(ReaderMissing):
        await reader.tries_left(only(reader).id)


async def test_an_empty_reader_has_no_card(readers):
    reader = await readers(ScriptedScard())
    with pytest.raises(CardMissing):
        await reader.read(only(reader).id, CERTIFICATE)


async def test_a_service_that_does_not_run_is_told(readers):
    reader = await readers(None)
    assert reader.snapshot().service is ServiceState.MISSING
    with pytest.raises(CardServiceStopped):
        await reader.read("rdr_0000000000000000", CERTIFICATE)


@pytest.mark.parametrize(
    ("function", "code", "error"),
    [
        ("SCardConnect", scard.IN_USE, CardInUse),
        ("SCardConnect", scard.NO_CARD, CardMissing),
        ("SCardTransmit", scard.NO_SERVICE, CardServiceStopped),
    ],
)
async def test_a_job_that_fails_says_why_and_the_next_one_works(
    readers, library, function, code, error
):
    reader = await readers(library)
    library.failures[function] = [code]
    with pytest.raises(error):
        await reader.read(only(reader).id, CERTIFICATE)
    assert (await reader.read(only(reader).id, CERTIFICATE)).contents


async def test_a_card_of_others_is_not_read(readers, library):
    reader = await readers(library)
    library.reader.answers = {b"\x00\xa4\x04": [b"\x6a\x82"]}
    with pytest.raises(CardUnsupported):
        await reader.read(only(reader).id, CERTIFICATE)


async def test_closing_gives_both_contexts_back_and_needs_no_thread(library):
    thread = CardThread()
    reader = PcscReader(library, thread=thread, clock=FixedClock())
    await reader.start()
    await reader.read(only(reader).id, CERTIFICATE)
    await reader.close()
    assert library.contexts == 0
    await thread.close()
    await reader.close()


# -- the doctor ---------------------------------------------------------------------------------

NAMED = {0x00010100: b"Maker\0", 0x00010101: b"Model 5 \xff", 0x00010102: b"\x07\x00\x03\x02"}


@pytest.mark.parametrize(
    ("attributes", "name"),
    [
        (NAMED, "Maker Model 5 \ufffd 2.03"),
        ({0x00010100: b"Maker"}, "Maker"),
        ({0x00010102: b"\x07\x00\x03\x02"}, "2.03"),
        ({0x00010100: b"\0", 0x00010102: b""}, None),
        ({}, None),
    ],
)
async def test_a_reader_names_its_driver_as_far_as_it_tells(readers, library, attributes, name):
    library.reader.attributes = attributes
    reader = await readers(library)
    thread = CardThread()
    found = await examine_readers(library, reader.snapshot(), thread=thread)
    await thread.close()
    assert found == ({} if name is None else {only(reader).id: name})


async def test_the_doctor_asks_readers_without_cards_and_touches_no_card(readers):
    library = ScriptedScard(**{READER: ScriptedReader(attributes=NAMED)})
    reader = await readers(library)
    thread = CardThread()
    assert await examine_readers(library, reader.snapshot(), thread=thread)
    await thread.close()
    assert library.modes == [(3, 0)]
    assert library.sent == []
    assert library.connections == {}


async def test_the_doctor_never_fails(readers, library):
    library.reader.attributes = NAMED
    reader = await readers(library)
    thread = CardThread()
    for code in (scard.IN_USE, scard.NO_SERVICE):
        library.failures["SCardConnect"] = [code]
        assert await examine_readers(library, reader.snapshot(), thread=thread) == {}
    await thread.close()
    assert await examine_readers(library, reader.snapshot(), thread=thread) == {}
