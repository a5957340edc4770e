"""Declarations of care before and after they are sent: drafts, findings, corrections, marks.

Source: *Nursing messages* 4 to 8; decisions D17, D18, D20, D24 and D25.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from bridge.domain.carecases import CareContext
from bridge.domain.carerules import check_declaration, clashes, lost_days
from bridge.domain.caresettings import CareSettings
from bridge.domain.declarations import (
    CarePatient,
    CarePeriod,
    Declaration,
    KatzContent,
    KatzRequest,
)
from bridge.domain.exchanges import ExchangeStatus, Mark
from bridge.domain.ids import IdSource
from bridge.domain.periods import brussels_day
from bridge.domain.rights import Right
from bridge.errors import Conflict, Finding, NotFound
from bridge.ports.care import DeclarationFilter
from bridge.ports.store import UnitOfWork
from bridge.service.careevents import tell_declaration
from bridge.service.caremessages import overall
from bridge.service.careregister import CareRegister
from bridge.service.declarationdrafts import DeclarationDraft, again, fresh
from bridge.service.engineparts import EngineParts
from bridge.service.history import owner_of
from bridge.service.registrations import RegistrationBook
from bridge.service.rights import care_of, require_mark
from bridge.service.tokens import Client

_EDITABLE: Final = frozenset({ExchangeStatus.DRAFT})
_CORRECTABLE: Final = frozenset({ExchangeStatus.ERROR, ExchangeStatus.REFUSED})
_TROUBLED: Final = frozenset({ExchangeStatus.MANUAL_ACTION_REQUIRED})


@dataclass(frozen=True, kw_only=True)
class DeclarationView:
    """A declaration as people see it now.

    Attributes:
        findings: Only while it can still be changed.
        lost: Days that are not reimbursed when it leaves today.
    """

    declaration: Declaration
    findings: tuple[Finding, ...] = ()
    lost: CarePeriod | None = None

    @property
    def is_submittable(self) -> bool:
        """Whether it can be released: a draft without an error finding (D18)."""
        is_draft = self.declaration.status is ExchangeStatus.DRAFT
        return is_draft and all(each.is_warning for each in self.findings)


_ViewWork = Callable[[UnitOfWork], DeclarationView]


class DeclarationService:
    """Keeps declarations; sending is the work of ``service.submissions``."""

    def __init__(
        self, parts: EngineParts, *, registrations: RegistrationBook, settings: CareSettings
    ) -> None:
        """Keep the parts."""
        self._parts = parts
        self._registrations = registrations
        self._settings = settings

    async def create(self, draft: DeclarationDraft, *, client: Client) -> DeclarationView:
        """Store a draft; findings never keep it from being stored (D18).

        Raises:
            RegistrationMissing, NotFound: there is no such registration.
            ActorNotAllowed: the caller's actor may not prepare such declarations.
        """
        registration = await self._registrations.get(draft.registration_id)
        now = self._parts.clock.now()
        made = fresh(draft, registration, client=client, now=now, ids=self._parts.ids)
        self._require(client, made)

        def work(unit: UnitOfWork) -> DeclarationView:
            unit.declarations.put(made)
            return self.view(unit, made)

        return await self._written(work)

    async def change(
        self, declaration_id: str, draft: DeclarationDraft, *, expected: Declaration, client: Client
    ) -> DeclarationView:
        """Change a draft, unless somebody changed it since it was read.

        Raises:
            NotFound: none of that identifier for this caller.
            Conflict: it is no draft any more (``already_sent``), or no longer as ``expected``
                (``precondition_failed``).
            ActorNotAllowed: the caller's actor may not prepare such declarations.
        """
        now = self._parts.clock.now()

        def work(unit: UnitOfWork) -> DeclarationView:
            found = self._draft(unit, declaration_id, client)
            if found != expected:
                raise Conflict(code="precondition_failed")
            changed = replace(
                found,
                patient=draft.patient,
                content=draft.content,
                client_ref=draft.client_ref,
                nurse_reference=draft.nurse_reference or found.nurse_reference,
                updated_at=now,
            )
            unit.declarations.put(changed)
            return self.view(unit, changed)

        return await self._written(work)

    async def remove(self, declaration_id: str, *, client: Client) -> None:
        """Delete a draft.

        Raises:
            NotFound: none of that identifier for this caller.
            Conflict: it is no draft any more (``already_sent``).
            ActorNotAllowed: the caller's actor may not prepare such declarations.
        """
        now = self._parts.clock.now()

        def work(unit: UnitOfWork) -> Declaration:
            found = self._draft(unit, declaration_id, client)
            unit.declarations.remove(found.id)
            _forget_correction(unit, found, now)
            return found

        self.tell(await self._parts.store.write(work))

    async def correct(
        self, declaration_id: str, *, client: Client, takes_over: bool = False
    ) -> DeclarationView:
        """Make a draft of what was refused or in error, so that it can be corrected and resent.

        Args:
            declaration_id: What went wrong.
            client: Who corrects it.
            takes_over: Ask to become the reference provider, where another nurse is.

        Raises:
            NotFound: none of that identifier for this caller.
            Conflict: it is neither refused nor in error (``state_not_allowed``), it waits for the
                general practitioner (``wait_do_not_resend``), or it is being corrected already
                (``correction_exists``).
            ActorNotAllowed: the caller's actor may not prepare such declarations.
        """
        now = self._parts.clock.now()

        def work(unit: UnitOfWork) -> DeclarationView:
            wrong = visible(unit, declaration_id, client)
            self._require(client, wrong)
            _check_correctable(unit, wrong)
            content = wrong.content
            if takes_over and isinstance(content, KatzContent):
                content = replace(content, changes_reference_provider=True)
            made = replace(
                again(wrong, now=now, ids=self._parts.ids),
                content=content,
                corrects_id=wrong.id,
                closes_id=wrong.closes_id,
            )
            unit.declarations.put(made)
            unit.declarations.put(replace(wrong, corrected_by_id=made.id, updated_at=now))
            return self.view(unit, made)

        return await self._written(work)

    async def close(self, declaration_id: str, *, end_on: date, client: Client) -> DeclarationView:
        """Make the draft that closes the agreement of a Katz declaration.

        Raises:
            NotFound: no Katz declaration of that identifier for this caller.
            Conflict: it has no agreement (``agreement_missing``).
            ActorNotAllowed: the caller's actor may not prepare such declarations.
        """
        now = self._parts.clock.now()

        def work(unit: UnitOfWork) -> DeclarationView:
            found = visible(unit, declaration_id, client)
            if not isinstance(found.content, KatzContent):
                raise NotFound
            self._require(client, found)
            number = found.agreement_number
            if number is None:
                raise Conflict(code="agreement_missing")
            content = KatzContent(
                request=KatzRequest.CLOSE,
                period=CarePeriod(end_on=end_on),
                agreement_number=number,
            )
            made = replace(
                again(found, now=now, ids=self._parts.ids), content=content, closes_id=found.id
            )
            unit.declarations.put(made)
            return self.view(unit, made)

        return await self._written(work)

    async def get(self, declaration_id: str, *, client: Client) -> DeclarationView:
        """Read one declaration.

        Raises:
            NotFound: none of that identifier that the caller may see.
        """
        return await self._parts.store.read(
            lambda unit: self.view(unit, visible(unit, declaration_id, client))
        )

    async def page(
        self,
        wanted: DeclarationFilter,
        *,
        client: Client,
        limit: int,
        before_id: str | None = None,
    ) -> tuple[list[DeclarationView], int]:
        """Read declarations the caller may see, newest first, and count them."""
        own = replace(wanted, client_id=owner_of(client))

        def work(unit: UnitOfWork) -> tuple[list[DeclarationView], int]:
            found, total = unit.declarations.page(own, limit=limit, before_id=before_id)
            return self.views(unit, found), total

        return await self._parts.store.read(work)

    async def mark(
        self, declaration_ids: Sequence[str], mark: Mark, *, client: Client
    ) -> list[Declaration]:
        """Mark declarations, all or none.

        Raises:
            NotFound: one is not there for the caller.
            Conflict: one cannot be archived because it is not processed (``not_processed``, D20).
            ActorNotAllowed: the caller's actor may not mark one of them so.
        """
        now = self._parts.clock.now()

        def work(unit: UnitOfWork) -> list[Declaration]:
            changed = []
            found = [visible(unit, each, client) for each in dict.fromkeys(declaration_ids)]
            require_mark(self._parts.rights, client, mark, *(care_of(each) for each in found))
            for before in found:
                after = before.marked(mark, at=now)
                if after is not before:
                    unit.declarations.put(after)
                    follow_mark(unit, before, after, ids=self._parts.ids, now=now)
                    changed.append(after)
            return changed

        changed = await self._parts.store.write(work)
        for each in changed:
            self.tell(each)
        return changed

    def view(self, unit: UnitOfWork, declaration: Declaration) -> DeclarationView:
        """Show a declaration with what speaks against sending it today."""
        [view] = self.views(unit, [declaration])
        return view

    def views(self, unit: UnitOfWork, declarations: Sequence[Declaration]) -> list[DeclarationView]:
        """Show declarations; what is known of a patient is read once for all of them."""
        files: dict[CarePatient, CareContext] = {}
        return [self._view(unit, each, files) for each in declarations]

    def _view(
        self, unit: UnitOfWork, declaration: Declaration, files: dict[CarePatient, CareContext]
    ) -> DeclarationView:
        if declaration.status is not ExchangeStatus.DRAFT:
            return DeclarationView(declaration=declaration)
        patient = declaration.patient
        context = files.get(patient)
        if context is None:
            others = unit.declarations.of_patient(patient)
            context = files[patient] = CareContext(
                today=brussels_day(self._parts.clock.now()),
                agreements=tuple(unit.agreements.of_patient(patient)),
                others=tuple(each for each in others if each.archived_at is None),
                settings=self._settings,
            )
        return DeclarationView(
            declaration=declaration,
            findings=check_declaration(declaration, context),
            lost=lost_days(declaration, context.today, settings=self._settings),
        )

    def clashes(self, views: Sequence[DeclarationView]) -> Mapping[str, tuple[Finding, ...]]:
        """Give what speaks against releasing drafts together, by their identifiers."""
        today = brussels_day(self._parts.clock.now())
        chosen = [view.declaration for view in views]
        return clashes(chosen, today=today, settings=self._settings)

    def tell(self, declaration: Declaration) -> None:
        """Tell the event streams that a declaration changed."""
        tell_declaration(self._parts.events, declaration)

    def _require(self, client: Client, declaration: Declaration) -> None:
        self._parts.rights.require(client, Right.ASK, care_of(declaration))

    def _draft(self, unit: UnitOfWork, declaration_id: str, client: Client) -> Declaration:
        found = visible(unit, declaration_id, client)
        self._require(client, found)
        if found.status not in _EDITABLE:
            raise Conflict(code="already_sent")
        return found

    async def _written(self, work: _ViewWork) -> DeclarationView:
        view = await self._parts.store.write(work)
        self.tell(view.declaration)
        return view


def follow_mark(
    unit: UnitOfWork, before: Declaration, after: Declaration, *, ids: IdSource, now: datetime
) -> None:
    """Let register and message follow a mark of a person."""
    is_reversal = (
        before.status is ExchangeStatus.MANUAL_ACTION_REQUIRED
        and after.status is ExchangeStatus.REFUSED
    )
    if is_reversal:
        CareRegister(unit=unit, ids=ids, now=now).withdraw(after)
    if after.processed_at is None or after.exchange_id is None:
        return
    exchange = unit.exchanges.get(after.exchange_id)
    siblings = unit.declarations.of_exchange(after.exchange_id)
    is_open = any(each.processed_at is None for each in siblings)
    # A trouble of the message itself, such as an answer nobody can read, is another thing to do.
    if exchange is None or is_open or (exchange.status in _TROUBLED and exchange.problem_code):
        return
    marked, status = exchange.marked(Mark.PROCESSED, at=now), overall(siblings)
    if marked.status is ExchangeStatus.MANUAL_ACTION_REQUIRED and status is not None:
        marked = replace(marked, status=status)  # a refusal after an approval is one now (D32)
    unit.exchanges.replace(marked)


def visible(unit: UnitOfWork, declaration_id: str, client: Client) -> Declaration:
    """Give a declaration the caller may see.

    Raises:
        NotFound: there is none.
    """
    found = unit.declarations.get(declaration_id, client_id=owner_of(client))
    if found is None:
        raise NotFound
    return found


def _forget_correction(unit: UnitOfWork, removed: Declaration, now: datetime) -> None:
    """Let what a deleted draft would have corrected be corrected again."""
    if removed.corrects_id is None:
        return
    wrong = unit.declarations.get(removed.corrects_id, client_id=None)
    if wrong is not None and wrong.corrected_by_id == removed.id:
        unit.declarations.put(replace(wrong, corrected_by_id=None, updated_at=now))


def _check_correctable(unit: UnitOfWork, wrong: Declaration) -> None:
    if wrong.status not in _CORRECTABLE:
        raise Conflict(code="state_not_allowed")
    decision = wrong.decision
    if decision is not None and decision.is_waiting_for_gp:
        raise Conflict(code="wait_do_not_resend")
    if wrong.corrected_by_id and unit.declarations.get(wrong.corrected_by_id, client_id=None):
        raise Conflict(code="correction_exists")
