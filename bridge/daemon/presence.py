"""How this instance is found, brought to the front and handed over.

Source: *Local API security* SEC-43, SEC-46, SEC-47; decision D30.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Final

import structlog

from bridge import __version__
from bridge.adapters.clock import SystemClock
from bridge.adapters.folders import Folders
from bridge.adapters.listener import Listener
from bridge.adapters.localprotocol import Handler
from bridge.adapters.processes import os_session_id, process_started_at
from bridge.adapters.runmark import RunMark
from bridge.adapters.runtimefile import RuntimeFacts, RuntimeFile
from bridge.daemon.quitting import QUIT, Channel, is_stopped
from bridge.domain.audit import Action
from bridge.domain.health import HealthCheck, HealthStatus
from bridge.domain.softwarenames import shown_name
from bridge.errors import BridgeError, Conflict, InputError, NotDelivered
from bridge.ports.clock import Clock
from bridge.ports.ossession import OsSessionChange
from bridge.ports.peers import PeerObserver
from bridge.service.audit import AuditTrail
from bridge.service.facade import Services
from bridge.service.instance import API_MAJORS

SHOW: Final = "show"
HAND_OVER: Final = "hand-over"
PORT_CHECK: Final = "port:bound"
_PATIENCE_S: Final = 30
_POLL_S: Final = 0.1

log = structlog.get_logger()


def _nothing() -> None:
    """Have no window and no main thread, as in tests."""


@dataclass(frozen=True, kw_only=True)
class MainControl:
    """What the main thread does for others: show itself, or end the program in order."""

    show: Callable[[], None] = _nothing
    end: Callable[[], None] = _nothing


NO_WINDOW: Final = MainControl()


class PresenceVerbs:
    """Answers a second start of the same user, over the owner-only channel."""

    def __init__(self, control: MainControl, audit: AuditTrail) -> None:
        """Pass on to the main thread."""
        self._control = control
        self._audit = audit

    def handlers(self) -> dict[object, Handler]:
        """Give the handlers by their verbs."""
        return {SHOW: self._show, HAND_OVER: self._hand_over, QUIT: self._quit}

    def _show(self, _request: dict[str, Any]) -> dict[str, Any]:
        self._control.show()
        return {}

    def _quit(self, _request: dict[str, Any]) -> dict[str, Any]:
        """Stop in order, as after a signal."""
        self._control.end()
        return {}

    def _hand_over(self, request: dict[str, Any]) -> dict[str, Any]:
        """Stop in order, because the user said so in another session of hers (D30)."""
        if not isinstance(request.get("os_session_id"), str):
            raise InputError
        self._audit.record(Action.HANDED_OVER, client="command-line")
        self._control.end()
        return {}


def mark_run(folders: Folders, cleanup: ExitStack) -> None:
    """Note that a run began, and at the end that it ended in order; call it under the lock."""
    mark, clock = RunMark(folders.data), SystemClock()
    mark.begin(clock.now())
    cleanup.callback(lambda: mark.end(clock.now()))


def end_with_session(services: Services, control: MainControl) -> None:
    """End the program when its user signs out: nobody is left whom it could ask for a PIN."""

    def hear(change: OsSessionChange) -> None:
        if change is OsSessionChange.SIGNED_OUT:
            control.end()

    services.session_endings.listen(hear)


def publish(
    services: Services,
    folders: Folders,
    port: int,
    cleanup: ExitStack,
    *,
    tls_port: int | None = None,
) -> None:
    """Write the runtime file for programs of the same user, until the end (SEC-43)."""
    pid = os.getpid()
    file = RuntimeFile(folders.runtime)
    file.publish(
        RuntimeFacts(
            port=port,
            tls_port=tls_port,
            pid=pid,
            process_started_at=process_started_at(pid) or services.clock.now(),
            os_session_id=os_session_id(),
            instance_id=services.instance.id,
            instance_public_key=services.instance.public_key,
            version=__version__,
            api=API_MAJORS[0],
        ),
    )
    cleanup.callback(file.withdraw, pid=pid)


def is_elsewhere(first: RuntimeFacts, *, own_session: str | None = None) -> bool:
    """Tell whether the running daemon belongs to another OS session of this user.

    Where the system names no sessions, as in a container, there is only one.
    """
    has_sessions = sys.platform == "win32" or "XDG_SESSION_ID" in os.environ
    own = own_session or (os_session_id() if has_sessions else first.os_session_id)
    return first.os_session_id != own


def find_first(folders: Folders, *, patience_s: float = _PATIENCE_S) -> RuntimeFacts:
    """Give the daemon that runs already, and wait for it where it is still starting.

    Raises:
        Conflict: ``already_running``, it does not come to anything.
    """
    deadline = time.monotonic() + patience_s
    while True:
        first = RuntimeFile(folders.runtime).read()
        if first is not None:
            return first
        if time.monotonic() >= deadline:
            raise Conflict(code="already_running")
        time.sleep(_POLL_S)


def take_over(folders: Folders, channel: Channel, *, patience_s: float = _PATIENCE_S) -> None:
    """Let the daemon of another session stop, and return when it has.

    Raises:
        Conflict: ``already_running``, it does not stop.
        BridgeError: what it answered.
    """
    try:
        answer = channel({"verb": HAND_OVER, "os_session_id": os_session_id()})
    except NotDelivered:
        answer = {}  # it has stopped meanwhile
    if "error" in answer:
        raise BridgeError(code=str(answer["error"]))
    deadline = time.monotonic() + patience_s
    while not is_stopped(folders):
        if time.monotonic() >= deadline:
            raise Conflict(code="already_running")
        time.sleep(_POLL_S)


def port_checks(
    listener: Listener, observer: PeerObserver | None, clock: Clock
) -> list[HealthCheck]:
    """Say which ports strangers had at the start, and who they are where the system tells.

    Nothing is ever said to them (SEC-47).
    """
    now = clock.now()
    checks = []
    for port in listener.passed_over:
        program = None if observer is None else observer.listener_on(port)
        log.warning("port.taken", port=port)
        checks.append(
            HealthCheck(
                name=PORT_CHECK,
                status=HealthStatus.WARN,
                time=now,
                code="port_taken",
                observed_value=port,
                about=None if program is None else shown_name(program.name),
            )
        )
    if not listener.has_ipv6:
        checks.append(
            HealthCheck(name=PORT_CHECK, status=HealthStatus.WARN, time=now, code="ipv6_off")
        )
    return checks or [
        HealthCheck(
            name=PORT_CHECK, status=HealthStatus.PASS, time=now, observed_value=listener.port
        )
    ]
