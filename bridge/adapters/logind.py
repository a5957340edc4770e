"""Port ``OsSessionWatch`` on Linux: logind over the system's D-Bus; owner of jeepney.

Source: the interface ``org.freedesktop.login1`` of systemd.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Any, Final

import structlog
from jeepney import DBusAddress, HeaderFields, MatchRule, Message, MessageType, new_method_call
from jeepney.io.blocking import DBusConnection, open_dbus_connection

from bridge.ports.ossession import OsSessionChange

NAME: Final = "org.freedesktop.login1"
MANAGER_PATH: Final = "/org/freedesktop/login1"
MANAGER: Final = f"{NAME}.Manager"
SESSION: Final = f"{NAME}.Session"
PROPERTIES: Final = "org.freedesktop.DBus.Properties"
_BUS: Final = DBusAddress("/org/freedesktop/DBus", "org.freedesktop.DBus", "org.freedesktop.DBus")
_POLL_S: Final = 1.0
_ANSWER_S: Final = 5.0
_FIRST_PERSON: Final = 1000
"""User numbers below belong to the system, such as its sign-in screen."""

Listener = Callable[[OsSessionChange], None]

log = structlog.get_logger()


class LogindSession:
    """Watches the session this process belongs to, on a thread of its own."""

    def __init__(self, address: str = "SYSTEM") -> None:
        """Watch over a bus; nothing is opened yet."""
        self._address = address
        self._is_shared = False
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self.is_watching = threading.Event()

    def start(self, listener: Listener) -> None:
        """Begin to watch; without D-Bus or logind nothing is ever told."""
        self._thread = threading.Thread(
            target=self._run, args=(listener,), name="os-session", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop to watch."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(_ANSWER_S)

    def is_shared(self) -> bool:
        """Tell whether other people have sessions at this computer now."""
        return self._is_shared

    def _run(self, listener: Listener) -> None:
        try:
            with open_dbus_connection(self._address) as bus:
                self._watch(bus, listener)
        except Exception as error:  # noqa: BLE001  # the library lets errors of sockets through
            log.info("os_session.untold", code=type(error).__name__)

    def _watch(self, bus: DBusConnection, listener: Listener) -> None:
        manager = DBusAddress(MANAGER_PATH, NAME, MANAGER)
        (path,) = _called(bus, manager, "GetSessionByPID", "u", (os.getpid(),))
        for rule in _rules(path):
            _called(bus, _BUS, "AddMatch", "s", (rule.serialise(),))
        self._count(bus, manager)
        self.is_watching.set()
        while not self._stop.is_set():
            try:
                message = bus.receive(timeout=_POLL_S)
            except TimeoutError:
                continue
            if _member(message) in {"SessionNew", "SessionRemoved"}:
                self._count(bus, manager)
            change = change_of(message, path)
            if change is not None:
                listener(change)

    def _count(self, bus: DBusConnection, manager: DBusAddress) -> None:
        (sessions,) = _called(bus, manager, "ListSessions", None, ())
        people = {uid for _, uid, *_ in sessions if uid >= _FIRST_PERSON}
        self._is_shared = bool(people - {os.getuid()})


def change_of(message: Message, own_path: str) -> OsSessionChange | None:
    """Say what a signal of logind means for a session; ``None`` for nothing."""
    if message.header.message_type is not MessageType.signal:
        return None
    member, path = _member(message), message.header.fields.get(HeaderFields.path)
    if member == "SessionRemoved":
        is_own = message.body[1] == own_path
        return OsSessionChange.SIGNED_OUT if is_own else None
    if path != own_path:
        return None
    if member in {"Lock", "Unlock"}:
        return OsSessionChange.LOCKED if member == "Lock" else OsSessionChange.UNLOCKED
    return _property_change(message) if member == "PropertiesChanged" else None


def _property_change(message: Message) -> OsSessionChange | None:
    interface, changed, *_ = message.body
    if interface != SESSION:
        return None
    if "Active" in changed:
        is_here = changed["Active"][1]
        return OsSessionChange.RETURNED if is_here else OsSessionChange.SWITCHED_AWAY
    if "LockedHint" in changed:
        is_locked = changed["LockedHint"][1]
        return OsSessionChange.LOCKED if is_locked else OsSessionChange.UNLOCKED
    return None


def _rules(path: str) -> list[MatchRule]:
    return [
        MatchRule(type="signal", sender=NAME, path=path, interface=SESSION),
        MatchRule(type="signal", sender=NAME, path=path, interface=PROPERTIES),
        MatchRule(type="signal", sender=NAME, path=MANAGER_PATH, interface=MANAGER),
    ]


def _called(
    bus: DBusConnection,
    address: DBusAddress,
    method: str,
    signature: str | None,
    body: tuple[Any, ...],
) -> Any:
    message = new_method_call(address, method, signature, body)
    reply = bus.send_and_get_reply(message, timeout=_ANSWER_S)
    if reply.header.message_type is MessageType.error:
        raise OSError("refused on the bus")
    return reply.body


def _member(message: Message) -> Any:
    return message.header.fields.get(HeaderFields.member)
