"""What the played insurers look at before they decide: numbers, patient, doctors, form.

What does not pass is answered with a fault; detail codes and zones are those of the flat layout.
Source: *Nursing messages* 3, 4.1, 4.6, 6 and 7.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from bridge.domain.identifiers import Mutuality, Nihii, Niss
from bridge.domain.periods import brussels_day
from bridge.mycarenet.medadmin_contractual_values import ContractualCareRequest, KatzDetail
from bridge.mycarenet.medadmin_messages import (
    PalliativeCareRequest,
    Request,
    TechnicalCareRequest,
)
from bridge.mycarenet.medadmin_names import ContractualType, FaultCode, RequestType
from bridge.mycarenet.medadmin_values import CareReceiver, PeriodLimits, Raw, known
from bridge.sandbox.care_directory import is_known_doctor
from bridge.sandbox.care_periods import last_day
from bridge.sandbox.care_scale import is_scale
from bridge.sandbox.people import InsuredSpan, PeopleRegister, SandboxPerson

EMPTY: Final = "10"
WRONG_FORMAT: Final = "11"
WRONG_CHECK: Final = "12"
UNKNOWN_INSURER: Final = "21"
UNKNOWN_PATIENT: Final = "23"
REVERSED: Final = "31"
NO_INSURER: Final = "43"
SEVERAL_INSURERS: Final = "44"
NOT_ALLOWED: Final = "99"

REQUESTER: Final = "zone 305"
PATIENT: Final = "zone 300"
MUTUALITY: Final = "zone 301"
REFERENCE: Final = "zone 204"


class Faulty(Exception):
    """A request is refused before anybody decides.

    Attributes:
        code: Of the fault.
        detail: Detail code (4.6).
        location: Element or flat zone.
        insurers: First digits of the insurers, when there are several.
    """

    def __init__(
        self,
        detail: str,
        location: str,
        *,
        code: FaultCode = FaultCode.INPUT_ERROR,
        insurers: tuple[str, ...] = (),
    ) -> None:
        """Say what is wrong, and where."""
        super().__init__(detail, location)
        self.code = code
        self.detail = detail
        self.location = location
        self.insurers = insurers


@dataclass(frozen=True, kw_only=True)
class Ask:
    """A request with what is known when it arrives.

    Attributes:
        provider: Care provider of the session.
        insurer: Whom it was sent to.
        reference: InputReference of its message.
        received_at: By the platform's clock: the moment of sending counts (5.5).
        arrived_at: By the insurers' time: from here on they take their time.
    """

    request: Request
    provider: Nihii = field(repr=False)
    insurer: str
    reference: str
    received_at: datetime
    arrived_at: datetime

    @property
    def received_on(self) -> date:
        """The day it was sent, Belgian calendar."""
        return brussels_day(self.received_at)


@dataclass(frozen=True, kw_only=True)
class Checked:
    """A request that passed.

    Attributes:
        ask: The request.
        person: Its patient.
        span: The insurance that counts.
    """

    ask: Ask
    person: SandboxPerson
    span: InsuredSpan


class CareGate:
    """Checks requests."""

    def __init__(self, *, people: PeopleRegister, is_nurse: Callable[[Nihii], bool]) -> None:
        """Know ``people``, and the nurses of the platform by ``is_nurse``."""
        self._people = people
        self._is_nurse = is_nurse

    def check(self, ask: Ask) -> Checked:
        """Look at a request.

        Raises:
            Faulty: something does not hold.
        """
        self._check_requester(ask)
        _check_content(ask.request)
        fund = known(ask.request.care_receiver.mutuality)
        if fund is None or fund.insurer != ask.insurer:
            raise Faulty(UNKNOWN_INSURER, MUTUALITY)
        person = self._find(ask.request.care_receiver)
        return Checked(ask=ask, person=person, span=_insured(person, ask))

    def _check_requester(self, ask: Ask) -> None:
        is_technical = isinstance(ask.request, TechnicalCareRequest)
        where = "Requester" if is_technical else REQUESTER
        requester = number(ask.request.detail.requester, where)
        if not self._is_nurse(requester) or requester.long != ask.provider.long:
            raise Faulty(NOT_ALLOWED, where)

    def _find(self, patient: CareReceiver) -> SandboxPerson:
        if isinstance(patient.niss, Raw):
            raise Faulty(WRONG_CHECK, PATIENT)
        person = self._named(patient.niss, patient)
        if person is None or not person.is_known:
            raise Faulty(UNKNOWN_PATIENT, PATIENT)
        return person

    def _named(self, niss: Niss | None, patient: CareReceiver) -> SandboxPerson | None:
        if niss is not None:
            return self._people.find(niss)
        membership = known(patient.membership_number)
        if membership is None or not isinstance(patient.mutuality, Mutuality):
            raise Faulty(EMPTY, PATIENT)
        return self._people.find_member(patient.mutuality, membership.text)


def number(value: Nihii | Raw | None, where: str) -> Nihii:
    """Give a number of a care provider.

    Raises:
        Faulty: there is none, or its check digits are wrong.
    """
    if value is None:
        raise Faulty(EMPTY, where)
    if isinstance(value, Raw):
        raise Faulty(WRONG_CHECK, where)
    return value


def first_day(request: Request) -> date | None:
    """Give the day whose insurance counts: the first one, or the last one of a closure."""
    if isinstance(request, PalliativeCareRequest):
        return known(request.detail.start_on)
    if isinstance(request, TechnicalCareRequest):
        return known(request.detail.period.start_on)
    period = request.detail.care.period
    return known(period.start_on) or known(period.end_on)


# -- patient -------------------------------------------------------------------------------------


def _insured(person: SandboxPerson, ask: Ask) -> InsuredSpan:
    day = first_day(ask.request) or ask.received_on
    spans = [each for each in person.periods if _covers(each, day)]
    unions = sorted({each.mutuality.insurer for each in spans})
    if not unions:
        raise Faulty(NO_INSURER, PATIENT, code=FaultCode.NO_IO_ERROR)
    if len(unions) > 1:
        digits = tuple(union[0] for union in unions)
        raise Faulty(SEVERAL_INSURERS, PATIENT, code=FaultCode.MULTIIO_ERROR, insurers=digits)
    if unions != [ask.insurer]:
        raise Faulty(UNKNOWN_PATIENT, PATIENT)
    return spans[-1]


def _covers(span: InsuredSpan, day: date) -> bool:
    return span.from_on <= day and (span.to_on is None or day <= span.to_on)


# -- content -------------------------------------------------------------------------------------


def _check_content(request: Request) -> None:
    if isinstance(request, ContractualCareRequest):
        _check_contractual(request)
    elif isinstance(request, PalliativeCareRequest):
        _check_palliative(request)
    else:
        _check_technical(request)


def _check_contractual(request: ContractualCareRequest) -> None:
    care, kind = request.detail.care, request.detail.type
    if kind is RequestType.CLOSE:
        _day(care.period.end_on, "zone 311")
        if care.decision_reference is None:
            raise Faulty(EMPTY, "zone 308")
        return
    if kind is not RequestType.NEW:
        raise Faulty(NOT_ALLOWED, "zone 307")
    if care.contractual_type is None:
        raise Faulty(EMPTY, "zone 306")
    if care.contractual_type is ContractualType.NOMENCLATURE or isinstance(
        care.contractual_type, Raw
    ):
        raise Faulty(NOT_ALLOWED, "zone 306")
    start_on = _day(care.period.start_on, "zone 310")
    if last_day(care.period, start_on) < start_on:
        raise Faulty(REVERSED, "zone 311")
    if care.katz is None:
        raise Faulty(EMPTY, "zone 318")
    _check_scale(care.katz)


def _check_scale(katz: KatzDetail) -> None:
    if isinstance(katz.scores, Raw) or not is_scale(katz.scores):
        raise Faulty(WRONG_FORMAT, "zone 318")
    if katz.prescriber is not None:
        _doctor(katz.prescriber, "zone 322")
    if katz.dementia is not None and katz.dementia.doctor is not None:
        _doctor(katz.dementia.doctor, "zone 321")


def _check_palliative(request: PalliativeCareRequest) -> None:
    detail = request.detail
    _day(detail.start_on, "zone 306")
    number(detail.responsible, "zone 307")
    _doctor(detail.usual_doctor, "zone 309")
    for value, where in (
        (detail.third_party_payer, "zone 308"),
        (detail.nurse, "zone 310"),
        (detail.multidisciplinary_team, "zone 311"),
    ):
        if value is not None:
            number(value, where)


def _check_technical(request: TechnicalCareRequest) -> None:
    detail = request.detail
    _doctor(detail.prescriber, "Prescriber")
    _check_limits(detail.period)


def _check_limits(period: PeriodLimits) -> None:
    start_on, end_on = _day(period.start_on, "PeriodStart"), period.end_on
    if end_on is not None and _day(end_on, "PeriodEnd") < start_on:
        raise Faulty(REVERSED, "PeriodEnd")


def _day(value: date | Raw | None, where: str) -> date:
    if value is None:
        raise Faulty(EMPTY, where)
    if isinstance(value, Raw):
        raise Faulty(WRONG_FORMAT, where)
    return value


def _doctor(value: Nihii | Raw | None, where: str) -> None:
    if not is_known_doctor(number(value, where)):
        raise Faulty(NOT_ALLOWED, where)
