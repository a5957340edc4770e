"""What answers to care requests mean: kind ``care_request`` of the engine.

Answers are matched by the reference of their header, then by the nurse's own reference, then by
the number of the agreement.
What belongs to nothing we know stays with its message, for a person.
Source: *Nursing messages* 1.1, 4.2, 4.3 and 8; decisions D17, D19 and D32.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from bridge.domain.careupdates import CareUpdate, steps_of
from bridge.domain.declarations import Declaration, RefusalMeaning
from bridge.domain.exchanges import NO_MARKS, Exchange, ExchangeStatus, ReceivedResponse
from bridge.domain.ids import IdSource
from bridge.domain.operations import Operation
from bridge.domain.periods import brussels_day
from bridge.errors import Conflict, TheirAnswerInvalid
from bridge.mycarenet import medadmin
from bridge.mycarenet.medadmin_contractual_values import (
    ContractualCareAnswer,
    ContractualCareUpdate,
)
from bridge.mycarenet.medadmin_messages import (
    Answer,
    PalliativeCareAnswer,
    Received,
    Request,
    TechnicalCareAnswer,
    meaning_of,
)
from bridge.mycarenet.medadmin_names import Meaning
from bridge.mycarenet.medadmin_values import Unreadable, known
from bridge.ports.clock import Clock
from bridge.ports.store import Store, UnitOfWork
from bridge.service import carewire
from bridge.service.careregister import CareRegister
from bridge.service.caresteps import link
from bridge.service.exchangekinds import Owner, Verdict
from bridge.service.operations import OperationBook
from bridge.service.sendprogress import follow

KIND: Final = "care_request"

_OwnAnswer = ContractualCareAnswer | PalliativeCareAnswer | TechnicalCareAnswer
_GOOD: Final = frozenset(
    {
        ExchangeStatus.ACCEPTED,
        ExchangeStatus.ACKNOWLEDGED,
        ExchangeStatus.PARTIALLY_ACCEPTED,
    }
)


@dataclass(kw_only=True)
class _Page:
    """One delivery while it is taken over.

    Attributes:
        touched: Declarations an answer was taken over for.
        updates: Changes the insurer made by itself.
        strangers: Messages that belong to nothing we know, or cannot be read.
    """

    unit: UnitOfWork
    exchange: Exchange
    response: ReceivedResponse
    now: datetime
    touched: dict[str, Declaration] = field(default_factory=dict)
    updates: list[CareUpdate] = field(default_factory=list)
    strangers: int = 0


class CareAnswers:
    """Matches answers to declarations, and keeps register and operation in step."""

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        ids: IdSource,
        operations: OperationBook,
        meanings: Mapping[str, RefusalMeaning],
    ) -> None:
        """Keep the parts.

        Args:
            store: Where declarations are.
            clock: The time.
            ids: Source of identifiers.
            operations: What front ends follow.
            meanings: What the practice knows of reasons of refusals (4.5).
        """
        self._store = store
        self._clock = clock
        self._ids = ids
        self._operations = operations
        self._meanings = meanings

    def read(
        self, unit: UnitOfWork, exchange: Exchange, response: ReceivedResponse, content: bytes
    ) -> Verdict:
        """Take over a delivery: receipts, decisions, errors, changes, each by itself."""
        if medadmin.flat_message_of(content, response.message_name) is not None:
            return Verdict(
                status=ExchangeStatus.MANUAL_ACTION_REQUIRED, problem_code="answer_flat_layout"
            )
        try:
            found = medadmin.decode_answers(content)
        except TheirAnswerInvalid:
            return Verdict(
                status=ExchangeStatus.MANUAL_ACTION_REQUIRED, problem_code="remote_invalid_answer"
            )
        page = _Page(unit=unit, exchange=exchange, response=response, now=self._clock.now())
        for message in found:
            self._take(page, message)
        return _verdict(page)

    async def settle(self, exchange: Exchange) -> None:
        """Bring the operation in step with the messages of its submission."""
        subject = exchange.subject_id
        if subject is None:
            return
        found = await self._store.read(lambda unit: _progress(unit, subject))
        if found is None:
            return
        operation, exchanges, path = found
        await follow(self._operations, operation, exchanges, result_path=path)

    def withdraw(self, unit: UnitOfWork, *, operation: Operation) -> None:
        """Make drafts again of what was cancelled; nothing of it has left."""
        now = self._clock.now()
        submission = unit.declarations.of_operation(operation.id)
        for exchange_id in {each.exchange_id for each in submission if each.exchange_id}:
            exchange = unit.exchanges.get(exchange_id)
            if exchange is not None:
                unit.exchanges.replace(exchange.moved(ExchangeStatus.DRAFT, at=now))
        for declaration in submission:
            unit.declarations.put(drafted(declaration, at=now))

    # -- one message ---------------------------------------------------------------------------

    def _take(self, page: _Page, message: Received) -> None:
        if isinstance(message, Unreadable):
            page.strangers += 1
        elif isinstance(message, ContractualCareUpdate):
            self._take_update(page, message)
        elif isinstance(message, Request):
            self._confirm(page, message)
        else:
            self._take_answer(page, message)

    def _confirm(self, page: _Page, request: Request) -> None:
        """Our own request given back is a receipt (D19); it says nothing more."""
        if self._declaration_of(page, request) is None:
            page.strangers += 1

    def _take_answer(self, page: _Page, answer: _OwnAnswer) -> None:
        declaration = self._declaration_of(page, answer)
        if declaration is None:
            page.strangers += 1
            return
        try:
            after = self._answered(page, declaration, answer)
        except Conflict:  # such as an error after an answer that cannot be undone
            after = _for_a_person(declaration, page.now)
        if after is declaration:
            return
        page.unit.declarations.put(after)
        page.touched[after.id] = after
        CareRegister(unit=page.unit, ids=self._ids, now=page.now).follow(after)

    def _answered(self, page: _Page, declaration: Declaration, answer: _OwnAnswer) -> Declaration:
        if answer.fault is not None:
            fault = carewire.fault_of(
                answer.fault,
                message_name=known(answer.header.message_name),
                response=page.response,
                at=page.now,
            )
            return declaration.failed(fault)
        if isinstance(answer, TechnicalCareAnswer):
            is_receipt = meaning_of(answer) is Meaning.RECEIPT
            return _acknowledged(declaration, page.now) if is_receipt else declaration
        if answer.decision is None:
            return declaration  # a receipt: the message's own state says it
        decision = carewire.decision_of(
            answer.decision, response=page.response, at=page.now, meanings=self._meanings
        )
        return declaration.decided(decision)

    def _take_update(self, page: _Page, message: ContractualCareUpdate) -> None:
        nature = carewire.nature_of(message)
        visit_on = carewire.day_of(message.visited_on)
        update = CareUpdate(
            id=self._ids.ulid("upd"),
            client_id="",
            practice_id=page.exchange.practice_id,
            registration_id=page.exchange.registration_id,
            exchange_id=page.exchange.id,
            response_id=page.response.id,
            nature=nature,
            previous=carewire.facts_of(message.previous),
            new=carewire.facts_of(message.new),
            steps=steps_of(nature, changed_on=visit_on or brussels_day(page.now)),
            received_at=page.now,
            updated_at=page.now,
            patient_niss=known(message.care_receiver.niss),
            provider=carewire.nihii_of(message.provider),
            consulting_doctor=carewire.nihii_of(message.consultant_doctor),
            visit_on=visit_on,
            is_palliative=known(message.is_palliative),
        )
        declaration = self._declaration_of_update(page, update)
        if declaration is not None:
            update = link(page.unit, update, declaration, ids=self._ids, now=page.now)
        page.unit.care_updates.put(update)
        page.updates.append(update)

    # -- matching ------------------------------------------------------------------------------

    def _declaration_of(self, page: _Page, message: Answer | Request) -> Declaration | None:
        """Find by the header's reference, then by the nurse's (*Nursing messages* 8)."""
        registration_id = page.exchange.registration_id
        declarations = page.unit.declarations
        reference = message.header.sender_reference
        found = declarations.of_sender_reference(registration_id, reference) if reference else None
        if found is not None:
            return found
        nurse_reference = getattr(message, "nurse_reference", "").strip()
        if not nurse_reference:
            return None
        found = declarations.of_nurse_reference(registration_id, nurse_reference)
        return None if found is None or found.exchange_id is None else found

    def _declaration_of_update(self, page: _Page, update: CareUpdate) -> Declaration | None:
        """Find by the number of the agreement that changed, when it is the same person."""
        for number in (update.previous.agreement_number, update.new.agreement_number):
            if number is None:
                continue
            found = page.unit.declarations.of_agreement(update.registration_id, number)
            niss = None if found is None else found.patient.niss
            if niss is not None and update.patient_niss in (None, niss):
                return found
        return None


def drafted(declaration: Declaration, *, at: datetime) -> Declaration:
    """Give a declaration as the draft it was before it was released."""
    return replace(
        declaration,
        status=ExchangeStatus.DRAFT,
        updated_at=at,
        sender_reference=None,
        exchange_id=None,
        submission_id=None,
        operation_id=None,
        sent_at=None,
        problem_code=None,
    )


def _acknowledged(declaration: Declaration, now: datetime) -> Declaration:
    if declaration.status is ExchangeStatus.ACKNOWLEDGED:
        return declaration
    return declaration.moved(
        ExchangeStatus.ACKNOWLEDGED,
        at=now,
        has_own_answer=True,
        answered_at=now,
        problem_code=None,
        **NO_MARKS,
    )


def _for_a_person(declaration: Declaration, now: datetime) -> Declaration:
    return replace(
        declaration,
        status=ExchangeStatus.MANUAL_ACTION_REQUIRED,
        has_own_answer=True,
        updated_at=now,
        **NO_MARKS,
    )


def _verdict(page: _Page) -> Verdict:
    """Say where the message stands after a delivery."""
    owner = _owner(page)
    if page.strangers:
        return Verdict(
            status=ExchangeStatus.MANUAL_ACTION_REQUIRED,
            problem_code="answer_without_question",
            owner=owner,
        )
    if page.updates:
        return Verdict(status=ExchangeStatus.MANUAL_ACTION_REQUIRED, owner=owner)
    if page.exchange.kind != KIND:  # an answer that came without naming our message
        return Verdict(status=_overall(list(page.touched.values())), owner=owner)
    return Verdict(status=_overall(page.unit.declarations.of_exchange(page.exchange.id)))


def _overall(declarations: Sequence[Declaration]) -> ExchangeStatus | None:
    """Give what all declarations say together; ``None`` while one has no answer."""
    if not declarations or any(not each.has_own_answer for each in declarations):
        return None
    states = {each.status for each in declarations}
    if len(states) == 1:
        return states.pop()
    if ExchangeStatus.MANUAL_ACTION_REQUIRED in states:
        return ExchangeStatus.MANUAL_ACTION_REQUIRED
    return ExchangeStatus.PARTIALLY_ACCEPTED if states & _GOOD else ExchangeStatus.REFUSED


def _owner(page: _Page) -> Owner | None:
    """Give whose the message is, when it came without naming one of ours."""
    if page.exchange.kind == KIND:
        return None
    declarations = list(page.touched.values())
    for update in page.updates:
        if update.declaration_id is not None:
            found = page.unit.declarations.get(update.declaration_id, client_id=None)
            declarations.extend([] if found is None else [found])
    if not declarations:
        return None
    first = declarations[0]
    return Owner(client_id=first.client_id, practice_id=first.practice_id)


def _progress(unit: UnitOfWork, submission_id: str) -> tuple[Operation, list[Exchange], str] | None:
    declarations = unit.declarations.of_submission(submission_id)
    exchanges = unit.exchanges.of_subject(submission_id)
    if not declarations or not exchanges or declarations[0].operation_id is None:
        return None
    operation = unit.operations.get(declarations[0].operation_id)
    if operation is None:
        return None
    return operation, exchanges, f"/v1/declaration-submissions/{submission_id}"
