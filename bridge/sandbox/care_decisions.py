"""Decisions of the played insurers: the answer to a request, and what it changes in the register.

Source: *Nursing messages* 4.2, 4.3, 4.4, 6 and 7.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bridge.domain.identifiers import Nihii
from bridge.domain.periods import Period, brussels_day
from bridge.mycarenet.medadmin_contractual_values import (
    ContractualCareDetail,
    ContractualDecision,
    KatzDetail,
)
from bridge.mycarenet.medadmin_messages import Answer, PalliativeCareRequest, PalliativeDecision
from bridge.mycarenet.medadmin_names import CareFamily, ContractualType, DecisionResult
from bridge.mycarenet.medadmin_values import PeriodWithLength
from bridge.sandbox import care_reasons as reasons
from bridge.sandbox.care_answers import CareWriter, limits, seen_on
from bridge.sandbox.care_checks import Checked, first_day
from bridge.sandbox.care_contractual import (
    Grant,
    asked_of,
    day_before,
    decide_close,
    decide_new,
    has_rights_until,
    refuse_after_death,
)
from bridge.sandbox.care_periods import granted_start, longest_end
from bridge.sandbox.care_reasons import Refusal
from bridge.sandbox.care_register import CareAgreement, CareRegister
from bridge.sandbox.care_updates import Event, Moment, due_events, happen, told_to_leave
from bridge.sandbox.people import SandboxPerson

OTHER_NURSE_SINCE: Final = timedelta(days=30)
"""How long before a request the other nurse's agreement began, where a person has one."""

_OTHER_SCORES: Final = (3, 3, 3, 1, 1, 1)


@dataclass(frozen=True, kw_only=True)
class Outgoing:
    """An answer on its way to a care provider.

    Attributes:
        ready_at: By the insurers' time.
        reference: InputReference of what it answers; ``None`` when nobody asked.
        cause: Why, for the ledger: a result, a reason, a detail code or the nature of a change.
    """

    ready_at: datetime
    provider: Nihii
    insurer: str
    reference: str | None
    answer: Answer
    cause: str


class CareDecisions:
    """Decides with a register of agreements."""

    def __init__(self, *, register: CareRegister, writer: CareWriter, other_nurse: Nihii) -> None:
        """Keep the parts; ``other_nurse`` is who people with another nurse have."""
        self._register = register
        self._writer = writer
        self._other_nurse = other_nurse
        self._seeded: set[tuple[str, str]] = set()

    # -- contractual care --------------------------------------------------------------------

    def new(self, checked: Checked, at: datetime) -> list[Outgoing]:
        """Decide about new, extended or changed care.

        Raises:
            Refusal: it is refused.
        """
        self._seed(checked, at)
        grant = decide_new(checked, self._register)
        number = self._enter(checked, grant, at)
        decided = ContractualDecision(
            result=grant.result,
            reference=number,
            period=limits(grant.period),
            is_palliative=self._is_palliative(checked),
        )
        answer = self._writer.agreement(checked.ask, _seen(checked, at), decided)
        answered = self._answered(checked, answer, at, cause=grant.result.value)
        return [answered, *self._takeover(checked, grant, at)]

    def close(self, checked: Checked, at: datetime) -> list[Outgoing]:
        """Decide about a closure.

        Raises:
            Refusal: it is refused.
        """
        agreement, end_on = decide_close(checked, self._register)
        self._register.change(agreement.number, end_on=end_on)
        result = DecisionResult.AGREEMENT
        decided = ContractualDecision(
            result=result,
            reference=agreement.number,
            period=limits(Period(from_on=agreement.start_on, to_on=end_on)),
            is_palliative=self._is_palliative(checked),
        )
        answer = self._writer.agreement(checked.ask, _seen(checked, at), decided)
        return [self._answered(checked, answer, at, cause=result.value)]

    def _enter(self, checked: Checked, grant: Grant, at: datetime) -> str:
        asked = asked_of(checked)
        number = self._writer.number(checked.person)
        if grant.ends is not None:
            self._register.change(grant.ends.number, end_on=day_before(grant.period))
        self._register.add(
            CareAgreement(
                number=number,
                family=CareFamily.CONTRACTUAL,
                insurer=checked.ask.insurer,
                niss=checked.person.niss,
                provider=checked.ask.provider,
                start_on=grant.period.from_on,
                end_on=grant.period.to_on,
                decided_at=at,
                care=_as_granted(asked.care, number, grant.period),
            )
        )
        return number

    def _takeover(self, checked: Checked, grant: Grant, at: datetime) -> list[Outgoing]:
        end_on, outgoing = day_before(grant.period), []
        for agreement in grant.takes_over:
            change = told_to_leave(agreement, end_on)
            self._register.change(agreement.number, end_on=end_on)
            answer = self._writer.update(change, _seen(checked, at))
            outgoing.append(_unasked(agreement, answer, at, cause=change.nature.value))
        return outgoing

    def _seed(self, checked: Checked, at: datetime) -> None:
        """Let the other nurse have her agreement, once, for people who have another nurse."""
        key = (checked.ask.insurer, checked.person.niss.digits)
        if not checked.person.care.has_other_nurse or key in self._seeded:
            return
        self._seeded.add(key)
        start_on = checked.ask.received_on - OTHER_NURSE_SINCE
        period = Period(from_on=start_on, to_on=longest_end(start_on))
        care = ContractualCareDetail(
            period=PeriodWithLength(),
            contractual_type=ContractualType.A,
            katz=KatzDetail(scores=_OTHER_SCORES),
        )
        number = self._writer.number(checked.person)
        self._register.add(
            CareAgreement(
                number=number,
                family=CareFamily.CONTRACTUAL,
                insurer=checked.ask.insurer,
                niss=checked.person.niss,
                provider=self._other_nurse,
                start_on=period.from_on,
                end_on=period.to_on,
                decided_at=at,
                care=_as_granted(care, number, period),
                is_by_insurer=True,
            )
        )

    # -- palliative care ---------------------------------------------------------------------

    def palliative(
        self, checked: Checked, at: datetime, *, form_at: datetime | None
    ) -> list[Outgoing]:
        """Decide about palliative care.

        Args:
            checked: The request.
            at: Now, by the insurers' time.
            form_at: When the general practitioner's form arrives; ``None`` never.

        Raises:
            Refusal: it is refused, perhaps until the form arrives.
        """
        start_on = first_day(checked.ask.request)
        if start_on is None:
            raise TypeError("a request that did not pass the checks")
        refuse_after_death(checked.person, start_on)
        if self._is_palliative(checked):
            raise Refusal(reasons.IS_PALLIATIVE)
        if form_at is None or at < form_at:
            raise Refusal(reasons.WAITING_FOR_GP)
        from_on = granted_start(start_on, checked.ask.received_on)
        result = DecisionResult.AGREEMENT
        if not has_rights_until(checked, from_on):
            result = DecisionResult.ONLY_MEDICAL_AGREEMENT
        elif from_on != start_on:
            result = DecisionResult.PARTIAL_AGREEMENT
        number = self._writer.number(checked.person)
        self._register.add(
            CareAgreement(
                number=number,
                family=CareFamily.PALLIATIVE,
                insurer=checked.ask.insurer,
                niss=checked.person.niss,
                provider=checked.ask.provider,
                start_on=from_on,
                end_on=None,
                decided_at=at,
            )
        )
        decided = PalliativeDecision(result=result, reference=number, invoice_start_on=from_on)
        answer = self._writer.palliative_agreement(checked.ask, _seen(checked, at), decided)
        return [self._answered(checked, answer, at, cause=result.value)]

    def _is_palliative(self, checked: Checked) -> bool:
        return bool(
            self._register.of(
                checked.person.niss, insurer=checked.ask.insurer, family=CareFamily.PALLIATIVE
            )
        )

    # -- all ---------------------------------------------------------------------------------

    def refuse(self, checked: Checked, refusal: Refusal, at: datetime) -> list[Outgoing]:
        """Refuse a request with a reason."""
        reason = refusal.reason
        answer = self._writer.refusal(checked.ask, _seen(checked, at), reason)
        return [self._answered(checked, answer, at, cause=reason.code)]

    def acknowledge(self, checked: Checked, at: datetime) -> list[Outgoing]:
        """Acknowledge the notification of a technical act."""
        answer = self._writer.acknowledgement(checked.ask, _seen(checked, at))
        return [self._answered(checked, answer, at, cause="acknowledged")]

    def happened(
        self, event: Event, agreement: CareAgreement, person: SandboxPerson, at: datetime
    ) -> list[Outgoing]:
        """Let something happen to an agreement; nothing when it is over by then."""
        moment = Moment(
            at=at,
            day=brussels_day(at),
            number=self._writer.number(person),
            other_nurse=self._other_nurse,
        )
        step = happen(event, agreement, person, moment)
        if step is None:
            return []
        self._register.change(agreement.number, end_on=step.end_on)
        if step.new is not None:
            self._register.add(step.new)
        answer = self._writer.update(step.change, seen_on(person, moment.day))
        cause = step.change.nature.value
        return [_unasked(agreement, answer, at + step.after, cause=cause)]

    def due(self, agreement: CareAgreement, person: SandboxPerson) -> list[tuple[datetime, Event]]:
        """Give what will happen to an agreement."""
        return due_events(agreement, person)

    def _answered(self, checked: Checked, answer: Answer, at: datetime, *, cause: str) -> Outgoing:
        ask = checked.ask
        return Outgoing(
            ready_at=at,
            provider=ask.provider,
            insurer=ask.insurer,
            reference=ask.reference,
            answer=answer,
            cause=cause,
        )


def form_arrives_at(checked: Checked, person: SandboxPerson) -> datetime | None:
    """Give when the general practitioner's form arrives; a named palliative team brings it."""
    request = checked.ask.request
    if (
        isinstance(request, PalliativeCareRequest)
        and request.detail.multidisciplinary_team is not None
    ):
        return checked.ask.arrived_at
    if not person.care.sends_gp_form:
        return None
    return checked.ask.arrived_at + timedelta(days=person.care.gp_form_after_days)


def _seen(checked: Checked, at: datetime) -> SandboxPerson:
    return seen_on(checked.person, brussels_day(at))


def _as_granted(care: ContractualCareDetail, number: str, period: Period) -> ContractualCareDetail:
    return replace(
        care,
        decision_reference=number,
        changes_reference_provider=None,
        period=PeriodWithLength(start_on=period.from_on, end_on=period.to_on),
    )


def _unasked(agreement: CareAgreement, answer: Answer, at: datetime, *, cause: str) -> Outgoing:
    return Outgoing(
        ready_at=at,
        provider=agreement.provider,
        insurer=agreement.insurer,
        reference=None,
        answer=answer,
        cause=cause,
    )
