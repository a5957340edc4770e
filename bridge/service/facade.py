"""Everything the edges may use, in one value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bridge.domain.ids import IdSource
from bridge.ports.clock import Clock
from bridge.ports.simulator import SimulatorControl
from bridge.service.actors import ActorBook
from bridge.service.agreements import AgreementService
from bridge.service.assessments import AssessmentService
from bridge.service.audit import AuditTrail
from bridge.service.batches import BatchService
from bridge.service.billingdesk import BillingDesk
from bridge.service.billinginvoices import BillingInvoiceService
from bridge.service.billinglook import BillingLook
from bridge.service.billingoutbox import BillingOutbox
from bridge.service.billingsync import BillingSync
from bridge.service.careupdates import CareUpdateService
from bridge.service.checks import CheckService
from bridge.service.console import ConsoleDesk
from bridge.service.declarations import DeclarationService
from bridge.service.etks import EtkBook
from bridge.service.events import EventBook
from bridge.service.exports import ExportService
from bridge.service.health import HealthService
from bridge.service.history import HistoryService
from bridge.service.identities import IdentityService
from bridge.service.instance import InstanceFacts
from bridge.service.instanceproofs import InstanceProver
from bridge.service.invoicebatches import InvoiceBatchService
from bridge.service.invoicefollowups import InvoiceFollowUps
from bridge.service.invoiceoverview import InvoiceOverviewService
from bridge.service.invoicesubmissions import InvoiceSubmissionService
from bridge.service.loglevel import LogLevel
from bridge.service.operations import OperationBook
from bridge.service.outbox import Outbox
from bridge.service.pairedtokens import PairedTokens
from bridge.service.pairingdesk import PairingDesk
from bridge.service.pairings import PairingRequests
from bridge.service.pairingshelf import PairingShelf
from bridge.service.patientcards import PatientCardService
from bridge.service.patientdata import PatientDataService
from bridge.service.peers import PeerWatch
from bridge.service.polling import Poller
from bridge.service.practices import PracticeBook
from bridge.service.probing import Prober
from bridge.service.programs import ProgramWatch
from bridge.service.readers import ReaderService
from bridge.service.referencedata import ReferenceDataService
from bridge.service.registrations import RegistrationBook
from bridge.service.reports import ReportService
from bridge.service.retention import RetentionService
from bridge.service.secretwatch import SecretWatch
from bridge.service.sessionendings import SessionEndings
from bridge.service.sessions import SessionService
from bridge.service.settlementbook import SettlementBook
from bridge.service.stopping import EmergencyStop
from bridge.service.submissions import SubmissionService
from bridge.service.supportdesk import SupportDesk
from bridge.service.tickets import TicketBook
from bridge.service.tokens import TokenBook
from bridge.service.updates import UpdateService
from bridge.service.views import ViewBook
from bridge.service.waking import WakeWatch
from bridge.service.watch import StateWatch
from bridge.service.worklists import WorkListService


@dataclass(frozen=True, kw_only=True)
class Services:
    """The services of one daemon.

    Attributes:
        updates: Looks for new versions; ``None`` in the simulator build.
        simulator: Only in the simulator build; the routes under ``/v1/simulator`` need it (D3).
        peers: Who is at the other end of connections; ``None`` where nobody looks.
        default_language: Language of texts when the caller names none.
        process_of: Tells which process a connection comes from, by both its ends.
    """

    clock: Clock
    ids: IdSource
    audit: AuditTrail
    tokens: TokenBook
    operations: OperationBook
    sessions: SessionService
    actors: ActorBook
    session_endings: SessionEndings
    emergency_stop: EmergencyStop
    practices: PracticeBook
    registrations: RegistrationBook
    checks: CheckService
    batches: BatchService
    declarations: DeclarationService
    submissions: SubmissionService
    agreements: AgreementService
    care_updates: CareUpdateService
    assessments: AssessmentService
    invoice_batches: InvoiceBatchService
    invoice_submissions: InvoiceSubmissionService
    settlements: SettlementBook
    invoice_follow_ups: InvoiceFollowUps
    invoice_overview: InvoiceOverviewService
    billing_desk: BillingDesk
    billing_invoices: BillingInvoiceService
    billing_look: BillingLook
    billing_outbox: BillingOutbox
    billing_sync: BillingSync
    reference_data: ReferenceDataService
    history: HistoryService
    views: ViewBook
    exports: ExportService
    reports: ReportService
    work_lists: WorkListService
    etks: EtkBook
    retention: RetentionService
    patient_data: PatientDataService
    outbox: Outbox
    poller: Poller
    health: HealthService
    prober: Prober
    instance: InstanceFacts
    events: EventBook
    readers: ReaderService
    support_desk: SupportDesk
    watch: StateWatch
    wake: WakeWatch
    log_level: LogLevel
    identities: IdentityService
    patient_cards: PatientCardService
    instance_prover: InstanceProver
    pairing_requests: PairingRequests
    pairing_desk: PairingDesk
    pairing_shelf: PairingShelf
    paired_tokens: PairedTokens
    programs: ProgramWatch
    secret_watch: SecretWatch
    tickets: TicketBook
    console: ConsoleDesk
    updates: UpdateService | None = None
    simulator: SimulatorControl | None = None
    peers: PeerWatch | None = None
    default_language: str = "nl"
    process_of: Callable[[tuple[str, int], tuple[str, int]], int | None] | None = None
