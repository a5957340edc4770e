"""Following work: operations are rows on disk, moved along the table of ``domain.operations``."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

import structlog

from bridge.domain.ids import IdSource, encode_support_ref
from bridge.domain.operations import (
    FINAL,
    MOVES,
    Operation,
    OperationKind,
    OperationProblem,
    OperationStatus,
)
from bridge.domain.rights import OWNER_ID
from bridge.errors import BridgeError, Conflict, NotFound
from bridge.ports.clock import Clock
from bridge.ports.store import Store, UnitOfWork
from bridge.service.events import EventBook
from bridge.service.waits import happens

_SUPPORT_REF_BYTES: Final = 4
_LETS_GO_WITHIN_S: Final = 1.0
"""How long a cancellation waits for windows and desks to be left; a driver may keep it longer."""

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Page:
    """Some operations of a longer list, newest first."""

    items: list[Operation]
    total: int


class OperationBook:
    """Creates operations, moves them, lets callers wait for them and runs their work."""

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        ids: IdSource,
        events: EventBook | None = None,
    ) -> None:
        """Keep the book in ``store``, and tell each move to its client's event streams."""
        self._events = events
        self._store = store
        self._clock = clock
        self._ids = ids
        self._finished: dict[str, asyncio.Event] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._withdrawals: dict[OperationKind, Callable[..., None]] = {}

    def new(
        self, kind: OperationKind, *, client_id: str, steps: int, actor_id: str = OWNER_ID
    ) -> Operation:
        """Make an operation value; the caller stores it together with what it works on."""
        now = self._clock.now()
        return Operation(
            id=self._ids.ulid("op"),
            kind=kind,
            client_id=client_id,
            status=OperationStatus.QUEUED,
            created_at=now,
            updated_at=now,
            steps=steps,
            actor_id=actor_id,
        )

    @property
    def is_working(self) -> bool:
        """Tell whether something is being done for somebody: a session, a question, a reading."""
        return bool(self._tasks)

    async def get(self, operation_id: str, *, client_id: str) -> Operation:
        """Read a client's own operation.

        Raises:
            NotFound: there is none, or it belongs to another client.
        """
        operation = await self._store.read(lambda unit: unit.operations.get(operation_id))
        if operation is None or operation.client_id != client_id:
            raise NotFound
        return operation

    async def page(self, *, client_id: str, limit: int, before_id: str | None = None) -> Page:
        """Read a client's operations, newest first."""

        def work(unit: UnitOfWork) -> Page:
            return Page(
                items=unit.operations.page(client_id=client_id, limit=limit, before_id=before_id),
                total=unit.operations.count(client_id=client_id),
            )

        return await self._store.read(work)

    async def move(
        self,
        operation_id: str,
        status: OperationStatus,
        *,
        also: Callable[[UnitOfWork], None] | None = None,
        **changes: Any,
    ) -> Operation:
        """Move an operation and change what belongs to it, in one transaction.

        Args:
            operation_id: Which one.
            status: New status, allowed by the table.
            also: Further writes of the same transaction.
            **changes: Other attributes of the operation.

        Raises:
            Conflict: the table does not allow the move; nothing was written.
        """

        def work(unit: UnitOfWork) -> Operation:
            before = unit.operations.get(operation_id)
            if before is None:
                raise NotFound
            if status not in MOVES.get(before.status, frozenset()):
                raise Conflict(code="operation_final" if before.is_final else "already_sent")
            after = _moved(before, status, changes, now=self._clock.now())
            unit.operations.replace(after)
            if also is not None:
                also(unit)
            return after

        operation = await self._store.write(work)
        log.debug("operation.moved", operation=operation.id, status=operation.status.value)
        if operation.is_final:
            self._event(operation_id).set()
        self._tell(operation)
        return operation

    async def fail(
        self,
        operation_id: str,
        error: BridgeError,
        *,
        status: OperationStatus = OperationStatus.FAILED,
        also: Callable[[UnitOfWork], None] | None = None,
    ) -> Operation:
        """Close an operation with the problem that ended it."""
        problem = self.problem_of(error)
        log.warning(
            "operation.failed",
            operation=operation_id,
            code=problem.code,
            support_ref=problem.support_ref,
        )
        return await self.move(operation_id, status, problem=problem, also=also)

    def problem_of(self, error: BridgeError) -> OperationProblem:
        """Turn an error into what an operation keeps of it."""
        return OperationProblem(
            code=error.problem_code,
            params=dict(error.params),
            remote=error.remote,
            support_ref=encode_support_ref(self._ids.secret(_SUPPORT_REF_BYTES)),
        )

    async def wait(self, operation_id: str, *, seconds: float) -> None:
        """Wait until an operation is final, or the time is over."""
        event = self._event(operation_id)
        current = await self._store.read(lambda unit: unit.operations.get(operation_id))
        if current is None or current.is_final:
            self._finished.pop(operation_id, None)
            return
        await happens(event, seconds)

    def on_cancel(self, kind: OperationKind, withdraw: Callable[..., None]) -> None:
        """Have ``withdraw(unit, operation=…)`` called in the transaction that cancels."""
        self._withdrawals[kind] = withdraw

    async def cancel(self, operation_id: str, *, client_id: str) -> Operation:
        """Cancel a client's own operation before anything was sent (API-43).

        When it is told, windows are closed and desks are free, so that the next can begin at once.

        Raises:
            NotFound: there is none, or it belongs to another client.
            Conflict: it was sent, or it is over.
        """
        before = await self.get(operation_id, client_id=client_id)
        withdraw = self._withdrawals.get(before.kind)
        operation = await self.move(
            operation_id,
            OperationStatus.CANCELLED,
            also=None if withdraw is None else partial(withdraw, operation=before),
        )
        task = self._tasks.get(operation_id)
        if task is not None:
            task.cancel()
            if task is not asyncio.current_task():
                await asyncio.wait([task], timeout=_LETS_GO_WITHIN_S)
        return operation

    async def cancel_all(self) -> int:
        """Cancel everybody's operations of which nothing has left; gives how many.

        Raises:
            StoreError: it cannot be written.
        """
        cancelled = 0
        for operation in await self._store.read(lambda unit: unit.operations.unfinished()):
            # What was sent, or is over meanwhile, stays as it is.
            with contextlib.suppress(Conflict):
                await self.cancel(operation.id, client_id=operation.client_id)
                cancelled += 1
        return cancelled

    def run(self, operation_id: str, work: Coroutine[Any, Any, None]) -> None:
        """Run an operation's work in the background, supervised."""
        task = asyncio.get_running_loop().create_task(self._supervise(operation_id, work))
        self._tasks[operation_id] = task
        task.add_done_callback(lambda _: self._forget(operation_id))

    async def recover(self, *, interrupted: Callable[[UnitOfWork, Operation], bool | None]) -> int:
        """After a start: close what the last run left unfinished (D21).

        Args:
            interrupted: Closes what the operation worked on; tells whether it may have left, or
                ``None`` when the work is on disk and goes on.

        Returns:
            How many operations were closed.
        """

        def work(unit: UnitOfWork) -> int:
            closed = 0
            for operation in unit.operations.unfinished():
                may_have_left = interrupted(unit, operation)
                if may_have_left is None:
                    continue
                closed += 1
                status = (
                    OperationStatus.OUTCOME_UNKNOWN if may_have_left else OperationStatus.FAILED
                )
                problem = self.problem_of(BridgeError(code="interrupted"))
                changes = {"problem": problem}
                unit.operations.replace(_moved(operation, status, changes, now=self._clock.now()))
            return closed

        return await self._store.write(work)

    async def stop(self) -> None:
        """End all running work; what was sent becomes ``outcome_unknown`` at the next start."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _supervise(self, operation_id: str, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except BridgeError as error:
            with contextlib.suppress(Conflict):  # cancelled while it failed: the user's word holds
                await self.fail(operation_id, error)
        except Exception:
            log.exception("operation.broken", operation=operation_id)
            with contextlib.suppress(Conflict):
                await self.fail(operation_id, BridgeError())

    def _tell(self, operation: Operation) -> None:
        if self._events is not None:
            self._events.publish(
                "operation.updated",
                object="operation",
                object_id=operation.id,
                status=operation.status.value,
                path=f"/v1/operations/{operation.id}",
                client_id=operation.client_id,
            )

    def _event(self, operation_id: str) -> asyncio.Event:
        return self._finished.setdefault(operation_id, asyncio.Event())

    def _forget(self, operation_id: str) -> None:
        self._tasks.pop(operation_id, None)
        self._event(operation_id).set()
        self._finished.pop(operation_id, None)


def _moved(
    operation: Operation,
    status: OperationStatus,
    changes: dict[str, Any],
    *,
    now: Any,
) -> Operation:
    final: dict[str, Any] = {"waiting_for": None} if status in FINAL else {}
    return replace(operation, status=status, updated_at=now, **{**final, **changes})
