"""Who calls, as the assertion says, and whether the envelope names the same parties.

Source: *MyCareNet transport* 1.2, 1.6, 4.2, 4.3 and 11; *STS session* 9.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from bridge.crypto.certificates import Certificate
from bridge.ehealth.assertions import Assertion
from bridge.ehealth.profiles import (
    CERTIFICATE_HOLDER,
    ENTERPRISE,
    ENTERPRISE_RECOGNISED,
    GROUP_NIHII,
    GROUP_RECOGNISED,
    MANDATARY,
    NURSE,
    NURSE_NIHII,
    NURSE_NIHII_OLD,
    PERSON,
    SessionProfile,
)
from bridge.mycarenet.common import CareProvider, Identity, Origin, Sender
from bridge.sandbox.refusals import NOT_AUTHORISED, Refused
from bridge.sandbox.sts_claims import NurseRegister

INVALID_CONTENT: Final = "SOA-03007"
INVALID_QUALITY: Final = "803"
QUALITY: Final = "nurse"
GROUP_QUALITY: Final = "groupofnurses"

_NIHII_ATTRIBUTES: Final = (NURSE_NIHII, NURSE_NIHII_OLD)
_SHORT: Final = 8
_LONG: Final = 11
_NOBODY: Final = Sender()
_NONE: Final = Identity()


@dataclass(frozen=True, kw_only=True)
class Caller:
    """What the verified assertion says of the caller.

    Attributes:
        certificate: What the assertion is bound to.
        ssin: The person who authenticated, where one is named.
        nihii: Her number, where she is a recognised nurse.
        group: Number of the recognised group, 11 digits.
        cbe: Number of the recognised enterprise.
        is_mandatary: Whether a mandate of the person is registered.
    """

    certificate: Certificate
    ssin: str | None = field(default=None, repr=False)
    nihii: str | None = field(default=None, repr=False)
    group: str | None = field(default=None, repr=False)
    cbe: str | None = None
    is_mandatary: bool = False


def demanded(assertion: Assertion) -> SessionProfile:
    """Demand what an assertion is about: a recognised party of one kind."""
    for marker in (GROUP_RECOGNISED, ENTERPRISE_RECOGNISED, MANDATARY):
        if assertion.values(marker):
            return SessionProfile(
                claims=(), required_true=(marker,), identity={}, nihii_attributes=(), nihii=""
            )
    numbers = _values(assertion, *_NIHII_ATTRIBUTES)
    return SessionProfile(
        claims=(),
        required_true=(NURSE,),
        identity={},
        nihii_attributes=_NIHII_ATTRIBUTES,
        nihii=min(numbers)[:_SHORT] if numbers else "",
    )


def caller_of(assertion: Assertion, certificate: Certificate) -> Caller:
    """Give the caller of a verified assertion.

    Raises:
        Refused: it names several of a kind, or nobody.
    """
    is_nurse = _is_true(assertion, NURSE)
    is_group, is_enterprise = (
        _is_true(assertion, marker) for marker in (GROUP_RECOGNISED, ENTERPRISE_RECOGNISED)
    )
    caller = Caller(
        certificate=certificate,
        ssin=_one(assertion, PERSON, CERTIFICATE_HOLDER),
        nihii=_one(assertion, *_NIHII_ATTRIBUTES) if is_nurse else None,
        group=_one(assertion, GROUP_NIHII) if is_group else None,
        cbe=_one(assertion, ENTERPRISE) if is_enterprise else None,
        is_mandatary=_is_true(assertion, MANDATARY),
    )
    if is_nurse and not (caller.ssin and caller.nihii):
        raise Refused(NOT_AUTHORISED, "assertion does not name exactly one nurse")
    return caller


def check_parties(origin: Origin, caller: Caller, *, nurses: NurseRegister) -> CareProvider:
    """Compare care provider and sender with the caller, and give the care provider.

    Raises:
        Refused: somebody else is named, or the caller may not act for the care provider.
    """
    provider = origin.care_provider
    if provider is None:
        raise Refused(INVALID_CONTENT, "care provider missing")
    if provider.nihii.quality not in {QUALITY, GROUP_QUALITY}:
        raise Refused(INVALID_QUALITY, "quality of the care provider")
    _check_numbers(provider)
    _check_sender(origin.sender or _NOBODY, caller)
    _check_person(provider, caller)
    if not _may_act(caller, provider, nurses):
        raise Refused(NOT_AUTHORISED, "NIHII of the care provider")
    return provider


def _check_numbers(provider: CareProvider) -> None:
    """All numbers of the care provider are the same (*4.2*)."""
    parties = [each for each in (provider.person, provider.organization) if each]
    numbers = [provider.nihii, *(each.nihii for each in parties)]
    if len({number.value for number in numbers if number is not None}) != 1:
        raise Refused(NOT_AUTHORISED, "NIHII of the care provider")


def _check_sender(sender: Sender, caller: Caller) -> None:
    """Whoever is named as sender is who authenticated."""
    person, organization = sender.person or _NONE, sender.organization or _NONE
    if person.ssin not in {None, caller.ssin}:
        raise Refused(NOT_AUTHORISED, "SSIN of the sender")
    if organization.cbe not in {None, caller.cbe}:
        raise Refused(NOT_AUTHORISED, "CBE of the sender")


def _check_person(provider: CareProvider, caller: Caller) -> None:
    """A nurse for herself is a person, and the one who authenticated."""
    if caller.nihii is None:
        return
    if provider.person is None or provider.person.ssin != caller.ssin:
        raise Refused(NOT_AUTHORISED, "SSIN of the care provider")


def _may_act(caller: Caller, provider: CareProvider, nurses: NurseRegister) -> bool:
    number = (provider.nihii.value or "").ljust(_LONG, "0")
    if provider.nihii.quality == GROUP_QUALITY and caller.group is not None:
        return number == caller.group
    if caller.nihii is not None:
        return number == caller.nihii
    if caller.cbe is not None:
        is_employer = nurses.employs(caller.cbe, number)
        return is_employer or nurses.may_represent(caller.cbe, number)
    return caller.is_mandatary and nurses.may_represent(caller.ssin, number)


def _is_true(assertion: Assertion, name: str) -> bool:
    return assertion.values(name) == ("true",)


def _one(assertion: Assertion, *names: str) -> str | None:
    found = _values(assertion, *names)
    if len(found) > 1:
        raise Refused(NOT_AUTHORISED, "assertion names several of a kind")
    return found.pop() if found else None


def _values(assertion: Assertion, *names: str) -> set[str]:
    return {value for name in names for value in assertion.values(name) if value}
