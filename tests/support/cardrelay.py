"""The service behind ``windows/winscard.c``: readers of Windows with the cards of the simulator.

A card enters as it enters the virtual reader of Linux: ``VirtualCard`` connects to the port of a
slot and speaks the protocol of ``bridge.sandbox.eidcard.vpcd``, so one simulator serves both.

The other side makes one connection for each call of PC/SC: one line, the verb and its arguments,
numbers in hexadecimal, bytes in hexadecimal with a point before; the answer is the result and
what the call gives, in the same form.
"""

from __future__ import annotations

import itertools
import select
import socket
import socketserver
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

OK, CANCELLED, INVALID_HANDLE, UNKNOWN_READER = 0, 0x80100002, 0x80100003, 0x80100009
TIMED_OUT, SHARING, NO_CARD, NO_READERS = 0x8010000A, 0x8010000B, 0x8010000C, 0x8010002E
UNSUPPORTED, REMOVED = 0x80100022, 0x80100069
NO_FUNCTION = 1
"""What most drivers of Windows say to a control code they do not know."""

CHANGED, UNKNOWN, EMPTY, PRESENT, EXCLUSIVE_USE, IN_USE = 0x2, 0x4, 0x10, 0x20, 0x80, 0x100
EXCLUSIVE, DIRECT = 1, 3
T0, READY = 1, 6
PLUG_AND_PLAY = "\\\\?PnP?\\Notification"
_POWER_ON, _ATR = 1, 4
_GLANCE_S = 0.02
_NO_LIMIT = 0xFFFFFFFF


class Refused(Exception):
    """A result other than success, with what is told all the same."""

    def __init__(self, result: int, *told: str) -> None:
        super().__init__(result)
        self.result = result
        self.told = told


@dataclass(eq=False)
class Handle:
    """A program's connection to a card."""

    slot: Slot
    mode: int
    card: int


class Slot:
    """A reader, with or without a card; ``port`` is where a card enters."""

    def __init__(self, name: str, told: threading.Condition, port: int = 0) -> None:
        self.name = name
        self.atr = b""
        self.events = self.card = 0
        self.handles: set[Handle] = set()
        self.holder: Handle | None = None
        self._told = told
        self._talk = threading.Lock()
        self._way: socket.socket | None = None
        self._door = socket.create_server(("127.0.0.1", port))
        self.port: int = self._door.getsockname()[1]
        threading.Thread(target=self._watch, daemon=True).start()

    @property
    def has_card(self) -> bool:
        return self._way is not None

    @property
    def flags(self) -> int:
        state = PRESENT if self.has_card else EMPTY
        users = [each for each in self.handles if each.mode != DIRECT]
        if users:
            state |= EXCLUSIVE_USE if users[0].mode == EXCLUSIVE else 0
            state |= IN_USE
        return state | (self.events & 0xFFFF) << 16

    def transmit(self, command: bytes) -> bytes:
        with self._talk:
            answer = self._exchange(command)
        if answer is None:
            self._left()
            raise Refused(REMOVED)
        return answer

    def close(self) -> None:
        with suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)  # wakes who waits at it, and frees the port
        self._door.close()
        if self._way is not None:
            self._way.close()

    def _exchange(self, message: bytes) -> bytes | None:
        try:
            self._say(message)
            (size,) = struct.unpack(">H", self._read(2))
            return self._read(size)
        except (OSError, EOFError, AttributeError):  # it left, maybe between two looks
            return None

    def _say(self, message: bytes) -> None:
        self._way.sendall(struct.pack(">H", len(message)) + message)

    def _read(self, wanted: int) -> bytes:
        content = b""
        while len(content) < wanted:
            part = self._way.recv(wanted - len(content))
            if not part:
                raise EOFError
            content += part
        return content

    def _watch(self) -> None:
        with suppress(OSError, ValueError):  # the door was closed
            while True:
                way, _ = self._door.accept()
                self._entered(way)
                while self._way is way:
                    self._glance(way)
                    time.sleep(_GLANCE_S)

    def _glance(self, way: socket.socket) -> None:
        """A card speaks only when asked, so whatever can be read between is its leaving."""
        with self._talk:
            readable, _, _ = select.select([way], [], [], 0)
            is_gone = bool(readable) and not way.recv(1, socket.MSG_PEEK)
        if is_gone:
            self._left()

    def _entered(self, way: socket.socket) -> None:
        with self._talk:
            self._way = way
            self._say(bytes([_POWER_ON]))
            atr = self._exchange(bytes([_ATR]))
        with self._told:
            self.atr = atr or b""
            self.card += 1
            self.events += 1
            self._told.notify_all()

    def _left(self) -> None:
        with self._told:
            way, self._way = self._way, None
            if way is not None:
                way.close()
                self.atr, self.holder = b"", None
                self.events += 1
                self._told.notify_all()


@dataclass
class CardRelay:
    """A running service; ``port`` is for ``CARDRELAY_PORT``."""

    names: tuple[str, ...] = ("Carebridge Virtual Reader 0",)
    slots: dict[str, Slot] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._told = threading.Condition(threading.RLock())
        self._numbers = itertools.count(0x1001)
        self._contexts: dict[int, bool] = {}
        self._handles: dict[int, Handle] = {}
        self._ports: dict[str, int] = {}
        for name in self.names:
            self.plug(name)
        self._server = _Server(("127.0.0.1", 0), _Call)
        self._server.relay = self
        self.port: int = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        """Stop the service: programs are told that there is none."""
        self._server.shutdown()
        self._server.server_close()
        for slot in self.slots.values():
            slot.close()

    def unplug(self, name: str) -> None:
        """Take a reader away."""
        with self._told:
            self.slots.pop(name).close()
            self._told.notify_all()

    def plug(self, name: str) -> None:
        """Bring a reader, without a card; one that was here before has its port of then."""
        with self._told:
            self.slots[name] = Slot(name, self._told, self._ports.get(name, 0))
            self._ports[name] = self.slots[name].port
            self._told.notify_all()

    def answer(self, line: str) -> str:
        verb, *words = line.split()
        values = [_value(word) for word in words]
        verbs: dict[str, Callable[..., tuple[str, ...]]] = {
            "establish": self._establish,
            "release": self._release,
            "valid": self._valid,
            "cancel": self._cancel,
            "readers": self._readers,
            "changes": self._changes,
            "connect": self._connect,
            "reconnect": self._reconnect,
            "disconnect": self._disconnect,
            "begin": self._begin,
            "end": self._end,
            "status": self._status,
            "transmit": self._transmit,
            "control": lambda *_: _refuse(NO_FUNCTION),
            "attribute": lambda *_: _refuse(UNSUPPORTED),
        }
        try:
            told = verbs[verb](*values)
        except Refused as refused:
            return " ".join((f"{refused.result:x}", *refused.told))
        return " ".join((f"{OK:x}", *told))

    # -- contexts --------------------------------------------------------------------------------

    def _establish(self) -> tuple[str, ...]:
        number = next(self._numbers)
        self._contexts[number] = False
        return (f"{number:x}",)

    def _valid(self, context: int) -> tuple[str, ...]:
        return () if context in self._contexts else _refuse(INVALID_HANDLE)

    def _release(self, context: int) -> tuple[str, ...]:
        self._cancel(context)
        del self._contexts[context]
        return ()

    def _cancel(self, context: int) -> tuple[str, ...]:
        self._valid(context)
        with self._told:
            self._contexts[context] = True
            self._told.notify_all()
        return ()

    def _readers(self, context: int) -> tuple[str, ...]:
        self._valid(context)
        if not self.slots:
            return _refuse(NO_READERS)
        return (_bytes("".join(f"{name}\0" for name in self.slots).encode() + b"\0"),)

    def _changes(self, context: int, wait_ms: int, *asked: bytes | int) -> tuple[str, ...]:
        self._valid(context)
        pairs = zip(asked[::2], asked[1::2], strict=True)
        known = [(bytes(name).decode(), int(state)) for name, state in pairs]
        limit = None if wait_ms == _NO_LIMIT else wait_ms / 1000
        with self._told:
            self._contexts[context] = False
            is_over = self._told.wait_for(
                lambda: self._contexts.get(context, True) or self._has_news(known), limit
            )
            is_cancelled = self._contexts.get(context, True)
            told = tuple(word for name, state in known for word in self._told_of(name, state))
        if is_cancelled:
            raise Refused(CANCELLED, *told)
        if not is_over:
            raise Refused(TIMED_OUT, *told)
        return told

    def _has_news(self, known: list[tuple[str, int]]) -> bool:
        return any(self._state(name) != state & ~CHANGED for name, state in known)

    def _told_of(self, name: str, known: int) -> tuple[str, str]:
        found = self._state(name)
        slot = self.slots.get(name)
        changed = CHANGED if found != known & ~CHANGED else 0
        return f"{found | changed:x}", _bytes(b"" if slot is None else slot.atr)

    def _state(self, name: str) -> int:
        if name == PLUG_AND_PLAY:
            return len(self.slots) << 16
        return self.slots[name].flags if name in self.slots else UNKNOWN

    # -- cards -----------------------------------------------------------------------------------

    def _connect(self, context: int, mode: int, name: bytes) -> tuple[str, ...]:
        self._valid(context)
        with self._told:
            slot = self.slots.get(name.decode())
            if slot is None:
                return _refuse(UNKNOWN_READER)
            if mode != DIRECT and not slot.has_card:
                return _refuse(NO_CARD)
            self._check_sharing(slot, mode, None)
            handle = Handle(slot, mode, slot.card)
            slot.handles.add(handle)
            number = next(self._numbers)
            self._handles[number] = handle
            return f"{number:x}", f"{0 if mode == DIRECT else T0:x}"

    def _reconnect(self, number: int, mode: int) -> tuple[str, ...]:
        with self._told:
            handle = self._handle(number)
            if not handle.slot.has_card:
                return _refuse(NO_CARD)
            self._check_sharing(handle.slot, mode, handle)
            handle.mode, handle.card = mode, handle.slot.card
            return (f"{T0:x}",)

    def _check_sharing(self, slot: Slot, mode: int, own: Handle | None) -> None:
        others = slot.handles - {own}
        if others and (mode == EXCLUSIVE or any(each.mode == EXCLUSIVE for each in others)):
            raise Refused(SHARING)

    def _disconnect(self, number: int) -> tuple[str, ...]:
        with self._told:
            handle = self._handle(number)
            del self._handles[number]
            handle.slot.handles.discard(handle)
            self._let_go(handle)
            return ()

    def _begin(self, number: int) -> tuple[str, ...]:
        with self._told:
            handle = self._handle(number)
            self._check_card(handle)
            self._told.wait_for(lambda: handle.slot.holder in {None, handle})
            handle.slot.holder = handle
            return ()

    def _end(self, number: int) -> tuple[str, ...]:
        with self._told:
            self._let_go(self._handle(number))
            return ()

    def _let_go(self, handle: Handle) -> None:
        if handle.slot.holder is handle:
            handle.slot.holder = None
        self._told.notify_all()

    def _status(self, number: int) -> tuple[str, ...]:
        handle = self._handle(number)
        self._check_card(handle)
        names = handle.slot.name.encode() + b"\0\0"
        return f"{READY:x}", f"{T0:x}", _bytes(names), _bytes(handle.slot.atr)

    def _transmit(self, number: int, command: bytes) -> tuple[str, ...]:
        handle = self._handle(number)
        with self._told:
            self._check_card(handle)
            self._told.wait_for(lambda: handle.slot.holder in {None, handle})
        return (_bytes(handle.slot.transmit(command)),)

    def _handle(self, number: int) -> Handle:
        try:
            return self._handles[number]
        except KeyError:
            raise Refused(INVALID_HANDLE) from None

    def _check_card(self, handle: Handle) -> None:
        if not handle.slot.has_card or handle.card != handle.slot.card:
            raise Refused(REMOVED)


class _Server(socketserver.ThreadingTCPServer):
    relay: CardRelay
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64


class _Call(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        with suppress(OSError):
            line = self.rfile.readline().decode("ascii")
            if line:
                self.wfile.write(self.server.relay.answer(line).encode("ascii") + b"\n")


def _refuse(result: int) -> tuple[str, ...]:
    raise Refused(result)


def _value(word: str) -> bytes | int:
    return bytes.fromhex(word[1:]) if word.startswith(".") else int(word, 16)


def _bytes(content: bytes) -> str:
    return f".{content.hex()}"
