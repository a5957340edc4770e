"""Routing and answers of the played insurers: people x period x facet, nothing else (D5).

Source: *MyCareNet transport* 5.3 and 5.4, *Insurability* 3.2.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Final

from bridge.domain.identifiers import Niss
from bridge.domain.ids import IdSource
from bridge.domain.periods import BRUSSELS, brussels_day
from bridge.mycarenet import names
from bridge.mycarenet.memberdata_response import FaultDetail, Response, ResponseFault
from bridge.mycarenet.tables.memberdata_errors import VERDICTS
from bridge.sandbox.memberdata_coverage import Coverage, cover
from bridge.sandbox.memberdata_rules import AskedMember, AskedQuery, Rejected
from bridge.sandbox.memberdata_scenarios import CHANGED_PEOPLE, INSURER_DOWN, PARTIAL, WRONG_PATIENT
from bridge.sandbox.memberdata_writer import MOST_PERIODS, StatementWriter
from bridge.sandbox.people import PeopleRegister, SandboxPerson, complete_niss
from bridge.sandbox.people_json import membership_for

_PLATFORM: Final = "MYCARENET"
_STRANGER: Final = 997
_FAULT_CODES: Final = {
    "RequestError": "VALIDATION_ERROR",
    "AttributeQueryError": "INPUT_ERROR",
    "InputError": "INPUT_ERROR",
    "PartialAnswer": "WARNING",
    "InternalError": "GENERIC_ERROR",
}
"""Second status to fault code, where the detail has none of its own below."""

_OWN_FAULT_CODES: Final = {
    "UNAUTHORIZED_FACET": "AUTHORIZATION_ERROR",
    "UNAUTHORIZED_REQUESTTYPE": "AUTHORIZATION_ERROR",
    "UNAUTHORIZED_CONTACTTYPE": "AUTHORIZATION_ERROR",
    "SEND_TO_IM_EXCEPTION": "SEND_ERROR",
    "BO_UNKNOWN_NISS": "INPUT_ERROR",
    "BO_INVALID_REGNBR": "INPUT_ERROR",
    "BO_UNKNOWN_REGNBR": "INPUT_ERROR",
}


class Insurers:
    """Routing and insurers together."""

    def __init__(self, *, people: PeopleRegister, ids: IdSource) -> None:
        """Answer about ``people``."""
        self._people = people
        self._ids = ids

    def respond(
        self,
        asked: AskedQuery,
        *,
        query_id: str,
        now: datetime,
        scenario: str,
    ) -> Response:
        """Give the answer to a query that keeps the rules.

        Raises:
            Rejected: the patient is not known, or not as asked.
        """
        if scenario == INSURER_DOWN:
            raise Rejected("SEND_TO_IM_EXCEPTION")
        coverage = self._route(asked, scenario)
        if _is_mismatched(asked, coverage.person):
            raise Rejected("MISMATCHED_CONTACTTYPE", insurer=coverage.insurer)
        if scenario == WRONG_PATIENT:
            asked, coverage = self._confuse(asked, coverage)
        statements = StatementWriter(asked, coverage, self._ids, brussels_day(now)).statements()
        warnings = _warnings(asked, coverage)
        if scenario == PARTIAL:
            warnings = (*warnings, "BO_MISSING_FACET", "FACET_EXCEPTION")
            statements = tuple(each for each in statements if each.kind != names.PAYMENT)
        response = self._response(query_id, now, insurer=coverage.insurer)
        response = replace(response, statements=statements)
        return _with_reasons(response, warnings, insurer=coverage.insurer) if warnings else response

    def reject(self, rejected: Rejected, *, query_id: str, now: datetime) -> Response:
        """Give the answer that refuses a query."""
        response = self._response(query_id, now, insurer=rejected.insurer)
        return _with_reasons(
            response,
            (rejected.detail_code,),
            insurer=rejected.insurer,
            location=rejected.location,
        )

    def _response(self, query_id: str, now: datetime, *, insurer: str | None) -> Response:
        local = now.astimezone(BRUSSELS).replace(tzinfo=None)
        return Response(
            id=f"_{self._ids.uuid()}",
            in_response_to=query_id,
            issued_at=local.isoformat(timespec="seconds"),
            issuer=names.PLATFORM_ISSUER if insurer is None else names.IO_ISSUER + insurer,
            status=(names.SUCCESS,),
        )

    def _route(self, asked: AskedQuery, scenario: str) -> Coverage:
        person, insurer = self._find(asked)
        change = CHANGED_PEOPLE.get(scenario)
        if person is not None and change is not None:
            person = change(person, asked.period)
        if person is None or not person.is_known:
            raise _unknown(asked)
        return cover(person, asked.period, insurer)

    def _find(self, asked: AskedQuery) -> tuple[SandboxPerson | None, str | None]:
        """Find the person, and the insurer where the query names one."""
        patient = asked.patient
        if isinstance(patient, Niss):
            return self._people.find(patient), None
        if patient.membership_number is not None:
            number = patient.membership_number.text
            person = self._people.find_member(patient.mutuality, number)
        else:
            person = None if patient.niss is None else self._people.find(patient.niss)
            if person is not None and not _has_been_at(person, patient.mutuality.insurer):
                person = None
        return person, patient.mutuality.insurer

    def _confuse(self, asked: AskedQuery, coverage: Coverage) -> tuple[AskedQuery, Coverage]:
        """Answer about somebody else, as an insurer with a serious bug would."""
        person = coverage.person
        others = (each.niss for each in self._people.people() if each.niss != person.niss)
        niss = next(others, complete_niss(person.born_on, _STRANGER))
        _, at, fund = asked.name_id.partition("@")
        if asked.name_format == names.SUBJECT_MEMBERSHIP:
            number = membership_for(niss).text
        else:
            number = niss.digits
        wrong = replace(asked, name_id=number + at + fund)
        return wrong, replace(coverage, person=replace(person, niss=niss))


def _unknown(asked: AskedQuery) -> Rejected:
    patient = asked.patient
    if not isinstance(patient, AskedMember):
        return Rejected("UNKNOWN_NISS_ROUTING")
    is_member = patient.membership_number is not None
    code = "BO_UNKNOWN_REGNBR" if is_member else "BO_UNKNOWN_NISS"
    return Rejected(code, insurer=patient.mutuality.insurer)


def _has_been_at(person: SandboxPerson, insurer: str) -> bool:
    funds = (person.mutuality, *(span.mutuality for span in person.periods))
    return any(fund.insurer == insurer for fund in funds)


def _is_mismatched(asked: AskedQuery, person: SandboxPerson) -> bool:
    """Asked as hospitalised although there is no stay in the asked period."""
    stay = person.hospital_stay
    is_in = stay is not None and (stay.admitted_on or date.min) <= asked.period.to_on
    return asked.dimension(names.CONTACT_TYPE) == "hospitalized" and not is_in


def _warnings(asked: AskedQuery, coverage: Coverage) -> tuple[str, ...]:
    codes = []
    if not asked.asks(names.INSURABILITY):
        return ()
    if coverage.changed_on is not None and isinstance(asked.patient, Niss):
        codes.append("MUTATION")
    if len(coverage.spans) > MOST_PERIODS:
        codes.append("ONLY_FIVE_PERIODS_RETURNED")
    return tuple(codes)


def _with_reasons(
    response: Response,
    codes: tuple[str, ...],
    *,
    insurer: str | None,
    location: str = "",
) -> Response:
    """Add status and Fault, as recorded: with ``Message`` in the details only."""
    verdict = VERDICTS[codes[0]]
    from_platform = insurer is None or codes[0] == "MUTATION"
    source = _PLATFORM if from_platform else f"IO-BE-{insurer}"
    fault_code = _OWN_FAULT_CODES.get(codes[0]) or _FAULT_CODES[verdict.sub_status]
    return replace(
        response,
        status=(verdict.status, names.SUB_STATUS + verdict.sub_status),
        fault=ResponseFault(
            code=fault_code,
            source=source,
            details=tuple(
                FaultDetail(
                    code=code,
                    source=source,
                    location=location or None,
                    message=code.replace("_", " ").capitalize(),
                )
                for code in codes
            ),
        ),
    )
