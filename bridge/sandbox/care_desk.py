"""The desk of the played insurers: takes requests and lets everything happen when it is time.

Whenever somebody looks, what is due happens in the order of the insurers' time, so that a
decision sees the agreements as they are then, however far the clock was moved.
Source: *Nursing messages* 1, 4 to 7.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from bridge.domain.identifiers import Niss
from bridge.mycarenet.medadmin_contractual_values import ContractualCareRequest
from bridge.mycarenet.medadmin_messages import PalliativeCareRequest, Request
from bridge.mycarenet.medadmin_names import CareFamily, RequestType
from bridge.sandbox.care_answers import CareWriter
from bridge.sandbox.care_checks import NOT_ALLOWED, REFERENCE, Ask, CareGate, Checked, Faulty
from bridge.sandbox.care_decisions import CareDecisions, Outgoing, form_arrives_at
from bridge.sandbox.care_reasons import WAITING_FOR_GP, Refusal
from bridge.sandbox.care_register import CareRegister
from bridge.sandbox.care_updates import Event
from bridge.sandbox.people import PeopleRegister, SandboxPerson

FAULT_AFTER: Final = timedelta(hours=1)
ACKNOWLEDGED_AFTER: Final = timedelta(hours=1)
CLOSED_AFTER: Final = timedelta(hours=2)
DECIDED_AFTER: Final = timedelta(days=1)
PALLIATIVE_AFTER: Final = timedelta(days=2)

Happening = Callable[[datetime], list[Outgoing]]


@dataclass(order=True)
class _Task:
    """Something to happen; of two at the same time the earlier entry comes first."""

    at: datetime
    order: int
    happen: Happening = field(compare=False)


class CareDesk:
    """All insurers' desks together; used by one thread at a time."""

    def __init__(
        self,
        *,
        people: PeopleRegister,
        gate: CareGate,
        writer: CareWriter,
        decisions: CareDecisions,
        register: CareRegister,
    ) -> None:
        """Keep the parts."""
        self._people = people
        self._gate = gate
        self._writer = writer
        self._decisions = decisions
        self._register = register
        self._tasks: list[_Task] = []
        self._order = 0
        self._known: dict[tuple[str, str], Request] = {}
        self._waiting: list[Checked] = []
        self._happened: set[tuple[str, Event]] = set()

    def take(self, ask: Ask) -> None:
        """Take a request; one that was taken before, unchanged, is not decided again."""
        key = (ask.provider.long, ask.request.header.sender_reference)
        request = _as_first_sent(ask.request)
        earlier = self._known.setdefault(key, request)
        if earlier is not request and earlier == request:
            return
        try:
            after, happening = self._admit(ask, is_reused=earlier is not request)
        except Faulty as faulty:
            after, happening = FAULT_AFTER, self._fault(ask, faulty)
        self._plan(ask.arrived_at + after, happening)

    def run(self, now: datetime) -> list[Outgoing]:
        """Let everything happen that is due; gives what leaves, in that order."""
        outgoing: list[Outgoing] = []
        while (task := self._next(now)) is not None:
            outgoing.extend(task.happen(task.at))
        return outgoing

    # -- what is due -------------------------------------------------------------------------

    def _plan(self, at: datetime, happening: Happening) -> None:
        self._order += 1
        heapq.heappush(self._tasks, _Task(at, self._order, happening))

    def _next(self, now: datetime) -> _Task | None:
        """Give the earliest thing that is due; it will not be given again."""
        due = [task for task in self._from_people() if task.at <= now]
        if self._tasks and self._tasks[0].at <= now:
            due.append(self._tasks[0])
        first = min(due, default=None)
        if first is not None and self._tasks and first is self._tasks[0]:
            heapq.heappop(self._tasks)
        return first

    def _from_people(self) -> Iterator[_Task]:
        """Give what follows from what people are like now."""
        for checked in self._waiting:
            at = form_arrives_at(checked, self._person(checked))
            if at is not None:
                yield _Task(at, self._order + 1, self._form(checked))
        for agreement in self._register.all():
            person = self._people.find(agreement.niss)
            if person is None or agreement.family is not CareFamily.CONTRACTUAL:
                continue
            for at, event in self._decisions.due(agreement, person):
                if (agreement.number, event) not in self._happened:
                    yield _Task(at, self._order + 1, self._event(agreement.number, person, event))

    # -- what happens ------------------------------------------------------------------------

    def _admit(self, ask: Ask, *, is_reused: bool) -> tuple[timedelta, Happening]:
        if is_reused:
            raise Faulty(NOT_ALLOWED, REFERENCE)
        checked, request = self._gate.check(ask), ask.request
        if isinstance(request, PalliativeCareRequest):
            return PALLIATIVE_AFTER, self._palliative(checked)
        if not isinstance(request, ContractualCareRequest):
            return ACKNOWLEDGED_AFTER, lambda at: self._decisions.acknowledge(checked, at)
        if request.detail.type is RequestType.CLOSE:
            return CLOSED_AFTER, self._decide(checked, self._decisions.close)
        return DECIDED_AFTER, self._decide(checked, self._decisions.new)

    def _fault(self, ask: Ask, faulty: Faulty) -> Happening:
        def happen(at: datetime) -> list[Outgoing]:
            answer = self._writer.fault(ask, faulty)
            return [
                Outgoing(
                    ready_at=at,
                    provider=ask.provider,
                    insurer=ask.insurer,
                    reference=ask.reference,
                    answer=answer,
                    cause=f"{faulty.detail} {faulty.location}",
                )
            ]

        return happen

    def _decide(
        self, checked: Checked, decide: Callable[[Checked, datetime], list[Outgoing]]
    ) -> Happening:
        def happen(at: datetime) -> list[Outgoing]:
            now = replace(checked, person=self._person(checked))
            try:
                return decide(now, at)
            except Refusal as refusal:
                return self._decisions.refuse(now, refusal, at)

        return happen

    def _palliative(self, checked: Checked) -> Happening:
        def happen(at: datetime) -> list[Outgoing]:
            now = replace(checked, person=self._person(checked))
            form_at = form_arrives_at(now, now.person)
            try:
                return self._decisions.palliative(now, at, form_at=form_at)
            except Refusal as refusal:
                if refusal.reason is WAITING_FOR_GP:
                    self._waiting.append(checked)
                return self._decisions.refuse(now, refusal, at)

        return happen

    def _form(self, checked: Checked) -> Happening:
        """Decide again when the form arrives; what is refused then was refused before."""

        def happen(at: datetime) -> list[Outgoing]:
            self._waiting.remove(checked)
            now = replace(checked, person=self._person(checked))
            try:
                return self._decisions.palliative(now, at, form_at=at)
            except Refusal:
                return []

        return happen

    def _event(self, number: str, person: SandboxPerson, event: Event) -> Happening:
        def happen(at: datetime) -> list[Outgoing]:
            self._happened.add((number, event))
            agreement = self._register.find(number)
            if agreement is None:
                return []
            return self._decisions.happened(event, agreement, person, at)

        return happen

    def _person(self, checked: Checked) -> SandboxPerson:
        niss: Niss = checked.person.niss
        return self._people.find(niss) or checked.person


def _as_first_sent(request: Request) -> Request:
    """Give a request without the mark that says it was sent before."""
    return replace(request, header=replace(request.header, is_duplicate=False))
