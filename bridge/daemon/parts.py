"""What a daemon is built from: every port, filled, and the platform as it sees it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bridge.adapters.pdfprocess import ProcessInspector
from bridge.crypto.clientidentity import ClientIdentity
from bridge.crypto.etk import EtkTrust
from bridge.crypto.trust import TrustList
from bridge.domain.billingservices import BillingSettings
from bridge.domain.caresettings import CareSettings
from bridge.domain.declarations import RefusalMeaning
from bridge.domain.ids import IdSource
from bridge.domain.invoicesettings import InvoiceSettings
from bridge.domain.knownsoftware import KnownSoftware
from bridge.domain.pairings import TokenLimits
from bridge.domain.retention import RetentionSettings
from bridge.domain.sessions import SessionPolicy
from bridge.ehealth.endpoints import Endpoints
from bridge.ehealth.etkdepot import EtkSettings
from bridge.ehealth.profiles import StsSettings
from bridge.ehealth.saml import StsTrust
from bridge.eid.trust import BelgianRoots
from bridge.errors import InputError
from bridge.mycarenet.common import Package
from bridge.mycarenet.memberdata import MemberDataSettings
from bridge.ports.billing import BillingConnectors, PdfInspector
from bridge.ports.card import CardReader, CardSigner
from bridge.ports.clock import Clock
from bridge.ports.consent import BundleConsent
from bridge.ports.doctor import CardDoctor
from bridge.ports.health import HistoryShelf
from bridge.ports.keystore import EhealthKeystore
from bridge.ports.ossession import OsSessionWatch
from bridge.ports.pairings import PairingScreen
from bridge.ports.peers import PeerObserver
from bridge.ports.probes import SystemProbe
from bridge.ports.prompt import Prompt
from bridge.ports.rest import RestOpener, RestTransport
from bridge.ports.secrets import SecretStore
from bridge.ports.sessionvault import SessionVault
from bridge.ports.simulator import SimulatorControl
from bridge.ports.store import Store
from bridge.ports.transport import Transport
from bridge.service.audit import AuditTrail
from bridge.service.consultation import MemberDataPlace
from bridge.service.etks import EtkPlace
from bridge.service.exchangekinds import ExchangeKind
from bridge.service.expiries import Ends
from bridge.service.genasync import TackHmac
from bridge.service.peers import PeerMode
from bridge.service.polling import PollingSettings
from bridge.service.updates import UpdateWays
from bridge.service.wrapping import WrappingSettings


def _nobody() -> EtkTrust:
    return EtkTrust(anchors=TrustList([]), signer_cbe=None)


@dataclass(frozen=True, kw_only=True)
class Platform:
    """The platform as this daemon sees it.

    Attributes:
        etk_trust: Whom to believe about encryption tokens; by default nobody, so nothing is sealed.
        tack_hmac: How a receipt's HMAC is treated (D22).
        wrapping: Seals and signatures around content, out and in.
        signs_body: Also sign the Body of asynchronous messages (*transport* 1.6).
        message_names: Names of what is sent, where a setting has another (*transport* 2.7).
    """

    endpoints: Endpoints
    trust: StsTrust
    package: Package
    is_test: bool
    sts_settings: StsSettings
    memberdata_settings: MemberDataSettings
    etk_trust: EtkTrust = field(default_factory=_nobody)
    etk_settings: EtkSettings = field(default_factory=EtkSettings)
    tack_hmac: TackHmac = TackHmac.WARN
    wrapping: WrappingSettings = field(default_factory=WrappingSettings)
    signs_body: bool = False
    message_names: Mapping[str, str] = field(default_factory=dict)
    polling: PollingSettings = field(default_factory=PollingSettings)


def _no_way(identity: ClientIdentity | None) -> RestTransport:
    """Open nothing: there is no way out of the house to a billing service."""
    del identity
    raise InputError(code="billing_adapter_unknown")


@dataclass(frozen=True, kw_only=True)
class BillingParts:
    """How billing services are reached.

    Attributes:
        connectors: Who speaks with them, by the name of their adapter; by default nobody.
        opener: Opens HTTP connections.
        settings: How they are asked.
        inspector: Looks into files.
    """

    connectors: BillingConnectors = field(default_factory=dict)
    opener: RestOpener = _no_way
    settings: BillingSettings = field(default_factory=BillingSettings)
    inspector: PdfInspector = field(default_factory=ProcessInspector)


def _pass(_step: str) -> None:
    """Reach a named step of the engine: nothing happens, except in kill tests (D27)."""


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Every port, filled; ``closers`` end what the adapters hold open.

    Attributes:
        audit: The audit log; the command line records in the same one.
        care: How the rules on care requests are read.
        invoices: How the rules on invoices are read.
        refusal_meanings: What the practice knows of reasons of refusals, by their code.
        kinds: Further kinds of exchange, by name, beside those the engine builds.
        billing: How billing services are reached.
        pairing_screen: What the user sees of pairings; ``None`` leaves the command line.
        probe: Looks at computer and network in the background.
        known_software: What signed lists say of web origins.
        os_session: What tells the sessions of one user apart (SEC-64).
        peers: Looks at who calls; ``None`` lets every program of this computer ask (SEC-102).
        peer_mode: What follows where the system does not tell.
        session_policy: When eHealth sessions end, and whether they survive a restart.
        session_vault: Where those that survive lie; ``None`` where none can.
        bundle_consent: Asks in a window whether software gets a support bundle.
        support_facts: What a bundle says of this computer, by the name of the file.
        os_session_watch: Tells of sign-out, user switch and lock; ``None`` where nothing does.
        updates: Where new versions come from, and how they are installed.
        expiries: What else of ours ends (SEC-185).
        daily: What else is done once a day.
        health_shelf: Keeps the history of health over a restart; ``None`` keeps it in memory.
        storage_problem: Why the store gives and takes nothing; ``None`` when it works.
    """

    clock: Clock
    ids: IdSource
    secrets: SecretStore
    audit: AuditTrail
    store: Store
    keystore: EhealthKeystore
    card: CardSigner
    reader: CardReader
    prompt: Prompt
    transport: Transport
    platform: Platform
    language: str
    new_patient_months: int = 1
    retention: RetentionSettings = field(default_factory=RetentionSettings)
    may_export_plain: bool = False
    care: CareSettings = field(default_factory=CareSettings)
    invoices: InvoiceSettings = field(default_factory=InvoiceSettings)
    refusal_meanings: Mapping[str, RefusalMeaning] = field(default_factory=dict)
    roots: BelgianRoots = field(default_factory=BelgianRoots)
    has_chain_check: bool = True
    doctor: CardDoctor | None = None
    closers: tuple[Callable[[], Awaitable[None]], ...] = ()
    simulator: SimulatorControl | None = None
    kinds: Mapping[str, ExchangeKind] = field(default_factory=dict)
    daily: tuple[Callable[[], Awaitable[None]], ...] = ()
    billing: BillingParts = field(default_factory=BillingParts)
    storage_problem: str | None = None
    pairing_screen: PairingScreen | None = None
    probe: SystemProbe | None = None
    health_shelf: HistoryShelf | None = None
    token_limits: TokenLimits = field(default_factory=TokenLimits)
    known_software: KnownSoftware = field(default_factory=KnownSoftware)
    os_session: str = ""
    peers: PeerObserver | None = None
    peer_mode: PeerMode = "auto"
    session_policy: SessionPolicy = field(default_factory=SessionPolicy)
    session_vault: SessionVault | None = None
    os_session_watch: OsSessionWatch | None = None
    bundle_consent: BundleConsent | None = None
    support_facts: Mapping[str, Callable[[], Any]] = field(default_factory=dict)
    updates: UpdateWays | None = None
    expiries: tuple[Ends, ...] = ()
    reached: Callable[[str], None] = _pass

    @property
    def etk_place(self) -> EtkPlace:
        """Where the depot of encryption tokens is, and whom to believe about them."""
        return EtkPlace(
            url=self.platform.endpoints.etk_depot,
            trust=self.platform.etk_trust,
            settings=self.platform.etk_settings,
        )

    @property
    def memberdata_place(self) -> MemberDataPlace:
        """Where MemberData is, and who we say we are there."""
        return MemberDataPlace(
            url=self.platform.endpoints.memberdata,
            generic_url=self.platform.endpoints.generic_insurability,
            package=self.platform.package,
            is_test=self.platform.is_test,
            settings=self.platform.memberdata_settings,
        )
