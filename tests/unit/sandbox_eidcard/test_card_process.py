"""The card's process, with a driver of the test's own instead of a smart-card service."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from contextlib import closing

import psutil
import pytest

from bridge.eid import apdu, atr
from bridge.errors import CardServiceStopped
from bridge.sandbox.eidcard.description import to_json
from bridge.sandbox.virtualcard import VirtualCard
from tests.support import virtualreader as vr

RIGHT = bytes.fromhex("0020000108241234FFFFFFFFFF")
POWER_OFF, POWER_ON, RESET, ATR = (bytes([number]) for number in (0, 1, 2, 4))
DIGEST_INFO = bytes.fromhex("3031300d060960864801650304020105000420") + bytes(32)


class Driver:
    """The side of the protocol that the virtual reader's driver has."""

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._listening.settimeout(5)
        self.port = self._listening.getsockname()[1]
        self._card: socket.socket | None = None

    def take(self) -> None:
        """Wait until a card is inserted."""
        if self._card is not None:
            self._card.close()
        self._card, _ = self._listening.accept()
        self._card.settimeout(5)

    def send(self, message: bytes) -> None:
        assert self._card is not None
        self._card.sendall(struct.pack(">H", len(message)) + message)

    def ask(self, message: bytes) -> bytes:
        """Send and wait for the answer; nothing when the card was pulled out."""
        self.send(message)
        head = self._receive(2)
        return self._receive(struct.unpack(">H", head)[0]) if head else b""

    def is_out(self) -> bool:
        return not self._receive(1)

    def close(self) -> None:
        if self._card is not None:
            self._card.close()
        self._listening.close()

    def drop(self) -> None:
        """Lose the card, as a service does that ends."""
        assert self._card is not None
        self._card.close()

    def _receive(self, wanted: int) -> bytes:
        assert self._card is not None
        content = b""
        while len(content) < wanted:
            part = self._card.recv(wanted - len(content))
            if not part:
                return b""
            content += part
        return content


@pytest.fixture
def driver() -> Iterator[Driver]:
    with closing(Driver()) as made:
        yield made


@pytest.fixture
def card(driver: Driver) -> Iterator[VirtualCard]:
    with closing(VirtualCard(vr.document().content(), port=driver.port)) as made:
        yield made


@pytest.fixture
def inserted(driver: Driver, card: VirtualCard) -> VirtualCard:
    card.insert()
    driver.take()
    return card


def test_a_card_speaks_over_the_protocol_of_the_virtual_reader(driver, inserted):
    driver.send(POWER_ON)
    assert driver.ask(ATR) == atr.ATR_17
    assert driver.ask(RIGHT) == b"\x90\x00"
    state = inserted.state()
    assert (state.is_inserted, state.is_verified, state.verifications) == (True, True, 1)
    assert state.commands == ("00200001",)


@pytest.mark.parametrize("command", [POWER_OFF, POWER_ON, RESET])
def test_power_and_reset_close_the_card_and_keep_the_tries(driver, inserted, command):
    driver.ask(bytes.fromhex("0020000108249999FFFFFFFFFF"))
    driver.ask(bytes.fromhex("0020000108249999FFFFFFFFFF"))
    driver.send(command)
    assert driver.ask(apdu.VERIFY_STATE) == b"\x63\xc1"
    assert not inserted.state().is_verified


def test_a_card_can_be_taken_out_and_put_in_again(driver, inserted):
    inserted.remove()
    assert driver.is_out()
    assert not inserted.state().is_inserted
    inserted.insert()
    inserted.insert()
    driver.take()
    assert driver.ask(ATR) == atr.ATR_17


def test_a_verified_card_that_was_taken_out_is_closed_again(driver, inserted):
    driver.ask(RIGHT)
    inserted.remove()
    inserted.insert()
    driver.take()
    assert driver.ask(apdu.VERIFY_STATE) == b"\x63\xc3"


def test_a_card_notices_that_the_service_is_gone(driver, inserted):
    driver.drop()
    vr.until(lambda: not inserted.state().is_inserted)


def test_a_card_is_pulled_out_instead_of_verifying(driver, inserted):
    inserted.pull_at("verify")
    assert driver.ask(apdu.VERIFY_STATE) == b"\x63\xc3"
    assert driver.ask(RIGHT) == b""
    state = inserted.state()
    assert (state.verifications, state.is_inserted) == (0, False)


def test_a_card_is_pulled_out_instead_of_signing(driver, inserted):
    inserted.pull_at("sign")
    assert driver.ask(RIGHT) == b"\x90\x00"
    driver.ask(apdu.set_environment(0x01, apdu.KeyReference.AUTHENTICATION))
    assert driver.ask(apdu.compute_signature(DIGEST_INFO)) == b""
    assert inserted.state().signatures == 0


def test_a_card_is_pulled_out_at_a_command_by_its_number(driver, inserted):
    inserted.pull_at(3)
    driver.send(POWER_ON)
    assert driver.ask(RIGHT) == b"\x90\x00"
    assert driver.ask(apdu.VERIFY_STATE) == b"\x90\x00"
    assert driver.ask(apdu.LOG_OFF) == b""
    assert inserted.state().log_offs == 0


def test_pulling_out_happens_once(driver, inserted):
    inserted.pull_at(1)
    assert driver.ask(RIGHT) == b""
    inserted.insert()
    driver.take()
    assert driver.ask(RIGHT) == b"\x90\x00"


def test_a_blocked_card_is_unblocked_at_the_municipality(driver, inserted):
    for _ in range(3):
        driver.ask(bytes.fromhex("0020000108249999FFFFFFFFFF"))
    assert inserted.state().tries_left == 0
    inserted.unblock()
    assert inserted.state().tries_left == 3


def test_without_a_reader_the_card_cannot_be_inserted(driver, card):
    driver.close()
    with pytest.raises(CardServiceStopped):
        card.insert()
    assert not card.state().is_inserted


def test_a_card_that_has_ended_says_so(card):
    card.close()
    with pytest.raises(CardServiceStopped):
        card.state()


def test_a_card_whose_process_died_says_so(card):
    card.state()
    child = newest_child()
    child.kill()
    child.wait(30)
    with pytest.raises(CardServiceStopped):
        card.state()


def test_the_process_ends_with_its_card(card):
    card.state()
    child = newest_child()
    card.close()
    assert not child.is_running()


def test_keys_and_pin_are_neither_arguments_nor_environment(card):
    card.state()
    child = newest_child()
    assert child.cmdline()[1:] == ["-m", "bridge.sandbox.eidcard"]
    described = to_json(vr.document().content())
    secrets = {*described["keys"].values(), described["pin_block"]}
    assert not [name for name, value in child.environ().items() if value in secrets]


def newest_child() -> psutil.Process:
    return max(psutil.Process().children(), key=psutil.Process.create_time)
