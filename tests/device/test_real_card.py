"""With a real reader and a real eID: ``pytest tests/device -s --card-serial <serial>``.

The serial number is that of the chip, in hexadecimal; ``carebridge``'s tests refuse every other
card, so that nobody's card is used by mistake.
The PIN is asked on the terminal or on the reader's keypad, once for each signature; a wrong PIN is
never tried, and nothing begins with fewer than three tries.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from bridge.adapters.cardthread import CardThread
from bridge.adapters.clock import SystemClock
from bridge.adapters.pcsc.api import Pcsc, load_scard
from bridge.adapters.pcsc.card import EidCard
from bridge.adapters.pcsc.connection import opened
from bridge.adapters.pcsc.reader import PcscReader
from bridge.adapters.terminal import TerminalPrompt
from bridge.crypto.algorithms import algorithm_for, verify
from bridge.crypto.certificates import Certificate
from bridge.daemon.cards import card_ways, terminal_texts
from bridge.domain.cards import CardKind
from bridge.eid.apdu import compute_signature
from bridge.eid.carddata import CardData
from bridge.eid.files import ADDRESS_FILES
from bridge.eid.holder import verified_holder
from bridge.eid.trust import BelgianRoots
from bridge.ports.prompt import PinRequest
from bridge.settings import CardSettings

pytestmark = pytest.mark.timeout(300)
DATA = b"a test of Carebridge, worth nothing"
NOT_VERIFIED = 0x6982


@pytest.fixture
async def reader():
    thread = CardThread()
    watching = PcscReader(load_scard(), thread=thread, clock=SystemClock())
    await watching.start()
    yield watching
    await watching.close()
    await thread.close()


@pytest.fixture
async def place(reader, request):
    """The reader with the card of the serial number."""
    wanted = request.config.getoption("--card-serial").lower()
    for each in reader.snapshot().readers:
        if each.card is not None and each.card.kind is CardKind.EID:
            files = await reader.read(each.id, frozenset())
            if CardData.parse(files.card_data).serial.hex() == wanted:
                return each
    pytest.fail("the card with this serial number is in no reader")


async def test_the_holder_is_believed(reader, place):
    files = await reader.read(place.id, ADDRESS_FILES)
    roots = BelgianRoots()
    holder = verified_holder(files, roots=roots, at=datetime.now(UTC), has_address=True)
    assert holder.valid_from <= holder.valid_until


async def test_the_tries_are_read_without_spending_one(reader, place):
    first = await reader.tries_left(place.id)
    assert await reader.tries_left(place.id) == first


@pytest.mark.parametrize("way", ["card_commands", "middleware"])
async def test_a_signature_verifies_and_the_card_is_closed_after_it(reader, place, way):
    assert await reader.tries_left(place.id) in {None, 3}, "begin with a right PIN elsewhere"
    ways = card_ways(CardSettings(signing=way), clock=SystemClock(), language="en")
    try:
        facts = await ways.signer.facts()
        held = Certificate.parse(facts.authentication_certificate)
        request = PinRequest(
            requested_by="device test",
            purpose="open_ehealth_session",
            holder_name="",
            reader=facts.reader,
            tries_left=facts.tries_left,
            language="en",
        )
        pin = None
        if not facts.has_keypad:
            pin = await TerminalPrompt(terminal_texts()).ask_pin(request)
        algorithm = algorithm_for(held.public_key)
        begun = time.monotonic()
        signature = await ways.signer.sign(DATA, algorithm=algorithm, pin=pin)
        print(f"{way}: {time.monotonic() - begun:.1f} s")  # noqa: T201  # what a person came for
        verify(held.public_key, algorithm, signature=signature, data=DATA)
        assert _second_client(place.name) == NOT_VERIFIED
    finally:
        for close in ways.closers:
            await close()


def _second_client(name: str) -> int:
    """Try to sign without a PIN, as another program would, and give the card's answer."""
    pcsc = Pcsc(load_scard())
    try:
        with opened(pcsc, name) as connection, connection.transaction():
            card = EidCard(connection)
            card.select()
            card.set_environment(1)
            return connection.transmit(compute_signature(bytes(32))).status
    finally:
        pcsc.release()
