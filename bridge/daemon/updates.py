"""New versions: which ways this computer has to them, and what the command line may ask.

The command line asks the running daemon, which knows whether it may be interrupted; without one it
looks by itself, so that a program that does not start any more can still be replaced (UPD-05).
"""

from __future__ import annotations

import asyncio
import importlib.resources
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from bridge import __version__
from bridge.adapters.authenticode import publisher_check
from bridge.adapters.http import HttpDownload
from bridge.adapters.httplimits import HttpLimits
from bridge.adapters.installers import SystemInstallers
from bridge.adapters.localprotocol import Handler
from bridge.adapters.updatefiles import UpdateFiles
from bridge.daemon.localverbs import Carry
from bridge.daemon.parts import Parts
from bridge.domain.knownsoftware import KnownSoftware
from bridge.domain.updates import ROOT_FILE, Expiry, Installed, Version
from bridge.errors import BridgeError, Conflict, InputError
from bridge.ports.updates import Updates
from bridge.service.billingoutbox import BillingOutbox
from bridge.service.events import EventBook
from bridge.service.expiries import ExpiryWatch
from bridge.service.health import HealthService
from bridge.service.operations import OperationBook
from bridge.service.outbox import Outbox
from bridge.service.sessions import SessionService
from bridge.service.updates import UpdateParts, UpdateService, UpdateWays
from bridge.settings import Settings

FOLDER: Final = "updates"
TARGETS: Final = {
    "win32": "windows/carebridge-setup.exe",
    "darwin": "macos/carebridge.pkg",
    "linux": "linux/carebridge-setup",
}
"""Name of the package for each system, where releases are offered."""

BEGIN: Final = "update"
STATE: Final = "update-state"
LOOK_BACK: Final = "look-back"
ROLL_BACK: Final = "roll-back"
WORK: Final = ("check", "download", "install", LOOK_BACK, ROLL_BACK)
_POLL_S: Final = 0.2
_PACKAGE_S: Final = 3600
Channel = Callable[[dict[str, Any]], dict[str, Any]]


def update_ways(settings: Settings, data: Path) -> UpdateWays:
    """Give the ways to new versions below a data folder.

    Raises:
        InputError: an address is set, and whom to trust there is not known.
    """
    return UpdateWays(
        source=_source(settings, data / FOLDER),
        shelf=UpdateFiles(data / FOLDER),
        publisher=publisher_check(settings.updates.publisher),
        starter=SystemInstallers(),
        installed=Installed(version=Version.parse(__version__.partition("+")[0])),
        check_every=timedelta(hours=settings.updates.check_hours),
    )


def _source(settings: Settings, folder: Path) -> Updates | None:
    address = settings.updates.address
    if not address:
        return None
    # The framework takes a moment to load, and most runs never need it.
    from bridge.adapters.tufupdates import TufUpdates  # noqa: PLC0415  # see above

    return TufUpdates(
        folder=folder,
        address=address,
        root=_root(settings.updates.root_file),
        target=TARGETS.get(sys.platform, TARGETS["linux"]),
        download=HttpDownload(
            program=f"carebridge/{__version__}",
            proxy=settings.network.proxy,
            trust_file=settings.trust.tls_ca_file,
            limits=HttpLimits(
                connect_s=settings.network.connect_timeout_s,
                read_s=settings.network.read_timeout_s,
                total_s=_PACKAGE_S,
            ),
        ),
    )


def _root(file: Path | None) -> bytes:
    """Read whom to trust first: a file that was set, or the one shipped with the program."""
    shipped = importlib.resources.files("bridge") / ROOT_FILE
    try:
        return (file or shipped).read_bytes()
    except OSError as error:
        raise InputError(code="setting_invalid", setting="updates.root_file") from error


def build_updates(
    parts: Parts,
    events: EventBook,
    health: HealthService,
    *,
    work: tuple[Outbox, BillingOutbox, OperationBook, SessionService],
) -> UpdateService | None:
    """Build the service, and let health speak of it and of everything of ours that ends.

    Args:
        parts: The ways to new versions; without any there is no service.
        events: Tell front ends that the program goes away for a moment.
        health: Speaks of new versions and of ends (SEC-185).
        work: Where something may be going on that must not be interrupted (UPD-06).
    """
    ends = ExpiryWatch(parts.clock)
    health.ask(ends.checks)
    for each in (*parts.expiries, lambda: _end_of_lists(parts.known_software)):
        ends.watch(each)
    if parts.updates is None:
        return None
    outbox, billing, operations, sessions = work

    def is_busy() -> bool:
        is_sending = outbox.is_sending or billing.is_sending
        return is_sending or operations.is_working or sessions.is_asking

    updates = UpdateService(
        UpdateParts(
            ways=parts.updates,
            clock=parts.clock,
            audit=parts.audit,
            is_busy=is_busy,
            announce=lambda: events.publish("daemon.updating", object="instance"),
        )
    )
    ends.watch(updates.expiries)
    health.ask(updates.checks)
    return updates


def _end_of_lists(known: KnownSoftware) -> tuple[Expiry, ...]:
    return () if known.ends_at is None else (Expiry(name="signed_list", at=known.ends_at),)


class UpdateDesk:
    """Answers the command line about new versions; what takes long is begun, then asked about."""

    def __init__(self, updates: UpdateService | None, carry: Carry[dict[str, Any]]) -> None:
        """Answer with a service that lives on the loop."""
        self._updates = updates
        self._carry = carry
        self._task: asyncio.Task[dict[str, Any]] | None = None

    def handlers(self) -> dict[object, Handler]:
        """Give the handlers by their verbs."""
        return {
            BEGIN: lambda request: self._carry(self._begin(request)),
            STATE: lambda _request: self._carry(self._told()),
        }

    async def _begin(self, request: dict[str, Any]) -> dict[str, Any]:
        work, version = request.get("work"), request.get("version")
        if work not in WORK or (work == ROLL_BACK) is not isinstance(version, str):
            raise InputError
        if self._updates is None:
            raise Conflict(code="updates_off")
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(
                outcome(self._updates, work, version)
            )
        return {"state": "running"}

    async def _told(self) -> dict[str, Any]:
        if self._updates is None:
            raise Conflict(code="updates_off")
        if self._task is None:
            return {"state": "done", **document_of(self._updates)}
        return self._task.result() if self._task.done() else {"state": "running"}


async def outcome(updates: UpdateService, work: str, version: str | None = None) -> dict[str, Any]:
    """Do one thing, and say how it ended; ``version`` is the one the user confirmed to go to."""
    steps: dict[str, Callable[[], Awaitable[object]]] = {
        "check": updates.check,
        "download": updates.download,
        "install": updates.install,
        LOOK_BACK: updates.look_back,
        ROLL_BACK: lambda: updates.roll_back(Version.parse(version)),
    }
    try:
        await steps[work]()
    except BridgeError as error:
        return {"state": "failed", "code": error.problem_code}
    return {"state": "done", **document_of(updates)}


def document_of(updates: UpdateService) -> dict[str, Any]:
    """Write what is known of new versions, for people and programs."""
    state, release = updates.state, updates.state.release
    package, permission = updates.package, updates.permission
    return {
        "is_on": updates.is_on,
        "installed": __version__,
        "available": None if release is None else str(release.version),
        "is_security": release is not None and release.is_security,
        "package": None if package is None else str(package),
        "checked_at": None if state.checked_at is None else state.checked_at.isoformat(),
        "trouble": state.trouble,
        "rollback": None if permission is None else str(permission.release.version),
    }


def done_by_daemon(
    channel: Channel, work: str | None, version: str | None = None
) -> dict[str, Any]:
    """Let the running daemon do it, or only say what it knows.

    Raises:
        BridgeError: it did not end well; has the code.
    """
    request = {"verb": STATE} if work is None else {"verb": BEGIN, "work": work}
    answer = channel(request if version is None else {**request, "version": version})
    while answer.get("state") == "running":
        time.sleep(_POLL_S)
        answer = channel({"verb": STATE})
    return checked(answer)


def done_by_ourselves(
    updates: UpdateService, work: str | None, version: str | None = None
) -> dict[str, Any]:
    """Do it without a daemon; then nothing is being sent either.

    Raises:
        BridgeError: it did not end well; has the code.
    """
    if work is None:
        return document_of(updates)
    return checked(asyncio.run(outcome(updates, work, version)))


def checked(answer: dict[str, Any]) -> dict[str, Any]:
    """Give an answer that went well."""
    if answer.pop("state", None) != "done":
        raise BridgeError(code=str(answer.get("code") or answer.get("error") or "internal_error"))
    return answer
