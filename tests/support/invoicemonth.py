"""A month of care for three unions, released through the services of a daemon."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, time
from typing import Any, Final

from bridge.domain.claims import Claim, ClaimLine, ClaimReading, PrescriberNorm
from bridge.domain.declarations import CarePatient, Sex
from bridge.domain.exchanges import ExchangeStatus
from bridge.domain.identifiers import Cbe
from bridge.domain.invoices import InvoiceBatch
from bridge.domain.invoicesettings import InvoiceSettings
from bridge.domain.months import Month
from bridge.domain.operations import OperationKind
from bridge.errors import Finding
from bridge.mycarenet.services import INVOICING, with_message_names
from bridge.ports.store import UnitOfWork
from bridge.sandbox.care_directory import DOCTORS
from bridge.sandbox.people import SandboxPerson
from bridge.service.engineparts import EngineParts
from bridge.service.etks import EtkBook
from bridge.service.genasync import GenAsyncClient, GenAsyncPlace
from bridge.service.invoiceanswers import InvoiceAnswers
from bridge.service.invoicerelease import InvoiceRelease
from bridge.service.invoicesubmissions import AcceptedInvoices, InvoiceSubmissionService
from bridge.service.keys import KeyClaim
from bridge.service.wrapping import Wrapping
from tests.support import invoices
from tests.support.daemon import CLIENT, TestDaemon

OCTOBER: Final = Month(2026, 10)
INJECTION: Final = "423054"
PRICE: Final = 480
TOO_MUCH: Final = 481
DAY_S: Final = 86_400


@dataclass
class Rules:
    """Says what it is told to say about every batch."""

    said: list[Finding] = field(default_factory=list)

    def findings(self, unit: UnitOfWork, batch: InvoiceBatch) -> Sequence[Finding]:
        del unit, batch
        return self.said


class Practice:
    """A nurse who invoices through a daemon."""

    def __init__(self, daemon: TestDaemon) -> None:
        self.daemon = daemon
        self.store = daemon.parts.store
        self.ids = daemon.parts.ids
        self.rules = Rules()
        self.registration = replace(
            daemon.world.nurse.registration, cbe=Cbe("0200000043"), invoicing=invoices.PROFILE
        )
        self.releases = InvoiceSubmissionService(
            self._parts(),
            outbox=daemon.services.outbox,
            operations=daemon.services.operations,
            rules=self.rules,
            settings=InvoiceSettings(),
        )

    def _parts(self) -> EngineParts:
        parts, services = self.daemon.parts, self.daemon.services
        etks = EtkBook(transport=parts.transport, clock=parts.clock, place=parts.etk_place)
        place = GenAsyncPlace(urls={}, package=parts.platform.package, is_test=True)
        return EngineParts(
            store=parts.store,
            clock=parts.clock,
            ids=parts.ids,
            sessions=services.sessions,
            client=GenAsyncClient(
                place=place, transport=parts.transport, clock=parts.clock, ids=parts.ids
            ),
            wrapping=Wrapping(
                etks=etks, clock=parts.clock, ids=parts.ids, settings=parts.platform.wrapping
            ),
            events=services.events,
            services=with_message_names({}),
            kinds={},
        )

    async def begin(self) -> None:
        """Say who is paid, and open a session."""
        await self.store.write(lambda unit: unit.registrations.put(self.registration))
        operations = self.daemon.services.operations
        answers = InvoiceAnswers(
            store=self.store,
            clock=self.daemon.parts.clock,
            ids=self.ids,
            operations=operations,
            settings=InvoiceSettings(),
            events=self.daemon.services.events,
        )
        operations.on_cancel(OperationKind.INVOICE_BATCH_SUBMISSION, answers.withdraw)
        await self.daemon.open_session()

    def person(self, first_name: str) -> SandboxPerson:
        people = self.daemon.world.people.people()
        return next(each for each in people if each.first_name == first_name)

    def injection(self, reference: str, day: int, cents: int = PRICE) -> ClaimLine:
        on = date(2026, 10, day)
        return ClaimLine(
            id=self.ids.ulid("cln"),
            reference=reference,
            code=INJECTION,
            day=on,
            provider=self.registration.holder.nihii,
            insurer_amount=cents,
            prescriber=DOCTORS[0].number,
            prescribed_on=date(2026, 9, 30),
            prescriber_norm=PrescriberNorm.ONE,
            hour=time(8),
            reading=ClaimReading(
                reading_kind="1",
                support_kind="1",
                support_serial="592012345678",
                read_on=on,
                read_hour=time(8),
            ),
        )

    def claim(self, person: SandboxPerson, *lines: ClaimLine, **changes: Any) -> Claim:
        span = person.periods[-1]
        now = self.daemon.clock.now()
        made = Claim(
            id=self.ids.ulid("clm"),
            batch_id="",
            patient=CarePatient(niss=person.niss, mutuality=span.mutuality, sex=Sex(person.gender)),
            ct1=span.ct1,
            ct2=span.ct2,
            lines=lines,
            created_at=now,
            updated_at=now,
        )
        return replace(made, **changes)

    async def draft(self, insurer: str, *claims: Claim) -> InvoiceBatch:
        """Keep a draft with claims."""
        now = self.daemon.clock.now()
        batch = InvoiceBatch(
            id=self.ids.ulid("inv"),
            client_id=CLIENT.id,
            practice_id="prc_1",
            registration_id=self.registration.id,
            month=OCTOBER,
            insurer=insurer,
            payer=self.registration.holder.nihii,
            status=ExchangeStatus.DRAFT,
            created_at=now,
            updated_at=now,
        )

        def work(unit: UnitOfWork) -> None:
            unit.invoice_batches.put(batch)
            placed = [
                replace(each, batch_id=batch.id, position=place)
                for place, each in enumerate(claims)
            ]
            unit.claims.put(placed)

        await self.store.write(work)
        return batch

    async def release(self, batch: InvoiceBatch, *, key: str = "", **how: Any) -> AcceptedInvoices:
        claim = KeyClaim(
            key=key or f"key-of-{batch.id}", route="POST submission", fingerprint="f" * 64
        )
        return await self.releases.submit(
            batch.id, InvoiceRelease(**how), client=CLIENT, claim=claim
        )

    async def send(self, batch: InvoiceBatch) -> InvoiceBatch:
        """Release a draft and let it leave."""
        await self.release(batch)
        await self.daemon.services.outbox.send_due()
        return await self.now(batch)

    async def now(self, batch: InvoiceBatch) -> InvoiceBatch:
        found = await self.store.read(
            lambda unit: unit.invoice_batches.get(batch.id, client_id=None)
        )
        assert found is not None
        return found

    async def claims(self, batch: InvoiceBatch) -> list[Claim]:
        return await self.store.read(lambda unit: unit.claims.page(batch.id))

    async def days_pass(self, days: float) -> None:
        """Let days pass for the insurers, and fetch what they sent."""
        clock = self.daemon.world.clock
        ahead = clock.insurers_ahead.total_seconds()
        clock.set_insurers_ahead(int(ahead + days * DAY_S))
        await self.daemon.services.poller.poll(self.registration.id, INVOICING.name)
