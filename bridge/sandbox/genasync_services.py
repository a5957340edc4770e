"""The four GenAsync services of the platform: who answers, and what is around content."""

from __future__ import annotations

from collections.abc import Callable

from bridge.ehealth.endpoints import (
    GENASYNC_INSURABILITY_PATH,
    GENASYNC_INVOICING_PATH,
    GENASYNC_MEDADMIN_PATH,
    GENASYNC_MEMBERDATA_PATH,
)
from bridge.mycarenet.services import INVOICING, MEDADMIN, AsyncService
from bridge.sandbox.care_business import CareBusiness
from bridge.sandbox.care_insurers import CareInsurers
from bridge.sandbox.efact_insurers import EfactInsurers
from bridge.sandbox.genasync import GenAsyncService
from bridge.sandbox.genasync_answers import ListAnswers
from bridge.sandbox.genasync_business import Insurers, MessageBusiness
from bridge.sandbox.genasync_wrappings import SealedPosts, SignedPosts, Signers
from bridge.sandbox.genins_answers import GenInsAnswers
from bridge.sandbox.memberdata_gate import MemberDataGate
from bridge.sandbox.people import PeopleRegister
from bridge.sandbox.pki import Pki
from bridge.sandbox.seals import MyCareNetSeals
from bridge.sandbox.shared import Shared
from bridge.sandbox.tokens import TokenBook


def genasync_services(
    shared: Shared,
    *,
    pki: Pki,
    tokens: TokenBook,
    people: PeopleRegister,
    care: CareInsurers,
    invoices: EfactInsurers,
    gate: Callable[[], MemberDataGate],
) -> dict[str, GenAsyncService]:
    """Give the services by their path; each has a gate of its own, made by ``gate``."""
    ids = shared["ids"]
    signers = Signers(pki=pki, tokens=tokens, ids=ids)
    seals = MyCareNetSeals(tokens=tokens, trust=signers.trust, ids=ids)
    office = CareBusiness(care, clock=shared["clock"], ids=ids)
    medadmin = GenAsyncService(
        **shared,
        gate=gate(),
        business=_messages(MEDADMIN, office, shared),
        wrapping=SealedPosts(signers, seals=seals, tokens=tokens),
    )
    medadmin.postbox = office
    return {
        GENASYNC_MEMBERDATA_PATH: GenAsyncService(
            **shared, gate=gate(), business=ListAnswers(people=people, ids=ids)
        ),
        GENASYNC_INSURABILITY_PATH: GenAsyncService(
            **shared, gate=gate(), business=GenInsAnswers(people=people, ids=ids)
        ),
        GENASYNC_MEDADMIN_PATH: medadmin,
        GENASYNC_INVOICING_PATH: GenAsyncService(
            **shared,
            gate=gate(),
            business=_messages(INVOICING, invoices, shared),
            wrapping=SignedPosts(signers),
        ),
    }


def _messages(service: AsyncService, insurers: Insurers, shared: Shared) -> MessageBusiness:
    return MessageBusiness(service, insurers, clock=shared["clock"], ids=shared["ids"])
