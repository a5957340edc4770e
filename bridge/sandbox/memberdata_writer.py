"""The assertions about one person, with the structure of the recorded ones.

Source: *MyCareNet transport* 5.3.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from bridge.codecs import blob
from bridge.domain.ids import IdSource
from bridge.domain.insurability import HospitalStay, MedicalHouse
from bridge.domain.periods import Period
from bridge.mycarenet import names
from bridge.mycarenet.memberdata_query import midnight
from bridge.mycarenet.memberdata_received import Facet
from bridge.mycarenet.memberdata_response import Attribute, Statement
from bridge.mycarenet.names import NIPPIN
from bridge.sandbox.memberdata_coverage import Coverage
from bridge.sandbox.memberdata_rules import AskedQuery
from bridge.sandbox.people import InsuredSpan, SandboxPerson

MOST_PERIODS: Final = 5
"""Most periods one answer holds (*transport* 5.3)."""

_TRACE: Final = (
    b'<Status xmlns="urn:be:cin:nippin:memberData:support:v2" code="200"'
    b' encryptionRequired="false"/>'
)


class StatementWriter:
    """Writes the assertions about one person, in the order of the recorded answers."""

    def __init__(self, asked: AskedQuery, coverage: Coverage, ids: IdSource, today: date) -> None:
        self._asked = asked
        self._coverage = coverage
        self._ids = ids
        self._today = today

    def statements(self) -> tuple[Statement, ...]:
        """Give all assertions the facets ask for; the trace comes last."""
        statements: list[Statement] = []
        for facet in self._asked.facets:
            if facet.id == names.INSURABILITY:
                statements += self._insurability(facet)
            elif facet.id == names.PALLIATIVE_STATUS:
                statements += self._palliative(facet)
        trace = blob.encode(_TRACE, encoding=blob.Encoding.DEFLATE)
        kind = NIPPIN + "technicalAssertion"
        facts = (("technicalAssertion:status", trace), ("technicalAssertion:version", "1.0.0"))
        technical = self._state(kind, self._asked.facets, [_string(*fact) for fact in facts])
        return (*statements, technical)

    def _insurability(self, facet: Facet) -> list[Statement]:
        person, coverage, facets = self._coverage.person, self._coverage, (facet,)
        statements = [self._state(names.PATIENT, facets, _patient(person))]
        latest = coverage.spans[-MOST_PERIODS:]
        statements += [self._period(span, part, facets) for span, part in reversed(latest)]
        if latest:
            pays = _boolean("payment:byIO", value=person.insurer_pays_provider)
            statements.append(self._state(names.PAYMENT, facets, [pays]))
        situation = self._situation()
        if situation:
            statements.append(self._state(names.GENERAL_SITUATION, facets, situation))
        if self._asked.dimension(names.CONTACT_TYPE) == "hospitalized" and person.hospital_stay:
            stay = _stay(person.hospital_stay)
            statements.append(self._state(names.HOSPITALISATION, facets, stay))
        house = person.medical_house
        if house is not None and (house.started_on or date.min) <= self._asked.period.to_on:
            statements.append(self._state(names.MEDICAL_HOUSE, facets, _house(house)))
        return statements

    def _period(self, span: InsuredSpan, part: Period, facets: tuple[Facet, ...]) -> Statement:
        facts = [
            _string("careReceiver:registrationNumber", span.membership_number.text),
            _string("careReceiver:mutuality", span.mutuality.digits),
            _string("cb1", span.ct1),
            _string("cb2", span.ct2),
            _date("communicationDate", self._today),
        ]
        if self._asked.dimension(names.REQUEST_TYPE) == "invoicing":
            facts.append(_string("paymentApproval", self._ids.uuid().replace("-", "").upper()))
        return self._state(names.PERIOD, facets, facts, part)

    def _situation(self) -> list[Attribute]:
        """Say what happened to the insurance, where the periods do not say it."""
        coverage = self._coverage
        for event, day in (
            ("closedBefore", None if coverage.spans else coverage.closed_on),
            ("startLater", None if coverage.spans else coverage.starts_on),
            ("changeDuring", coverage.changed_on),
        ):
            if day is not None:
                return [
                    _string("generalSituation:event", event),
                    _date("generalSituation:transfer:date", day),
                ]
        return []

    def _palliative(self, facet: Facet) -> list[Statement]:
        """State the palliative status; nothing at all when there is none."""
        since = self._coverage.person.palliative_since
        if since is None or since > self._asked.period.to_on:
            return []
        facts = [_date("palliativeStatus:startDate", since)]
        return [self._state(names.PALLIATIVE_STATUS, (facet,), facts)]

    def _state(
        self,
        kind: str,
        facets: tuple[Facet, ...],
        facts: list[Attribute],
        part: Period | None = None,
    ) -> Statement:
        period = part or self._asked.period
        return Statement(
            id=f"_{self._ids.uuid()}",
            kind=kind,
            issuer=names.IO_ISSUER + self._coverage.insurer,
            name_id=self._asked.name_id,
            name_format=self._asked.name_format,
            not_before=midnight(period.from_on),
            not_on_or_after=midnight(period.ends_before_on),
            facets=facets,
            attributes=tuple(facts),
        )


def _patient(person: SandboxPerson) -> list[Attribute]:
    facts = [
        Attribute(name=names.SUBJECT_SSIN, text=person.niss.digits),
        _string("careReceiver:name", person.last_name),
        _string("careReceiver:firstName", person.first_name),
        _date("careReceiver:birthDate", person.born_on),
    ]
    if person.deceased_on is not None:
        facts.append(_date("careReceiver:deceasedDate", person.deceased_on))
    return [*facts, _string("careReceiver:gender", person.gender)]


def _stay(stay: HospitalStay) -> list[Attribute]:
    return _given(
        ("hospitalisation:hospital:nihii11", stay.hospital_nihii),
        ("hospitalisation:service", stay.service),
        ("hospitalisation:admissionDate", stay.admitted_on),
    )


def _house(house: MedicalHouse) -> list[Attribute]:
    return _given(
        ("medicalHouse:nihii11", house.nihii),
        ("medicalHouse:type", house.kind),
        ("medicalHouse:start", house.started_on),
    )


def _given(*facts: tuple[str, str | date | None]) -> list[Attribute]:
    return [
        _date(name, value) if isinstance(value, date) else _string(name, value)
        for name, value in facts
        if value is not None
    ]


def _string(name: str, text: str) -> Attribute:
    return Attribute(name=NIPPIN + name, text=text)


def _date(name: str, day: date) -> Attribute:
    return Attribute(name=NIPPIN + name, text=day.isoformat(), type="date")


def _boolean(name: str, *, value: bool) -> Attribute:
    return Attribute(name=NIPPIN + name, text="true" if value else "false", type="boolean")
