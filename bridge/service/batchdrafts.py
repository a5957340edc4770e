"""Drafting an insurability batch: patients checked, grouped by union, written into messages.

Source: *Insurability* 3.1, 5 and 6; *MyCareNet transport* 5.5.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Final

from bridge.domain.batches import BatchItem, BatchPurpose, InsurabilityBatch, ItemStatus
from bridge.domain.exchanges import Exchange, ExchangeStatus
from bridge.domain.identifiers import Niss
from bridge.domain.insurability import InsurabilityQuestion, MemberFacet, Membership
from bridge.domain.operations import Operation, OperationKind
from bridge.domain.periods import brussels_day
from bridge.domain.registrations import InsurabilityService, Registration
from bridge.errors import Finding, InputError
from bridge.mycarenet import genins, memberdata_list
from bridge.mycarenet.common import reference_digits
from bridge.mycarenet.genins_values import GenInsQuestion
from bridge.mycarenet.memberdata_query import Consultation, new_consultation
from bridge.mycarenet.services import GENERIC_INSURABILITY, MEMBERDATA, AsyncService
from bridge.ports.store import Evidence, Store
from bridge.service.batchanswers import KIND
from bridge.service.consultation import MemberDataPlace
from bridge.service.operations import OperationBook
from bridge.service.outbox import EngineParts
from bridge.service.tokens import Client

MOST_PER_POST: Final = 2_000
"""Queries of one message: about 3 MB; the schema takes 10 000 (*transport* 5.5)."""

HOLD: Final = timedelta(hours=24)
"""How long a batch waits for a session unless the caller says otherwise."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One patient as asked for.

    Attributes:
        question: ``None`` when it could not be understood; ``findings`` say why.
        insurer: Union, when the caller knows it.
    """

    client_ref: str | None
    question: InsurabilityQuestion | None = field(repr=False)
    insurer: str | None = None
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, kw_only=True)
class BatchRequest:
    """What a caller wants.

    Attributes:
        hold_for: How long it may wait for a session; ``None`` wants one now.
        duplicate_of: Exchange the caller knows to be the same (API-36).
    """

    purpose: BatchPurpose
    month: str | None
    patients: tuple[Asked, ...]
    registration_id: str | None = None
    hold_for: timedelta | None = None
    duplicate_of: str | None = None


@dataclass(frozen=True, kw_only=True)
class BatchDraft:
    """Everything of a batch before it is stored."""

    operation: Operation
    batch: InsurabilityBatch
    items: list[BatchItem]
    exchanges: list[Exchange]
    contents: list[Evidence]


class BatchDrafter:
    """Makes everything of a batch before it is stored."""

    def __init__(
        self,
        *,
        store: Store,
        parts: EngineParts,
        operations: OperationBook,
        place: MemberDataPlace,
    ) -> None:
        """Keep the parts."""
        self._store = store
        self._parts = parts
        self._operations = operations
        self._place = place

    async def draft(
        self, request: BatchRequest, registration: Registration, client: Client
    ) -> BatchDraft:
        """Check the patients and write the messages.

        Raises:
            InputError: no patient can be asked about (``not_submittable``), with the findings.
        """
        known = await self._store.read(lambda unit: unit.known_insurers.of(_people(request)))
        operation = self._operations.new(
            OperationKind.INSURABILITY_BATCH, client_id=client.id, actor_id=client.actor_id, steps=2
        )
        batch = InsurabilityBatch(
            id=self._parts.ids.ulid("bat"),
            client_id=client.id,
            registration_id=registration.id,
            practice_id=registration.practice_id,
            operation_id=operation.id,
            purpose=request.purpose,
            month=request.month,
            created_at=operation.created_at,
            updated_at=operation.created_at,
            patients=len(request.patients),
            is_held=request.hold_for is not None,
        )
        _check_facets(request, registration)
        items = self._items(request, batch, known)
        if not any(item.is_sendable for item in items):
            findings = tuple(finding for item in items for finding in item.findings)
            raise InputError(code="not_submittable", findings=findings)
        draft = await asyncio.to_thread(
            self._compose, request, registration, operation, (batch, items)
        )
        owned = [self._parts.owned(each, client) for each in draft.exchanges]
        return replace(draft, exchanges=owned)

    def _items(
        self, request: BatchRequest, batch: InsurabilityBatch, known: dict[Niss, str]
    ) -> list[BatchItem]:
        today = brussels_day(self._parts.clock.now())
        seen: set[object] = set()
        items = []
        for position, asked in enumerate(request.patients):
            insurer = asked.insurer or _insurer_of(asked.question, known)
            findings = _findings(asked, position, insurer, seen, today=today)
            item = BatchItem(
                id=self._parts.ids.ulid("itm"),
                batch_id=batch.id,
                position=position,
                status=ItemStatus.DRAFT if findings else ItemStatus.TO_SEND,
                client_ref=asked.client_ref,
                question=asked.question,
                insurer=insurer,
                findings=findings,
            )
            items.append(item)
        return items

    def _compose(
        self,
        request: BatchRequest,
        registration: Registration,
        operation: Operation,
        made: tuple[InsurabilityBatch, list[BatchItem]],
    ) -> BatchDraft:
        """Write one message per union, divided where it would be too long."""
        batch, items = made
        groups: dict[str, list[BatchItem]] = defaultdict(list)
        for item in items:
            if item.is_sendable and item.insurer is not None:
                groups[item.insurer].append(item)
        placed = {item.id: item for item in items}
        exchanges, contents = [], []
        for insurer in sorted(groups):
            for start in range(0, len(groups[insurer]), MOST_PER_POST):
                part = groups[insurer][start : start + MOST_PER_POST]
                exchange = self._exchange(request, registration, batch, (insurer, part))
                query_ids, content = self._content(part, registration)
                exchanges.append(exchange)
                contents.append(self._parts.evidence(exchange.id, "content", content))
                for item, query_id in zip(part, query_ids, strict=True):
                    placed[item.id] = replace(item, exchange_id=exchange.id, query_id=query_id)
        return BatchDraft(
            operation=operation,
            batch=batch,
            items=list(placed.values()),
            exchanges=exchanges,
            contents=contents,
        )

    def _content(
        self, items: Sequence[BatchItem], registration: Registration
    ) -> tuple[list[str], bytes]:
        """Write the questions of one message; gives by what each answer comes back."""
        if service_of(registration) is MEMBERDATA:
            asked = [self._consultation(item, registration) for item in items]
            content = memberdata_list.encode_query_list(asked, settings=self._place.settings)
            return [consultation.query_id for consultation in asked], content
        questions = [
            GenInsQuestion(reference=str(place), question=item.question)
            for place, item in enumerate(items, start=1)
            if item.question is not None
        ]
        content = genins.encode_question_list(questions, now=self._parts.clock.now())
        return [question.reference for question in questions], content

    def _consultation(self, item: BatchItem, registration: Registration) -> Consultation:
        if item.question is None:
            raise LookupError("only sendable patients are asked about")
        return new_consultation(
            registration=registration,
            package=self._place.package,
            question=item.question,
            is_test=self._place.is_test,
            now=self._parts.clock.now(),
            ids=self._parts.ids,
        )

    def _exchange(
        self,
        request: BatchRequest,
        registration: Registration,
        batch: InsurabilityBatch,
        group: tuple[str, list[BatchItem]],
    ) -> Exchange:
        insurer, items = group
        held = request.hold_for
        return Exchange(
            id=self._parts.ids.ulid("exc"),
            client_id=batch.client_id,
            practice_id=getattr(registration, "practice_id", ""),
            registration_id=registration.id,
            service=service_of(registration).name,
            kind=KIND,
            insurer=insurer,
            input_reference=reference_digits(self._parts.ids),
            content_digest=_digest(registration.id, insurer, items),
            subject_id=batch.id,
            status=ExchangeStatus.TO_SEND,
            created_at=batch.created_at,
            updated_at=batch.created_at,
            items=len(items),
            hold_until=None if held is None else batch.created_at + held,
            duplicate_of=request.duplicate_of,
        )


def _check_facets(request: BatchRequest, registration: Registration) -> None:
    """Refuse facets the older service does not know."""
    asked = {facet for each in request.patients if each.question for facet in each.question.facets}
    if service_of(registration) is GENERIC_INSURABILITY and asked - {MemberFacet.INSURABILITY}:
        finding = Finding(pointer="/facets", code="value_not_allowed")
        raise InputError(findings=(finding,))


def service_of(registration: Registration) -> AsyncService:
    """Give which service a registration asks about many patients."""
    if registration.settings.insurability_service is InsurabilityService.GENERIC_INSURABILITY:
        return GENERIC_INSURABILITY
    return MEMBERDATA


def _people(request: BatchRequest) -> list[Niss]:
    questions = [asked.question for asked in request.patients if asked.question is not None]
    return [each.patient for each in questions if isinstance(each.patient, Niss)]


def _insurer_of(question: InsurabilityQuestion | None, known: dict[Niss, str]) -> str | None:
    if question is None:
        return None
    if isinstance(question.patient, Niss):
        return known.get(question.patient)
    return f"{question.patient.mutuality.digits[0]}00"


def _findings(
    asked: Asked, position: int, insurer: str | None, seen: set[object], *, today: date
) -> tuple[Finding, ...]:
    """Give what speaks against asking about a patient; remembers who was asked about."""
    findings = list(asked.findings)
    place = f"/patients/{position}"
    question = asked.question
    if question is None:
        return tuple(findings)
    try:
        question.check(today)
    except InputError as error:
        findings.extend(
            Finding(pointer=place + found.pointer, code=found.code) for found in error.findings
        )
    if insurer is None:
        findings.append(Finding(pointer=f"{place}/insurer", code="patient_insurer_missing"))
    key = (question.patient, question.period)
    if key in seen:
        findings.append(Finding(pointer=place, code="patient_twice"))
    seen.add(key)
    return tuple(findings)


def _named(patient: Niss | Membership) -> str:
    """Write whom a question is about; the text of an identifier hides it, so it is no name."""
    if isinstance(patient, Niss):
        return patient.digits
    return f"{patient.membership_number.text}@{patient.mutuality.digits}"


def _digest(registration_id: str, insurer: str, items: Sequence[BatchItem]) -> str:
    """Give the fingerprint of what is asked, whatever the identifiers of its messages."""
    asked = sorted(
        (
            _named(item.question.patient),
            str(item.question.period),
            item.question.purpose.value,
            *sorted(facet.value for facet in item.question.facets),
        )
        for item in items
        if item.question is not None
    )
    text = json.dumps([registration_id, insurer, asked])
    return hashlib.sha256(text.encode()).hexdigest()
