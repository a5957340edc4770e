"""Releasing declarations: checked once more, grouped by insurer, written into messages.

What is released together is one submission with one operation, and one message per registration,
insurer and pairing.
Source: *Nursing messages* 1.1 and 8; *MyCareNet transport* 9.2; decisions D18, D19 and D21;
API-35, API-36, API-45 and API-46.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any, Final

from bridge.domain.declarations import Declaration, DeclarationKind
from bridge.domain.exchanges import Exchange, ExchangeStatus, Mark
from bridge.domain.identifiers import Niss
from bridge.domain.operations import Operation, OperationKind
from bridge.domain.rights import Right
from bridge.errors import Conflict, Finding, NotFound
from bridge.mycarenet import medadmin
from bridge.mycarenet.common import reference_digits
from bridge.mycarenet.services import MEDADMIN
from bridge.ports.care import DeclarationFilter
from bridge.ports.store import Evidence, UnitOfWork
from bridge.service import carewire
from bridge.service.careanswers import KIND
from bridge.service.declarations import (
    DeclarationService,
    DeclarationView,
    follow_mark,
    visible,
)
from bridge.service.engineparts import EngineParts
from bridge.service.history import owner_of
from bridge.service.keys import KeyClaim, earlier_operation, remember
from bridge.service.operations import OperationBook
from bridge.service.outbox import Outbox
from bridge.service.rights import care_of
from bridge.service.tokens import Client

MOST_PER_POST: Final = 200
"""Declarations of one message; the schema has no limit, an insurer's patience may."""

_MOST_RELEASED: Final = 2_000


@dataclass(frozen=True, kw_only=True)
class SubmissionRequest:
    """What is released.

    Attributes:
        declaration_ids: Which drafts; ``None`` for all that can be sent.
        kind: Only of this kind, when none are named.
        hold_for: How long it may wait for a session; ``None`` wants one now.
        duplicate_of: Exchange the caller knows to be the same (API-36).
    """

    declaration_ids: tuple[str, ...] | None = None
    kind: DeclarationKind | None = None
    hold_for: timedelta | None = None
    duplicate_of: str | None = None


@dataclass(frozen=True, kw_only=True)
class AcceptedSubmission:
    """What a request led to.

    Attributes:
        operation: What to follow.
        submission_id: What was released together; ``None`` once it was cancelled.
        is_replay: Whether an earlier request with the same key led to it.
    """

    operation: Operation
    submission_id: str | None
    is_replay: bool = False


@dataclass(frozen=True, kw_only=True)
class _Release:
    """Everything of a submission before it is stored."""

    operation: Operation
    declarations: list[Declaration]
    exchanges: list[Exchange]
    contents: list[Evidence]


class SubmissionService:
    """Releases declarations, and shows what was released together."""

    def __init__(
        self,
        parts: EngineParts,
        *,
        outbox: Outbox,
        operations: OperationBook,
        declarations: DeclarationService,
    ) -> None:
        """Keep the parts."""
        self._parts = parts
        self._outbox = outbox
        self._operations = operations
        self._declarations = declarations

    async def submit(
        self, request: SubmissionRequest, *, client: Client, claim: KeyClaim
    ) -> AcceptedSubmission:
        """Release drafts; the same key gives the same submission again.

        Raises:
            NotFound: a named declaration is not there for the caller.
            Conflict: one is no draft any more (``already_sent``), cannot be sent
                (``not_submittable``, with the findings), or was sent before
                (``duplicate_suspected``).
            KeyReused: the key was used for another request.
            ActorNotAllowed: the caller's actor may not send one of them.
            SessionRequired, SessionExpired: there is no open session and it may not wait.
        """
        earlier = await self._parts.store.read(lambda unit: _earlier(unit, client, claim))
        if earlier is not None:
            return earlier
        views = await self._parts.store.read(lambda unit: self._chosen(unit, request, client))
        chosen = [view.declaration for view in views]
        self._require_sessions(chosen, request)
        release = await asyncio.to_thread(self._compose, chosen, request, client)

        def work(unit: UnitOfWork) -> AcceptedSubmission | None:
            known = _earlier(unit, client, claim)
            if known is not None:
                return known
            if not _are_unchanged(unit, chosen):
                return None
            self._accept(unit, release, request)
            remember(unit, client, claim, release.operation)
            return _accepted(release.operation, release.declarations)

        accepted = await self._parts.store.write(work)
        if accepted is None:  # changed while its message was written: look at it once more
            return await self.submit(request, client=client, claim=claim)
        if not accepted.is_replay:
            self._tell(release)
        return accepted

    async def get(self, submission_id: str, *, client: Client) -> list[DeclarationView]:
        """Read what was released together, oldest first.

        Raises:
            NotFound: none of that identifier that the caller may see.
        """
        owner = owner_of(client)

        def work(unit: UnitOfWork) -> list[DeclarationView]:
            found = unit.declarations.of_submission(submission_id)
            mine = [each for each in found if owner in (None, each.client_id)]
            if not mine:
                raise NotFound
            return self._declarations.views(unit, mine)

        return await self._parts.store.read(work)

    def _require_sessions(self, chosen: Sequence[Declaration], request: SubmissionRequest) -> None:
        if request.hold_for is None:
            for registration_id in sorted({each.registration_id for each in chosen}):
                self._parts.sessions.require(registration_id)

    def _tell(self, release: _Release) -> None:
        for each in release.declarations:
            self._declarations.tell(each)
        self._outbox.wake()

    def _chosen(
        self, unit: UnitOfWork, request: SubmissionRequest, client: Client
    ) -> list[DeclarationView]:
        if request.declaration_ids is None:
            return self._all_submittable(unit, request.kind, client)
        named = dict.fromkeys(request.declaration_ids)
        found = [visible(unit, each, client) for each in named]
        self._require_right(found, client)
        views = self._declarations.views(unit, found)
        if any(view.declaration.status is not ExchangeStatus.DRAFT for view in views):
            raise Conflict(code="already_sent")
        clashing = self._declarations.clashes(views)
        findings = tuple(
            replace(finding, pointer=f"/declarations/{place}{finding.pointer}")
            for place, view in enumerate(views)
            for finding in (*view.findings, *clashing.get(view.declaration.id, ()))
            if not finding.is_warning
        )
        if findings:
            raise Conflict(code="not_submittable", findings=findings)
        return views

    def _all_submittable(
        self, unit: UnitOfWork, kind: DeclarationKind | None, client: Client
    ) -> list[DeclarationView]:
        wanted = DeclarationFilter(
            client_id=owner_of(client), kind=kind, status=(ExchangeStatus.DRAFT.value,)
        )
        drafts, _ = unit.declarations.page(wanted, limit=_MOST_RELEASED, before_id=None)
        views = self._declarations.views(unit, [*reversed(drafts)])
        ready = [view for view in views if view.is_submittable]
        clashing = self._declarations.clashes(ready)
        ready = [view for view in ready if view.declaration.id not in clashing]
        if not ready:
            finding = Finding(pointer="/declarations", code="nothing_to_send")
            raise Conflict(code="not_submittable", findings=(finding,))
        self._require_right([view.declaration for view in ready], client)
        return ready

    def _require_right(self, chosen: Sequence[Declaration], client: Client) -> None:
        self._parts.rights.require(client, Right.SEND, *(care_of(each) for each in chosen))

    def _compose(
        self, chosen: Sequence[Declaration], request: SubmissionRequest, client: Client
    ) -> _Release:
        operation = self._operations.new(
            OperationKind.DECLARATION_SUBMISSION,
            client_id=client.id,
            actor_id=client.actor_id,
            steps=2,
        )
        submission_id = self._parts.ids.ulid("sub")
        now = operation.created_at
        groups: dict[tuple[str, str, str], list[Declaration]] = defaultdict(list)
        for each in chosen:
            released = each.moved(
                ExchangeStatus.TO_SEND,
                at=now,
                sender_reference=reference_digits(self._parts.ids),
                submission_id=submission_id,
                operation_id=operation.id,
            )
            # A message and its evidence are shown to one pairing only (D13).
            owned = (each.registration_id, each.patient.insurer, each.client_id)
            groups[owned].append(released)
        release = _Release(operation=operation, declarations=[], exchanges=[], contents=[])
        for group in (groups[key] for key in sorted(groups)):
            for start in range(0, len(group), MOST_PER_POST):
                self._message(release, group[start : start + MOST_PER_POST], request)
        release.exchanges[:] = [self._parts.owned(each, client) for each in release.exchanges]
        return release

    def _message(
        self, release: _Release, part: Sequence[Declaration], request: SubmissionRequest
    ) -> None:
        now, first = release.operation.created_at, part[0]
        exchange = Exchange(
            id=self._parts.ids.ulid("exc"),
            client_id=first.client_id,
            practice_id=first.practice_id,
            registration_id=first.registration_id,
            service=MEDADMIN.name,
            kind=KIND,
            insurer=first.patient.insurer,
            input_reference=reference_digits(self._parts.ids),
            content_digest=_sum([digest(each) for each in part]),
            subject_id=first.submission_id,
            status=ExchangeStatus.TO_SEND,
            created_at=now,
            updated_at=now,
            items=len(part),
            hold_until=None if request.hold_for is None else now + request.hold_for,
            duplicate_of=request.duplicate_of,
        )
        is_test = self._parts.client.place.is_test
        content = medadmin.encode_requests(
            [carewire.request_of(each, is_test=is_test) for each in part]
        )
        release.exchanges.append(exchange)
        release.contents.append(self._parts.evidence(exchange.id, "content", content))
        release.declarations.extend(replace(each, exchange_id=exchange.id) for each in part)

    def _accept(self, unit: UnitOfWork, release: _Release, request: SubmissionRequest) -> None:
        """Write everything in one transaction, unless something of it was sent a moment ago."""
        for each in release.declarations:
            similar = unit.declarations.similar(digest(each))
            if similar is not None and request.duplicate_of != similar.exchange_id:
                raise Conflict(code="duplicate_suspected", exchange_id=similar.exchange_id)
        unit.operations.add(release.operation)
        for exchange in release.exchanges:
            mine = [each for each in release.declarations if each.exchange_id == exchange.id]
            unit.exchanges.add(exchange, people=_people(mine))
        for content in release.contents:
            unit.evidence.add(content)
        for each in release.declarations:
            unit.declarations.put(each, content_digest=digest(each))
            self._settle_corrected(unit, each, release.operation.created_at)

    def _settle_corrected(self, unit: UnitOfWork, correction: Declaration, now: datetime) -> None:
        """Mark what is being corrected as processed: its correction is on its way."""
        if correction.corrects_id is None:
            return
        wrong = unit.declarations.get(correction.corrects_id, client_id=None)
        if wrong is None:
            return
        settled = wrong.marked(Mark.PROCESSED, at=now)
        unit.declarations.put(settled)
        follow_mark(unit, wrong, settled, ids=self._parts.ids, now=now)


def digest(declaration: Declaration) -> str:
    """Give the fingerprint of what is declared, whatever the references of its message."""
    content = {
        "registration": declaration.registration_id,
        "kind": declaration.kind.value,
        "patient": asdict(declaration.patient),
        "content": asdict(declaration.content),
    }
    return _sum([json.dumps(content, default=_plain, sort_keys=True)])


def _plain(value: Any) -> str:
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def _sum(texts: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(sorted(texts)).encode()).hexdigest()


def _people(declarations: Sequence[Declaration]) -> tuple[Niss, ...]:
    return tuple(each.patient.niss for each in declarations if each.patient.niss is not None)


def _are_unchanged(unit: UnitOfWork, chosen: Sequence[Declaration]) -> bool:
    """Tell whether drafts are still as they were when their messages were written.

    Raises:
        Conflict: one is no draft any more (``already_sent``).
    """
    found = [unit.declarations.get(each.id, client_id=None) for each in chosen]
    if any(each is None or each.status is not ExchangeStatus.DRAFT for each in found):
        raise Conflict(code="already_sent")
    return found == list(chosen)


def _earlier(unit: UnitOfWork, client: Client, claim: KeyClaim) -> AcceptedSubmission | None:
    """Give what the key led to; what was cancelled since is not released again by it (API-33)."""
    operation = earlier_operation(unit, client, claim)
    if operation is None:
        return None
    found = unit.declarations.of_operation(operation.id)
    return replace(_accepted(operation, found), is_replay=True)


def _accepted(operation: Operation, declarations: Sequence[Declaration]) -> AcceptedSubmission:
    submission_id = declarations[0].submission_id if declarations else None
    return AcceptedSubmission(operation=operation, submission_id=submission_id)
