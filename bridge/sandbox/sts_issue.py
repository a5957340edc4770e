"""Issuing the assertion, right or, as a scenario wants it, wrong (*STS session* 10.1, 18 a-d)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from bridge.crypto.algorithms import algorithm_for
from bridge.crypto.certificates import Certificate
from bridge.domain.ids import IdSource
from bridge.ehealth.assertions import ID_ATTRIBUTE, AssertionContent, build_assertion
from bridge.ehealth.profiles import (
    CERTIFICATE_HOLDER,
    CERTIFIED,
    NURSE,
    PERSON,
    PUBLIC_HEALTH_NURSE,
)
from bridge.sandbox.pki import Credential, Pki
from bridge.sandbox.scenarios import ScenarioBoard
from bridge.sandbox.sts_challenges import PendingIssue
from bridge.sandbox.sts_claims import NurseRegister, answer_claims
from bridge.soap import xml
from bridge.soap.names import SAML1, q
from bridge.xmldsig.sign import prepare_enveloped

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

EARLIER: Final = timedelta(minutes=5)
"""How much earlier than asked the window starts (*STS session* 10.1)."""

_ID_DIGITS: Final = 32
_OTHER_PERSON: Final = "00000000097"


class Issuer:
    """Builds and signs assertions."""

    def __init__(
        self,
        *,
        pki: Pki,
        ids: IdSource,
        scenario: ScenarioBoard,
        nurses: NurseRegister,
    ) -> None:
        """Keep the parts."""
        self._pki = pki
        self._ids = ids
        self._scenario = scenario
        self._nurses = nurses

    def issue(self, pending: PendingIssue, *, now: datetime) -> bytes:
        """Give the signed assertion for a verified request."""
        is_user_session = pending.subject.x509.issuer == self._pki.eid_authority.name
        content = AssertionContent(
            id="_" + self._ids.uuid().replace("-", "").lower().zfill(_ID_DIGITS),
            issued_at=now,
            not_before=pending.request.not_before - EARLIER,
            not_on_or_after=pending.request.not_after,
            subject=pending.subject,
            holder=pending.holder,
            attributes=answer_claims(
                pending.request.claims,
                nurses=self._nurses,
                is_user_session=is_user_session,
            ),
        )
        change = _CHANGES.get(self._scenario.name)
        if change is not None:
            content = change(content, _Surroundings(now=now, pki=self._pki))
        return xml.serialize(self._signed(build_assertion(content)))

    def _signed(self, assertion: Element) -> Element:
        if self._scenario.name == "assertion_unsigned":
            return assertion
        is_untrusted = self._scenario.name == "assertion_untrusted"
        signer = self._pki.false_sts if is_untrusted else self._pki.sts
        is_wrong = self._scenario.name == "assertion_wrongly_signed"
        key = self._pki.false_sts if is_wrong else signer
        _sign(assertion, shown=signer.certificate, key=key)
        if self._scenario.name == "assertion_tampered":
            conditions = xml.only_child(assertion, q(SAML1, "Conditions"))
            conditions.set(
                "NotOnOrAfter", conditions.get("NotOnOrAfter", "").replace("20", "21", 1)
            )
        return assertion


@dataclass(frozen=True, kw_only=True)
class _Surroundings:
    now: datetime
    pki: Pki


def _sign(assertion: Element, *, shown: Certificate, key: Credential) -> None:
    pending = prepare_enveloped(
        assertion,
        id_attribute=ID_ATTRIBUTE,
        certificate=shown,
        algorithm=algorithm_for(shown.public_key),
    )
    pending.finish(key.sign(pending.to_be_signed))


def _expired(content: AssertionContent, around: _Surroundings) -> AssertionContent:
    length = content.not_on_or_after - content.not_before
    ended = around.now - timedelta(minutes=1)
    return replace(content, not_before=ended - length, not_on_or_after=ended)


def _foreign(content: AssertionContent, around: _Surroundings) -> AssertionContent:
    return replace(content, holder=around.pki.other_holder.certificate)


def _other_person(content: AssertionContent, _around: _Surroundings) -> AssertionContent:
    return _with_values(content, {PERSON: _OTHER_PERSON, CERTIFICATE_HOLDER: _OTHER_PERSON})


def _not_recognised(content: AssertionContent, _around: _Surroundings) -> AssertionContent:
    blank = dict.fromkeys(
        (name for name, namespace, _ in content.attributes if namespace == CERTIFIED),
        "",
    )
    return _with_values(content, {**blank, NURSE: "false", PUBLIC_HEALTH_NURSE: "false"})


def _with_values(content: AssertionContent, values: dict[str, str]) -> AssertionContent:
    return replace(
        content,
        attributes=tuple(
            (name, namespace, values.get(name, value))
            for name, namespace, value in content.attributes
        ),
    )


_CHANGES: Final[dict[str, Callable[[AssertionContent, _Surroundings], AssertionContent]]] = {
    "assertion_expired": _expired,
    "assertion_foreign": _foreign,
    "assertion_other_person": _other_person,
    "not_recognised": _not_recognised,
}
"""Scenario to what it changes before the assertion is signed."""
