"""Insurability checks: one question about one patient, answered at once.

Disk before wire: the question, its exact bytes and the status ``sent`` are committed before the
first byte leaves; the answer's bytes are committed before they are read.
Source: *Insurability* 3 to 6, *REST API conventions* 5 and 6, decisions D15, D17 and D21.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import structlog

from bridge.domain.audit import DONE, Action
from bridge.domain.identifiers import Niss
from bridge.domain.ids import IdSource
from bridge.domain.insurability import (
    CHECK_MOVES,
    CheckStatus,
    InsurabilityCheck,
    InsurabilityFacts,
    InsurabilityQuestion,
)
from bridge.domain.operations import Operation, OperationKind, OperationStatus
from bridge.domain.periods import brussels_day
from bridge.domain.rights import Right
from bridge.errors import (
    BridgeError,
    Conflict,
    NotFound,
    OutcomeUnknown,
)
from bridge.ports.audit import NO_AUDIT, Auditor
from bridge.ports.clock import Clock
from bridge.ports.store import Evidence, Store, UnitOfWork
from bridge.ports.transport import Transport
from bridge.service import remote
from bridge.service.consultation import MemberDataPlace, Prepared, prepare
from bridge.service.keys import KeyClaim, earlier_operation, remember
from bridge.service.operations import OperationBook
from bridge.service.registrations import RegistrationBook, name_prerequisites
from bridge.service.rights import EVERYBODY_MAY, Rights, insurability_of
from bridge.service.sessions import SessionService
from bridge.service.sessionshelf import OpenSession
from bridge.service.tokens import Client

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """What a request led to; ``is_replay`` when an earlier one had the same key."""

    operation: Operation
    check: InsurabilityCheck
    is_replay: bool = False


@dataclass(frozen=True, kw_only=True)
class CheckPage:
    """Some checks of a longer list, newest first."""

    items: list[InsurabilityCheck]
    total: int


class CheckService:
    """Asks, follows and lists insurability checks."""

    def __init__(  # noqa: PLR0913  # one port or service each, all by name
        self,
        *,
        store: Store,
        clock: Clock,
        ids: IdSource,
        registrations: RegistrationBook,
        sessions: SessionService,
        operations: OperationBook,
        transport: Transport,
        place: MemberDataPlace,
        audit: Auditor = NO_AUDIT,
        rights: Rights = EVERYBODY_MAY,
    ) -> None:
        """Keep the parts."""
        self._rights = rights
        self._audit = audit
        self._store = store
        self._clock = clock
        self._ids = ids
        self._registrations = registrations
        self._sessions = sessions
        self._operations = operations
        self._transport = transport
        self._place = place

    async def ask(
        self,
        question: InsurabilityQuestion,
        *,
        client: Client,
        claim: KeyClaim,
        registration_id: str | None = None,
    ) -> Accepted:
        """Store a question and begin to ask it; the same key gives the same check again.

        Raises:
            InputError: the question breaks a rule.
            KeyReused: the key was used for another request.
            ActorNotAllowed: the caller's actor may not ask for the registration.
            SessionRequired, SessionExpired: there is no open session for the registration.
        """
        earlier = await self._store.read(lambda unit: _earlier(unit, client, claim))
        if earlier is not None:
            return earlier
        question.check(brussels_day(self._clock.now()))
        registration = await self._registrations.get(registration_id)
        self._rights.require(client, Right.ASK, insurability_of(registration.id))
        session = self._sessions.require(registration.id)
        operation = self._operations.new(
            OperationKind.INSURABILITY_CHECK,
            client_id=client.id,
            actor_id=client.actor_id,
            steps=2,
        )
        check = InsurabilityCheck(
            id=self._ids.ulid("ins"),
            registration_id=registration.id,
            practice_id=registration.practice_id,
            operation_id=operation.id,
            question=question,
            status=CheckStatus.TO_SEND,
            created_at=operation.created_at,
            updated_at=operation.created_at,
        )
        accepted = await self._store.write(
            lambda unit: _accept(unit, client, claim, Accepted(operation=operation, check=check)),
        )
        if not accepted.is_replay:
            self._operations.run(operation.id, self._work(check, session, client.id))
        return accepted

    async def get(self, check_id: str, *, client: Client) -> InsurabilityCheck:
        """Read a check the client asked.

        Raises:
            NotFound: none of that identifier for this client.
        """
        check = await self._store.read(
            lambda unit: unit.checks.get(check_id, client_id=client.id),
        )
        if check is None:
            raise NotFound
        return check

    async def page(self, *, client: Client, limit: int, before_id: str | None = None) -> CheckPage:
        """Read a client's checks, newest first."""

        def work(unit: UnitOfWork) -> CheckPage:
            return CheckPage(
                items=unit.checks.page(client_id=client.id, limit=limit, before_id=before_id),
                total=unit.checks.count(client_id=client.id),
            )

        return await self._store.read(work)

    async def _work(self, check: InsurabilityCheck, session: OpenSession, client_id: str) -> None:
        asked = check.question.patient

        def note(action: Action, result: str) -> None:
            self._audit.record(
                action,
                result=result,
                actor=session.registration.person,
                client=client_id,
                object_id=check.id,
                patient=asked if isinstance(asked, Niss) else None,
            )

        try:
            prepared = prepare(
                check,
                session=session,
                place=self._place,
                clock=self._clock,
                ids=self._ids,
            )
            check = await self._release(check, prepared)
            note(Action.MESSAGE_SENT, DONE)
            note(Action.MESSAGE_ANSWERED, await self._exchange(check, prepared))
        except BridgeError as error:
            name_prerequisites(error, session.registration)
            if check.status is CheckStatus.SENT:
                note(Action.MESSAGE_ANSWERED, error.problem_code)
            await self._close_with(check, error)

    async def _release(self, check: InsurabilityCheck, prepared: Prepared) -> InsurabilityCheck:
        """Commit the exact bytes and the status ``sent``; only then may a byte leave."""
        now = self._clock.now()
        sent = moved(check, CheckStatus.SENT, sent_at=now, updated_at=now)
        evidence = self._evidence(check, "request", prepared.body)

        def also(unit: UnitOfWork) -> None:
            unit.evidence.add(evidence)
            unit.checks.replace(sent)

        await self._operations.move(
            check.operation_id,
            OperationStatus.WAITING_FOR_REMOTE,
            step=1,
            attempts=1,
            also=also,
        )
        return sent

    async def _exchange(self, check: InsurabilityCheck, prepared: Prepared) -> str:
        to = prepared.destination
        reply = await remote.send(prepared.body, to=to, transport=self._transport)
        evidence = self._evidence(check, "answer", reply.body)
        await self._store.write(lambda unit: unit.evidence.add(evidence))
        payload = remote.read(reply, to=to, clock=self._clock)
        facts = prepared.read(payload)
        now = self._clock.now()
        answered = moved(
            check,
            status_of(facts),
            facts=facts,
            answered_at=now,
            updated_at=now,
        )
        await self._operations.move(
            check.operation_id,
            OperationStatus.SUCCEEDED,
            step=2,
            result_path=f"/v1/insurability-checks/{check.id}",
            also=lambda unit: unit.checks.replace(answered),
        )
        log.info("insurability_check.answered", check=check.id, status=answered.status.value)
        return answered.status.value

    async def _close_with(self, check: InsurabilityCheck, error: BridgeError) -> None:
        """Close check and operation together; silence after the first byte is unknown (D21)."""
        is_unknown = isinstance(error, OutcomeUnknown) and check.status is CheckStatus.SENT
        status = CheckStatus.OUTCOME_UNKNOWN if is_unknown else CheckStatus.ERROR
        closed = moved(
            check,
            status,
            problem_code=error.problem_code,
            updated_at=self._clock.now(),
        )
        await self._operations.fail(
            check.operation_id,
            error,
            status=OperationStatus.OUTCOME_UNKNOWN if is_unknown else OperationStatus.FAILED,
            also=lambda unit: unit.checks.replace(closed),
        )

    def _evidence(self, check: InsurabilityCheck, kind: str, content: bytes) -> Evidence:
        return Evidence(
            id=self._ids.ulid("evi"),
            subject_id=check.id,
            kind=kind,
            media_type="text/xml",
            content=content,
            created_at=self._clock.now(),
        )


def moved(check: InsurabilityCheck, status: CheckStatus, **changes: Any) -> InsurabilityCheck:
    """Give the check in its next status.

    Raises:
        Conflict: the table of ``domain.insurability`` does not allow it.
    """
    if status not in CHECK_MOVES.get(check.status, frozenset()):
        raise Conflict(code="operation_final")
    return replace(check, status=status, **changes)


def status_of(facts: InsurabilityFacts) -> CheckStatus:
    """Give the status an answer leads to."""
    if facts.refusals:
        return CheckStatus.REFUSED
    return CheckStatus.PARTIALLY_ACCEPTED if facts.warnings else CheckStatus.ACCEPTED


def interrupted(now: Callable[[], Any]) -> Callable[[UnitOfWork, Operation], bool]:
    """Give what closes, after a start, the check of an operation the last run left unfinished.

    The result tells whether the question may have left: it was ``sent``.
    """

    def close(unit: UnitOfWork, operation: Operation) -> bool:
        check = unit.checks.of_operation(operation.id)
        if check is None:
            return False
        may_have_left = check.status is CheckStatus.SENT
        status = CheckStatus.OUTCOME_UNKNOWN if may_have_left else CheckStatus.ERROR
        unit.checks.replace(moved(check, status, problem_code="interrupted", updated_at=now()))
        return may_have_left

    return close


def _earlier(unit: UnitOfWork, client: Client, claim: KeyClaim) -> Accepted | None:
    operation = earlier_operation(unit, client, claim)
    check = None if operation is None else unit.checks.of_operation(operation.id)
    if operation is None or check is None:
        return None
    return Accepted(operation=operation, check=check, is_replay=True)


def _accept(unit: UnitOfWork, client: Client, claim: KeyClaim, fresh: Accepted) -> Accepted:
    """Write key, operation and check in one transaction; the key decides who was first."""
    earlier = _earlier(unit, client, claim)
    if earlier is not None:
        return earlier
    unit.operations.add(fresh.operation)
    unit.checks.add(fresh.check, client_id=client.id)
    remember(unit, client, claim, fresh.operation)
    return fresh
