"""Care requests of a nurse, and an office of played insurers whose clock a test moves."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from bridge.domain.declarations import Sex, TechnicalActKind, ToiletFrequency
from bridge.domain.identifiers import Nihii
from bridge.mycarenet import medadmin
from bridge.mycarenet.medadmin_contractual_values import (
    ContractualCareDetail,
    ContractualCareRequest,
    ContractualCareRequestDetail,
    KatzDetail,
    Toilets,
)
from bridge.mycarenet.medadmin_messages import (
    PalliativeCareDetail,
    PalliativeCareRequest,
    Request,
    TechnicalCareDetail,
    TechnicalCareRequest,
)
from bridge.mycarenet.medadmin_names import ContractualType, MessageName, RequestType, TransportName
from bridge.mycarenet.medadmin_values import (
    CareReceiver,
    Header,
    PeriodLimits,
    PeriodWithLength,
    known,
)
from bridge.sandbox.care_directory import DOCTORS
from bridge.sandbox.care_insurers import CareInsurers, CareMail, CarePost
from bridge.sandbox.ledger import Ledger
from bridge.sandbox.nurse import nihii_of, other_holder
from bridge.sandbox.people import PeopleRegister, SandboxPerson
from bridge.sandbox.people_default import default_people
from tests.support.fakes import CountingIds

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
TODAY = date(2026, 11, 23)
NURSE = nihii_of("400000", "401")
OTHER = other_holder().nihii
STRANGER = nihii_of("400022", "401")
DOCTOR = DOCTORS[0].number

A = (3, 3, 3, 1, 1, 1)
B = (3, 3, 3, 3, 3, 1)
C = (4, 4, 4, 4, 4, 3)
DAILY = (4, 4, 1, 1, 1, 1)
WEEKLY = (2, 1, 1, 1, 1, 1)
NOTHING = (1, 4, 4, 4, 4, 4)

_references = itertools.count(20261123000001)


def days(count: int) -> date:
    """Give a day that many days from today, before when negative."""
    return TODAY + timedelta(days=count)


def header(name: MessageName, reference: str | None = None) -> Header:
    """Give the header of a request; without a reference a fresh one."""
    return Header(
        message_name=name, sender_reference=reference or str(next(_references)), is_test=True
    )


def patient(person: SandboxPerson) -> CareReceiver:
    """Name a patient as a nurse does."""
    return CareReceiver(niss=person.niss, mutuality=person.mutuality, sex=Sex(person.gender))


def katz(
    person: SandboxPerson,
    kind: ContractualType = ContractualType.B,
    scores: tuple[int, ...] = B,
    *,
    start_on: date = TODAY,
    end_on: date | None = None,
    reference: str | None = None,
    requester: Nihii = NURSE,
    **care: Any,
) -> ContractualCareRequest:
    """Ask for contractual care; three months unless an end is given."""
    if kind is ContractualType.TOILET:
        care = {"toilets": toilets(2, ToiletFrequency.WEEK), **care}
    detail = ContractualCareDetail(
        **{
            "contractual_type": kind,
            "period": PeriodWithLength(start_on=start_on, end_on=end_on),
            "katz": KatzDetail(scores=scores),
            **care,
        }
    )
    return ContractualCareRequest(
        header=header(MessageName.CONTRACTUAL_REQUEST, reference),
        care_receiver=patient(person),
        detail=ContractualCareRequestDetail(
            type=RequestType.NEW, nurse_reference="KZ1", requester=requester, care=detail
        ),
    )


def toilets(count: int, frequency: ToiletFrequency) -> Toilets:
    """Ask for toilets."""
    return Toilets(count=count, frequency=frequency)


def close(
    person: SandboxPerson, number: str, end_on: date, *, requester: Nihii = NURSE
) -> ContractualCareRequest:
    """Close an agreement."""
    return ContractualCareRequest(
        header=header(MessageName.CONTRACTUAL_REQUEST),
        care_receiver=patient(person),
        detail=ContractualCareRequestDetail(
            type=RequestType.CLOSE,
            nurse_reference="KZ2",
            requester=requester,
            care=ContractualCareDetail(
                decision_reference=number, period=PeriodWithLength(end_on=end_on)
            ),
        ),
    )


def palliative(
    person: SandboxPerson, *, start_on: date = TODAY, **members: Any
) -> PalliativeCareRequest:
    """Ask for palliative care."""
    detail = {
        "nurse_reference": "PA1",
        "requester": NURSE,
        "start_on": start_on,
        "responsible": NURSE,
        "usual_doctor": DOCTOR,
        "nurse": NURSE,
        **members,
    }
    return PalliativeCareRequest(
        header=header(MessageName.PALLIATIVE_REQUEST),
        care_receiver=patient(person),
        detail=PalliativeCareDetail(**detail),
    )


def technical(person: SandboxPerson, **members: Any) -> TechnicalCareRequest:
    """Notify a technical act."""
    detail = {
        "type": TechnicalActKind.PERFUSION,
        "nurse_reference": "TV1",
        "requester": NURSE,
        "period": PeriodLimits(start_on=TODAY, end_on=days(14)),
        "prescriber": DOCTOR,
        "product": "NACL 0.9% 1L",
        **members,
    }
    return TechnicalCareRequest(
        header=header(MessageName.TECHNICAL_REQUEST),
        care_receiver=patient(person),
        detail=TechnicalCareDetail(**detail),
    )


class Office:
    """Played insurers, a nurse's mail, and the insurers' clock."""

    def __init__(self) -> None:
        self.people: PeopleRegister = default_people(TODAY)
        self.ledger = Ledger()
        self.now = NOW
        self.nurses = {number.long for number in (NURSE, OTHER)}
        self.insurers = CareInsurers(
            people=self.people,
            is_nurse=lambda number: number.long in self.nurses,
            other_nurse=OTHER,
            ids=CountingIds(),
            ledger=self.ledger,
        )
        self._posts = itertools.count(1)

    def person(self, first_name: str = "Anna", **care: Any) -> SandboxPerson:
        """Give a person by first name, after changing what insurers find."""
        found = next(each for each in self.people.people() if each.first_name == first_name)
        if care:
            found = replace(found, care=replace(found.care, **care))
            self.people.add(found)
        return found

    def send(
        self,
        *requests: Request,
        by: Nihii = NURSE,
        insurer: str | None = None,
        content: bytes | None = None,
        received_at: datetime | None = None,
    ) -> None:
        """Post requests; by default to the insurer of the first patient's sickness fund."""
        fund = known(requests[0].care_receiver.mutuality)
        assert fund is not None
        self.insurers.take(
            CarePost(
                content=content or medadmin.encode_requests(requests),
                insurer=insurer or fund.insurer,
                provider=by,
                reference=f"{next(self._posts):014}",
                received_at=received_at or NOW,
                arrived_at=self.now,
            )
        )

    def mail(self, *, by: Nihii = NURSE, **later: float) -> list[CareMail]:
        """Let time pass for the insurers, and fetch what is ready."""
        self.now += timedelta(**later)
        return self.insurers.collect(by, self.now)

    def answers(self, *, by: Nihii = NURSE, **later: float) -> list[Any]:
        """Let time pass, and give the answers that are no confirmations."""
        return [
            answer
            for mail in self.mail(by=by, **later)
            if mail.message_name is TransportName.XML
            for answer in medadmin.decode_answers(mail.content)
        ]

    def decided(self, request: Request, *, by: Nihii = NURSE, **later: float) -> Any:
        """Send one request and give the one answer to it."""
        self.send(request, by=by)
        reference = request.header.sender_reference
        found = [
            each
            for each in self.answers(by=by, **(later or {"days": 3}))
            if each.header.sender_reference == reference
        ]
        (answer,) = found
        return answer


def result(answer: Any) -> str:
    """Say in short what an answer is: its result, its reason, or its fault with the place."""
    if answer.fault is not None:
        detail = answer.fault.details[0]
        return f"{answer.fault.code.value} {detail.code} {detail.location}"
    return str(answer.decision.reason or answer.decision.result.value)
