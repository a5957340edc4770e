"""One question about insurability: from a check to signed bytes, and to the facts of the answer.

Source: *MyCareNet transport* 5 and 7, *STS session* 13.1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from bridge.crypto.algorithms import algorithm_for
from bridge.domain.ids import IdSource
from bridge.domain.insurability import (
    InsurabilityCheck,
    InsurabilityFacts,
    InsurabilityQuestion,
    MemberFacet,
)
from bridge.domain.registrations import InsurabilityService, Registration
from bridge.errors import Finding, InputError
from bridge.mycarenet import genins_single, memberdata
from bridge.mycarenet.common import Package
from bridge.ports.clock import Clock
from bridge.service.remote import Destination
from bridge.service.sessionshelf import OpenSession
from bridge.soap import wsse

_SYSTEM: Final = "mycarenet"


@dataclass(frozen=True, kw_only=True)
class MemberDataPlace:
    """Where insurability is asked, who we say we are, and the named settings of the request.

    Attributes:
        url: MemberData.
        generic_url: GenericInsurability, for registrations that ask there.
    """

    url: str
    generic_url: str
    package: Package
    is_test: bool
    settings: memberdata.MemberDataSettings


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A consultation ready to leave.

    Attributes:
        read: Reads the payload of its answer; raises ``TheirAnswerInvalid`` when it is no answer,
            or the answer to something else.
    """

    destination: Destination
    body: bytes
    read: Callable[[Any], InsurabilityFacts]

    def __repr__(self) -> str:
        return f"Prepared({len(self.body)} bytes)"


@dataclass(frozen=True)
class _Drafted:
    payload: Any
    destination: Destination
    read: Callable[[Any], InsurabilityFacts]


def prepare(
    check: InsurabilityCheck,
    *,
    session: OpenSession,
    place: MemberDataPlace,
    clock: Clock,
    ids: IdSource,
) -> Prepared:
    """Build, check and sign the consultation of a check, for the service its registration asks.

    Raises:
        OurMessageInvalid: our own message does not fit our schema; nothing may be sent.
    """
    now = clock.now()
    chosen = session.registration.settings.insurability_service
    is_generic = chosen is InsurabilityService.GENERIC_INSURABILITY
    draft = _generic if is_generic else _memberdata
    drafted = draft(check.question, session.registration, place, (now, ids))
    pending = wsse.prepare(
        drafted.payload,
        token=wsse.AssertionToken(xml=session.assertion.xml, assertion_id=session.assertion.id),
        profile=wsse.ESB_PROFILE,
        algorithm=algorithm_for(session.credential.certificate.public_key),
        now=now,
        ids=ids,
    )
    body = pending.finish(session.credential.sign(pending.to_be_signed))
    return Prepared(destination=drafted.destination, body=body, read=drafted.read)


def _memberdata(
    question: InsurabilityQuestion,
    registration: Registration,
    place: MemberDataPlace,
    given: tuple[datetime, IdSource],
) -> _Drafted:
    now, ids = given
    consultation = memberdata.new_consultation(
        registration=registration,
        package=place.package,
        question=question,
        is_test=place.is_test,
        settings=place.settings,
        now=now,
        ids=ids,
    )
    payload = memberdata.encode_consultation(consultation, settings=place.settings, ids=ids)

    def read(answer: Any) -> InsurabilityFacts:
        return memberdata.decode_answer(
            answer,
            request_id=consultation.request_id,
            query_id=consultation.query_id,
            question=question,
        )

    to = Destination(system=_SYSTEM, url=place.url, action=memberdata.MEMBERDATA_ACTION)
    return _Drafted(payload, to, read)


def _generic(
    question: InsurabilityQuestion,
    registration: Registration,
    place: MemberDataPlace,
    given: tuple[datetime, IdSource],
) -> _Drafted:
    _, ids = given
    if question.facets != (MemberFacet.INSURABILITY,):
        finding = Finding(pointer="/facets", code="value_not_allowed")
        raise InputError(findings=(finding,))
    asked = genins_single.new_question(
        registration=registration,
        package=place.package,
        question=question,
        is_test=place.is_test,
        ids=ids,
    )
    to = Destination(system=_SYSTEM, url=place.generic_url, action=genins_single.ACTION)
    return _Drafted(
        genins_single.encode_question(asked),
        to,
        lambda answer: genins_single.decode_answer(answer, asked),
    )
