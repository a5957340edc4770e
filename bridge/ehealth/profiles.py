"""What a session asks the STS for, per kind of registration, and what must come back.

Source: *STS session* 9; decision D7 (the seam is ``BUILDERS``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType
from typing import Final

from bridge.domain.identifiers import Cbe, Nihii
from bridge.domain.registrations import Registration, RegistrationKind
from bridge.errors import InputError

PERSON: Final = "urn:be:fgov:person:ssin"
CERTIFICATE_HOLDER: Final = "urn:be:fgov:ehealth:1.0:certificateholder:person:ssin"
NURSE: Final = "urn:be:fgov:person:ssin:nurse:boolean"
NURSE_NIHII: Final = "urn:be:fgov:person:ssin:ehealth:1.0:nihii:nurse:nihii11"
NURSE_NIHII_OLD: Final = "urn:be:fgov:person:ssin:ehealth:1.0:nurse:nihii11"
GIVEN_NAME: Final = "urn:be:fgov:person:ssin:ehealth:1.0:givenname"
SURNAME: Final = "urn:be:fgov:person:ssin:ehealth:1.0:surname"
PUBLIC_HEALTH_NURSE: Final = "urn:be:fgov:person:ssin:ehealth:1.0:fpsph:nurse:boolean"
USER_SESSION: Final = "urn:be:fgov:ehealth:1.0:certificateholder:person:ssin:usersession:boolean"

_EHEALTH: Final = "urn:be:fgov:ehealth:1.0:"
_GROUP_RECOGNISED: Final = "groupofnurses:nihii-number:recognisedgroupofnurses:"
GROUP: Final = _EHEALTH + "groupofnurses:nihii-number"
GROUP_HOLDER: Final = _EHEALTH + "certificateholder:groupofnurses:nihii-number"
GROUP_NIHII: Final = _EHEALTH + _GROUP_RECOGNISED + "nihii11"
GROUP_RECOGNISED: Final = _EHEALTH + "certificateholder:" + _GROUP_RECOGNISED + "boolean"
ENTERPRISE: Final = "urn:be:fgov:kbo-bce:organization:cbe-number"
ENTERPRISE_HOLDER: Final = _EHEALTH + "certificateholder:enterprise:cbe-number"
ENTERPRISE_RECOGNISED: Final = _EHEALTH + "certificateholder:recognisedorganization:boolean"
MANDATE_SERVICE: Final = _EHEALTH + "servicename:external"
MANDATARY: Final = "urn:be:fgov:person:ssin:ehealth:1.0:recognisedmandatary:boolean"

IDENTIFICATION: Final = "urn:be:fgov:identification-namespace"
CERTIFIED: Final = "urn:be:fgov:certified-namespace:ehealth"

NAMESPACES: Final[Mapping[str, str]] = MappingProxyType(
    {
        PERSON: IDENTIFICATION,
        CERTIFICATE_HOLDER: IDENTIFICATION,
        NURSE: CERTIFIED,
        NURSE_NIHII: CERTIFIED,
        NURSE_NIHII_OLD: CERTIFIED,
        GIVEN_NAME: CERTIFIED,
        SURNAME: CERTIFIED,
        PUBLIC_HEALTH_NURSE: CERTIFIED,
        USER_SESSION: CERTIFIED,
        GROUP: IDENTIFICATION,
        GROUP_HOLDER: IDENTIFICATION,
        GROUP_NIHII: CERTIFIED,
        GROUP_RECOGNISED: CERTIFIED,
        ENTERPRISE: IDENTIFICATION,
        ENTERPRISE_HOLDER: IDENTIFICATION,
        ENTERPRISE_RECOGNISED: CERTIFIED,
        MANDATE_SERVICE: IDENTIFICATION,
        MANDATARY: CERTIFIED,
    },
)
"""Known attributes; the namespace is not on the wire, the STS knows it (*STS session* 5.1)."""

KEY_TYPE: Final = "http://docs.oasis-open.org/ws-sx/wstrust/200512/PublicKey"
"""``wstrust`` without hyphen, against the standard: what every known client sends."""


@dataclass(frozen=True, kw_only=True)
class StsSettings:
    """Everything about the token request that was inferred rather than read somewhere.

    Attributes:
        lifetime: Requested window; 12 h is a working day and our own maximum
            (*STS session* 10.2, inferred).
        key_type: Spelling of ``KeyType`` (*STS session* 5.1; the standard's is unproven).
        timestamp_lifetime_s: Life of the message timestamp, seconds (*STS session* 3).
        asks_user_session: Also ask whether a person authenticated; for nurses inferred.
        asks_public_health: Also ask for recognition by the federal public health service.
        asks_old_nihii: Also ask for the older alias of the NIHII attribute.
        clock_skew_s: Tolerated difference of clocks when reading an assertion, seconds.
    """

    lifetime: timedelta = timedelta(hours=12)
    key_type: str = KEY_TYPE
    timestamp_lifetime_s: int = 60
    asks_user_session: bool = False
    asks_public_health: bool = False
    asks_old_nihii: bool = False
    clock_skew_s: int = 60


DEFAULT_SETTINGS: Final = StsSettings()


@dataclass(frozen=True)
class Claim:
    """One attribute that is asked for.

    Attributes:
        uri: Name of the attribute.
        value: Stated by us for an identification attribute; ``None`` asks for the value.
    """

    uri: str
    value: str | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True)
class SessionProfile:
    """What is asked, and what the answer must say.

    Attributes:
        claims: In the order of the request.
        required_true: Attributes that must come back as ``true``.
        identity: Attribute to the value that must come back, unchanged.
        nihii_attributes: Attributes of which at least one must carry the number of ``nihii``;
            none for enterprises and mandates, where no source certifies a number.
        nihii: First 8 digits of the expected number: qualification digits may differ.
    """

    claims: tuple[Claim, ...]
    required_true: tuple[str, ...]
    identity: dict[str, str] = field(repr=False)
    nihii_attributes: tuple[str, ...]
    nihii: str = field(repr=False)


def _nurse(registration: Registration, settings: StsSettings) -> SessionProfile:
    """A nurse acting for herself: rows 1 to 4 of *STS session* 9.2, and her names."""
    ssin = registration.holder.niss.digits
    identity = {CERTIFICATE_HOLDER: ssin, PERSON: ssin}
    numbers = (NURSE_NIHII, NURSE_NIHII_OLD) if settings.asks_old_nihii else (NURSE_NIHII,)
    wanted = [NURSE, *numbers, GIVEN_NAME, SURNAME]
    if settings.asks_public_health:
        wanted.append(PUBLIC_HEALTH_NURSE)
    if settings.asks_user_session:
        wanted.append(USER_SESSION)
    return SessionProfile(
        claims=(
            *(Claim(uri, value) for uri, value in identity.items()),
            *(Claim(uri) for uri in wanted),
        ),
        required_true=(NURSE,),
        identity=identity,
        nihii_attributes=numbers,
        nihii=registration.holder.nihii.short,
    )


def _group(registration: Registration, settings: StsSettings) -> SessionProfile:
    """A group of nurses: *STS session* 9.3, the 8-digit form stated, 11 digits expected."""
    number = _group_of(registration).short
    identity = {GROUP_HOLDER: number, GROUP: number, **_person(registration)}
    return SessionProfile(
        claims=_claims(identity, GROUP_NIHII, GROUP_RECOGNISED, *_extras(settings)),
        required_true=(GROUP_RECOGNISED,),
        identity=identity,
        nihii_attributes=(GROUP_NIHII,),
        nihii=number,
    )


def _enterprise(registration: Registration, settings: StsSettings) -> SessionProfile:
    """An enterprise, with the person who sends for it: *STS session* 9.4.

    Whom it sends for is no attribute in any source; the business message says it (9.4, end).
    """
    number = _cbe_of(registration).digits
    identity = {ENTERPRISE_HOLDER: number, ENTERPRISE: number, **_person(registration)}
    return SessionProfile(
        claims=_claims(identity, ENTERPRISE_RECOGNISED, *_extras(settings)),
        required_true=(ENTERPRISE_RECOGNISED,),
        identity=identity,
        nihii_attributes=(),
        nihii="",
    )


def _mandate(registration: Registration, _settings: StsSettings) -> SessionProfile:
    """A person with a mandate of a colleague: *STS session* 9.5."""
    ssin = registration.person.digits
    identity = {
        CERTIFICATE_HOLDER: ssin,
        PERSON: ssin,
        MANDATE_SERVICE: registration.settings.mandate_service,
    }
    return SessionProfile(
        claims=_claims(identity, USER_SESSION, MANDATARY),
        required_true=(USER_SESSION, MANDATARY),
        identity=identity,
        nihii_attributes=(),
        nihii="",
    )


def _claims(identity: dict[str, str], *asked: str) -> tuple[Claim, ...]:
    stated = (Claim(uri, value) for uri, value in identity.items())
    return (*stated, *(Claim(uri) for uri in asked))


def _person(registration: Registration) -> dict[str, str]:
    if not registration.settings.states_person:
        return {}
    ssin = registration.person.digits
    return {CERTIFICATE_HOLDER: ssin, PERSON: ssin}


def _extras(settings: StsSettings) -> tuple[str, ...]:
    return (USER_SESSION,) if settings.asks_user_session else ()


def _group_of(registration: Registration) -> Nihii:
    if registration.group is None:
        raise InputError(code="group_number_missing")
    return registration.group


def _cbe_of(registration: Registration) -> Cbe:
    if registration.cbe is None:
        raise InputError(code="cbe_missing")
    return registration.cbe


BUILDERS: Final[
    Mapping[RegistrationKind, Callable[[Registration, StsSettings], SessionProfile]]
] = MappingProxyType(
    {
        RegistrationKind.NURSE: _nurse,
        RegistrationKind.ENTERPRISE: _enterprise,
        RegistrationKind.ENTERPRISE_EMPLOYEE: _enterprise,
        RegistrationKind.MANDATE: _mandate,
        RegistrationKind.NURSE_GROUP: _group,
        RegistrationKind.NURSE_GROUP_ENTERPRISE: _enterprise,
    },
)
"""The seam of D7: what each kind of registration asks for."""


def profile_for(
    registration: Registration,
    settings: StsSettings = DEFAULT_SETTINGS,
) -> SessionProfile:
    """Give the profile of a registration.

    Raises:
        InputError: a number the kind needs is missing (``cbe_missing``,
            ``group_number_missing``).
    """
    return BUILDERS[registration.kind](registration, settings)
