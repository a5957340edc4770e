"""What is known of the file of a batch before it leaves: findings, header, claims, a dry run.

Source: *eFact for nursing* 2.1, 5.4, 5.5 and 5.7; decision D18.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import chain, islice
from typing import Final

from bridge.codecs.efact import writer
from bridge.codecs.efact.explain import ExplainedRecord, explained
from bridge.codecs.efact.reader import segments
from bridge.codecs.efact.scan import HEADER_LENGTH, RECORD_LENGTH, records
from bridge.codecs.efact.values import FileHeader, Invoice, InvoiceFile
from bridge.domain.claimchanges import sending_rank
from bridge.domain.claims import Claim
from bridge.domain.exchanges import ExchangeStatus
from bridge.domain.invoicecases import ClaimFinding, InvoiceContext
from bridge.domain.invoicerules import BatchCheck, check_claim
from bridge.domain.invoices import InvoiceBatch
from bridge.domain.invoicesettings import InvoiceSettings
from bridge.domain.periods import brussels_day
from bridge.domain.reconciliation import day_of_sending
from bridge.domain.registrations import Registration
from bridge.domain.sendingnumbers import MOST_SENDINGS, invoice_number
from bridge.domain.tariffs import Tariffs
from bridge.errors import Finding, NotFound
from bridge.ports.clock import Clock
from bridge.ports.invoices import InvoiceFilter
from bridge.ports.store import UnitOfWork
from bridge.service.invoicenumbers import number_of_release
from bridge.service.invoicewire import header_of, invoice_of

MOST_WRONG_ZONES: Final = 200
"""Zones that a dry run names when the file cannot be written."""

_HEADER_RECORD: Final = "10"
_SEGMENTS: Final = 2
_BATCHES_AT_ONCE: Final = 200
_NO_FILE: Final = frozenset({ExchangeStatus.DRAFT, ExchangeStatus.ERROR, ExchangeStatus.REFUSED})
"""Where a batch stands whose file no insurer keeps."""

_NO_REFERENCE: Final = "1"
"""Stands in a dry run for the reference that is given at the release."""


@dataclass(frozen=True, kw_only=True)
class ClaimFindings:
    """What is wrong with one claim."""

    claim_id: str
    position: int
    findings: tuple[ClaimFinding, ...]


@dataclass(frozen=True, kw_only=True)
class Validation:
    """What speaks against sending a batch.

    Attributes:
        batch: Findings about the batch as a whole.
        claims: One page of claims with findings, in their order.
        errors: Findings that keep it from being sent, all together.
        warnings: Findings that do not, all together.
        wrong_claims: Claims with findings, all together.
        next_after: Position behind which the next page begins; ``None`` on the last.
    """

    batch: tuple[Finding, ...]
    claims: tuple[ClaimFindings, ...]
    errors: int
    warnings: int
    wrong_claims: int = 0
    next_after: int | None = None

    @property
    def is_submittable(self) -> bool:
        """Whether nothing keeps it from being sent."""
        return not self.errors


@dataclass(frozen=True, kw_only=True)
class DryRun:
    """The file of a batch as it would be written today, one page of it.

    Attributes:
        length: Characters of the file; 0 when it cannot be written.
        records: One page of segments and records, explained zone by zone.
        wrong: Zones that keep it from being written.
        total: Segments and records of the whole file.
        next_after: Number of records behind which the next page begins; ``None`` on the last.
    """

    length: int
    records: tuple[ExplainedRecord, ...] = field(repr=False)
    wrong: tuple[writer.FileFinding, ...] = ()
    total: int = 0
    next_after: int | None = None


class InvoiceFileBook:
    """Knows what the files of batches hold, and what is wrong with them."""

    def __init__(self, *, clock: Clock, settings: InvoiceSettings, is_test: bool) -> None:
        """Keep the parts.

        Args:
            clock: Tells today.
            settings: How the rules are read here.
            is_test: Whether files are tests: any environment but production.
        """
        self._clock = clock
        self._settings = settings
        self._is_test = is_test

    def findings(self, unit: UnitOfWork, batch: InvoiceBatch) -> Sequence[Finding]:
        """Give all that is wrong with a batch and its claims; pointers begin at the batch."""
        found = list(self._of_registration(unit, batch))
        for claim, findings in self._walk(unit, batch, found):
            found.extend(
                replace(each, pointer=f"/claims/{claim.position}{each.pointer}")
                for each in findings
            )
        return found

    def validate(
        self, unit: UnitOfWork, batch: InvoiceBatch, *, after: int = -1, limit: int = 100
    ) -> Validation:
        """Say what speaks against sending a batch, one page of its claims.

        Every page looks at the whole batch, because some findings are about claims together.

        Args:
            unit: The transaction.
            batch: Which one.
            after: Only claims behind that position are listed.
            limit: Most claims of the page.
        """
        whole: list[Finding] = list(self._of_registration(unit, batch))
        listed: list[ClaimFindings] = []
        has_more, errors, warnings, wrong = False, 0, 0, 0
        for claim, findings in self._walk(unit, batch, whole):
            warnings += sum(each.is_warning for each in findings)
            errors += sum(not each.is_warning for each in findings)
            wrong += bool(findings)
            if not findings or claim.position <= after:
                continue
            if len(listed) == limit:
                has_more = True
                continue
            listed.append(
                ClaimFindings(claim_id=claim.id, position=claim.position, findings=findings)
            )
        return Validation(
            batch=tuple(whole),
            claims=tuple(listed),
            errors=errors + sum(not each.is_warning for each in whole),
            warnings=warnings + sum(each.is_warning for each in whole),
            wrong_claims=wrong,
            next_after=listed[-1].position if has_more else None,
        )

    def dry_run(
        self, unit: UnitOfWork, batch: InvoiceBatch, *, after: int = 0, limit: int = 100
    ) -> DryRun:
        """Write the file of a batch as it would be today, and explain one page of it.

        Numbers that are given at the release are the next ones, and stay free.

        Args:
            unit: The transaction.
            batch: Which one.
            after: Records to leave out at the beginning; the two segments count as such.
            limit: Most records of the page.

        Raises:
            InputError: the registration has no invoicing details (``invoicing_profile_missing``).
        """
        today = brussels_day(self._clock.now())
        shown = replace(
            batch,
            sending_number=min(number_of_release(unit, batch, today.year), MOST_SENDINGS),
            sender_reference=batch.sender_reference or _NO_REFERENCE,
        )
        header = self.header(unit, shown, created_on=today)
        wrong = writer.check(InvoiceFile(header=header, invoices=self._invoices(unit, shown)))
        found = tuple(islice(wrong, MOST_WRONG_ZONES))
        if found:
            return DryRun(length=0, records=(), wrong=found)
        file = InvoiceFile(header=header, invoices=self._invoices(unit, shown))
        content = writer.write_whole(file)
        parts = chain(segments(content) or (), records(content, [], begin=HEADER_LENGTH))
        page = list(islice(parts, after, after + limit + 1))
        return DryRun(
            length=len(content),
            records=tuple(explained(each) for each in page[:limit]),
            total=_SEGMENTS + (len(content) - HEADER_LENGTH) // RECORD_LENGTH,
            next_after=after + limit if len(page) > limit else None,
        )

    def header(self, unit: UnitOfWork, batch: InvoiceBatch, *, created_on: date) -> FileHeader:
        """Give what the file of a batch says once.

        Raises:
            NotFound: its registration is gone.
            InputError: the registration has no invoicing details (``invoicing_profile_missing``).
        """
        registration = registration_of(unit, batch)
        if registration is None:
            raise NotFound
        return header_of(batch, registration, created_on=created_on, is_test=self._is_test)

    def invoice(self, batch: InvoiceBatch, claim: Claim) -> Invoice:
        """Give a claim in the terms of the wire."""
        return invoice_of(batch, claim, self._settings)

    def _invoices(self, unit: UnitOfWork, batch: InvoiceBatch) -> Iterator[Invoice]:
        ranks = sorted(sending_rank(each, self._settings) for each in unit.claims.all_of(batch.id))
        for serial, (*_, claim_id) in enumerate(ranks, start=1):
            claim = unit.claims.get(claim_id)
            if claim is None:
                continue
            number = claim.invoice_number or invoice_number(
                year=batch.month.year, month=batch.month.month, serial=serial
            )
            yield self.invoice(
                batch,
                replace(claim, invoice_number=number, reference=claim.reference or number),
            )

    def _walk(
        self, unit: UnitOfWork, batch: InvoiceBatch, whole: list[Finding]
    ) -> Iterator[tuple[Claim, tuple[ClaimFinding, ...]]]:
        """Look at claim after claim; what is wrong only together is added to ``whole``."""
        today = brussels_day(self._clock.now())
        basis = InvoiceContext(
            created_on=today,
            month=batch.month,
            insurer=batch.insurer,
            has_file_today=_has_file_of(unit, batch, today),
            tariffs=Tariffs.of(unit.tariffs.all()),
            settings=self._settings_of(unit, batch),
        )
        together, is_empty = BatchCheck(basis), True
        for claim in unit.claims.all_of(batch.id):
            is_empty = False
            context = _known_of(unit, claim, basis)
            yield claim, (*check_claim(claim, context), *together.take(claim))
        whole.extend(together.finish())
        if is_empty:
            whole.append(Finding(pointer="/claims", code="nothing_to_send"))

    def _settings_of(self, unit: UnitOfWork, batch: InvoiceBatch) -> InvoiceSettings:
        """Give how the rules are read for the practice of a batch."""
        chosen = next(
            (
                each.insurability_required
                for each in unit.practices.all()
                if each.id == batch.practice_id
            ),
            None,
        )
        if chosen is None:
            return self._settings
        return replace(self._settings, insurability_required=chosen)

    def _of_registration(self, unit: UnitOfWork, batch: InvoiceBatch) -> Iterator[Finding]:
        registration = registration_of(unit, batch)
        if registration is None or registration.invoicing is None:
            yield ClaimFinding(
                pointer="/registration_id",
                code="invoicing_profile_missing",
                record=_HEADER_RECORD,
                zone="36,37,38,39,40,41",
            )


def registration_of(unit: UnitOfWork, batch: InvoiceBatch) -> Registration | None:
    """Give the registration a batch is sent with; ``None`` when it was removed."""
    found = (each for each in unit.registrations.all() if each.id == batch.registration_id)
    return next(found, None)


def _has_file_of(unit: UnitOfWork, batch: InvoiceBatch, day: date) -> bool:
    """Tell whether the insurer of a batch has, or will have, another file of its payer of a day."""
    wanted = InvoiceFilter(
        insurer=(batch.insurer,),
        status=tuple(each.value for each in ExchangeStatus if each not in _NO_FILE),
    )
    before_id = None
    while True:
        page, _ = unit.invoice_batches.page(wanted, limit=_BATCHES_AT_ONCE, before_id=before_id)
        for each in page:
            is_other = each.id != batch.id and each.payer.short == batch.payer.short
            if is_other and day_of_sending(each) == day:
                return True
        if len(page) < _BATCHES_AT_ONCE:
            return False
        before_id = page[-1].id


def _known_of(unit: UnitOfWork, claim: Claim, basis: InvoiceContext) -> InvoiceContext:
    """Add what is known of the patient of a claim."""
    return replace(
        basis,
        agreements=tuple(unit.agreements.of_patient(claim.patient)),
        covers=tuple(unit.covers.of_patient(claim.patient)),
        invoiced=unit.claims.invoiced_acts(claim.patient, besides=claim.batch_id),
    )
