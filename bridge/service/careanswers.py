"""What answers to care requests mean: kind ``care_request`` of the engine.

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
from bridge.domain.exchanges import (
    NO_MARKS,
    Exchange,
    ExchangeStatus,
    ReceivedResponse,
)
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
    PalliativeCareAnswer,
    Received,
    Request,
    TechnicalCareAnswer,
    meaning_of,
)
from bridge.mycarenet.medadmin_names import Meaning
from bridge.mycarenet.medadmin_values import Decision as Decided
from bridge.mycarenet.medadmin_values import Header, Unreadable, known
from bridge.ports.clock import Clock
from bridge.ports.store import Store, UnitOfWork
from bridge.service import carewire
from bridge.service.careevents import tell_declaration, tell_update
from bridge.service.carematching import declaration_of, declaration_of_update, link_waiting
from bridge.service.caremessages import carry, overall
from bridge.service.careregister import CareRegister
from bridge.service.caresteps import link
from bridge.service.events import EventBook
from bridge.service.exchangekinds import Owner, Verdict
from bridge.service.operations import OperationBook
from bridge.service.sendprogress import follow

KIND: Final = "care_request"

_OwnAnswer = ContractualCareAnswer | PalliativeCareAnswer | TechnicalCareAnswer


@dataclass(kw_only=True)
class _Page:
    """One delivery while it is taken over.

    Attributes:
        touched: Declarations an answer was taken over for.
        updates: Changes the insurer made by itself.
        updates_before: Changes that had come before the answer they are about.
        strangers: Messages that belong to nothing we know, or cannot be read.
    """

    unit: UnitOfWork
    exchange: Exchange
    response: ReceivedResponse
    now: datetime
    touched: dict[str, Declaration] = field(default_factory=dict)
    updates: list[CareUpdate] = field(default_factory=list)
    updates_before: list[CareUpdate] = field(default_factory=list)
    strangers: int = 0


@dataclass(frozen=True, kw_only=True)
class _Touched:
    """What a delivery changed beside its own message, until it is told.

    Attributes:
        declarations: Identifiers of declarations an answer was taken over for.
        updates: Identifiers of changes that came in or were linked.
        exchanges: Messages that carried those declarations.
    """

    declarations: tuple[str, ...] = ()
    updates: tuple[str, ...] = ()
    exchanges: tuple[Exchange, ...] = ()

    def also(self, page: _Page, carriers: Sequence[Exchange]) -> _Touched:
        """Give it with what one more delivery changed."""
        updates = (each.id for each in (*page.updates_before, *page.updates))
        return _Touched(
            declarations=(*self.declarations, *page.touched),
            updates=(*self.updates, *updates),
            exchanges=(*self.exchanges, *carriers),
        )


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
        events: EventBook,
    ) -> None:
        """Keep the parts.

        Args:
            store: Where declarations are.
            clock: The time.
            ids: Source of identifiers.
            operations: What front ends follow.
            meanings: What the practice knows of reasons of refusals (4.5).
            events: Where changes are told.
        """
        self._events = events
        self._touched: dict[str, _Touched] = {}
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
        for message in sorted(found, key=lambda each: isinstance(each, ContractualCareUpdate)):
            self._take(page, message)  # changes last: what they change may come with them
        names = {each.exchange_id for each in page.touched.values()} - {None, exchange.id}
        carriers = carry(unit, names, response_id=response.id, now=page.now)
        known = self._touched.get(exchange.id, _Touched())
        self._touched[exchange.id] = known.also(page, carriers)
        return _verdict(page)

    def check_resend(self, unit: UnitOfWork, exchange: Exchange) -> None:
        """Refuse to resend a message of which a declaration is being corrected.

        Raises:
            Conflict: its correction waits or was sent (``correction_exists``).
        """
        for each in unit.declarations.of_exchange(exchange.id):
            correction = each.corrected_by_id
            if correction and unit.declarations.get(correction, client_id=None):
                raise Conflict(code="correction_exists")

    async def settle(self, exchange: Exchange) -> None:
        """Tell what changed, and bring operations in step with the messages of submissions."""
        touched = self._touched.pop(exchange.id, _Touched())
        await self._tell(exchange, touched)
        for each in (exchange, *touched.exchanges):
            await self._follow(each)

    async def _tell(self, exchange: Exchange, touched: _Touched) -> None:
        def work(unit: UnitOfWork) -> tuple[list[Declaration], list[CareUpdate]]:
            carried = unit.declarations.of_exchange(exchange.id)
            named = (unit.declarations.get(each, client_id=None) for each in touched.declarations)
            changed = {each.id: each for each in carried if not each.has_own_answer}
            changed |= {each.id: each for each in named if each is not None}
            updates = (unit.care_updates.get(each, client_id=None) for each in touched.updates)
            return [*changed.values()], [each for each in updates if each is not None]

        declarations, updates = await self._store.read(work)
        for declaration in declarations:
            tell_declaration(self._events, declaration)
        for update in updates:
            tell_update(self._events, update)

    async def _follow(self, exchange: Exchange) -> None:
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
        if declaration_of(page.unit, page.exchange.registration_id, request) is None:
            page.strangers += 1

    def _take_answer(self, page: _Page, answer: _OwnAnswer) -> None:
        declaration = declaration_of(page.unit, page.exchange.registration_id, answer)
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
        page.updates_before += link_waiting(page.unit, after, ids=self._ids, now=page.now)

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
        if answer.decision is None or _was_taken(declaration, answer.header, answer.decision):
            return declaration  # a receipt: the message's own state says it
        decision = carewire.decision_of(
            answer.decision, response=page.response, at=page.now, meanings=self._meanings
        )
        reference = answer.header.receiver_reference
        return declaration.decided(replace(decision, receiver_reference=reference))

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
        declaration = declaration_of_update(page.unit, update)
        if declaration is not None:
            update = link(page.unit, update, declaration, ids=self._ids, now=page.now)
        page.unit.care_updates.put(update)
        page.updates.append(update)


def _was_taken(declaration: Declaration, header: Header, decision: Decided) -> bool:
    """Tell whether an answer is here already, by the insurer's own reference (8)."""
    reference, result = header.receiver_reference, carewire.result_of(decision)
    return reference is not None and any(
        each.receiver_reference == reference and each.result is result
        for each in declaration.decisions
    )


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
        return Verdict(status=overall(list(page.touched.values())), owner=owner)
    return Verdict(status=overall(page.unit.declarations.of_exchange(page.exchange.id)))


def _owner(page: _Page) -> Owner | None:
    """Give whose the message is, when it came without naming one of ours.

    What is about several pairings, or about something unknown too, is shown to none of them.
    """
    if page.exchange.kind == KIND or page.strangers:
        return None
    practices = {each.client_id: each.practice_id for each in page.touched.values()}
    practices |= {each.client_id: each.practice_id for each in page.updates}
    if len(practices) != 1 or "" in practices:
        return None
    [(client_id, practice_id)] = practices.items()
    return Owner(client_id=client_id, practice_id=practice_id)


def _progress(unit: UnitOfWork, submission_id: str) -> tuple[Operation, list[Exchange], str] | None:
    declarations = unit.declarations.of_submission(submission_id)
    exchanges = unit.exchanges.of_subject(submission_id)
    if not declarations or not exchanges or declarations[0].operation_id is None:
        return None
    operation = unit.operations.get(declarations[0].operation_id)
    if operation is None:
        return None
    return operation, exchanges, f"/v1/declaration-submissions/{submission_id}"
