"""Work lists: front ends push what is to be asked, a person sends what is ticked.

Source: the lists of the nurse's software; *REST API conventions* 2.1 and 6; D17, D18.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Final

from bridge.domain.batches import BatchPurpose, ItemStatus
from bridge.domain.identifiers import Niss
from bridge.domain.insurability import InsurabilityQuestion
from bridge.domain.periods import brussels_day
from bridge.domain.registrations import Registration
from bridge.domain.rights import Right
from bridge.domain.worklists import (
    ShownRow,
    WorkList,
    WorkRow,
    asked_of,
    findings_of,
    months_before,
    status_of,
)
from bridge.errors import Conflict, Finding, InputError, NotFound
from bridge.ports.store import UnitOfWork
from bridge.ports.worklists import WorkFilter
from bridge.service.batchdrafts import Asked, BatchDraft, BatchRequest
from bridge.service.batches import AcceptedBatch, BatchService
from bridge.service.history import owner_of
from bridge.service.keys import KeyClaim
from bridge.service.outbox import EngineParts
from bridge.service.registrations import RegistrationBook
from bridge.service.rights import insurability_of
from bridge.service.tokens import Client

_EVENT: Final = "work_list.updated"
_MOST_SENT: Final = 10_000


@dataclass(frozen=True, kw_only=True)
class PushedRow:
    """One patient as a front end names them.

    Attributes:
        given: The patient's members as sent, shown back.
        question: Who is meant; ``None`` when that was not understood, ``findings`` say why.
    """

    client_ref: str
    given: Mapping[str, str] = field(repr=False)
    question: InsurabilityQuestion | None = field(default=None, repr=False)
    findings: tuple[Finding, ...] = ()
    insurer: str | None = None
    month: str | None = None
    last_care_on: date | None = None
    registration_id: str | None = None
    is_ticked: bool = True


@dataclass(frozen=True, kw_only=True)
class Submission:
    """What of a list is sent.

    Attributes:
        row_ids: Which rows; ``None`` for all that are ticked.
        month: For ``billing_month`` only, when no rows are named.
    """

    list: WorkList
    row_ids: tuple[str, ...] | None = None
    month: str | None = None
    hold_for: timedelta | None = None
    duplicate_of: str | None = None


class WorkListService:
    """Keeps the lists and sends from them."""

    def __init__(
        self,
        parts: EngineParts,
        *,
        batches: BatchService,
        registrations: RegistrationBook,
        new_patient_months: int,
    ) -> None:
        """Keep the parts.

        Args:
            parts: Parts of the engine.
            batches: Sends.
            registrations: On whose behalf.
            new_patient_months: A patient with care within that many months is no new one.
        """
        self._parts = parts
        self._batches = batches
        self._registrations = registrations
        self._months = new_patient_months

    async def push(
        self, work_list: WorkList, rows: Sequence[PushedRow], *, client: Client
    ) -> list[ShownRow]:
        """Put patients on a list; a known reference renews its row.

        A row that was answered stays in the history, unless there was newer care since.

        Raises:
            RegistrationMissing, NotFound: there is no such registration.
            ActorNotAllowed: the caller's actor may not prepare such questions.
        """
        registrations = {
            name: await self._registrations.get(name)
            for name in {pushed.registration_id for pushed in rows}
        }
        matters = [insurability_of(each.id) for each in registrations.values()]
        self._parts.rights.require(client, Right.ASK, *matters)

        def work(unit: UnitOfWork) -> list[ShownRow]:
            kept = []
            for pushed in rows:
                registration = registrations[pushed.registration_id]
                row = self._renewed(unit, work_list, pushed, registration, client)
                unit.work_lists.put(row)
                kept.append(row)
            return self._shown(unit, kept)

        shown = await self._parts.store.write(work)
        self._tell(work_list, client.id)
        return shown

    async def page(
        self,
        work_list: WorkList,
        *,
        client: Client,
        limit: int,
        month: str | None = None,
        after: str | None = None,
    ) -> tuple[list[ShownRow], int]:
        """Read what is on a list, oldest first, and count it."""
        wanted = self._filter(work_list, client, month)

        def work(unit: UnitOfWork) -> tuple[list[ShownRow], int]:
            rows, total = unit.work_lists.page(wanted, limit=limit, after=after)
            return self._shown(unit, rows), total

        return await self._parts.store.read(work)

    async def get(self, work_list: WorkList, row_id: str, *, client: Client) -> ShownRow:
        """Read one row, also when it has left its list.

        Raises:
            NotFound: none of that identifier for this caller.
        """

        def work(unit: UnitOfWork) -> ShownRow:
            return self._shown(unit, [_found(unit, work_list, row_id, client)])[0]

        return await self._parts.store.read(work)

    async def change(
        self,
        work_list: WorkList,
        row_id: str,
        pushed: PushedRow,
        *,
        expected: WorkRow,
        is_billed: bool,
        client: Client,
    ) -> ShownRow:
        """Change a row, unless somebody changed it since it was read.

        Raises:
            NotFound: none of that identifier for this caller.
            Conflict: ``precondition_failed``, it is no longer as ``expected``.
            ActorNotAllowed: the caller's actor may not prepare such questions.
        """
        now = self._parts.clock.now()

        def work(unit: UnitOfWork) -> ShownRow:
            row = self._editable(unit, work_list, row_id, client)
            if row != expected:
                raise Conflict(code="precondition_failed")
            billed_at = (row.billed_at or now) if is_billed else None
            changed = replace(_filled(row, pushed), updated_at=now, billed_at=billed_at)
            unit.work_lists.put(changed)
            return self._shown(unit, [changed])[0]

        shown = await self._parts.store.write(work)
        self._tell(work_list, shown.row.client_id)
        return shown

    async def remove(self, work_list: WorkList, row_id: str, *, client: Client) -> None:
        """Take a row off its list; what was sent goes on.

        Raises:
            NotFound: none of that identifier for this caller.
            ActorNotAllowed: the caller's actor may not prepare such questions.
        """

        def work(unit: UnitOfWork) -> WorkRow:
            row = self._editable(unit, work_list, row_id, client)
            unit.work_lists.remove(row.id)
            return row

        row = await self._parts.store.write(work)
        self._tell(work_list, row.client_id)

    async def send(
        self, submission: Submission, *, client: Client, claim: KeyClaim
    ) -> AcceptedBatch:
        """Ask about rows of a list in one batch; they stay, marked sent, until answered.

        Raises:
            NotFound: a named row is not there.
            InputError: ``not_submittable``, with the findings of the named rows, or nothing is
                ticked.
            Conflict: ``already_sent``, a named row is on its way.
            KeyReused, ActorNotAllowed, SessionRequired, SessionExpired: as for a batch.
        """
        earlier = await self._batches.earlier(client=client, claim=claim)
        if earlier is not None:
            return earlier
        rows = await self._parts.store.read(lambda unit: self._chosen(unit, submission, client))
        today = brussels_day(self._parts.clock.now())
        request = BatchRequest(
            purpose=BatchPurpose(submission.list.value),
            month=rows[0].row.month,
            patients=tuple(_asked(shown, today) for shown in rows),
            registration_id=rows[0].row.registration_id,
            hold_for=submission.hold_for,
            duplicate_of=submission.duplicate_of,
        )
        now = self._parts.clock.now()

        def link(unit: UnitOfWork, draft: BatchDraft) -> None:
            for shown, item in zip(rows, draft.items, strict=True):
                current = unit.work_lists.get(shown.row.id)
                if current is None or current.item_id != shown.row.item_id:
                    raise Conflict(code="already_sent")
                unit.work_lists.put(
                    replace(current, batch_id=draft.batch.id, item_id=item.id, updated_at=now)
                )

        accepted = await self._batches.ask(request, client=client, claim=claim, also=link)
        self._tell(submission.list, client.id)
        return accepted

    def _chosen(self, unit: UnitOfWork, submission: Submission, client: Client) -> list[ShownRow]:
        if submission.row_ids is None:
            wanted = self._filter(submission.list, client, submission.month)
            found, _ = unit.work_lists.page(wanted, limit=_MOST_SENT, after=None)
            rows = [shown for shown in self._shown(unit, found) if shown.is_ticked]
        else:
            named = dict.fromkeys(submission.row_ids)
            found = [_found(unit, submission.list, name, client) for name in named]
            rows = self._shown(unit, found)
        _check(rows)
        return rows

    def _editable(
        self, unit: UnitOfWork, work_list: WorkList, row_id: str, client: Client
    ) -> WorkRow:
        row = _found(unit, work_list, row_id, client)
        self._parts.rights.require(client, Right.ASK, insurability_of(row.registration_id))
        return row

    def _filter(self, work_list: WorkList, client: Client, month: str | None) -> WorkFilter:
        cared_before = None
        if work_list is WorkList.NEW_PATIENTS:
            cared_before = months_before(brussels_day(self._parts.clock.now()), self._months)
        return WorkFilter(
            list=work_list, client_id=owner_of(client), month=month, cared_before=cared_before
        )

    def _renewed(
        self,
        unit: UnitOfWork,
        work_list: WorkList,
        pushed: PushedRow,
        registration: Registration,
        client: Client,
    ) -> WorkRow:
        now = self._parts.clock.now()
        known = unit.work_lists.of_reference(work_list, client.id, pushed.month, pushed.client_ref)
        row = known or WorkRow(
            id=self._parts.ids.ulid("wrk"),
            list=work_list,
            client_id=client.id,
            client_ref=pushed.client_ref,
            practice_id=registration.practice_id,
            registration_id=registration.id,
            given={},
            created_at=now,
            updated_at=now,
        )
        if _has_newer_care(row, pushed):
            row = replace(row, batch_id=None, item_id=None)
        return replace(_filled(row, pushed), updated_at=now)

    def _shown(self, unit: UnitOfWork, rows: Sequence[WorkRow]) -> list[ShownRow]:
        today = brussels_day(self._parts.clock.now())
        people = [row.person for row in rows if row.person is not None]
        known = unit.known_insurers.of(people)
        return [_show(unit, row, known, today) for row in rows]

    def _tell(self, work_list: WorkList, client_id: str) -> None:
        self._parts.events.publish(
            _EVENT,
            object="work_list",
            object_id=work_list.value,
            path=f"/v1/work-lists/{work_list.value}/rows",
            client_id=client_id,
        )


def _show(unit: UnitOfWork, row: WorkRow, known: dict[Niss, str], today: date) -> ShownRow:
    item = None
    if row.item_id is not None and row.batch_id is not None:
        item = unit.batches.item(row.batch_id, row.item_id)
    exchange = None
    if item is not None and item.exchange_id is not None:
        exchange = unit.exchanges.get(item.exchange_id)
    insurer = row.insurer or _insurer_of(row, known)
    return ShownRow(
        row=row,
        status=status_of(item, exchange),
        insurer=insurer,
        findings=findings_of(row, insurer, today=today),
    )


def _insurer_of(row: WorkRow, known: dict[Niss, str]) -> str | None:
    if row.question is None:
        return None
    patient = row.question.patient
    if isinstance(patient, Niss):
        return known.get(patient)
    return f"{patient.mutuality.digits[0]}00"


def _has_newer_care(row: WorkRow, pushed: PushedRow) -> bool:
    if row.last_care_on is None or pushed.last_care_on is None:
        return False
    return pushed.last_care_on > row.last_care_on


def _filled(row: WorkRow, pushed: PushedRow) -> WorkRow:
    return replace(
        row,
        given=dict(pushed.given),
        question=pushed.question,
        given_findings=pushed.findings,
        insurer=pushed.insurer,
        month=pushed.month,
        last_care_on=pushed.last_care_on,
        is_ticked=pushed.is_ticked,
    )


def _asked(shown: ShownRow, today: date) -> Asked:
    row = shown.row
    question = None if row.question is None else asked_of(row.question, row.month, today=today)
    return Asked(client_ref=row.client_ref, question=question, insurer=shown.insurer)


def _check(rows: Sequence[ShownRow]) -> None:
    """Let only rows pass that can be sent together."""
    findings = [
        Finding(pointer=f"/row_ids/{place}{finding.pointer}", code=finding.code)
        for place, shown in enumerate(rows)
        for finding in shown.findings
    ]
    findings.extend(
        Finding(pointer=f"/row_ids/{place}", code="rows_not_alike")
        for place, shown in enumerate(rows)
        if (shown.row.month, shown.row.registration_id)
        != (rows[0].row.month, rows[0].row.registration_id)
    )
    if not rows or findings:
        raise InputError(code="not_submittable", findings=tuple(findings))
    if any(shown.status is not ItemStatus.TO_SEND for shown in rows):
        raise Conflict(code="already_sent")


def _found(unit: UnitOfWork, work_list: WorkList, row_id: str, client: Client) -> WorkRow:
    row = unit.work_lists.get(row_id)
    owner = owner_of(client)
    is_hidden = row is not None and owner is not None and row.client_id != owner
    if row is None or row.list is not work_list or is_hidden:
        raise NotFound
    return row
