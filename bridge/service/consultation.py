"""One MemberData consultation: from a check to signed bytes, and from the answer to facts.

Source: *MyCareNet transport* 5, *STS session* 13.1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bridge.crypto.algorithms import algorithm_for
from bridge.domain.ids import IdSource
from bridge.domain.insurability import InsurabilityCheck, InsurabilityFacts
from bridge.mycarenet import memberdata
from bridge.mycarenet.common import Package
from bridge.ports.clock import Clock
from bridge.service.remote import Destination
from bridge.service.sessions import OpenSession
from bridge.soap import wsse


@dataclass(frozen=True, kw_only=True)
class MemberDataPlace:
    """Where MemberData is, who we say we are, and the named settings of the request."""

    url: str
    package: Package
    is_test: bool
    settings: memberdata.MemberDataSettings

    @property
    def destination(self) -> Destination:
        """The consultation operation of the service."""
        return Destination(
            system="mycarenet",
            url=self.url,
            action=memberdata.MEMBERDATA_ACTION,
        )


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A consultation ready to leave."""

    consultation: memberdata.Consultation
    body: bytes

    def __repr__(self) -> str:
        return f"Prepared({len(self.body)} bytes)"


def prepare(
    check: InsurabilityCheck,
    *,
    session: OpenSession,
    place: MemberDataPlace,
    clock: Clock,
    ids: IdSource,
) -> Prepared:
    """Build, check and sign the consultation of a check.

    Raises:
        OurMessageInvalid: our own message does not fit our schema; nothing may be sent.
    """
    now = clock.now()
    consultation = memberdata.new_consultation(
        registration=session.registration,
        package=place.package,
        question=check.question,
        is_test=place.is_test,
        settings=place.settings,
        now=now,
        ids=ids,
    )
    payload = memberdata.encode_consultation(consultation, settings=place.settings, ids=ids)
    pending = wsse.prepare(
        payload,
        token=wsse.AssertionToken(xml=session.assertion.xml, assertion_id=session.assertion.id),
        profile=wsse.ESB_PROFILE,
        algorithm=algorithm_for(session.credential.certificate.public_key),
        now=now,
        ids=ids,
    )
    body = pending.finish(session.credential.sign(pending.to_be_signed))
    return Prepared(consultation=consultation, body=body)


def decode(payload: Any, *, prepared: Prepared) -> InsurabilityFacts:
    """Read the answer to a consultation.

    Raises:
        TheirAnswerInvalid: it is no answer, or the answer to something else.
    """
    consultation = prepared.consultation
    return memberdata.decode_answer(
        payload,
        request_id=consultation.request_id,
        query_id=consultation.query_id,
        question=consultation.question,
    )
