"""The process of PC/SC without a process: its frames, its calls and its limits."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from io import FileIO

import pytest

from bridge.adapters.pcsc.api import FEATURES_CODE
from bridge.adapters.pcsc.driver import READY, Driver
from bridge.adapters.pcsc.functions import Limits
from bridge.adapters.pcsc.wire import Frame, receive, send
from bridge.adapters.pipes import PipeClosed
from tests.support import scard
from tests.support import virtualreader as vr
from tests.support.scard import READER, ScriptedScard

VERIFY = bytes.fromhex("0020000108241234FFFFFFFFFF")
GET_CARD_DATA = bytes.fromhex("80E400001C")


@pytest.fixture
def pipe() -> Iterator[tuple[FileIO, FileIO]]:
    read, written = os.pipe()
    with FileIO(read, "rb") as out, FileIO(written, "wb") as into:
        yield out, into


class Asked:
    """A driver on a thread, with the other ends of its pipes."""

    def __init__(self, library: ScriptedScard) -> None:
        read, self.into = _pipe()
        self.out, written = _pipe()
        self._pipes = (read, written, self.into, self.out)
        self.ends: list[float | None] = []
        driver = Driver(
            library,
            read,
            written,
            end_after=self.ends.append,
            live_on=lambda: self.ends.append(None),
        )
        self._thread = threading.Thread(target=driver.run)
        self._thread.start()

    def call(self, name: str, token: int = 0, *arguments, content: bytes = b"") -> Frame:
        send(self.into, Frame([name, 60, token, list(arguments)], bytearray(content)))
        return receive(self.out)

    def end(self) -> None:
        self.into.close()
        self._thread.join(30)
        assert not self._thread.is_alive()
        for each in self._pipes:
            each.close()


def _pipe() -> tuple[FileIO, FileIO]:
    read, written = os.pipe()
    return FileIO(read, "rb"), FileIO(written, "wb")


@pytest.fixture
def library() -> ScriptedScard:
    made = ScriptedScard()
    made.reader.insert(vr.document("ec").content())
    return made


@pytest.fixture
def asked(library) -> Iterator[Asked]:
    made = Asked(library)
    assert receive(made.out).document == READY
    yield made
    made.end()


# -- frames -------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", [b"", VERIFY, bytes(300)], ids=["none", "verify", "long"])
def test_a_frame_arrives_as_it_was_sent(pipe, content):
    out, into = pipe
    send(into, Frame(["SCardTransmit", 8, 1, [0]], bytearray(content)))
    read = receive(out)
    assert (read.document, bytes(read.content)) == (["SCardTransmit", 8, 1, [0]], content)


def test_sec_86_a_command_is_in_no_document_and_in_no_text_of_a_frame(pipe):
    out, into = pipe
    frame = Frame(["SCardTransmit"], bytearray(VERIFY))
    assert "1234" not in repr(frame)
    send(into, frame)
    frame.wipe()
    assert bytes(frame.content) == bytes(len(VERIFY))
    assert os.read(out.fileno(), 1000).endswith(VERIFY), "the bytes are at the end, as they are"


@pytest.mark.parametrize(
    "written",
    [
        b"",
        b"\0\0",
        b"\xff" * 16,
        b"\0\0\0\1\0\0\0\0{",
        b"\0\0\0\2\0\0\0\0{}",
        b"\0\0\0\2\0\0\0\1[]",
    ],
    ids=["nothing", "half", "too long", "no document", "another document", "cut off"],
)
def test_what_is_no_frame_ends_the_pipe(pipe, written):
    out, into = pipe
    into.write(written)
    into.close()
    with pytest.raises(PipeClosed):
        receive(out)


# -- calls --------------------------------------------------------------------------------------


def connected(asked: Asked) -> int:
    _, _, context = asked.call("SCardEstablishContext", 0, 0).document
    kind, result, card, protocol = asked.call("SCardConnect", context, READER, 2, 3).document
    assert (kind, result, protocol) == ("result", 0, 1)
    return card


def test_a_card_is_reached_through_the_pipe(asked, library):
    card = connected(asked)
    answer = asked.call("SCardTransmit", card, 1, content=GET_CARD_DATA)
    assert answer.document == ["result", 0]
    assert bytes(answer.content).endswith(b"\x90\x00")
    assert asked.call("SCardDisconnect", card, 0).document == ["result", 0]
    assert library.connections == {}


def test_readers_and_their_states_are_told(asked):
    _, _, context = asked.call("SCardEstablishContext", 0, 0).document
    assert asked.call("SCardListReaders", context, []).document == ["result", 0, [READER]]
    told = asked.call("SCardGetStatusChange", context, 0, [[READER, 0]]).document
    assert told[2][0][:2] == [READER, 1 << 16 | scard.PRESENT | 2]


def test_an_error_of_pc_sc_is_an_answer_like_others(asked, library):
    card = connected(asked)
    library.reader.remove()
    answer = asked.call("SCardTransmit", card, 1, content=GET_CARD_DATA)
    assert answer.document == ["result", scard.signed(scard.REMOVED)]


def test_sec_86_pin_07_the_command_is_overwritten_when_the_card_has_it(asked, library):
    card = connected(asked)
    asked.call("SCardTransmit", card, 1, content=VERIFY)
    assert library.reader.applet.counters.verifications == 1
    assert library.sent == [[0] * len(VERIFY)]


def test_a_bug_is_told_by_its_place_and_never_by_its_words(asked, library):
    def broken() -> None:
        raise ValueError("words that could hold anything")

    library.hooks["SCardListReaders"] = broken
    _, _, context = asked.call("SCardEstablishContext", 0, 0).document
    kind, told = asked.call("SCardListReaders", context, []).document
    assert kind == "bug"
    assert told.startswith("ValueError in test_driver_frames.py, line ")
    assert asked.call("SCardReleaseContext", context).document == ["result", 0]


@pytest.mark.parametrize("name", ["SCardCancel", "__class__", "system"])
def test_nothing_but_the_functions_of_the_table_is_called(asked, name):
    assert asked.call(name, 0).document[0] == "bug"


def test_dos_06_a_child_ends_itself_when_a_call_hangs_and_nobody_else_ends_it(asked, library):
    _, _, context = asked.call("SCardEstablishContext", 0, 0).document
    asked.call("SCardConnect", context, "No such reader", 2, 3)
    assert [bool(each) for each in asked.ends] == [True, False, True, False], "each call alone"
    asked.ends.clear()
    card = connected(asked)
    asked.ends.clear()
    asked.call("SCardTransmit", card, 1, content=GET_CARD_DATA)
    send(asked.into, Frame(["SCardBeginTransaction", 300, card, []]))
    receive(asked.out)
    (longer,) = asked.ends
    assert longer is not None
    assert longer > 300, "once for many calls, unless one may last longer"
    asked.call("SCardDisconnect", card, 0)
    assert asked.ends[-1] is None


# -- limits -------------------------------------------------------------------------------------

KEYPAD_CODE = 0x42330006
VERIFY_ON_READER = [0xFF, 0xC2, 0x01, 0x06, 0x1E]


@pytest.mark.parametrize(
    ("name", "arguments", "limit"),
    [
        ("SCardEstablishContext", [0], "answer_s"),
        ("SCardConnect", ["Reader", 2, 3], "answer_s"),
        ("SCardBeginTransaction", [], "busy_s"),
        ("SCardTransmit", [1, list(VERIFY)], "answer_s"),
        ("SCardTransmit", [1, [0xFF, 0xC2, 0x01, 0x00, 0x00]], "answer_s"),
        ("SCardTransmit", [1, VERIFY_ON_READER], "keypad_s"),
        ("SCardControl", [FEATURES_CODE, []], "answer_s"),
        ("SCardControl", [KEYPAD_CODE, [0]], "keypad_s"),
    ],
)
def test_each_call_has_the_limit_of_what_it_waits_for(name, arguments, limit):
    limits = Limits()
    assert limits.of(name, arguments) == getattr(limits, limit)


def test_a_wait_for_changes_is_no_silence_while_it_lasts():
    limits = Limits()
    assert limits.of("SCardGetStatusChange", [1000, []]) == 1 + limits.answer_s


def test_pin_05_a_driver_that_hangs_is_told_within_ten_seconds_and_a_typing_user_is_waited_for():
    limits = Limits()
    assert limits.answer_s < 10
    assert limits.keypad_s > 60
