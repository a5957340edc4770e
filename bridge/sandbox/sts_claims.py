"""Claims: what the played STS checks against certificates, and what it certifies.

Source: *STS session* 9 and 18, rows 8 and c.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from bridge.crypto.certificates import Certificate
from bridge.domain.identifiers import Cbe, Nihii, Niss
from bridge.domain.registrations import Holder
from bridge.ehealth.assertions import Attribute
from bridge.ehealth.profiles import (
    CERTIFICATE_HOLDER,
    ENTERPRISE,
    ENTERPRISE_HOLDER,
    ENTERPRISE_RECOGNISED,
    GIVEN_NAME,
    GROUP,
    GROUP_HOLDER,
    GROUP_NIHII,
    GROUP_RECOGNISED,
    IDENTIFICATION,
    MANDATARY,
    MANDATE_SERVICE,
    NAMESPACES,
    NURSE,
    NURSE_NIHII,
    NURSE_NIHII_OLD,
    PERSON,
    PUBLIC_HEALTH_NURSE,
    SURNAME,
    USER_SESSION,
    Claim,
)
from bridge.sandbox.refusals import INVALID_REQUEST, NOT_AUTHORISED, Refused


@dataclass(frozen=True, kw_only=True)
class Recognition:
    """What the authentic sources say of one care provider."""

    nihii: str
    first_name: str
    last_name: str

    def __repr__(self) -> str:
        return "Recognition(***)"


class NurseRegister:
    """The recognised nurses, groups and enterprises, and who may act for them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, Recognition] = {}
        self._groups: dict[str, frozenset[str]] = {}
        self._enterprises: dict[str, frozenset[str]] = {}
        self._mandates: set[tuple[str, str]] = set()
        self._represented: set[tuple[str, str]] = set()

    def recognise(self, holder: Holder) -> None:
        """Enter a nurse."""
        recognition = Recognition(
            nihii=holder.nihii.long,
            first_name=holder.first_name,
            last_name=holder.last_name,
        )
        with self._lock:
            self._known[holder.niss.digits] = recognition

    def find(self, niss: str) -> Recognition | None:
        """Give what is known of a person; ``None`` for somebody who is no nurse."""
        with self._lock:
            return self._known.get(niss)

    def knows_number(self, number: Nihii) -> bool:
        """Tell whether a number is a recognised nurse's or group's."""
        with self._lock:
            people = {recognition.nihii for recognition in self._known.values()}
            return number.long in people or number.short in self._groups

    def recognise_group(self, group: Nihii, members: Iterable[Niss]) -> None:
        """Enter a group of nurses with those who joined it."""
        with self._lock:
            self._groups[group.short] = frozenset(member.digits for member in members)

    def recognise_enterprise(self, cbe: Cbe, people: Iterable[Niss]) -> None:
        """Enter an enterprise with the people its access manager named."""
        with self._lock:
            self._enterprises[cbe.digits] = frozenset(person.digits for person in people)

    def give_mandate(self, to: Niss, service: str) -> None:
        """Enter a mandate for a service; the STS does not learn of whom (*STS session* 9.5)."""
        with self._lock:
            self._mandates.add((to.digits, service))

    def represent(self, party: str, provider: Nihii) -> None:
        """Enter that a person (NISS) or an enterprise (CBE) may act for a care provider."""
        with self._lock:
            self._represented.add((party, provider.long))

    def may_represent(self, party: str | None, provider: str | None) -> bool:
        """Tell whether a person or an enterprise may act for a care provider, 11 digits."""
        with self._lock:
            return (party, provider) in self._represented

    def employs(self, number: str | None, provider: str | None) -> bool:
        """Tell whether a nurse with that care provider number works at an enterprise."""
        with self._lock:
            people = self._enterprises.get(number or "", frozenset())
            return any(
                self._known[person].nihii == provider for person in people if person in self._known
            )

    def knows_group(self, number: str | None, person: str | None) -> bool:
        """Tell whether a group is recognised and, when a person is named, that she joined it."""
        with self._lock:
            members = self._groups.get(number or "")
        return members is not None and (person is None or person in members)

    def knows_enterprise(self, number: str | None, person: str | None) -> bool:
        """Tell whether an enterprise is recognised and, when a person is named, named there."""
        with self._lock:
            people = self._enterprises.get(number or "")
        return people is not None and (person is None or person in people)

    def has_mandate(self, person: str | None, service: str | None) -> bool:
        """Tell whether a person has a mandate for a service."""
        with self._lock:
            return (person, service) in self._mandates


def check_claims(
    claims: tuple[Claim, ...],
    *,
    subject: Certificate,
    holder: Certificate,
) -> None:
    """Check claims against the certificates of the request.

    Args:
        claims: As received.
        subject: Certificate that signed the request.
        holder: Certificate the assertion will be bound to.

    Raises:
        Refused: unknown or repeated attribute, a value where none belongs or the other way
            round, or a value that is not the certificates'.
    """
    names = [claim.uri for claim in claims]
    if not names or len(set(names)) != len(names) or set(names) - NAMESPACES.keys():
        raise Refused(INVALID_REQUEST, "claims: unknown or repeated attribute")
    for claim in claims:
        is_stated = NAMESPACES[claim.uri] == IDENTIFICATION
        if is_stated != (claim.value is not None):
            raise Refused(INVALID_REQUEST, "claims: value where none belongs, or none")
    stated = {claim.uri: claim.value for claim in claims if claim.value is not None}
    if not any(pair <= stated.keys() for pair in _PARTIES):
        raise Refused(INVALID_REQUEST, "claims: nobody is named")
    certificates = (subject.identity, holder.identity)
    people = {stated.get(PERSON), stated.get(CERTIFICATE_HOLDER)} - {None}
    _check_people(people, {each.niss for each in certificates})
    for pair, numbers in (
        ((GROUP, GROUP_HOLDER), {each.nihii for each in certificates}),
        ((ENTERPRISE, ENTERPRISE_HOLDER), {each.cbe for each in certificates}),
    ):
        named = {stated.get(name) for name in pair}
        _check_numbers(named, numbers - {None}, is_person_named=bool(people))


_PARTIES: Final = (
    {PERSON, CERTIFICATE_HOLDER},
    {GROUP, GROUP_HOLDER},
    {ENTERPRISE, ENTERPRISE_HOLDER},
)
"""Pairs of attributes that name a party; at least one is needed whole."""

_FOREIGN: Final = "claims: identity is not the certificates'"


def _check_people(stated: set[str | None], certified: set[str | None]) -> None:
    """The person of every certificate that names one is the same, and the stated one."""
    known = certified - {None}
    if len(known | stated) > 1 or (stated and not known):
        raise Refused(NOT_AUTHORISED, _FOREIGN)


def _check_numbers(
    stated: set[str | None], certified: set[str | None], *, is_person_named: bool
) -> None:
    """A number is the certificate's; without one there, the register judges the person."""
    if len(stated) > 1:
        raise Refused(NOT_AUTHORISED, _FOREIGN)
    is_foreign = certified != stated if certified else not is_person_named and stated != {None}
    if is_foreign:
        raise Refused(NOT_AUTHORISED, _FOREIGN)


def answer_claims(
    claims: tuple[Claim, ...],
    *,
    nurses: NurseRegister,
    is_user_session: bool,
) -> tuple[Attribute, ...]:
    """Give the attributes of the assertion, in the order of the claims.

    Somebody who is not recognised gets ``false`` and empty values, not a refusal.

    Args:
        claims: Checked claims.
        nurses: The authentic source.
        is_user_session: Whether a person authenticated with an eID.
    """
    stated = {claim.uri: claim.value for claim in claims}
    niss, group = stated.get(PERSON), stated.get(GROUP)
    known = nurses.find(niss or "")
    is_group = nurses.knows_group(group, niss)
    has_mandate = nurses.has_mandate(niss, stated.get(MANDATE_SERVICE))
    certified = {
        NURSE: _boolean(known is not None),
        PUBLIC_HEALTH_NURSE: _boolean(known is not None),
        NURSE_NIHII: known.nihii if known else "",
        NURSE_NIHII_OLD: known.nihii if known else "",
        GIVEN_NAME: known.first_name if known else "",
        SURNAME: known.last_name if known else "",
        USER_SESSION: _boolean(is_user_session),
        GROUP_NIHII: group.ljust(11, "0") if group and is_group else "",
        GROUP_RECOGNISED: _boolean(is_group),
        ENTERPRISE_RECOGNISED: _boolean(nurses.knows_enterprise(stated.get(ENTERPRISE), niss)),
        MANDATARY: _boolean(has_mandate and is_user_session),
    }
    return tuple(
        (claim.uri, NAMESPACES[claim.uri], claim.value or certified[claim.uri]) for claim in claims
    )


def _boolean(value: bool) -> str:  # noqa: FBT001  # converts exactly this
    return "true" if value else "false"
