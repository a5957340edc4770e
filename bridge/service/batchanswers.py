"""What the answers to an insurability batch mean: kind ``insurability_batch`` of the engine.

Source: *Insurability* 3.2 and 4; *MyCareNet transport* 5.3 to 5.5; D17, API-46.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final

from bridge.domain.batches import BatchItem, ItemStatus
from bridge.domain.exchanges import Exchange, ExchangeStatus, ReceivedResponse
from bridge.domain.identifiers import Niss
from bridge.domain.insurability import InsurabilityFacts, InsurabilityQuestion
from bridge.domain.operations import Operation, OperationKind
from bridge.errors import TheirAnswerInvalid
from bridge.mycarenet import genins, genins_facts, memberdata_facts, memberdata_list
from bridge.mycarenet.services import GENERIC_INSURABILITY
from bridge.ports.clock import Clock
from bridge.ports.store import Store, UnitOfWork
from bridge.service.checks import status_of
from bridge.service.exchangekinds import Verdict
from bridge.service.operations import OperationBook
from bridge.service.sendprogress import follow

KIND: Final = "insurability_batch"

_ReadFacts = Callable[[InsurabilityQuestion], InsurabilityFacts]

_GO_ON: Final = frozenset(
    {
        OperationKind.INSURABILITY_BATCH,
        OperationKind.DECLARATION_SUBMISSION,
        OperationKind.INVOICE_BATCH_SUBMISSION,
        OperationKind.BILLING_INVOICE,
    },
)
_GOOD: Final = frozenset({ItemStatus.ACCEPTED})
_BAD: Final = frozenset({ItemStatus.REFUSED, ItemStatus.ERROR})


class BatchAnswers:
    """Matches answers to patients, and keeps the operation in step with the messages."""

    def __init__(self, *, store: Store, clock: Clock, operations: OperationBook) -> None:
        """Keep the parts."""
        self._store = store
        self._clock = clock
        self._operations = operations

    def read(
        self, unit: UnitOfWork, exchange: Exchange, response: ReceivedResponse, content: bytes
    ) -> Verdict:
        """Take over a list of answers, each for one patient."""
        del response  # its content is all that counts here
        try:
            answers = _answers(exchange, content)
        except TheirAnswerInvalid:
            return Verdict(
                status=ExchangeStatus.MANUAL_ACTION_REQUIRED, problem_code="remote_invalid_answer"
            )
        items = {item.query_id: item for item in unit.batches.items_of_exchange(exchange.id)}
        has_stranger = False
        for query_id, read_facts in answers:
            item = items.get(query_id)
            if item is None:
                has_stranger = True
                continue
            items[item.query_id] = self._answered(unit, item, read_facts)
        unit.batches.replace_items(list(items.values()))
        if has_stranger:
            return Verdict(
                status=ExchangeStatus.MANUAL_ACTION_REQUIRED, problem_code="answer_without_question"
            )
        return Verdict(status=_overall(list(items.values())))

    async def settle(self, exchange: Exchange) -> None:
        """Bring the operation in step with the messages of its batch."""
        subject = exchange.subject_id
        if subject is None:
            return
        found = await self._store.read(lambda unit: _progress(unit, subject))
        if found is None:
            return
        operation, exchanges = found
        path = f"/v1/insurability-batches/{subject}"
        await follow(self._operations, operation, exchanges, result_path=path)

    def check_resend(self, unit: UnitOfWork, exchange: Exchange) -> None:
        """Let every question be asked again: asking twice binds nobody."""

    def withdraw(self, unit: UnitOfWork, *, operation: Operation) -> None:
        """Withdraw the messages of a cancelled batch; nothing of it has left."""
        batch = unit.batches.of_operation(operation.id)
        if batch is None:
            return
        for exchange in unit.exchanges.of_subject(batch.id):
            unit.exchanges.replace(exchange.moved(ExchangeStatus.DRAFT, at=self._clock.now()))

    def _answered(self, unit: UnitOfWork, item: BatchItem, read_facts: _ReadFacts) -> BatchItem:
        now = self._clock.now()
        if item.question is None:
            return item
        try:
            facts = read_facts(item.question)
        except TheirAnswerInvalid as error:
            return replace(
                item, status=ItemStatus.ERROR, problem_code=error.problem_code, answered_at=now
            )
        _learn(unit, item, facts, now)
        status = ItemStatus(status_of(facts).value)
        return replace(item, status=status, facts=facts, problem_code=None, answered_at=now)


def _answers(exchange: Exchange, content: bytes) -> list[tuple[str, _ReadFacts]]:
    """Give each answer of a list by the question it answers."""
    if exchange.service == GENERIC_INSURABILITY.name:
        return [
            (each.reference, partial(genins_facts.facts_of, each))
            for each in genins.decode_answer_list(content)
        ]
    return [
        (each.in_response_to, partial(memberdata_facts.facts_of, each))
        for each in memberdata_list.decode_response_list(content)
    ]


def interrupted(
    otherwise: Callable[[UnitOfWork, Operation], bool],
) -> Callable[[UnitOfWork, Operation], bool | None]:
    """Give what leaves operations alone after a start whose messages are rows and go on."""

    def close(unit: UnitOfWork, operation: Operation) -> bool | None:
        if operation.kind in _GO_ON:
            return None
        return otherwise(unit, operation)

    return close


def _learn(unit: UnitOfWork, item: BatchItem, facts: InsurabilityFacts, now: Any) -> None:
    """Remember where a person is insured, for the next question."""
    patient = item.question.patient if item.question else None
    if isinstance(patient, Niss) and facts.current is not None:
        unit.known_insurers.learn(patient, facts.current.insurer, at=now)


def _overall(items: Sequence[BatchItem]) -> ExchangeStatus | None:
    """Give what all patients of a message say together; ``None`` while one has no answer."""
    states = {item.status for item in items}
    if ItemStatus.TO_SEND in states:
        return None
    if states <= _GOOD:
        return ExchangeStatus.ACCEPTED
    return ExchangeStatus.REFUSED if states <= _BAD else ExchangeStatus.PARTIALLY_ACCEPTED


def _progress(unit: UnitOfWork, batch_id: str) -> tuple[Operation, list[Exchange]] | None:
    batch = unit.batches.get(batch_id, client_id=None)
    operation = None if batch is None else unit.operations.get(batch.operation_id)
    exchanges = unit.exchanges.of_subject(batch_id)
    return None if operation is None or not exchanges else (operation, exchanges)
