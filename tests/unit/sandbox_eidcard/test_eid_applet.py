"""What the emulated chip answers, command by command (*Belgian eID card* 2, 3, 6, 7 and 8)."""

from __future__ import annotations

import dataclasses
import hashlib
from functools import cache

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature

from bridge.domain.secrets import Pin
from bridge.eid import apdu
from bridge.eid.apdu import Answer
from bridge.eid.carddata import CardData
from bridge.eid.files import APPLET_AID, PKCS15_AID, EidFile
from bridge.sandbox.eidcard.applet import Applet
from tests.support import virtualreader as vr

RIGHT = bytes.fromhex("0020000108241234FFFFFFFFFF")
WRONG = bytes.fromhex("0020000108249999FFFFFFFFFF")
FOLDER = bytes.fromhex("00A4080C043F00DF00")
HASH = hashlib.sha256(b"what is signed").digest()
DIGEST_INFO = bytes.fromhex("3031300d060960864801650304020105000420") + HASH
SIGN_82 = (apdu.set_environment(0x01, apdu.KeyReference.AUTHENTICATION), apdu.compute_signature)
LEGAL_KEY = bytes.fromhex("002241B60504800184") + b"\x83"


@cache
def content(kind: str):
    return vr.document(kind).content()


def chip(kind: str = "rsa", applet_byte: int | None = None) -> Applet:
    made = content(kind)
    if applet_byte is not None:
        data = dataclasses.replace(made.card_data, applet_byte=applet_byte)
        made = dataclasses.replace(made, card_data=data)
    return Applet(made)


def say(card: Applet, command: bytes) -> Answer:
    return Answer.parse(card.transmit(bytes(command)))


def status(card: Applet, *commands: bytes) -> int:
    """Give the status of the last command; those before it must succeed."""
    *before, last = commands
    for command in before:
        assert say(card, command).status == apdu.OK
    return say(card, last).status


def read_whole(card: Applet, block: int) -> bytes:
    """Read the selected file as a client does that does not know its length."""
    read = b""
    while True:
        answer = say(card, apdu.read_binary(len(read), block))
        if answer.exact_length is not None:
            answer = say(card, apdu.read_binary(len(read), answer.exact_length))
            assert answer.status == apdu.OK
        if answer.status == 0x6B00:
            return read
        read += answer.data
        if len(answer.data) < block:
            return read


# -- files ------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", list(EidFile))
@pytest.mark.parametrize("block", [252, 256])
def test_every_file_reads_back_as_it_was_issued(file, block):
    card = chip("ec")
    assert status(card, apdu.select_path(file.path)) == apdu.OK
    assert read_whole(card, block) == vr.document("ec").contents[file]


def test_a_card_of_applet_17_has_no_key_of_its_own():
    assert status(chip(), apdu.select_path(EidFile.CARD_KEY.path)) == 0x6A82


def test_a_path_works_with_and_without_the_master_file():
    card = chip()
    assert status(card, apdu.select_path(EidFile.IDENTITY.path[2:])) == apdu.OK
    assert read_whole(card, 252) == vr.document().contents[EidFile.IDENTITY]


def test_a_walk_from_folder_to_folder_reaches_the_files():
    card = chip()
    for step in ("3F00", "DF00", "5038", "DF01", "4031", "4033", "2F00"):
        command = b"\x00\xa4\x02\x0c\x02" + bytes.fromhex(step)
        assert say(card, command).status == apdu.OK, step


@pytest.mark.parametrize("aid", [APPLET_AID, PKCS15_AID])
def test_both_applications_can_be_selected(aid):
    assert status(chip(), apdu.select_application(aid)) == apdu.OK


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (apdu.select_application(b"\xa0\x00\x00\x00\x03"), 0x6A82),
        (apdu.select_path(bytes.fromhex("3F00DF007777")), 0x6A82),
        (bytes.fromhex("00A4020C027777"), 0x6A82),
        (bytes.fromhex("00A4090C023F00"), 0x6A86),
        (apdu.read_binary(0, 10), 0x6986),
        (bytes.fromhex("00B00000"), 0x6986),
        (apdu.get_response(10), 0x6985),
        (bytes.fromhex("00FF000000"), 0x6D00),
        (bytes.fromhex("0088028102ABCD"), 0x6D00),
        (bytes.fromhex("A0A4000000"), 0x6E00),
        (b"\x00\xa4", 0x6700),
        (bytes.fromhex("00A4080C043F00"), 0x6700),
    ],
)
def test_what_does_not_fit_is_refused_with_its_own_status(command, expected):
    assert status(chip(), command) == expected


def test_too_long_a_read_names_the_exact_length():
    card = chip()
    size = len(vr.document().contents[EidFile.TOKEN_INFO])
    assert status(card, apdu.select_path(EidFile.TOKEN_INFO.path)) == apdu.OK
    assert say(card, apdu.read_binary(1, 256)) == Answer(b"", 0x6C00 + size - 1)
    assert say(card, apdu.read_binary(size, 1)).status == 0x6B00
    assert say(card, bytes.fromhex("00B00000")).status == 0x6700


def test_a_folder_is_no_file_to_read():
    assert status(chip(), FOLDER, apdu.read_binary(0, 4)) == 0x6986


def test_a_card_that_is_not_activated_says_so_and_shows_no_file():
    document = dataclasses.replace(vr.document(), is_activated=False)
    card = Applet(document.content())
    assert not CardData.parse(say(card, apdu.GET_CARD_DATA).data).is_activated
    assert status(card, apdu.select_path(EidFile.IDENTITY.path), apdu.read_binary(0, 4)) == 0x6D00


# -- card data and challenge ------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "applet"), [("rsa", "1.7"), ("ec", "1.8")])
def test_the_card_tells_its_applet(kind, applet):
    data = CardData.parse(say(chip(kind), apdu.GET_CARD_DATA).data)
    assert (data.applet, data.tries_left) == (applet, None)
    assert data.serial == vr.document(kind).card_data.serial


def test_the_long_form_tells_the_tries_on_applet_18_only():
    card = chip("ec")
    say(card, WRONG)
    assert CardData.parse(say(card, apdu.GET_CARD_DATA_WITH_TRIES).data).tries_left == 2
    assert say(chip(), apdu.GET_CARD_DATA_WITH_TRIES).status == 0x6A86


def test_card_data_of_another_length_names_the_exact_one():
    assert say(chip(), bytes.fromhex("80E4000010")).exact_length == 28


def test_challenges_are_random_and_as_long_as_asked():
    card = chip()
    first, second = (say(card, bytes.fromhex("0084000014")) for _ in range(2))
    assert (len(first.data), first.status) == (20, apdu.OK)
    assert first.data != second.data
    assert say(card, bytes.fromhex("00840000")).status == 0x6700


# -- PIN --------------------------------------------------------------------------------------


def test_our_own_pin_block_is_the_right_one():
    assert status(chip(), apdu.verify_command(Pin(vr.PIN))) == apdu.OK


def test_three_wrong_pins_block_the_card_and_the_right_one_comes_too_late():
    card = chip()
    assert [say(card, WRONG).tries_left for _ in range(3)] == [2, 1, 0]
    assert say(card, RIGHT).status == 0x6983
    assert say(card, apdu.VERIFY_STATE).status == 0x6983
    assert card.counters.verifications == 4


def test_blocking_outlives_a_reset_and_ends_at_the_municipality():
    card = chip()
    for _ in range(3):
        say(card, WRONG)
    card.reset()
    assert say(card, RIGHT).status == 0x6983
    card.unblock()
    assert say(card, RIGHT).status == apdu.OK


def test_a_right_pin_gives_all_tries_back():
    card = chip()
    say(card, WRONG)
    say(card, WRONG)
    assert say(card, RIGHT).status == apdu.OK
    assert card.tries_left == 3


@pytest.mark.parametrize("applet_byte", [0x17, 0x18])
def test_asking_for_the_state_is_free_since_applet_17(applet_byte):
    card = chip(applet_byte=applet_byte)
    assert [say(card, apdu.VERIFY_STATE).status for _ in range(5)] == [0x63C3] * 5
    say(card, RIGHT)
    assert say(card, apdu.VERIFY_STATE).status == apdu.OK
    assert card.counters.verifications == 1


def test_the_trap_asking_for_the_state_of_an_old_card_spends_a_try():
    assert say(chip(applet_byte=0x11), apdu.VERIFY_STATE).status == 0x63C2


def test_another_pin_reference_is_refused_without_a_try():
    card = chip()
    assert say(card, bytes.fromhex("0020000208241234FFFFFFFFFF")).status == 0x6A86
    assert card.tries_left == 3


# -- signatures -------------------------------------------------------------------------------


def sign(card: Applet, data: bytes, environment: bytes = SIGN_82[0]) -> Answer:
    """Sign with what is verified now, and fetch the signature."""
    assert say(card, FOLDER).status == apdu.OK
    assert say(card, environment).status == apdu.OK
    announced = say(card, apdu.compute_signature(data))
    if announced.more is None:
        return announced
    assert announced.data == b""
    return say(card, apdu.get_response(announced.more))


def test_an_rsa_signature_is_fetched_and_verifies():
    card = chip()
    say(card, RIGHT)
    made = sign(card, DIGEST_INFO)
    assert (len(made.data), made.status) == (256, apdu.OK)
    public = vr.document().authentication.key.public_key()
    public.verify(made.data, HASH, padding.PKCS1v15(), Prehashed(hashes.SHA256()))


def test_the_card_makes_the_digest_info_itself_with_algorithm_08():
    card = chip()
    say(card, RIGHT)
    made = sign(card, HASH, bytes.fromhex("002241B605048008 84") + b"\x82")
    public = vr.document().authentication.key.public_key()
    public.verify(made.data, HASH, padding.PKCS1v15(), Prehashed(hashes.SHA256()))


@pytest.mark.parametrize(
    ("algorithm", "made_by"),
    [(0x01, hashes.SHA256()), (0x02, hashes.SHA384()), (0x04, hashes.SHA512())],
)
def test_an_ec_signature_is_raw_and_verifies(algorithm, made_by):
    card = chip("ec")
    say(card, RIGHT)
    digest = hashlib.new(made_by.name, b"what is signed").digest()
    made = sign(card, digest, apdu.set_environment(algorithm, apdu.KeyReference.AUTHENTICATION))
    assert len(made.data) == 96
    r, s = (int.from_bytes(half, "big") for half in (made.data[:48], made.data[48:]))
    public = vr.document("ec").authentication.key.public_key()
    public.verify(encode_dss_signature(r, s), digest, ec.ECDSA(Prehashed(made_by)))


def test_a_signature_can_be_fetched_in_pieces_and_is_lost_with_another_command():
    card = chip()
    say(card, RIGHT)
    say(card, SIGN_82[0])
    assert say(card, apdu.compute_signature(DIGEST_INFO)).more == 256
    first = say(card, apdu.get_response(100))
    assert (len(first.data), first.more) == (100, 156)
    assert say(card, apdu.get_response(200)).exact_length == 156
    assert say(card, FOLDER).status == apdu.OK
    assert say(card, apdu.get_response(156)).status == 0x6985


def test_no_environment_no_signature():
    card = chip()
    say(card, RIGHT)
    assert say(card, apdu.compute_signature(DIGEST_INFO)).status == 0x6985


def test_no_pin_no_signature():
    card = chip()
    assert sign(card, DIGEST_INFO).status == 0x6982
    assert card.counters.signatures == 0


@pytest.mark.parametrize(
    ("kind", "data"), [("rsa", bytes(246)), ("ec", bytes(48)), ("ec", bytes(31))]
)
def test_data_that_does_not_fit_the_algorithm_is_refused(kind, data):
    card = chip(kind)
    say(card, RIGHT)
    assert sign(card, data).status == 0x6700


@pytest.mark.parametrize("algorithm", [0x03, 0x80])
@pytest.mark.parametrize("kind", ["rsa", "ec"])
def test_an_algorithm_the_card_does_not_have_is_refused(kind, algorithm):
    card = chip(kind)
    say(card, RIGHT)
    environment = apdu.set_environment(algorithm, apdu.KeyReference.AUTHENTICATION)
    assert sign(card, HASH, environment).status == 0x6700


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (bytes.fromhex("002241B60504800184") + b"\x90", 0x6A88),
        (bytes.fromhex("002241B4050480018482"), 0x6A86),
        (bytes.fromhex("002241B60404800184"), 0x6A86),
        (bytes.fromhex("002A9E9B0100"), 0x6A86),
    ],
)
def test_malformed_signature_commands_are_refused(command, expected):
    assert status(chip(), command) == expected


def test_one_pin_opens_the_authentication_key_for_any_number_of_signatures():
    card = chip()
    say(card, RIGHT)
    assert {sign(card, DIGEST_INFO).status for _ in range(3)} == {apdu.OK}
    assert card.counters.verifications == 1


@pytest.mark.parametrize(
    "close",
    [
        lambda card: say(card, apdu.LOG_OFF),
        lambda card: say(card, apdu.LOG_OFF[:4]),
        lambda card: say(card, WRONG),
        lambda card: card.reset(),
    ],
    ids=["log off", "log off without Le", "wrong PIN", "reset"],
)
def test_the_open_key_is_closed(close):
    card = chip()
    say(card, RIGHT)
    assert sign(card, DIGEST_INFO).status == apdu.OK
    close(card)
    assert not card.is_verified
    assert sign(card, DIGEST_INFO).status == 0x6982


def test_a_reset_forgets_the_environment_and_the_selection():
    card = chip()
    say(card, RIGHT)
    assert sign(card, DIGEST_INFO).status == apdu.OK
    say(card, apdu.select_path(EidFile.IDENTITY.path))
    card.reset()
    say(card, RIGHT)
    assert say(card, apdu.compute_signature(DIGEST_INFO)).status == 0x6985
    assert say(card, apdu.read_binary(0, 4)).status == 0x6986


def test_the_signature_key_wants_the_pin_just_before_each_signature():
    card = chip()
    say(card, LEGAL_KEY)
    say(card, RIGHT)
    assert say(card, apdu.compute_signature(DIGEST_INFO)).more == 256
    assert say(card, apdu.compute_signature(DIGEST_INFO)).status == 0x6982
    say(card, RIGHT)
    say(card, FOLDER)
    assert say(card, apdu.compute_signature(DIGEST_INFO)).status == 0x6982


@pytest.mark.parametrize("was_open", [False, True])
def test_a_pin_spent_on_the_signature_key_leaves_the_other_key_as_it_was(was_open):
    card = chip()
    if was_open:
        say(card, RIGHT)
    say(card, LEGAL_KEY)
    say(card, RIGHT)
    assert say(card, apdu.compute_signature(DIGEST_INFO)).more == 256
    assert card.is_verified == was_open
    assert sign(card, DIGEST_INFO).status == (apdu.OK if was_open else 0x6982)


# -- what others may see ----------------------------------------------------------------------


def test_commands_are_remembered_by_their_first_four_bytes_only():
    card = chip()
    say(card, RIGHT)
    assert card.headers == [RIGHT[:4]]


def test_neither_pin_nor_keys_are_shown():
    shown = repr(content("rsa"))
    assert "241234" not in shown
    assert "RSAPrivateKey" not in shown
