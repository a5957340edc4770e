"""A stand-in for the library of PC/SC, with an emulated card behind it.

What real readers cannot be made to do in a test is told beforehand: errors, keypads, hanging.
"""

from __future__ import annotations

import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from bridge.sandbox.eidcard.applet import Applet, CardContent

OK = 0
CANCELLED = 0x80100002
INVALID_HANDLE = 0x80100003
UNKNOWN_READER = 0x80100009
TIMED_OUT = 0x8010000A
IN_USE = 0x8010000B
NO_CARD = 0x8010000C
NO_SERVICE = 0x8010001D
NO_READERS = 0x8010002E
UNRESPONSIVE = 0x80100066
RESET = 0x80100068
REMOVED = 0x80100069
UNSUPPORTED = 0x8010001F
READER = "Reader of the test 00 00"

PRESENT, EMPTY, EXCLUSIVE, MUTE = 0x20, 0x10, 0x80, 0x200
_PNP = "\\\\?PnP?\\Notification"


def signed(code: int) -> int:
    """Give a code as some libraries do."""
    return code - 2**32 if code >= 2**31 else code


def feature_list(*features: int) -> bytes:
    """Write what a reader answers to the question for its features."""
    return b"".join(struct.pack(">BBI", tag, 4, 0x42330000 + tag) for tag in features)


@dataclass
class ScriptedReader:
    """One reader.

    Attributes:
        answers: First bytes of a command to the answers given instead of the card's, in order.
        keypad: Features offered; the digits the holder types are in ``typed``.
        listed: What it says of its features, where that is not whole.
        control_failures: Return values of the next controls.
        controls: Every control code with its data.
    """

    applet: Applet | None = None
    flags: int = EMPTY
    counter: int = 0
    keypad: tuple[int, ...] = ()
    typed: bytes | int = b"1234"
    listed: bytes = b""
    control_failures: list[int] = field(default_factory=list)
    attributes: dict[int, bytes] = field(default_factory=dict)
    answers: dict[bytes, list[bytes]] = field(default_factory=dict)
    commands: list[bytes] = field(default_factory=list)
    controls: list[tuple[int, bytes]] = field(default_factory=list)

    def insert(self, content: CardContent) -> Applet:
        self.applet = Applet(content)
        self.flags = PRESENT
        self.counter += 1
        return self.applet

    def remove(self) -> None:
        self.applet, self.flags = None, EMPTY
        self.counter += 1

    @property
    def state(self) -> int:
        return self.counter << 16 | self.flags


class ScriptedScard:
    """The functions of ``smartcard.scard`` that are used.

    Attributes:
        failures: Function name to the return values of its next calls; 0 lets one call pass.
        always: Function name to the return value of all its calls.
        calls: Names of the functions in the order in which they were called.
        hooks: Function name to what is done when it is called.
    """

    def __init__(self, **readers: ScriptedReader) -> None:
        self.readers = readers or {READER: ScriptedReader()}
        self.failures: dict[str, list[int]] = {}
        self.always: dict[str, int] = {}
        self.calls: list[str] = []
        self.hooks: dict[str, Callable[[], None]] = {}
        self.connections: dict[int, str] = {}
        self.modes: list[tuple[int, int]] = []
        self.dispositions: list[int] = []
        self.sent: list[list[int]] = []
        self.contexts = 0
        self._numbers = 100
        self._changed = threading.Condition()
        self._cancelled = False

    @property
    def reader(self) -> ScriptedReader:
        return next(iter(self.readers.values()))

    def touch(self, change: Callable[[], object] = lambda: None) -> None:
        """Change something and wake who waits for changes."""
        with self._changed:
            change()
            self._changed.notify_all()

    def SCardEstablishContext(self, scope: int) -> tuple[int, int]:
        code = self._code("SCardEstablishContext")
        self.contexts += code == OK
        return code, 1

    def SCardReleaseContext(self, context: int) -> int:
        self.contexts -= 1
        return self._code("SCardReleaseContext")

    def SCardCancel(self, context: int) -> int:
        with self._changed:
            self._cancelled = True
            self._changed.notify_all()
        return self._code("SCardCancel")

    def SCardListReaders(self, context: int, groups: list[str]) -> tuple[int, list[str]]:
        code = self._code("SCardListReaders")
        if code == OK and not self.readers:
            return signed(NO_READERS), []
        return code, list(self.readers)

    def SCardGetStatusChange(
        self, context: int, wait_ms: int, known: list[tuple[str, int]]
    ) -> tuple[int, list[tuple[str, int, list[int]]]]:
        code = self._code("SCardGetStatusChange")
        if code != OK:
            return code, []
        with self._changed:
            is_new = self._changed.wait_for(lambda: self._is_new(known), wait_ms / 1000)
            if self._cancelled:
                self._cancelled = False
                return signed(CANCELLED), []
            lost = self.always.get("SCardGetStatusChange")
            if lost is not None:
                return signed(lost), []
            return OK if is_new else signed(TIMED_OUT), [self._status(*each) for each in known]

    def SCardConnect(
        self, context: int, reader: str, mode: int, protocol: int
    ) -> tuple[int, int, int]:
        code = self._code("SCardConnect")
        self.modes.append((mode, protocol))
        if code == OK and reader not in self.readers:
            code = signed(UNKNOWN_READER)
        elif code == OK and mode != 3 and self.readers[reader].applet is None:
            code = signed(NO_CARD)
        if code != OK:
            return code, 0, 0
        self._numbers += 1
        self.connections[self._numbers] = reader
        return OK, self._numbers, 1

    def SCardReconnect(
        self, number: int, mode: int, protocol: int, disposition: int
    ) -> tuple[int, int]:
        self.dispositions.append(disposition)
        return self._code("SCardReconnect"), 2

    def SCardDisconnect(self, number: int, disposition: int) -> int:
        self.dispositions.append(disposition)
        del self.connections[number]
        return self._code("SCardDisconnect")

    def SCardBeginTransaction(self, number: int) -> int:
        return self._code("SCardBeginTransaction")

    def SCardEndTransaction(self, number: int, disposition: int) -> int:
        self.dispositions.append(disposition)
        return self._code("SCardEndTransaction")

    def SCardTransmit(
        self, number: int, protocol: int, command: list[int]
    ) -> tuple[int, list[int]]:
        self.sent.append(command)
        code = self._code("SCardTransmit")
        if code != OK:
            return code, []
        reader = self.readers[self.connections[number]]
        reader.commands.append(bytes(command[:5]))
        for start, answers in reader.answers.items():
            if bytes(command).startswith(start) and answers:
                return OK, list(answers.pop(0))
        if reader.applet is None:
            return signed(REMOVED), []
        return OK, list(reader.applet.transmit(bytes(command)))

    def SCardControl(self, number: int, code: int, data: list[int]) -> tuple[int, list[int]]:
        reader = self.readers[self.connections[number]]
        failed = self._code("SCardControl")
        if reader.control_failures:
            failed = signed(reader.control_failures.pop(0))
        reader.controls.append((code, bytes(data)))
        if failed != OK:
            return failed, []
        if code in {0x42000000 + 3400, 0x313520}:
            listed = reader.listed or feature_list(*reader.keypad)
            return (OK, list(listed)) if listed else (signed(UNSUPPORTED), [])
        if code & 0xFF == 0x01:  # start: nothing to tell yet
            return OK, []
        return OK, list(type_on_keypad(reader))

    def SCardGetAttrib(self, number: int, attribute: int) -> tuple[int, list[int]]:
        failed = self._code("SCardGetAttrib")
        found = self.readers[self.connections[number]].attributes.get(attribute)
        if failed != OK or found is None:
            return failed or signed(UNSUPPORTED), []
        return OK, list(found)

    def _code(self, name: str) -> int:
        self.calls.append(name)
        self.hooks.get(name, lambda: None)()
        told = self.failures.get(name)
        if told:
            return signed(told.pop(0))
        return signed(self.always.get(name, OK))

    def _is_new(self, known: list[tuple[str, int]]) -> bool:
        is_lost = "SCardGetStatusChange" in self.always
        return self._cancelled or is_lost or any(self._status(*each)[1] & 2 for each in known)

    def _status(self, name: str, known: int) -> tuple[str, int, list[int]]:
        if name == _PNP:
            state = len(self.readers) << 16
            return name, state | (2 if known != state else 0), []
        reader = self.readers.get(name)
        if reader is None:
            return name, 0x06, []
        atr = [] if reader.applet is None else list(reader.applet.atr)
        state = reader.state
        return name, state | (2 if known != state else 0), [] if state & MUTE else atr


def type_on_keypad(reader: ScriptedReader) -> bytes:
    """Let the holder type: digits go to the card, a number is the answer instead."""
    if isinstance(reader.typed, int):
        return reader.typed.to_bytes(2, "big")
    if reader.applet is None:
        return b""
    digits = reader.typed.decode() + "F" * (12 - len(reader.typed))
    block = bytes.fromhex(f"2{len(reader.typed):X}{digits}FF")
    return reader.applet.transmit(bytes.fromhex("0020000108") + block)
