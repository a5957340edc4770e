"""Commands, answers, card data and answers to reset."""

from __future__ import annotations

import pytest

from bridge.domain.cards import CardKind
from bridge.domain.secrets import Pin
from bridge.eid import apdu
from bridge.eid.atr import ATR_17, ATR_18, kind_of
from bridge.eid.carddata import CardData
from bridge.eid.files import APPLET_AID, IDENTITY_FILES, CardFiles, EidFile
from bridge.errors import CardError

ATR_10 = bytes.fromhex("3B9894400AA503010101AD1310")


@pytest.mark.parametrize(
    ("digits", "block"),
    [
        ("1234", "24 12 34 FF FF FF FF FF"),
        ("12345", "25 12 34 5F FF FF FF FF"),
        ("987654321012", "2C 98 76 54 32 10 12 FF"),
        ("0000", "24 00 00 FF FF FF FF FF"),
    ],
)
def test_the_pin_block(digits, block):
    command = apdu.verify_command(Pin(digits.encode()))
    assert command.hex(" ").upper() == f"00 20 00 01 08 {block}"


@pytest.mark.parametrize("count", range(4, 13))
def test_every_length_of_pin_has_a_block_of_eight_bytes(count):
    command = apdu.verify_command(Pin(b"7" * count))
    assert len(command) == 5 + apdu.PIN_BLOCK_BYTES
    assert command[5] == 0x20 | count
    assert command.hex()[12:].rstrip("f") == "7" * count


def test_the_command_is_a_buffer_that_can_be_overwritten():
    command = apdu.verify_command(Pin(b"1234"))
    command[:] = bytes(len(command))
    assert set(command) == {0}


def test_commands_as_the_card_knows_them():
    assert apdu.select_path(EidFile.IDENTITY.path).hex() == "00a4080c063f00df014031"
    assert apdu.select_application(APPLET_AID).hex() == f"00a4040c0f{APPLET_AID.hex()}"
    assert apdu.read_binary(0x0102, 252).hex() == "00b00102fc"
    assert apdu.read_binary(0, 256).hex() == "00b0000000"
    assert apdu.get_response(256).hex() == "00c0000000"
    assert apdu.VERIFY_STATE.hex() == "0020000100"
    key = apdu.KeyReference.AUTHENTICATION
    assert apdu.set_environment(2, key).hex() == "002241b60504800284 82".replace(" ", "")
    assert apdu.compute_signature(b"\xaa\xbb").hex() == "002a9e9a02aabb"


def test_the_signing_key_has_no_name():
    assert [key.value for key in apdu.KeyReference] == [0x82]


@pytest.mark.parametrize(
    ("answer", "more", "exact", "tries"),
    [
        ("9000", None, None, None),
        ("6110", 16, None, None),
        ("6100", 256, None, None),
        ("6C20", None, 32, None),
        ("6C00", None, 256, None),
        ("63C2", None, None, 2),
        ("63C0", None, None, 0),
        ("6983", None, None, 0),
        ("6982", None, None, None),
    ],
)
def test_what_a_status_means(answer, more, exact, tries):
    parsed = apdu.Answer.parse(b"data" + bytes.fromhex(answer))
    assert parsed.data == b"data"
    assert (parsed.more, parsed.exact_length, parsed.tries_left) == (more, exact, tries)
    assert parsed.encode() == b"data" + bytes.fromhex(answer)


@pytest.mark.parametrize(
    ("atr", "kind"),
    [
        (ATR_10, CardKind.EID),
        (ATR_17, CardKind.EID),
        (ATR_18, CardKind.EID),
        (ATR_18[:-1], CardKind.FOREIGN),
        (ATR_17[:-1], CardKind.FOREIGN),
        (bytes.fromhex("3B6500002063CBA600"), CardKind.FOREIGN),
        (b"", CardKind.MUTE),
    ],
)
def test_a_card_is_recognised_by_its_answer_to_reset(atr, kind):
    assert kind_of(atr) is kind


@pytest.mark.parametrize("byte", [2, 4])
def test_two_bytes_of_older_cards_do_not_count(byte):
    other = bytearray(ATR_17)
    other[byte] ^= 0xFF
    assert kind_of(bytes(other)) is CardKind.EID


@pytest.mark.parametrize(
    ("applet_byte", "applet", "has_free_state", "has_long_form"),
    [(0x11, "1.1", False, False), (0x17, "1.7", True, False), (0x18, "1.8", True, True)],
)
def test_card_data(applet_byte, applet, has_free_state, has_long_form):
    data = CardData(serial=bytes(range(16)), applet_byte=applet_byte)
    assert CardData.parse(data.encode()) == data
    assert (data.applet, data.has_free_state, data.has_long_form) == (
        applet,
        has_free_state,
        has_long_form,
    )
    assert data.encode()[21] == applet_byte


def test_the_long_form_tells_the_tries():
    data = CardData(serial=bytes(16), applet_byte=0x18, tries_left=2)
    assert len(data.encode()) == 31
    assert data.encode()[28] == 2
    assert CardData.parse(data.encode()).tries_left == 2


@pytest.mark.parametrize(("life_cycle", "expected"), [(0x0F, True), (0x07, False)])
def test_a_card_says_whether_it_is_in_use(life_cycle, expected):
    assert (
        CardData(serial=bytes(16), applet_byte=0x18, life_cycle=life_cycle).is_activated is expected
    )


def test_card_data_that_is_cut_off_is_an_error():
    with pytest.raises(CardError):
        CardData.parse(bytes(27))


def test_files_of_zeros_are_absent_and_the_text_form_says_nothing():
    files = CardFiles(
        card_data=b"", contents={EidFile.IDENTITY: b"secret", EidFile.CITIZEN_CA: bytes(9)}
    )
    assert files.get(EidFile.IDENTITY) == b"secret"
    assert files.get(EidFile.CITIZEN_CA) is None
    assert files.get(EidFile.ROOT_CA) is None
    assert "secret" not in repr(files)
    assert EidFile.ADDRESS not in IDENTITY_FILES
