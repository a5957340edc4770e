"""Everything of one simulated platform, composed: clock, PKI, nurse, card, services."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial
from types import MappingProxyType
from typing import Final, Protocol, Self

from bridge.crypto.etk import EtkTrust
from bridge.crypto.trust import TrustList
from bridge.domain.ids import IdSource
from bridge.domain.periods import brussels_day
from bridge.ehealth.endpoints import (
    ETK_DEPOT_PATH,
    GENASYNC_MEMBERDATA_PATH,
    GENERIC_INSURABILITY_PATH,
    MEMBERDATA_PATH,
    SAML11_STS_PATH,
    STS_PATH,
    Endpoints,
)
from bridge.ehealth.saml import StsTrust
from bridge.mycarenet.common import Licence
from bridge.ports.clock import Clock
from bridge.sandbox.billing import BILLING_SCENARIOS, PlayedBilling
from bridge.sandbox.card import SoftwareCard
from bridge.sandbox.care_insurers import CareInsurers
from bridge.sandbox.clock import SandboxClock
from bridge.sandbox.documents import EidDocument, Person, new_document
from bridge.sandbox.efact_habits import EFACT_SCENARIOS
from bridge.sandbox.efact_insurers import EfactInsurers
from bridge.sandbox.etkdepot import DOWN as ETK_DOWN
from bridge.sandbox.etkdepot import ETK_SCENARIOS, EtkDepotService
from bridge.sandbox.exchange import SandboxReply, SandboxRequest
from bridge.sandbox.genasync_scenarios import DOWN as GENASYNC_DOWN
from bridge.sandbox.genasync_scenarios import GENASYNC_SCENARIOS
from bridge.sandbox.genasync_services import genasync_services
from bridge.sandbox.genins import GenInsService
from bridge.sandbox.genins_answers import GenInsAnswers
from bridge.sandbox.ledger import Ledger
from bridge.sandbox.memberdata import MemberDataService
from bridge.sandbox.memberdata_gate import MemberDataGate
from bridge.sandbox.memberdata_scenarios import MEMBERDATA_SCENARIOS
from bridge.sandbox.nurse import Nurse, new_nurse, new_other_nurse, other_holder
from bridge.sandbox.people import PeopleRegister
from bridge.sandbox.people_default import default_people
from bridge.sandbox.pki import KeyKind, KeyMaker, Pki, new_key
from bridge.sandbox.prompt import SimulatedPrompt
from bridge.sandbox.reader import SoftwareReader
from bridge.sandbox.scenarios import SCENARIOS, ScenarioBoard
from bridge.sandbox.shared import Shared
from bridge.sandbox.sts import StsService
from bridge.sandbox.sts_claims import NurseRegister
from bridge.sandbox.sts_gate import StsPolicy
from bridge.sandbox.sts_saml11 import Saml11StsService
from bridge.sandbox.tokens import TokenBook

_NOT_FOUND: Final = 404
_DOWN: Final = 503
_LICENCE_BYTES: Final = 12
_DOWN_SCENARIOS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "sts_down": STS_PATH,
        "memberdata_down": MEMBERDATA_PATH,
        GENASYNC_DOWN: GENASYNC_MEMBERDATA_PATH,
        ETK_DOWN: ETK_DEPOT_PATH,
    },
)
"""Scenario to the path that cannot be reached."""

_SCENARIOS: Final = {
    **SCENARIOS,
    **MEMBERDATA_SCENARIOS,
    **GENASYNC_SCENARIOS,
    **EFACT_SCENARIOS,
    **ETK_SCENARIOS,
    **BILLING_SCENARIOS,
}


class Service(Protocol):
    """A played service at one path."""

    def answer(self, request: SandboxRequest) -> SandboxReply:
        """Verify a message and answer it."""
        ...


@dataclass(frozen=True, kw_only=True)
class World:
    """One simulated platform with the nurse who uses it.

    Attributes:
        clock: The platform's clock.
        licence: What the nurse's software must show to MyCareNet.
        tokens: Whom the depot of encryption tokens knows.
        services: Path to service.
        care: The insurers who decide about care, with their register of agreements.
        billing: A billing service.
    """

    clock: SandboxClock
    ids: IdSource
    pki: Pki
    scenario: ScenarioBoard
    ledger: Ledger
    nurse: Nurse
    nurses: NurseRegister
    people: PeopleRegister
    licence: Licence
    card: SoftwareCard
    reader: SoftwareReader
    prompt: SimulatedPrompt
    tokens: TokenBook
    services: Mapping[str, Service]
    care: CareInsurers
    billing: PlayedBilling

    @classmethod
    def create(
        cls,
        *,
        clock: Clock,
        ids: IdSource,
        key_kind: KeyKind = "rsa",
        has_keypad: bool = False,
        policy: StsPolicy | None = None,
        key_maker: KeyMaker = new_key,
    ) -> Self:
        """Make a platform with keys of its own.

        Args:
            clock: The daemon's clock, which the platform's follows.
            ids: Source of identifiers and secrets.
            key_kind: Kind of the card's key: RSA-2048 or P-384.
            has_keypad: Give the reader a keypad.
            policy: How strict the token service is, strict by default.
            key_maker: Where keys come from; fresh ones unless told otherwise.
        """
        scenario = ScenarioBoard(_SCENARIOS)
        platform_clock = SandboxClock(clock, scenario)
        pki = Pki(now=clock.now(), key_kind=key_kind, key_maker=key_maker)
        nurse = new_nurse(pki, ids)
        tokens, nurses = _tokens(pki, nurse), _recognised(nurse)
        licence = Licence(username="sandbox", password=ids.secret(_LICENCE_BYTES).hex())
        people = default_people(brussels_day(clock.now()))
        shared = Shared(clock=platform_clock, ids=ids, scenario=scenario, ledger=Ledger())
        care = _care(people, nurses, shared)
        services = _services(
            shared, pki, nurses, people, care, licence=licence, tokens=tokens, policy=policy
        )
        return cls(
            clock=platform_clock,
            ids=ids,
            pki=pki,
            scenario=scenario,
            ledger=shared["ledger"],
            nurse=nurse,
            nurses=nurses,
            people=people,
            licence=licence,
            card=_card(nurse, pki, scenario, has_keypad=has_keypad),
            reader=SoftwareReader(clock=clock),
            prompt=SimulatedPrompt(nurse.pin, scenario=scenario),
            tokens=tokens,
            services=services,
            care=care,
            billing=PlayedBilling(**shared),
        )

    @cached_property
    def of_other_nurse(self) -> World:
        """The same platform as the other nurse uses it, with her own card, reader and keys."""
        nurse = new_other_nurse(self.pki, self.ids)
        self.tokens.register(nurse.ehealth, nurse.encryption)
        return replace(
            self,
            nurse=nurse,
            card=_card(nurse, self.pki, self.scenario, has_keypad=False),
            reader=SoftwareReader(clock=self.clock.base),
            prompt=SimulatedPrompt(nurse.pin, scenario=self.scenario),
        )

    @cached_property
    def document(self) -> EidDocument:
        """The nurse's identity card with all its files."""
        holder = self.nurse.registration.holder
        person = Person(
            niss=holder.niss,
            last_name=holder.last_name,
            first_names=holder.first_name,
            born_on=self.nurse.born_on,
        )
        return new_document(self.pki, person, pin=self.nurse.pin, authentication=self.nurse.eid)

    def is_down(self, path: str) -> bool:
        """Tell whether the scenario makes a path unreachable."""
        return _DOWN_SCENARIOS.get(self.scenario.name) == path

    def dispatch(self, request: SandboxRequest) -> SandboxReply:
        """Let the service at the request's path answer; safe to call from several threads."""
        service = self.services.get(request.path)
        if service is None:
            reply = SandboxReply(status=_NOT_FOUND, body=b"", content_type="text/plain")
        elif self.is_down(request.path):
            reply = SandboxReply(status=_DOWN, body=b"", content_type="text/plain")
        else:
            reply = service.answer(request)
        return replace(reply, sent_at=self.clock.now())

    def endpoints(self, base_url: str) -> Endpoints:
        """Give the addresses of the services under the address the sandbox is served at."""
        return Endpoints.under(base_url)

    def sts_trust(self) -> StsTrust:
        """Give the trust list that believes this platform's token service."""
        return _trust(self.pki)

    def signers(self) -> TrustList:
        """Give the issuers of those who sign answers on this platform."""
        return TrustList([self.pki.ehealth_authority.certificate])

    def etk_trust(self) -> EtkTrust:
        """Give the trust that believes this platform's registration authority."""
        return self.tokens.trust


def _trust(pki: Pki) -> StsTrust:
    return StsTrust(anchors=TrustList([pki.sts_authority.certificate]))


def _recognised(nurse: Nurse) -> NurseRegister:
    """Give the nurses of the platform; the other one needs no keys to be one."""
    nurses = NurseRegister()
    nurses.recognise(nurse.registration.holder)
    nurses.recognise(other_holder())
    return nurses


def _care(people: PeopleRegister, nurses: NurseRegister, shared: Shared) -> CareInsurers:
    return CareInsurers(
        people=people,
        is_nurse=nurses.knows_number,
        other_nurse=other_holder().nihii,
        ids=shared["ids"],
        ledger=shared["ledger"],
    )


def _tokens(pki: Pki, nurse: Nurse) -> TokenBook:
    tokens = TokenBook(pki)
    tokens.register(nurse.ehealth, nurse.encryption)
    return tokens


def _card(nurse: Nurse, pki: Pki, scenario: ScenarioBoard, *, has_keypad: bool) -> SoftwareCard:
    expired = pki.expired(nurse.eid)
    return SoftwareCard(nurse, scenario=scenario, expired=expired, has_keypad=has_keypad)


def _services(
    shared: Shared,
    pki: Pki,
    nurses: NurseRegister,
    people: PeopleRegister,
    care: CareInsurers,
    *,
    licence: Licence,
    tokens: TokenBook,
    policy: StsPolicy | None,
) -> Mapping[str, Service]:
    sts = StsService(**shared, pki=pki, nurses=nurses, policy=policy)
    legacy = Saml11StsService(**shared, pki=pki, nurses=nurses, policy=policy)
    gate = partial(MemberDataGate, trust=_trust(pki), licence=licence, nurses=nurses)
    memberdata = MemberDataService(**shared, people=people, gate=gate())
    generic = GenInsAnswers(people=people, ids=shared["ids"])
    single = GenInsService(**shared, answers=generic, gate=gate())
    return MappingProxyType(
        {
            STS_PATH: sts,
            SAML11_STS_PATH: legacy,
            MEMBERDATA_PATH: memberdata,
            GENERIC_INSURABILITY_PATH: single,
            ETK_DEPOT_PATH: EtkDepotService(**shared, tokens=tokens),
            **genasync_services(
                shared,
                pki=pki,
                tokens=tokens,
                people=people,
                care=care,
                invoices=_invoices(shared, nurses, people, care),
                gate=gate,
            ),
        }
    )


def _invoices(
    shared: Shared, nurses: NurseRegister, people: PeopleRegister, care: CareInsurers
) -> EfactInsurers:
    return EfactInsurers(
        people=people,
        agreements=care.agreements_at,
        is_nurse=nurses.knows_number,
        ids=shared["ids"],
        ledger=shared["ledger"],
    )
