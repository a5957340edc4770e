"""From parts to the services of invoices at billing services."""

from __future__ import annotations

from dataclasses import dataclass

from bridge import __version__
from bridge.adapters.billing.installed import InstalledConnectors
from bridge.adapters.clienttls import HttpRestOpener
from bridge.adapters.httplimits import HttpLimits
from bridge.adapters.pdfprocess import ProcessInspector
from bridge.daemon.parts import BillingParts, Parts
from bridge.domain.operations import OperationKind
from bridge.service.billingaccess import BillingConnections, BillingSecrets
from bridge.service.billingdesk import BillingDesk
from bridge.service.billinginvoices import BillingInvoiceService
from bridge.service.billingkind import BillingKind
from bridge.service.billinglook import BillingLook
from bridge.service.billingoutbox import BillingOutbox
from bridge.service.billingsync import BillingSync
from bridge.service.engineparts import EngineParts
from bridge.service.events import EventBook
from bridge.service.operations import OperationBook
from bridge.settings import NetworkSettings, Settings


def billing_parts(settings: Settings) -> BillingParts:
    """Give the way to billing services that the settings describe."""
    opener = HttpRestOpener(
        program=f"carebridge/{__version__}",
        proxy=settings.network.proxy,
        trust_file=settings.trust.tls_ca_file,
        limits=network_limits(settings.network),
    )
    return BillingParts(
        connectors=InstalledConnectors(),
        opener=opener,
        settings=settings.billing,
        inspector=ProcessInspector(deadline_s=settings.billing.most_pdf_seconds),
    )


def network_limits(network: NetworkSettings) -> HttpLimits:
    """Give the limits of one exchange over the network."""
    return HttpLimits(connect_s=network.connect_timeout_s, read_s=network.read_timeout_s)


@dataclass(frozen=True, kw_only=True)
class BillingEngine:
    """The services of billing that the edges use, and those that work by themselves."""

    billing_desk: BillingDesk
    billing_invoices: BillingInvoiceService
    billing_look: BillingLook
    billing_outbox: BillingOutbox
    billing_sync: BillingSync


def build_billing(parts: Parts, engine: EngineParts, *, operations: OperationBook) -> BillingEngine:
    """Build the services of billing."""
    settings = parts.billing.settings
    secrets = BillingSecrets(parts.secrets)
    connections = BillingConnections(
        parts.billing.connectors,
        secrets=secrets,
        opener=parts.billing.opener,
        clock=parts.clock,
    )
    outbox = BillingOutbox(engine, connections=connections, settings=settings)
    sync = BillingSync(engine, connections=connections, settings=settings)
    return BillingEngine(
        billing_desk=BillingDesk(engine, connections=connections, secrets=secrets, sync=sync),
        billing_invoices=BillingInvoiceService(
            engine,
            operations=operations,
            outbox=outbox,
            connections=connections,
            inspector=parts.billing.inspector,
            settings=settings,
        ),
        billing_look=BillingLook(engine, connections=connections, settings=settings),
        billing_outbox=outbox,
        billing_sync=sync,
    )


def build_billing_kind(parts: Parts, operations: OperationBook, events: EventBook) -> BillingKind:
    """Build what follows the sending of an invoice; it can be cancelled before it left."""
    kind = BillingKind(store=parts.store, clock=parts.clock, operations=operations, events=events)
    operations.on_cancel(OperationKind.BILLING_INVOICE, kind.withdraw)
    return kind
