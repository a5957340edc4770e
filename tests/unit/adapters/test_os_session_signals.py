"""What the system says of the user's session, in our words (SEC-93)."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from bridge.adapters import wtssession
from bridge.adapters.ossession import os_session_watch
from bridge.adapters.wtssession import WM_ENDSESSION, WM_WTSSESSION_CHANGE
from bridge.ports.ossession import OsSessionChange

PATIENCE_S = 30


@pytest.mark.parametrize(
    ("message", "code", "change"),
    [
        pytest.param(WM_WTSSESSION_CHANGE, 0x7, OsSessionChange.LOCKED, id="lock"),
        pytest.param(WM_WTSSESSION_CHANGE, 0x8, OsSessionChange.UNLOCKED, id="unlock"),
        pytest.param(WM_WTSSESSION_CHANGE, 0x6, OsSessionChange.SIGNED_OUT, id="log-off"),
        pytest.param(WM_WTSSESSION_CHANGE, 0x2, OsSessionChange.SWITCHED_AWAY, id="console"),
        pytest.param(WM_WTSSESSION_CHANGE, 0x4, OsSessionChange.SWITCHED_AWAY, id="remote"),
        pytest.param(WM_WTSSESSION_CHANGE, 0x1, OsSessionChange.RETURNED, id="back-at-console"),
        pytest.param(WM_WTSSESSION_CHANGE, 0x3, OsSessionChange.RETURNED, id="back-by-remote"),
        pytest.param(WM_ENDSESSION, 1, OsSessionChange.SIGNED_OUT, id="end"),
        pytest.param(WM_ENDSESSION, 0, None, id="end-called-off"),
        pytest.param(0x0200, 0x7, None, id="another-message"),
    ],
)
def test_windows_messages(message, code, change):
    assert wtssession.change_of(message, code) is change


def test_this_system_has_a_watch_or_none():
    assert (os_session_watch() is None) == (sys.platform == "darwin")


if sys.platform == "linux":
    from jeepney import DBusAddress, MessageType, new_method_return, new_signal
    from jeepney.bus_messages import message_bus
    from jeepney.io.blocking import open_dbus_connection

    from bridge.adapters.logind import (
        MANAGER,
        MANAGER_PATH,
        NAME,
        PROPERTIES,
        SESSION,
        LogindSession,
        change_of,
    )

    OWN = "/org/freedesktop/login1/session/c1"
    OTHER = "/org/freedesktop/login1/session/c2"

    def signal(interface, member, signature="", body=(), path=OWN):
        address = DBusAddress(path, NAME, interface)
        return new_signal(address, member, signature or None, body)

    def changed(name, *, value, interface=SESSION, path=OWN):
        body = (interface, {name: ("b", value)}, [])
        return signal(PROPERTIES, "PropertiesChanged", "sa{sv}as", body, path)

    def removed(path):
        return signal(MANAGER, "SessionRemoved", "so", ("c", path), MANAGER_PATH)

    @pytest.mark.parametrize(
        ("message", "change"),
        [
            pytest.param(signal(SESSION, "Lock"), OsSessionChange.LOCKED, id="lock"),
            pytest.param(signal(SESSION, "Unlock"), OsSessionChange.UNLOCKED, id="unlock"),
            pytest.param(changed("LockedHint", value=True), OsSessionChange.LOCKED, id="hint"),
            pytest.param(
                changed("LockedHint", value=False), OsSessionChange.UNLOCKED, id="no-hint"
            ),
            pytest.param(
                changed("Active", value=False), OsSessionChange.SWITCHED_AWAY, id="switch"
            ),
            pytest.param(
                changed("Active", value=True), OsSessionChange.RETURNED, id="switched-back"
            ),
            pytest.param(changed("IdleHint", value=True), None, id="idle"),
            pytest.param(
                changed("Active", value=False, interface="x.y"), None, id="of-another-kind"
            ),
            pytest.param(removed(OWN), OsSessionChange.SIGNED_OUT, id="sign-out"),
            pytest.param(removed(OTHER), None, id="somebody-elses-sign-out"),
            pytest.param(signal(SESSION, "Lock", path=OTHER), None, id="somebody-elses-lock"),
            pytest.param(message_bus.ListNames(), None, id="no-signal"),
        ],
    )
    def test_logind_signals(message, change):
        assert change_of(message, OWN) is change

    class PlayedLogind:
        """Answers and signals as logind does, on a private bus."""

        def __init__(self, address):
            self.bus = open_dbus_connection(address)
            self.bus.send_and_get_reply(message_bus.RequestName(NAME))
            self.sessions = [("c1", os.getuid(), "me", "seat0", OWN)]
            self.answered = 0
            threading.Thread(target=self.answer, daemon=True).start()

        def answer(self):
            while True:
                try:
                    message = self.bus.receive()
                except (OSError, EOFError):
                    return
                if message.header.message_type is not MessageType.method_call:
                    continue
                is_list = message.header.fields[3] == "ListSessions"
                body = (self.sessions,) if is_list else (OWN,)
                reply = new_method_return(message, "a(susso)" if is_list else "o", body)
                self.answered += 1
                self.bus.send(reply)

    @pytest.fixture
    def private_bus(tmp_path):
        program = Path("/usr/bin/dbus-daemon")
        if not program.exists():
            pytest.skip("no D-Bus on this machine")
        address = f"unix:path={tmp_path}/bus"
        daemon = subprocess.Popen(
            [
                program,
                "--session",
                "--nofork",
                "--nopidfile",
                f"--address={address}",
                "--print-address",
            ],
            stdout=subprocess.PIPE,
        )
        try:
            daemon.stdout.readline()
            yield address
        finally:
            daemon.kill()
            daemon.wait()
            daemon.stdout.close()

    def eventually(holds):
        deadline = time.monotonic() + PATIENCE_S
        while not holds():
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def test_a_session_is_watched_over_a_real_bus(private_bus):
        played = PlayedLogind(private_bus)
        watch, heard = LogindSession(private_bus), []
        watch.start(heard.append)
        assert watch.is_watching.wait(PATIENCE_S)
        assert not watch.is_shared()
        played.bus.send(signal(SESSION, "Lock"))
        eventually(lambda: heard == [OsSessionChange.LOCKED])
        played.sessions = [*played.sessions, ("c2", 54321, "other", "seat0", OTHER)]
        played.bus.send(signal(MANAGER, "SessionNew", "so", ("c2", OTHER), MANAGER_PATH))
        eventually(watch.is_shared)
        played.bus.send(changed("Active", value=False))
        eventually(lambda: heard[1:] == [OsSessionChange.SWITCHED_AWAY])
        watch.close()
        played.bus.close()

    def test_without_a_bus_nothing_is_told(tmp_path):
        watch = LogindSession(f"unix:path={tmp_path}/none")
        watch.start(lambda change: None)
        watch.close()
        assert not watch.is_shared()
        assert not watch.is_watching.is_set()
