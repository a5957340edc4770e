"""New versions: looked for, brought here, and installed when the user says so.

Nothing is installed by itself, nothing ever interrupts (SEC-184), and nothing that goes wrong
here keeps the program from working: a look that fails is a code in health.
Source: *Local API security* 18.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Final

import structlog

from bridge.domain.audit import Action
from bridge.domain.health import HealthCheck, HealthStatus
from bridge.domain.updates import (
    Expiry,
    Installed,
    Permission,
    Release,
    UpdateState,
    Version,
    is_insisting,
    newer,
    permitted,
)
from bridge.errors import BridgeError, Conflict, UpdateError, UpdateUnreachable
from bridge.ports.audit import NO_AUDIT, Auditor
from bridge.ports.clock import Clock
from bridge.ports.updates import InstallerStart, Offer, PublisherCheck, Updates, UpdateShelf

CHECK: Final = "update:available"
SILENT_FOR: Final = timedelta(days=14)
"""Nobody answering for so long is worth a warning; before that it is the network's business."""

log = structlog.get_logger()


def _quiet() -> None:
    """Tell nobody."""


@dataclass(frozen=True, kw_only=True)
class UpdateWays:
    """The ways to new versions on this computer.

    Attributes:
        source: ``None`` when no address is set, which is so by default.
        check_every: Between two looks of the running daemon.
    """

    source: Updates | None
    shelf: UpdateShelf
    publisher: PublisherCheck
    starter: InstallerStart
    installed: Installed
    check_every: timedelta = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class UpdateParts:
    """What the service works with.

    Attributes:
        is_busy: Tells whether a message is being sent or the PIN asked for (UPD-06).
        announce: Tells front ends that the program goes away for a moment.
    """

    ways: UpdateWays
    clock: Clock
    audit: Auditor = NO_AUDIT
    is_busy: Callable[[], bool] = lambda: False
    announce: Callable[[], object] = _quiet


class UpdateService:
    """Looks, downloads, installs: one at a time."""

    def __init__(self, parts: UpdateParts) -> None:
        """Remember what the last run knew; ``start`` begins to look."""
        self._parts = parts
        self._ways = parts.ways
        self._turn = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self._since = parts.clock.now()
        self._state = self._still(parts.ways.shelf.load())
        self._permission: Permission | None = None

    @property
    def is_on(self) -> bool:
        """Tell whether anybody is asked at all."""
        return self._ways.source is not None

    @property
    def state(self) -> UpdateState:
        """What is known."""
        return self._state

    @property
    def package(self) -> Path | None:
        """Where the downloaded package lies."""
        release = self._state.release
        is_here = release is not None and self._state.is_downloaded
        return self._ways.shelf.package(release) if release is not None and is_here else None

    @property
    def permission(self) -> Permission | None:
        """The step back that was permitted when it was asked for last."""
        return self._permission

    def start(self) -> None:
        """Begin to look once in a while."""
        if self.is_on and self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run())

    async def close(self) -> None:
        """Stop to look."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def check(self) -> UpdateState:
        """Ask what is offered now.

        Raises:
            Conflict: ``updates_off``, no address is set.
            UpdateUnreachable: nobody answers; what was known stays known.
            UpdateError: what is offered is not to be believed, or a step back.
        """
        async with self._turn:
            return await self._check()

    async def download(self) -> UpdateState:
        """Bring the offered package here, checked.

        Raises:
            Conflict: ``updates_off``, or ``update_missing``: nothing newer is offered.
            UpdateUnreachable, UpdateError: as for ``check``, or about the package.
        """
        async with self._turn:
            state = await self._check()
            release = state.release
            if release is None:
                raise Conflict(code="update_missing")
            with self._blaming():
                package = await self._source().fetch(release)
                try:
                    await asyncio.to_thread(self._ways.publisher.require, package)
                except UpdateError:
                    self._ways.shelf.drop(release)
                    raise
            return self._keep(replace(self._state, is_downloaded=True))

    async def install(self) -> Release:
        """Start the installer of the package that lies here; it ends this program by itself.

        Raises:
            Conflict: ``update_missing``: nothing was downloaded; ``update_postponed``: a message
                is being sent or the PIN asked for.
            UpdateError: the package is not what was checked, or would be a step back.
        """
        async with self._turn:
            release = self._state.release if self._state.is_downloaded else None
            if release is None or newer(release, self._ways.installed) is None:
                raise Conflict(code="update_missing")
            if self._parts.is_busy():
                raise Conflict(code="update_postponed")
            with self._blaming(drops=True):
                await asyncio.to_thread(self._start, release)
            self._parts.audit.record(Action.UPDATE_STARTED, object_id=str(release.version))
            return release

    async def look_back(self) -> Permission:
        """Ask whether the installed version may be replaced by an older one (SEC-183).

        Raises:
            Conflict: ``updates_off``, or ``rollback_not_permitted``.
            UpdateUnreachable: nobody answers.
            UpdateError: what is said is not to be believed, or may be permitted by nobody.
        """
        async with self._turn:
            return await self._look_back()

    async def roll_back(self, version: Version) -> Release:
        """Bring the older version here and start its installer; the user confirmed that version.

        The permission is asked for again, because it may have ended, or speak of another version.

        Raises:
            Conflict: ``rollback_not_permitted``, or as for ``install``.
            UpdateUnreachable, UpdateError: as for ``look_back``, or about the package.
        """
        async with self._turn:
            release = (await self._look_back()).release
            if release.version != version:
                raise Conflict(code="rollback_not_permitted")
            if self._parts.is_busy():
                raise Conflict(code="update_postponed")
            with self._blaming():
                await self._source().fetch(release)
                try:
                    await asyncio.to_thread(self._start, release)
                except UpdateError:
                    self._ways.shelf.drop(release)
                    raise
            self._parts.audit.record(Action.UPDATE_ROLLED_BACK, object_id=str(version))
            return release

    async def _look_back(self) -> Permission:
        source, self._permission = self._source(), None
        with self._blaming():
            found = await source.look_back()
            try:
                holding = permitted(found, self._ways.installed, self._parts.clock.now())
            except Conflict as error:
                self._parts.audit.record(Action.UPDATE_REFUSED, result=error.problem_code)
                raise
        self._permission = holding
        return holding

    def expiries(self) -> Iterable[Expiry]:
        """Give the ends of what vouches for releases."""
        return self._state.expiries if self.is_on else ()

    def checks(self) -> list[HealthCheck]:
        """Give the check of health; none where no address is set."""
        if not self.is_on:
            return []
        now, code = self._parts.clock.now(), self._code()
        status = HealthStatus.PASS if code is None else HealthStatus.WARN
        return [HealthCheck(name=CHECK, status=status, time=now, code=code)]

    def _code(self) -> str | None:
        now, state = self._parts.clock.now(), self._state
        if state.trouble == UpdateError.code:
            return state.trouble
        if is_insisting(state, now):
            return "security_update_waiting"
        if state.release is not None:
            return "update_available"
        asked_at = state.checked_at or self._since
        return UpdateUnreachable.code if now - asked_at >= SILENT_FOR else None

    async def _check(self) -> UpdateState:
        source = self._source()
        with self._blaming():
            offer = await source.look()
            release = newer(offer.release, self._ways.installed)
        return self._keep(self._seen(offer, release))

    def _seen(self, offer: Offer, release: Release | None) -> UpdateState:
        now, before = self._parts.clock.now(), self._state
        is_known = release is not None and release == before.release
        if before.release is not None and not is_known:
            self._ways.shelf.drop(before.release)
        ends = offer.expiries
        if release is not None and release.signed_until is not None:
            ends = (*ends, Expiry(name="update_package", at=release.signed_until))
        return UpdateState(
            release=release,
            first_seen_at=before.first_seen_at if is_known else now,
            checked_at=now,
            is_downloaded=is_known and before.is_downloaded,
            expiries=ends,
        )

    def _start(self, release: Release) -> None:
        """Hold the package, ask who signed exactly what is held, and start exactly that."""
        package = self._ways.shelf.package(release)
        with self._ways.starter.hold(package, release) as held:
            self._ways.publisher.require(held.path)
            if self._parts.is_busy():  # somebody may have begun meanwhile
                raise Conflict(code="update_postponed")
            self._parts.announce()
            held.start()

    def _source(self) -> Updates:
        if self._ways.source is None:
            raise Conflict(code="updates_off")
        return self._ways.source

    def _still(self, state: UpdateState) -> UpdateState:
        """Forget a release that was installed meanwhile, or that may not follow any more."""
        try:
            is_waiting = newer(state.release, self._ways.installed) is not None
        except UpdateError:
            is_waiting = False
        if is_waiting or state.release is None:
            return state
        self._ways.shelf.drop(state.release)
        return replace(state, release=None, first_seen_at=None, is_downloaded=False)

    def _blaming(self, *, drops: bool = False) -> _Blame:
        return _Blame(self, drops=drops)

    def blame(self, error: UpdateError, *, drops: bool) -> None:
        """Remember what went wrong; a package that is not what was checked is removed."""
        code, state = error.problem_code, self._state
        if drops and state.release is not None:
            self._ways.shelf.drop(state.release)
            state = replace(state, is_downloaded=False)
        if code == UpdateError.code:
            self._parts.audit.record(Action.UPDATE_REFUSED, result=code)
        log.warning("update.failed", code=code)
        self._keep(replace(state, trouble=code))

    def _keep(self, state: UpdateState) -> UpdateState:
        self._state = state
        self._ways.shelf.save(state)
        return state

    async def _run(self) -> None:
        while True:
            try:
                await self.check()
            except BridgeError as error:
                log.info("update.not_checked", code=error.problem_code)
            except Exception:
                log.exception("update.broken")
            await asyncio.sleep(self._ways.check_every.total_seconds())


class _Blame:
    """Remembers an ``UpdateError`` of its block, and lets it through."""

    def __init__(self, service: UpdateService, *, drops: bool) -> None:
        self._service = service
        self._drops = drops

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: object
    ) -> None:
        if isinstance(error, UpdateError):
            self._service.blame(error, drops=self._drops)
