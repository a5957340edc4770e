"""What the platform demands of a query, with the detail code of each mistake.

Source: *Insurability* ``memberdata-errors.csv``, *MyCareNet transport* 5.2 and 5.4.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Final

from bridge.domain.identifiers import MembershipNumber, Mutuality, Nihii, Niss
from bridge.domain.insurability import MOST_YEARS_BACK
from bridge.domain.periods import Period, same_day_years_ago
from bridge.errors import InvalidIdentifier, RemoteRefusal
from bridge.mycarenet import names
from bridge.mycarenet.memberdata_received import Confirmation, Facet, ReceivedQuery
from bridge.mycarenet.names import NIPPIN
from bridge.soap.names import q

_DAY: Final = re.compile(r"(\d{4}-\d\d-\d\d)T00:00:00(?:\.0+)?", re.ASCII)
_FACET: Final = "*:AttributeQuery/*:Extensions/*:Facet"
_NAME_ID: Final = "*:AttributeQuery/*:Subject/*:NameID"
_CONFIRMATION: Final = "*:AttributeQuery/*:Subject/*:SubjectConfirmation"
_ISSUER: Final = "*:AttributeQuery/*:Issuer"
_NISS_DIGITS: Final = 11
_MUTUALITY_DIGITS: Final = 3

FACETS: Final[Mapping[str, Mapping[str, tuple[str, frozenset[str]]]]] = MappingProxyType(
    {
        names.INSURABILITY: {
            names.REQUEST_TYPE: ("REQUESTTYPE", frozenset({"information", "invoicing"})),
            names.CONTACT_TYPE: ("CONTACTTYPE", frozenset({"hospitalized", "other"})),
        },
        names.PALLIATIVE_STATUS: {},
        NIPPIN + "globalMedicalFile": {},
        NIPPIN + "chronicCondition": {},
        NIPPIN + "carePath": {
            "carePathType": ("CAREPATHTYPE", frozenset({"diabetes", "renalinsufficiency"})),
        },
        NIPPIN + "referencePharmacy": {},
    },
)
"""Facet to its dimensions, all mandatory: end of their codes and allowed values."""


@dataclass(frozen=True, kw_only=True)
class MemberDataPolicy:
    """What the sandbox grants nurses, where the real rules are not public.

    Attributes:
        facets: Facets a nurse may ask (*Insurability* 3.1).
        request_types: Request types a nurse may ask.
        contact_types: Contact types a nurse may ask.
        longest_period: Longest period a nurse may ask.
    """

    facets: frozenset[str] = frozenset({names.INSURABILITY, names.PALLIATIVE_STATUS})
    request_types: frozenset[str] = frozenset({"information", "invoicing"})
    contact_types: frozenset[str] = frozenset({"hospitalized", "other"})
    longest_period: timedelta = timedelta(days=366 * MOST_YEARS_BACK)


class Rejected(RemoteRefusal):
    """The query breaks a rule; answered in the blob, with status and detail code.

    Attributes:
        detail_code: As in the table of detail codes.
        location: Where, in the notation of the platform.
        insurer: Union that says so; ``None`` for the platform.
    """

    def __init__(self, detail_code: str, location: str = "", *, insurer: str | None = None) -> None:
        """Name the rule and the place."""
        super().__init__(detail_code)
        self.detail_code = detail_code
        self.location = location
        self.insurer = insurer


@dataclass(frozen=True, kw_only=True)
class AskedMember:
    """A patient named by sickness fund, with a membership number or a person number."""

    mutuality: Mutuality
    membership_number: MembershipNumber | None = None
    niss: Niss | None = None


@dataclass(frozen=True, kw_only=True)
class AskedQuery:
    """A query that keeps the rules.

    Attributes:
        name_id: The patient as written, given back in each assertion.
        name_format: How the patient is named, given back as well.
        facets: The asked facets, given back as well.
    """

    patient: Niss | AskedMember
    name_id: str = field(repr=False)
    name_format: str
    period: Period
    facets: tuple[Facet, ...]

    def dimension(self, name: str) -> str | None:
        """Give the value of a dimension of the insurability facet."""
        facet = next((each for each in self.facets if each.id == names.INSURABILITY), None)
        return None if facet is None else dict(facet.dimensions).get(name)

    def asks(self, facet_id: str) -> bool:
        """Tell whether a facet is asked."""
        return any(facet.id == facet_id for facet in self.facets)


def check_query(
    query: ReceivedQuery,
    *,
    provider_number: str,
    input_reference: str,
    today: date,
    policy: MemberDataPolicy,
) -> AskedQuery:
    """Apply every rule.

    Args:
        query: As received.
        provider_number: Number of the care provider of the envelope.
        input_reference: Reference of the envelope.
        today: Belgian calendar.
        policy: What nurses may ask.

    Raises:
        Rejected: with the code of the first rule that is broken.
    """
    _check_issuer(query, provider_number)
    if query.id != f"_{input_reference}":
        raise Rejected("CROSSCHECK_ID", "*:AttributeQuery/@ID")
    if query.has_attributes:
        raise Rejected("FORBIDDEN_ATTRIBUTES", "*:AttributeQuery/*:Attribute")
    facets = _check_facets(query, policy)
    if query.name_id is None or not query.name_id.text:
        raise Rejected("MISSING_NAMEID" if query.name_id is None else _EMPTY, _NAME_ID)
    if not query.name_id.format:
        raise Rejected("MISSING_NAMEID_FORMAT", _NAME_ID)
    reader = _PATIENTS.get(query.name_id.format)
    if reader is None:
        raise Rejected("INVALID_NAMEID_FORMAT", _NAME_ID)
    return AskedQuery(
        patient=reader(query.name_id.text),
        name_id=query.name_id.text,
        name_format=query.name_id.format,
        period=_check_period(_check_confirmation(query.confirmation), today, policy),
        facets=facets,
    )


_EMPTY: Final = "INVALID_NAMEID_VALUE"


def _check_issuer(query: ReceivedQuery, provider_number: str) -> None:
    issuer = query.issuer
    if issuer is None:
        raise Rejected("MISSING_ISSUER_TAG", _ISSUER)
    if not issuer.format:
        raise Rejected("MISSING_ISSUER_FORMAT", _ISSUER)
    if issuer.format != names.ISSUER_NIHII11:
        raise Rejected("INVALID_ISSUER_FORMAT", _ISSUER)
    try:
        number = Nihii.parse(issuer.text).digits
    except InvalidIdentifier:
        raise Rejected("INVALID_ISSUER_VALUE", _ISSUER) from None
    if number != issuer.text or len(number) != len("00000000000"):
        raise Rejected("INVALID_ISSUER_VALUE", _ISSUER)
    if number != provider_number:
        raise Rejected("CROSSCHECK_ISSUER", _ISSUER)


# -- facets --------------------------------------------------------------------------------------


def _check_facets(query: ReceivedQuery, policy: MemberDataPolicy) -> tuple[Facet, ...]:
    if not query.facets:
        raise Rejected("MISSING_EXTENSIONS_TAG", "*:AttributeQuery/*:Extensions")
    if query.extensions_type != q(names.EXTENSION, "ExtensionsType"):
        raise Rejected("MISSING_OR_BAD_EXTENSIONS_TYPE", "*:AttributeQuery/*:Extensions")
    seen: set[str] = set()
    for facet in query.facets:
        place = f'{_FACET}[@id="{facet.id}"]'
        if facet.id not in FACETS:
            raise Rejected("UNKNOWN_FACET", place)
        if facet.id in seen:
            raise Rejected("DUPLICATED_FACET", place)
        seen.add(facet.id)
        _check_dimensions(facet, place)
        if facet.id not in policy.facets:
            raise Rejected("UNAUTHORIZED_FACET", place)
        _check_rights(facet, place, policy)
    return query.facets


def _check_dimensions(facet: Facet, place: str) -> None:
    allowed = FACETS[facet.id]
    seen: set[str] = set()
    for dimension_id, text in facet.dimensions:
        at = f'{place}/*:Dimension[@id="{dimension_id}"]'
        if dimension_id not in allowed:
            raise Rejected("INVALID_DIMENSION_ID", at)
        if dimension_id in seen:
            raise Rejected("DUPLICATED_DIMENSION", at)
        seen.add(dimension_id)
        ending, values = allowed[dimension_id]
        if text not in values:
            raise Rejected(f"{'UNALLOWED' if text else 'EMPTY'}_{ending}", at)
    if seen != set(allowed):
        raise Rejected("MISSING_DIMENSION", place)


def _check_rights(facet: Facet, place: str, policy: MemberDataPolicy) -> None:
    dimensions = dict(facet.dimensions)
    for name, granted in (
        (names.REQUEST_TYPE, policy.request_types),
        (names.CONTACT_TYPE, policy.contact_types),
    ):
        if name in dimensions and dimensions[name] not in granted:
            ending, _ = FACETS[facet.id][name]
            raise Rejected(f"UNAUTHORIZED_{ending}", f'{place}/*:Dimension[@id="{name}"]')


# -- patient -------------------------------------------------------------------------------------


def _niss(text: str) -> Niss:
    if not text:
        raise Rejected("EMPTY_INSS", _NAME_ID)
    if len(text) != _NISS_DIGITS or not (text.isascii() and text.isdigit()):
        raise Rejected("INVALID_INSS_FORMAT", _NAME_ID)
    try:
        return Niss.parse(text)
    except InvalidIdentifier:
        raise Rejected("INVALID_INSS_VALUE", _NAME_ID) from None


def _mutuality(text: str) -> Mutuality:
    if not text:
        raise Rejected("EMPTY_IO", _NAME_ID)
    if len(text) != _MUTUALITY_DIGITS or not (text.isascii() and text.isdigit()):
        raise Rejected("INVALID_IO_FORMAT", _NAME_ID)
    try:
        return Mutuality.parse(text)
    except InvalidIdentifier:
        raise Rejected("INVALID_IO_VALUE", _NAME_ID) from None


def _split(text: str) -> tuple[str, str]:
    number, at, fund = text.rpartition("@")
    if not at:
        raise Rejected("INVALID_NAMEID_VALUE", _NAME_ID)
    return number.strip(), fund.strip()


def _membership(text: str) -> AskedMember:
    number, fund = _split(text)
    if not number:
        raise Rejected("EMPTY_REG_NUM", _NAME_ID)
    mutuality = _mutuality(fund)
    try:
        membership = MembershipNumber.parse(number)
    except InvalidIdentifier:
        raise Rejected("BO_INVALID_REGNBR", _NAME_ID, insurer=mutuality.insurer) from None
    return AskedMember(mutuality=mutuality, membership_number=membership)


def _niss_at_mutuality(text: str) -> AskedMember:
    number, fund = _split(text)
    niss = _niss(number)
    return AskedMember(mutuality=_mutuality(fund), niss=niss)


_PATIENTS: Final[dict[str, Callable[[str], Niss | AskedMember]]] = {
    names.SUBJECT_SSIN: _niss,
    names.SUBJECT_MEMBERSHIP: _membership,
    names.SUBJECT_SSIN_AT_MUTUALITY: _niss_at_mutuality,
}


# -- period --------------------------------------------------------------------------------------


def _check_confirmation(confirmation: Confirmation | None) -> Confirmation:
    if confirmation is None:
        raise Rejected("MISSING_SUBJECT_CONFIRMATION_TAG", "*:AttributeQuery/*:Subject")
    if confirmation.method != names.MEMBER_IDENTIFICATION:
        raise Rejected("INVALID_SUBJECT_CONFIRMATION_METHOD_VALUE", _CONFIRMATION)
    if confirmation.names_someone:
        raise Rejected("SUBJECT_CONFIRMATION_WITH_ID", _CONFIRMATION)
    if not confirmation.has_data:
        raise Rejected("MISSING_SUBJECT_CONFIRMATION_DATA_TAG", _CONFIRMATION)
    return confirmation


def _check_period(confirmation: Confirmation, today: date, policy: MemberDataPolicy) -> Period:
    place = f"{_CONFIRMATION}/*:SubjectConfirmationData"
    if not confirmation.not_before:
        raise Rejected("EMPTY_STARTDATE", place)
    if not confirmation.not_on_or_after:
        raise Rejected("EMPTY_ENDDATE", place)
    first, end = _day(confirmation.not_before), _day(confirmation.not_on_or_after)
    if first is None or end is None or end <= first:
        raise Rejected("INVALID_PERIOD", place)
    if first > today:
        raise Rejected("START_DATE_IN_FUTURE", place)
    if first < same_day_years_ago(today, MOST_YEARS_BACK):
        raise Rejected("PERIOD_TOO_FAR_IN_PAST", place)
    if end - first > policy.longest_period:
        raise Rejected("INVALID_PERIOD_FOR_SECTOR", place)
    return Period(from_on=first, to_on=end - timedelta(days=1))


def _day(text: str) -> date | None:
    """Read a local midnight; anything else is no beginning of a day."""
    match = _DAY.fullmatch(text)
    try:
        return datetime.fromisoformat(match[1]).date() if match else None
    except ValueError:
        return None
