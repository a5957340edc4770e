"""How an operation follows the messages it sends (API-43, API-44, API-46)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bridge.domain.exchanges import Exchange, ExchangeStatus
from bridge.domain.operations import FINAL, MOVES, Operation, OperationStatus
from bridge.errors import BridgeError, Conflict
from bridge.service.operations import OperationBook


async def follow(
    operations: OperationBook,
    operation: Operation,
    exchanges: Sequence[Exchange],
    *,
    result_path: str,
) -> None:
    """Bring an operation in step with its messages; another one may be quicker."""
    status = operation_status(exchanges)
    if status is operation.status or status not in MOVES.get(operation.status, frozenset()):
        return
    changes: dict[str, Any] = {"step": 1, "attempts": max(each.attempts for each in exchanges)}
    if status in FINAL:
        changes.update(step=operation.steps, result_path=result_path)
    code = next((each.problem_code for each in exchanges if each.problem_code), None)
    if status in {OperationStatus.FAILED, OperationStatus.OUTCOME_UNKNOWN}:
        changes["problem"] = operations.problem_of(BridgeError(code=code))
    try:
        await operations.move(operation.id, status, **changes)
    except Conflict:
        return


def operation_status(exchanges: Sequence[Exchange]) -> OperationStatus:
    """Give where the sending stands: it is over when every message was taken, or given up."""
    states = {each.status for each in exchanges}
    is_under_way = any(
        each.status is ExchangeStatus.SENT and not each.has_tack for each in exchanges
    )
    if states == {ExchangeStatus.TO_SEND} and not any(each.attempts for each in exchanges):
        return OperationStatus.QUEUED
    if is_under_way or ExchangeStatus.TO_SEND in states:
        return OperationStatus.WAITING_FOR_REMOTE
    if ExchangeStatus.OUTCOME_UNKNOWN in states:
        return OperationStatus.OUTCOME_UNKNOWN
    return OperationStatus.FAILED if states == {ExchangeStatus.ERROR} else OperationStatus.SUCCEEDED
