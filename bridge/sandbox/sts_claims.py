"""Claims: what the played STS checks against certificates, and what it certifies.

Source: *STS session* 9 and 18, rows 8 and c.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

from bridge.crypto.certificates import Certificate
from bridge.domain.registrations import Holder
from bridge.ehealth.assertions import Attribute
from bridge.ehealth.profiles import (
    CERTIFICATE_HOLDER,
    GIVEN_NAME,
    IDENTIFICATION,
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
    """The recognised nurses, by person number."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, Recognition] = {}

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
    if not {PERSON, CERTIFICATE_HOLDER} <= stated.keys():
        raise Refused(INVALID_REQUEST, "claims: nobody is named")
    people = {subject.identity.niss, holder.identity.niss}
    if None in people or len(people | set(stated.values())) != 1:
        raise Refused(NOT_AUTHORISED, "claims: identity is not the certificates'")


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
    niss = next(claim.value for claim in claims if claim.uri == PERSON)
    known = nurses.find(niss or "")
    certified = {
        NURSE: _boolean(known is not None),
        PUBLIC_HEALTH_NURSE: _boolean(known is not None),
        NURSE_NIHII: known.nihii if known else "",
        NURSE_NIHII_OLD: known.nihii if known else "",
        GIVEN_NAME: known.first_name if known else "",
        SURNAME: known.last_name if known else "",
        USER_SESSION: _boolean(is_user_session),
    }
    return tuple(
        (claim.uri, NAMESPACES[claim.uri], claim.value or certified[claim.uri]) for claim in claims
    )


def _boolean(value: bool) -> str:  # noqa: FBT001  # converts exactly this
    return "true" if value else "false"
