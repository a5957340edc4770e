"""The messages of the played insurers, as values: receipts, faults, decisions and changes.

Source: *Nursing messages* 1, 4.2, 4.3, 6 and 7.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from bridge.domain.declarations import Sex
from bridge.domain.ids import IdSource
from bridge.domain.periods import Period
from bridge.mycarenet.common import reference_digits
from bridge.mycarenet.medadmin_contractual_values import (
    ContractualCareAnswer,
    ContractualCareDetail,
    ContractualCareRequest,
    ContractualCareUpdate,
    ContractualDecision,
)
from bridge.mycarenet.medadmin_messages import (
    Answer,
    PalliativeCareAnswer,
    PalliativeCareRequest,
    PalliativeDecision,
    Request,
    TechnicalCareAnswer,
    TechnicalCareRequest,
    TechnicalReceipt,
)
from bridge.mycarenet.medadmin_names import DecisionResult, MessageName, UpdateNature
from bridge.mycarenet.medadmin_values import (
    CareReceiverDetail,
    FaultDetail,
    FaultText,
    Header,
    MessageFault,
    PeriodLimits,
)
from bridge.sandbox.care_checks import Ask, Faulty
from bridge.sandbox.care_directory import advising_doctor
from bridge.sandbox.care_reasons import Reason
from bridge.sandbox.care_register import CareAgreement
from bridge.sandbox.people import SandboxPerson

LANGUAGE: Final = "en"
NUMBER_DIGITS: Final = 12

_FAULT_TEXT: Final = FaultText(text="The request cannot be dealt with.", language=LANGUAGE)
_ERRORS: Final = {
    ContractualCareRequest: MessageName.CONTRACTUAL_ERROR,
    PalliativeCareRequest: MessageName.PALLIATIVE_ERROR,
    TechnicalCareRequest: MessageName.TECHNICAL_ERROR,
}
_RECEIPTS: Final = {
    ContractualCareRequest: MessageName.CONTRACTUAL_RECEIPT,
    PalliativeCareRequest: MessageName.PALLIATIVE_RECEIPT,
    TechnicalCareRequest: MessageName.TECHNICAL_REQUEST,
}
"""A technical act is acknowledged by an answer of its own, so its confirmation keeps its name."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """A change of an agreement that the insurer made by itself.

    Attributes:
        agreement: As it was.
        new: What holds from now on.
        visited_on: Day of the visit of the controlling doctor.
    """

    nature: UpdateNature
    agreement: CareAgreement
    new: ContractualCareDetail
    visited_on: date | None = None


class CareWriter:
    """Writes messages with fresh references."""

    def __init__(self, ids: IdSource) -> None:
        """Take references from ``ids``."""
        self._ids = ids

    def number(self, person: SandboxPerson) -> str:
        """Make the reference of a decision: the sickness fund and twelve digits."""
        return person.mutuality.digits + reference_digits(self._ids)[-NUMBER_DIGITS:]

    def receipt(self, request: Request) -> Request:
        """Give a request back under the name of its receipt."""
        return replace(request, header=self._header(_RECEIPTS[type(request)], request.header))

    def fault(self, ask: Ask, faulty: Faulty) -> Answer:
        """Refuse a request before anybody decides."""
        request = ask.request
        fault = MessageFault(
            code=faulty.code,
            source="MYCARENET" if faulty.insurers else f"IO-BE-{ask.insurer}",
            message=_FAULT_TEXT,
            insurers=faulty.insurers,
            details=(FaultDetail(code=faulty.detail, location=faulty.location),),
        )
        header = self._header(_ERRORS[type(request)], request.header)
        if isinstance(request, ContractualCareRequest):
            return ContractualCareAnswer(
                header=header,
                care_receiver=request.care_receiver,
                fault=fault,
                echo=request.detail,
            )
        if isinstance(request, PalliativeCareRequest):
            return PalliativeCareAnswer(
                header=header,
                care_receiver=request.care_receiver,
                fault=fault,
                echo=request.detail,
            )
        return TechnicalCareAnswer(
            header=header, care_receiver=request.care_receiver, fault=fault, echo=request.detail
        )

    def refusal(self, ask: Ask, person: SandboxPerson, reason: Reason) -> Answer:
        """Refuse a request with a reason; technical acts are never refused."""
        decision = ContractualDecision(
            result=DecisionResult.REJECTION,
            reference=self.number(person),
            reason=reason.code,
            justification=reason.justification,
            consultant_doctor=advising_doctor(ask.insurer),
        )
        if isinstance(ask.request, PalliativeCareRequest):
            return self._palliative(ask.request, person, _as_palliative(decision))
        return self._contractual(ask, person, replace(decision, is_palliative=False))

    def agreement(
        self, ask: Ask, person: SandboxPerson, decided: ContractualDecision
    ) -> ContractualCareAnswer:
        """Agree to contractual care."""
        doctor = advising_doctor(ask.insurer)
        return self._contractual(ask, person, replace(decided, consultant_doctor=doctor))

    def palliative_agreement(
        self, ask: Ask, person: SandboxPerson, decided: PalliativeDecision
    ) -> Answer:
        """Agree to palliative care."""
        doctor = advising_doctor(ask.insurer)
        return self._palliative(ask.request, person, replace(decided, consultant_doctor=doctor))

    def acknowledgement(self, ask: Ask, person: SandboxPerson) -> TechnicalCareAnswer:
        """Acknowledge the notification of a technical act."""
        name = MessageName.TECHNICAL_RECEIPT
        return TechnicalCareAnswer(
            header=self._header(name, ask.request.header),
            care_receiver=_known(person),
            receipt=TechnicalReceipt(
                nurse_reference=ask.request.nurse_reference, message_name=name
            ),
        )

    def update(self, change: Change, person: SandboxPerson) -> ContractualCareUpdate:
        """Tell a nurse of a change of her agreement."""
        header = Header(
            message_name=MessageName.CONTRACTUAL_UPDATE,
            sender_reference=reference_digits(self._ids),
        )
        previous = change.agreement.terms
        return ContractualCareUpdate(
            header=self._header(MessageName.CONTRACTUAL_UPDATE, header),
            care_receiver=_known(person),
            nature=change.nature,
            consultant_doctor=advising_doctor(change.agreement.insurer),
            provider=change.agreement.provider,
            visited_on=change.visited_on,
            new=change.new,
            previous=previous or change.new,
        )

    def _contractual(
        self, ask: Ask, person: SandboxPerson, decision: ContractualDecision
    ) -> ContractualCareAnswer:
        is_refused = decision.result is DecisionResult.REJECTION
        name = MessageName.CONTRACTUAL_NEGATIVE if is_refused else MessageName.CONTRACTUAL_POSITIVE
        request = ask.request
        return ContractualCareAnswer(
            header=self._header(name, request.header),
            care_receiver=_known(person),
            decision=decision,
            echo=request.detail if isinstance(request, ContractualCareRequest) else None,
        )

    def _palliative(
        self, request: Request, person: SandboxPerson, decision: PalliativeDecision
    ) -> PalliativeCareAnswer:
        is_refused = decision.result is DecisionResult.REJECTION
        name = MessageName.PALLIATIVE_NEGATIVE if is_refused else MessageName.PALLIATIVE_POSITIVE
        return PalliativeCareAnswer(
            header=self._header(name, request.header),
            care_receiver=_known(person),
            decision=decision,
            echo=request.detail if isinstance(request, PalliativeCareRequest) else None,
        )

    def _header(self, name: MessageName, asked: Header) -> Header:
        return replace(
            asked,
            message_name=name,
            receiver_reference=reference_digits(self._ids),
            version="01",
            is_duplicate=False,
            is_synchronous=False,
        )


def _as_palliative(decision: ContractualDecision) -> PalliativeDecision:
    return PalliativeDecision(
        result=decision.result,
        reference=decision.reference,
        reason=decision.reason,
        justification=decision.justification,
        consultant_doctor=decision.consultant_doctor,
    )


def limits(period: Period) -> PeriodLimits:
    """Write granted days."""
    return PeriodLimits(start_on=period.from_on, end_on=period.to_on)


def seen_on(person: SandboxPerson, day: date) -> SandboxPerson:
    """Give a person as insurers know them on a day: a death that is still to come is unknown."""
    is_known = person.deceased_on is not None and person.deceased_on <= day
    return person if is_known else replace(person, deceased_on=None)


def _known(person: SandboxPerson) -> CareReceiverDetail:
    return CareReceiverDetail(
        niss=person.niss,
        first_name=person.first_name,
        last_name=person.last_name,
        born_on=person.born_on,
        deceased_on=person.deceased_on,
        sex=Sex.MALE if person.gender == Sex.MALE.value else Sex.FEMALE,
        membership_number=person.membership_number,
        mutuality=person.mutuality,
    )
