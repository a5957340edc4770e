"""People of the sandbox as JSON objects, both directions.

Only ``niss`` is mandatory; everything else has a sensible default.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import date
from typing import Any, Final, TypeVar

from bridge.domain.identifiers import MembershipNumber, Mutuality, Nihii, Niss
from bridge.domain.insurability import HospitalStay, MedicalHouse
from bridge.errors import Finding, InputError, InvalidIdentifier
from bridge.sandbox.care_scale import is_scale
from bridge.sandbox.care_traits import CareTraits
from bridge.sandbox.people import InsuredSpan, SandboxPerson

T = TypeVar("T")

DEFAULT_MUTUALITY: Final = "319"
DEFAULT_CODE: Final = "110"
INSURED_SINCE: Final = date(2000, 1, 1)
MOST_CHARACTERS: Final = 100
MOST_DAYS: Final = 366

_CT: Final = re.compile(r"\d{3}", re.ASCII)
_MEMBERSHIP_SPREAD: Final = 7919
_CENTURIES: Final = ((1900, ""), (2000, "2"))
_UNKNOWN_BIRTH: Final = date(1960, 1, 1)


def person_as_json(person: SandboxPerson) -> dict[str, Any]:
    """Write a person as a JSON object, complete."""
    return {
        "niss": person.niss.digits,
        "last_name": person.last_name,
        "first_name": person.first_name,
        "born_on": person.born_on.isoformat(),
        "gender": person.gender,
        "mutuality": person.mutuality.digits,
        "membership_number": person.membership_number.text,
        "purpose": person.purpose,
        "is_known": person.is_known,
        "deceased_on": _iso(person.deceased_on),
        "palliative_since": _iso(person.palliative_since),
        "insurer_pays_provider": person.insurer_pays_provider,
        "periods": [_span_as_json(span) for span in person.periods],
        "medical_house": _house_as_json(person.medical_house),
        "hospital_stay": _stay_as_json(person.hospital_stay),
        "care": _care_as_json(person.care),
    }


def _care_as_json(care: CareTraits) -> dict[str, Any]:
    return {**asdict(care), "visit_scores": list(care.visit_scores)}


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _span_as_json(span: InsuredSpan) -> dict[str, Any]:
    return {
        "from_on": span.from_on.isoformat(),
        "to_on": _iso(span.to_on),
        "mutuality": span.mutuality.digits,
        "membership_number": span.membership_number.text,
        "ct1": span.ct1,
        "ct2": span.ct2,
    }


def _house_as_json(house: MedicalHouse | None) -> dict[str, Any] | None:
    if house is None:
        return None
    return {"nihii": house.nihii, "kind": house.kind, "started_on": _iso(house.started_on)}


def _stay_as_json(stay: HospitalStay | None) -> dict[str, Any] | None:
    if stay is None:
        return None
    return {
        "hospital_nihii": stay.hospital_nihii,
        "service": stay.service,
        "admitted_on": _iso(stay.admitted_on),
    }


def person_from_json(members: Mapping[str, Any]) -> SandboxPerson:
    """Read a person.

    Raises:
        InputError: with one finding for each member that is wrong or unknown.
    """
    reader = _Reader(members, "", [])
    niss = reader.number("niss", Niss.parse, None)
    if niss is None:
        reader.must_have("niss")
        raise InputError(findings=tuple(reader.findings))
    person = _read_person(reader, niss)
    reader.close()
    if reader.findings:
        raise InputError(findings=tuple(reader.findings))
    return person


def _read_person(reader: _Reader, niss: Niss) -> SandboxPerson:
    mutuality = reader.number("mutuality", Mutuality.parse, Mutuality(DEFAULT_MUTUALITY))
    number = reader.number("membership_number", MembershipNumber.parse, membership_for(niss))
    gender = "male" if int(niss.digits[6:9]) % 2 else "female"
    return SandboxPerson(
        niss=niss,
        last_name=reader.text("last_name", "Voorbeeld"),
        first_name=reader.text("first_name", "Persona"),
        born_on=reader.day("born_on", birth_of(niss)),
        gender=reader.text("gender", gender),
        mutuality=mutuality,
        membership_number=number,
        purpose=reader.text("purpose", "added at run time"),
        periods=_read_spans(reader, mutuality, number),
        deceased_on=reader.day("deceased_on", None),
        palliative_since=reader.day("palliative_since", None),
        insurer_pays_provider=reader.truth("insurer_pays_provider", default=False),
        medical_house=_read_house(reader.object("medical_house")),
        hospital_stay=_read_stay(reader.object("hospital_stay")),
        is_known=reader.truth("is_known", default=True),
        care=_read_care(reader.object("care")),
    )


def _read_care(reader: _Reader | None) -> CareTraits:
    if reader is None:
        return CareTraits()
    traits = CareTraits(
        has_rights_in_order=reader.truth("has_rights_in_order", default=True),
        has_other_nurse=reader.truth("has_other_nurse", default=False),
        sends_gp_form=reader.truth("sends_gp_form", default=True),
        gp_form_after_days=reader.days("gp_form_after_days") or 0,
        visit_after_days=reader.days("visit_after_days"),
        visit_scores=reader.scores("visit_scores", CareTraits().visit_scores),
        closed_after_days=reader.days("closed_after_days"),
        modified_after_days=reader.days("modified_after_days"),
        other_nurse_after_days=reader.days("other_nurse_after_days"),
    )
    reader.close()
    return traits


def _read_spans(
    reader: _Reader,
    mutuality: Mutuality,
    number: MembershipNumber,
) -> tuple[InsuredSpan, ...]:
    spans = reader.objects("periods")
    if spans is None:
        return (
            InsuredSpan(
                from_on=INSURED_SINCE,
                to_on=None,
                mutuality=mutuality,
                membership_number=number,
            ),
        )
    read = [_read_span(each, mutuality, number) for each in spans]
    return tuple(sorted(read, key=lambda span: span.from_on))


def _read_span(reader: _Reader, mutuality: Mutuality, number: MembershipNumber) -> InsuredSpan:
    reader.must_have("from_on")
    span = InsuredSpan(
        from_on=reader.day("from_on", INSURED_SINCE),
        to_on=reader.day("to_on", None),
        mutuality=reader.number("mutuality", Mutuality.parse, mutuality),
        membership_number=reader.number("membership_number", MembershipNumber.parse, number),
        ct1=reader.code("ct1"),
        ct2=reader.code("ct2"),
    )
    reader.close()
    if span.to_on is not None and span.to_on < span.from_on:
        reader.refuse("to_on", "period_reversed")
    return span


def _read_house(reader: _Reader | None) -> MedicalHouse | None:
    if reader is None:
        return None
    house = MedicalHouse(
        nihii=reader.number("nihii", _nihii_digits, None),
        kind=reader.text("kind", "Nurse"),
        started_on=reader.day("started_on", INSURED_SINCE),
    )
    reader.close()
    return house


def _read_stay(reader: _Reader | None) -> HospitalStay | None:
    if reader is None:
        return None
    stay = HospitalStay(
        hospital_nihii=reader.number("hospital_nihii", _nihii_digits, None),
        service=reader.text("service", "450"),
        admitted_on=reader.day("admitted_on", INSURED_SINCE),
    )
    reader.close()
    return stay


def _nihii_digits(text: str) -> str:
    return Nihii.parse(text).long


def membership_for(niss: Niss) -> MembershipNumber:
    """Make a membership number of 12 digits that does not show the person number."""
    return MembershipNumber(f"{int(niss.digits) * _MEMBERSHIP_SPREAD % 10**12:012}")


def birth_of(niss: Niss) -> date:
    """Give the birth date a number shows; a fixed one when it shows none (*Identifiers* 1)."""
    digits = niss.digits
    month = int(digits[2:4]) % 20
    for century, prefix in _CENTURIES:
        if int(digits[9:]) == 97 - int(prefix + digits[:9]) % 97:
            try:
                return date(century + int(digits[:2]), month, int(digits[4:6]))
            except ValueError:
                break
    return _UNKNOWN_BIRTH


class _Reader:
    """Reads members of one JSON object and collects what is wrong."""

    def __init__(self, members: Mapping[str, Any], pointer: str, findings: list[Finding]) -> None:
        self.findings = findings
        self._members = members
        self._pointer = pointer
        self._read: set[str] = set()

    def refuse(self, name: str, code: str) -> None:
        self.findings.append(Finding(pointer=f"{self._pointer}/{name}", code=code))

    def must_have(self, name: str) -> None:
        if self._members.get(name) is None:
            self.refuse(name, "member_missing")

    def close(self) -> None:
        """Refuse members that nobody read."""
        for name in self._members.keys() - self._read:
            self.refuse(name.replace("~", "~0").replace("/", "~1"), "member_unknown")

    def text(self, name: str, default: str) -> str:
        value = self._take(name, str)
        if value is None:
            return default
        if not value.strip() or not value.isprintable() or len(value) > MOST_CHARACTERS:
            self.refuse(name, "value_invalid")
        return value

    def code(self, name: str) -> str:
        value = self._take(name, str)
        if value is not None and not _CT.fullmatch(value):
            self.refuse(name, "value_invalid")
        return value or DEFAULT_CODE

    def truth(self, name: str, *, default: bool) -> bool:
        value = self._take(name, bool)
        return default if value is None else value

    def days(self, name: str) -> int | None:
        value = self._take(name, int)
        if value is not None and (isinstance(value, bool) or not 0 <= value <= MOST_DAYS):
            self.refuse(name, "value_invalid")
            return None
        return value

    def scores(self, name: str, default: tuple[int, ...]) -> tuple[int, ...]:
        value = self._take(name, list)
        if value is None:
            return default
        if not all(isinstance(each, int) for each in value) or not is_scale(tuple(value)):
            self.refuse(name, "value_invalid")
            return default
        return tuple(value)

    def day(self, name: str, default: T) -> date | T:
        value = self._take(name, str)
        if value is None:
            return default
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.refuse(name, "date_invalid")
            return default

    def number(self, name: str, parse: Callable[[str], T], default: Any) -> T | Any:
        value = self._take(name, str)
        if value is None:
            return default
        try:
            return parse(value)
        except InvalidIdentifier:
            self.refuse(name, "identifier_invalid")
            return default

    def object(self, name: str) -> _Reader | None:
        value = self._take(name, dict)
        return None if value is None else self._below(name, value)

    def objects(self, name: str) -> list[_Reader] | None:
        values = self._take(name, list)
        if values is None:
            return None
        readers = []
        for place, value in enumerate(values):
            if isinstance(value, dict):
                readers.append(self._below(f"{name}/{place}", value))
            else:
                self.refuse(f"{name}/{place}", "value_invalid")
        return readers

    def _below(self, path: str, members: dict[str, Any]) -> _Reader:
        return _Reader(members, f"{self._pointer}/{path}", self.findings)

    def _take(self, name: str, kind: type[T]) -> T | None:
        self._read.add(name)
        value = self._members.get(name)
        if value is None or isinstance(value, kind):
            return value
        self.refuse(name, "value_invalid")
        return None
