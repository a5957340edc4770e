"""What a session asks the STS for, per kind of registration, and what must come back.

Source: *STS session* 9; decision D7 (the seam is ``BUILDERS``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType
from typing import Final

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
        nihii_attributes: Attributes of which at least one must carry the number of ``nihii``.
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


BUILDERS: Final[
    Mapping[RegistrationKind, Callable[[Registration, StsSettings], SessionProfile]]
] = MappingProxyType({RegistrationKind.NURSE: _nurse})
"""The seam of D7: a kind of registration that is missing here cannot open a session yet."""


def profile_for(
    registration: Registration,
    settings: StsSettings = DEFAULT_SETTINGS,
) -> SessionProfile:
    """Give the profile of a registration.

    Raises:
        InputError: no profile is known for this kind (``registration_kind_unsupported``).
    """
    builder = BUILDERS.get(registration.kind)
    if builder is None:
        raise InputError(code="registration_kind_unsupported")
    return builder(registration, settings)
