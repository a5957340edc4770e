"""Keeping the register of agreements in step with decisions and insurers' changes.

Source: *Nursing messages* 4.2, 4.3, 5.5, 6 and 7.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from bridge.domain.agreements import CareAgreement, EndReason
from bridge.domain.careupdates import AgreementFacts, CareUpdate, UpdateNature
from bridge.domain.declarations import (
    CareFrequency,
    Declaration,
    KatzContent,
    KatzRequest,
    TechnicalActContent,
)
from bridge.domain.exchanges import ExchangeStatus
from bridge.domain.ids import IdSource
from bridge.ports.store import UnitOfWork

_GRANTED: Final = frozenset(
    {
        ExchangeStatus.ACCEPTED,
        ExchangeStatus.PARTIALLY_ACCEPTED,
        ExchangeStatus.ACKNOWLEDGED,
    }
)
_DAY: Final = timedelta(days=1)
_REASONS: Final = {
    UpdateNature.AGREEMENT_CLOSURE: EndReason.CLOSED_BY_INSURER,
    UpdateNature.NEW_PROVIDER: EndReason.NEW_PROVIDER,
}
_ENDED_BY: Final = {
    KatzRequest.CHANGE: EndReason.REPLACED,
    KatzRequest.CLOSE: EndReason.CLOSED_BY_NURSE,
}
"""Why the agreement ended that an accepted declaration names."""


@dataclass(frozen=True, kw_only=True)
class CareRegister:
    """Writes agreements within one transaction."""

    unit: UnitOfWork
    ids: IdSource
    now: datetime

    def follow(self, declaration: Declaration) -> None:
        """Take over what a declaration's latest answer means for the register."""
        if declaration.status not in _GRANTED:
            return
        content = declaration.content
        if not isinstance(content, KatzContent):
            self._record(declaration)
            return
        if content.request is KatzRequest.CLOSE:
            self._close(declaration, content)
            return
        self._record(declaration)
        if content.request is KatzRequest.CHANGE:
            self._replaced(declaration, content)

    def withdraw(self, declaration: Declaration) -> None:
        """End what a later refusal took back; nothing of it holds any more.

        What the declaration itself had ended holds again as it was granted.
        """
        self._restore(declaration)
        agreement = self.unit.agreements.of_declaration(declaration.id)
        if agreement is None or agreement.end_reason is EndReason.WITHDRAWN:
            return
        start_on = agreement.start_on
        end_on = agreement.end_on if start_on is None else start_on - _DAY
        self._end(agreement, end_on, EndReason.WITHDRAWN)

    def _restore(self, declaration: Declaration) -> None:
        content = declaration.content
        if not isinstance(content, KatzContent) or content.agreement_number is None:
            return
        reason = _ENDED_BY.get(content.request)
        found = self.unit.agreements.of_number(
            declaration.registration_id, content.agreement_number
        )
        if found is None or reason is None or found.end_reason is not reason:
            return
        again = replace(found, end_on=found.granted_end_on, end_reason=None, updated_at=self.now)
        self.unit.agreements.put(again)

    def end_previous(self, update: CareUpdate) -> bool:
        """End the agreement an insurer's change is about; tells whether that was possible.

        A control visit ends it the day before the new one begins; a closure, or another provider,
        on the day the insurer states.
        """
        agreement = self._of(update, update.previous.agreement_number)
        if agreement is None:
            return False
        if update.nature is UpdateNature.VISIT:
            start_on = update.new.period.start_on
            end_on = None if start_on is None else start_on - _DAY
        else:
            end_on = update.new.period.end_on or update.previous.period.end_on
        if end_on is None:
            return False
        self._end(agreement, end_on, _REASONS.get(update.nature, EndReason.REPLACED), update.id)
        return True

    def record_new(self, update: CareUpdate, declaration: Declaration) -> bool:
        """Record the agreement an insurer made by itself; tells whether that was possible.

        A changed decision replaces the facts of the agreement it changes.
        """
        new = update.new
        if new.agreement_number is None or new.period.start_on is None:
            return False
        earlier = self._recorded(update, new.agreement_number) or self._changed(update)
        base = earlier or self._fresh(declaration)
        kept = replace(
            base,
            declaration_id=declaration.id if earlier is None else earlier.declaration_id,
            update_id=update.id,
            number=new.agreement_number,
            care_kind=new.care_kind or (base.care_kind if not new.has_no_lump_sum else None),
            scores=new.scores or base.scores,
            frequency=_frequency(new, base.frequency),
            start_on=new.period.start_on,
            end_on=new.period.end_on,
            granted_end_on=new.period.end_on,
            end_reason=None,
            updated_at=self.now,
        )
        self.unit.agreements.put(kept)
        return True

    def _recorded(self, update: CareUpdate, number: str) -> CareAgreement | None:
        """Find the new agreement; an insurer may give it the number of the one it follows."""
        found = self.unit.agreements.of_number(update.registration_id, number)
        is_visit = update.nature is UpdateNature.VISIT
        start_on = None if found is None else found.start_on
        new_on = update.new.period.start_on
        if is_visit and start_on is not None and new_on is not None and start_on < new_on:
            return None
        return found

    def _changed(self, update: CareUpdate) -> CareAgreement | None:
        if update.nature is not UpdateNature.DECISION_MODIFICATION:
            return None
        return self._of(update, update.previous.agreement_number)

    def _of(self, update: CareUpdate, number: str | None) -> CareAgreement | None:
        if number is not None:
            found = self.unit.agreements.of_number(update.registration_id, number)
            if found is not None:
                return found
        if update.declaration_id is None:
            return None
        return self.unit.agreements.of_declaration(update.declaration_id)

    def _record(self, declaration: Declaration) -> None:
        earlier = self.unit.agreements.of_declaration(declaration.id)
        decision, period = declaration.decision, declaration.period
        start_on = period.start_on
        if decision is not None and decision.invoice_start_on is not None:
            start_on = decision.invoice_start_on
        agreement = replace(
            earlier or self._fresh(declaration),
            number=declaration.agreement_number,
            extent=None if decision is None else decision.agreement_kind,
            start_on=start_on,
            end_on=period.end_on,
            granted_end_on=period.end_on,
            end_reason=None,
            updated_at=self.now,
        )
        if earlier is not None and earlier.end_reason not in (None, EndReason.WITHDRAWN):
            self._end(agreement, earlier.end_on, earlier.end_reason)  # it stays ended
            return
        self.unit.agreements.put(agreement)

    def _fresh(self, declaration: Declaration) -> CareAgreement:
        content = declaration.content
        made = CareAgreement(
            id=self.ids.ulid("agr"),
            client_id=declaration.client_id,
            practice_id=declaration.practice_id,
            registration_id=declaration.registration_id,
            kind=declaration.kind,
            patient=declaration.patient,
            declaration_id=declaration.id,
            created_at=self.now,
            updated_at=self.now,
        )
        if isinstance(content, KatzContent):
            return replace(
                made,
                care_kind=content.care_kind,
                scores=content.scores,
                frequency=content.frequency,
            )
        if isinstance(content, TechnicalActContent):
            return replace(made, act_kind=content.act_kind)
        return made

    def _close(self, declaration: Declaration, content: KatzContent) -> None:
        number = content.agreement_number
        found = (
            None
            if number is None
            else self.unit.agreements.of_number(declaration.registration_id, number)
        )
        end_on = declaration.period.end_on or content.period.end_on
        if found is not None and end_on is not None:
            self._end(found, end_on, EndReason.CLOSED_BY_NURSE)

    def _replaced(self, declaration: Declaration, content: KatzContent) -> None:
        number, start_on = content.agreement_number, declaration.period.start_on
        if number is None or start_on is None:
            return
        found = self.unit.agreements.of_number(declaration.registration_id, number)
        if found is not None and found.declaration_id != declaration.id:
            self._end(found, start_on - _DAY, EndReason.REPLACED)

    def _end(
        self,
        agreement: CareAgreement,
        end_on: date | None,
        reason: EndReason,
        update_id: str | None = None,
    ) -> None:
        if agreement.end_on is not None and end_on is not None and agreement.end_on < end_on:
            end_on = agreement.end_on  # it was over before
        self.unit.agreements.put(
            replace(
                agreement,
                end_on=end_on,
                end_reason=reason,
                update_id=update_id or agreement.update_id,
                updated_at=self.now,
            )
        )


def _frequency(facts: AgreementFacts, otherwise: CareFrequency) -> CareFrequency:
    return facts.frequency if facts.frequency != CareFrequency() else otherwise
