"""Opening one eHealth session: card, PIN, token request, challenge, verified assertion.

Source: *STS session* 1.1 variant A, 4, 5 and 11.
A lost answer ends the operation as ``failed``: asking for a token sends nothing in anybody's
name, so it is safe to try again (D21 is about sending).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

from bridge.crypto.algorithms import algorithm_for
from bridge.crypto.certificates import Certificate
from bridge.domain.identifiers import Niss
from bridge.domain.ids import IdSource
from bridge.domain.operations import OperationStatus, WaitingFor
from bridge.domain.registrations import Registration, StsFlavour
from bridge.domain.secrets import Pin
from bridge.ehealth import profiles, saml, saml11, sts
from bridge.errors import (
    ActorMismatch,
    AssertionExpired,
    CardExpired,
    RemoteFault,
    TheirAnswerInvalid,
)
from bridge.ports.card import CardFacts, CardSigner
from bridge.ports.clock import Clock
from bridge.ports.keystore import EhealthCredential
from bridge.ports.transport import Transport, WireReply
from bridge.service import remote
from bridge.service.operations import OperationBook
from bridge.service.pindesk import Errand, PinVisit
from bridge.soap import wsse

CheckCard = Callable[[CardFacts], Awaitable[None]]
"""Judges the card that was just looked at; raises ``CardError`` when it may not be used."""


@dataclass(frozen=True, kw_only=True)
class Opening:
    """One opening: for whom, with what, asked by whom.

    Attributes:
        visit: The turn at the PIN desk; whoever starts the opening closes it.
    """

    operation_id: str
    registration: Registration
    credential: EhealthCredential
    requested_by: str
    language: str
    visit: PinVisit


@dataclass(frozen=True, kw_only=True)
class Opened:
    """What an opening led to.

    Attributes:
        registration: As it acts: with the person whose card it was.
        assertion: Verified.
        reader: Name of the reader with that card.
    """

    registration: Registration
    assertion: saml.Assertion
    reader: str


@dataclass(frozen=True, kw_only=True)
class StsPlace:
    """Where the STS is, whom to believe, and the named settings of the request.

    Attributes:
        saml11_url: Where its legacy flavour is, for registrations that say so.
    """

    url: str
    saml11_url: str
    trust: saml.StsTrust
    settings: profiles.StsSettings


class SessionOpener:
    """Walks through the flow once: WS-Trust, or SAML 1.1 where the registration says so."""

    def __init__(
        self,
        *,
        clock: Clock,
        ids: IdSource,
        card: CardSigner,
        transport: Transport,
        operations: OperationBook,
        place: StsPlace,
        check_card: CheckCard | None = None,
    ) -> None:
        """Keep the parts; ``check_card`` judges the card before the PIN is asked for."""
        self._clock = clock
        self._ids = ids
        self._card = card
        self._transport = transport
        self._operations = operations
        self._place = place
        self._check_card = check_card

    def new_session_id(self) -> str:
        """Make the identifier of a session."""
        return self._ids.ulid("ses")

    async def open(self, opening: Opening) -> Opened:
        """Open a session.

        Raises:
            CardError: reader, card or PIN; nothing of it is tried again.
            ActorMismatch: the card belongs to somebody else.
            SessionError: the STS refuses, or does not recognise the holder.
            NotDelivered, OutcomeUnknown: the STS cannot be reached, or did not answer.
            TheirAnswerInvalid: the answer does not hold.
        """
        await self._step(opening, 1, OperationStatus.RUNNING)
        context = self._ids.uuid()
        facts, certificate = await self._card_of(opening.registration)
        opening = replace(opening, registration=_acting(opening.registration, certificate))
        message = await self._signed_request(opening, facts, certificate, context)
        await self._step(opening, 3, OperationStatus.WAITING_FOR_REMOTE)
        assertion = await self._ask(message, opening, context)
        return Opened(registration=opening.registration, assertion=assertion, reader=facts.reader)

    def judged_again(
        self, assertion: bytes, registration: Registration, credential: EhealthCredential
    ) -> saml.Assertion:
        """Judge an assertion that was kept as strictly as when it came.

        Raises:
            TheirAnswerInvalid, SessionError: it does not hold, or no longer.
        """
        parsed = saml.parse_assertion(assertion)
        self._verify(parsed, registration, credential)
        return parsed

    async def _ask(self, message: bytes, opening: Opening, context: str) -> saml.Assertion:
        if _is_legacy(opening):
            return await self._ask_legacy(message, opening, context)
        wire, answer = await self._exchange(message, sts.ISSUE_ACTION, context)
        if isinstance(answer, sts.ChallengeReply):
            await self._step(opening, 4, OperationStatus.WAITING_FOR_REMOTE)
            response = self._answer_challenge(answer, opening.credential)
            wire, answer = await self._exchange(response, sts.CHALLENGE_ACTION, context)
        if isinstance(answer, sts.ChallengeReply):
            raise TheirAnswerInvalid("a second challenge")
        return self._verified(answer.assertion, opening, wire)

    async def succeed(self, opening: Opening, result_path: str) -> None:
        """Close the operation with the session it made."""
        await self._operations.move(
            opening.operation_id,
            OperationStatus.SUCCEEDED,
            result_path=result_path,
        )

    async def _card_of(self, registration: Registration) -> tuple[CardFacts, Certificate]:
        """Look for the card of the holder, then for those of the others who may open it.

        Raises:
            ActorMismatch: only somebody else's card is there.
            CardExpired: the certificate of the card is not valid now.
            CardError: reader or card.
        """
        for person in _allowed(registration):
            facts = await self._card.facts(holder=person.digits)
            certificate = Certificate.parse(facts.authentication_certificate)
            if _may_open(registration, certificate):
                if not certificate.is_valid_at(self._clock.now()):
                    raise CardExpired
                return facts, certificate
        raise ActorMismatch

    async def _signed_request(
        self, opening: Opening, facts: CardFacts, certificate: Certificate, context: str
    ) -> bytes:
        """Ask for the PIN, and have the card sign once."""
        if self._check_card is not None:
            await self._check_card(facts)
        errand = Errand(
            requested_by=opening.requested_by,
            purpose="open_ehealth_session",
            holder_name=_name_of(opening.registration, certificate),
            language=opening.language,
        )

        async def tell(waiting_for: WaitingFor) -> None:
            waiting = OperationStatus.WAITING_FOR_USER
            await self._step(opening, 2, waiting, waiting_for=waiting_for)

        async with opening.visit.pin(facts, errand, tell=tell) as pin:
            return await self._sign_request(opening, certificate, pin, context)

    async def _sign_request(
        self,
        opening: Opening,
        certificate: Certificate,
        pin: Pin | None,
        context: str,
    ) -> bytes:
        """Build the request after the PIN is known: its timestamp lives for 60 s only."""
        now = self._clock.now()
        settings = self._place.settings
        window: dict[str, Any] = {
            "claims": profiles.profile_for(opening.registration, settings).claims,
            "not_before": now,
            "not_after": now + settings.lifetime,
            "holder": opening.credential.certificate,
        }
        if _is_legacy(opening):
            query = saml11.Query(
                id=_query_id(context), issued_at=now, subject=certificate, **window
            )
            payload = _signed_query(query, opening.credential)
        else:
            payload = sts.encode_issue(sts.IssueRequest(context=context, **window), settings)
        pending = wsse.prepare(
            payload,
            token=wsse.X509Token(certificate),
            profile=sts.signing_profile(settings),
            algorithm=algorithm_for(certificate.public_key),
            now=now,
            ids=self._ids,
        )
        signature = await self._card.sign(
            pending.to_be_signed,
            algorithm=pending.algorithm,
            pin=pin,
        )
        return pending.finish(signature)

    def _answer_challenge(
        self,
        challenge: sts.ChallengeReply,
        credential: EhealthCredential,
    ) -> bytes:
        answer = sts.ChallengeAnswer(context=challenge.context, text=challenge.text)
        pending = wsse.prepare(
            sts.encode_challenge_answer(answer),
            token=wsse.X509Token(credential.certificate),
            profile=sts.signing_profile(self._place.settings),
            algorithm=algorithm_for(credential.certificate.public_key),
            now=self._clock.now(),
            ids=self._ids,
        )
        return pending.finish(credential.sign(pending.to_be_signed))

    async def _exchange(
        self,
        message: bytes,
        action: str,
        context: str,
    ) -> tuple[WireReply, sts.ChallengeReply | sts.TokenReply]:
        to = remote.Destination(
            system="ehealth_sts",
            url=self._place.url,
            action=action,
            refusal=remote.SessionRefused,
        )
        reply = await remote.send(message, to=to, transport=self._transport)
        payload = remote.read(reply, to=to, clock=self._clock)
        return reply, sts.decode_reply(payload, context=context)

    async def _ask_legacy(self, message: bytes, opening: Opening, context: str) -> saml.Assertion:
        to = remote.Destination(
            system="ehealth_sts",
            url=self._place.saml11_url,
            action=sts.ISSUE_ACTION,
            refusal=remote.SessionRefused,
        )
        wire = await remote.send(message, to=to, transport=self._transport)
        payload = remote.read(wire, to=to, clock=self._clock)
        answer = saml11.decode_reply(payload, request_id=_query_id(context))
        if answer.assertion is None:
            remote.blame_clock(wire.sent_at, self._clock)
            raise remote.SessionRefused(
                remote=RemoteFault(system=to.system, code=f"samlp:{answer.status}")
            )
        return self._verified(answer.assertion, opening, wire)

    def _verified(
        self,
        answer: bytes,
        opening: Opening,
        wire: WireReply,
    ) -> saml.Assertion:
        assertion = saml.parse_assertion(answer)
        try:
            self._verify(assertion, opening.registration, opening.credential)
        except AssertionExpired:
            remote.blame_clock(wire.sent_at, self._clock)
            raise
        return assertion

    def _verify(
        self, assertion: saml.Assertion, registration: Registration, credential: EhealthCredential
    ) -> None:
        settings = self._place.settings
        expected = saml.Expected(
            holder=credential.certificate,
            profile=profiles.profile_for(registration, settings),
        )
        saml.verify_assertion(
            assertion,
            expected=expected,
            trust=self._place.trust,
            now=self._clock.now(),
            skew_s=settings.clock_skew_s,
        )

    async def _step(
        self,
        opening: Opening,
        step: int,
        status: OperationStatus,
        **changes: Any,
    ) -> None:
        await self._operations.move(
            opening.operation_id,
            status,
            step=step,
            **{"waiting_for": None, **changes},
        )


def _allowed(registration: Registration) -> tuple[Niss, ...]:
    """Give whose cards may open a session, the holder's first."""
    holder = registration.holder.niss
    others = (person for person in registration.allowed_cards if person != holder)
    return (*((holder,) if registration.allows(holder) else ()), *others)


def _may_open(registration: Registration, certificate: Certificate) -> bool:
    number = certificate.identity.niss
    return number in {person.digits for person in _allowed(registration)}


def _name_of(registration: Registration, certificate: Certificate) -> str:
    """Give the name of whoever types the PIN."""
    if registration.acting is None:
        return registration.holder.name
    person = certificate.identity
    return " ".join(name for name in (person.first_name, person.last_name) if name)


def _acting(registration: Registration, certificate: Certificate) -> Registration:
    return registration.opened_by(Niss(certificate.identity.niss or ""))


def _is_legacy(opening: Opening) -> bool:
    return opening.registration.settings.sts_flavour is StsFlavour.SAML_1_1


def _query_id(context: str) -> str:
    """An identifier that may stand in an ID attribute: it begins with a letter."""
    return f"request-{context}"


def _signed_query(query: saml11.Query, credential: EhealthCredential) -> Any:
    element, pending = saml11.prepare_query(query)
    pending.finish(credential.sign(pending.to_be_signed))
    return element
