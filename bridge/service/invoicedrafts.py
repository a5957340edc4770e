"""Making claims of what front ends give: days expanded, amounts filled in, references unique.

Source: *eFact for nursing* 3.1 (own references), 5.2 and 5.3; decision D16.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from bridge.domain.claimchanges import next_reference
from bridge.domain.claims import Claim, ClaimLine
from bridge.domain.declarations import CarePatient
from bridge.domain.ids import IdSource
from bridge.domain.invoicesettings import InvoiceSettings
from bridge.domain.lumpsums import LumpSumDay, lump_sum_lines
from bridge.domain.months import Month
from bridge.domain.nursingacts import Nomenclature
from bridge.domain.tariffs import Tariffs
from bridge.errors import Finding, InputError
from bridge.mycarenet.common import reference_digits
from bridge.ports.store import UnitOfWork

REFERENCE_LETTER: Final = "A"
"""First letter of the references we make; 14 digits follow, which leaves room for what is added."""

MOST_LINES: Final = 1_000
"""Acts and days that are added in one call (D16)."""


@dataclass(frozen=True, kw_only=True)
class BatchDraft:
    """A batch a front end wants to begin.

    Attributes:
        month: Invoiced month.
        insurer: Union it goes to.
        registration_id: ``None`` for the default one.
    """

    month: Month
    insurer: str
    registration_id: str | None = None
    client_ref: str | None = None


@dataclass(frozen=True, kw_only=True)
class ActDraft:
    """One act.

    Attributes:
        line: All that is known of it; its identifier is given later, and so is its reference when
            that is empty.
        fills_insurer_amount: Take the amount of the insurer from the loaded tariffs.
        fills_copayment: Take the patient share from the loaded tariffs.
    """

    line: ClaimLine
    fills_insurer_amount: bool = False
    fills_copayment: bool = False


@dataclass(frozen=True, kw_only=True)
class DayDraft:
    """One day of a lump sum, in visits and acts.

    Attributes:
        day: As of ``bridge.domain.lumpsums``; identifier and reference as of an act.
        fills_insurer_amount: As of an act.
        fills_copayment: As of an act.
    """

    day: LumpSumDay
    fills_insurer_amount: bool = False
    fills_copayment: bool = False


@dataclass(frozen=True, kw_only=True)
class ClaimDraft:
    """The invoice of one patient as a front end gives it.

    Attributes:
        patient: Whose care it is.
        ct1: Insurability codes.
        ct2: As above.
        care: Acts and days of lump sums, in the order in which they are written.
    """

    patient: CarePatient
    ct1: str
    ct2: str
    care: tuple[ActDraft | DayDraft, ...] = field(default=())
    client_ref: str | None = None
    reference: str = ""
    is_limitation_interrupted: bool = False


class ClaimMaker:
    """Makes claims within one transaction."""

    def __init__(
        self, unit: UnitOfWork, *, ids: IdSource, now: datetime, settings: InvoiceSettings
    ) -> None:
        """Read the tariffs.

        Args:
            unit: Where references that are used already are.
            ids: For identifiers and references.
            now: Moment of creation.
            settings: How the rules are read here.
        """
        self._unit = unit
        self._ids = ids
        self._now = now
        self._settings = settings
        self._nomenclature = Nomenclature()
        self._tariffs = Tariffs.of(unit.tariffs.all())
        self._given = set[str]()

    def fresh(self, draft: ClaimDraft, *, batch_id: str, position: int, pointer: str) -> Claim:
        """Give a new claim.

        Args:
            draft: What was given.
            batch_id: The batch it is part of.
            position: Its place.
            pointer: Where the draft stands in the request, for findings.

        Raises:
            InputError: a day of a lump sum cannot be expanded, with its place.
        """
        claim = Claim(
            id=self._ids.ulid("clm"),
            batch_id=batch_id,
            patient=draft.patient,
            ct1=draft.ct1,
            ct2=draft.ct2,
            lines=(),
            created_at=self._now,
            updated_at=self._now,
            position=position,
        )
        return self.filled(claim, draft, pointer=pointer)

    def filled(self, claim: Claim, draft: ClaimDraft, *, pointer: str = "") -> Claim:
        """Give a claim with what was given instead of what it holds.

        An act that repeats a refused one still does when it keeps its reference.

        Raises:
            InputError: a day of a lump sum cannot be expanded, with its place.
        """
        has_rate = replace(claim, ct1=draft.ct1).has_preferential_rate
        lines = [
            line
            for place, care in enumerate(draft.care)
            for line in self._lines(care, claim.id, has_rate, f"{pointer}/care/{place}")
        ]
        repeated = {line.reference: line.carried_from for line in claim.lines}
        lines = [replace(line, carried_from=repeated.get(line.reference)) for line in lines]
        return replace(
            claim,
            patient=draft.patient,
            ct1=draft.ct1,
            ct2=draft.ct2,
            lines=tuple(lines),
            client_ref=draft.client_ref,
            reference=draft.reference,
            is_limitation_interrupted=draft.is_limitation_interrupted,
            updated_at=self._now,
        )

    def _lines(
        self,
        care: ActDraft | DayDraft,
        claim_id: str,
        has_rate: bool,  # noqa: FBT001  # of the public function, which names it
        pointer: str,
    ) -> Sequence[ClaimLine]:
        if isinstance(care, ActDraft):
            line = replace(
                care.line,
                id=self._ids.ulid("cln"),
                reference=self._reference(care.line.reference, claim_id),
            )
            return (self._paid(line, care, has_rate),)
        day = replace(
            care.day,
            line_id=self._ids.ulid("cln"),
            reference=self._reference(care.day.reference, claim_id),
        )
        try:
            *statistics, lump_sum = lump_sum_lines(
                day,
                nomenclature=self._nomenclature,
                shares_from=self._settings.lump_sum_shares_from,
            )
        except InputError as error:
            raise InputError(findings=_moved(error.findings, pointer)) from None
        return (*statistics, self._paid(lump_sum, care, has_rate))

    def _paid(
        self,
        line: ClaimLine,
        care: ActDraft | DayDraft,
        has_rate: bool,  # noqa: FBT001  # of the public function, which names it
    ) -> ClaimLine:
        """Fill in the amounts that were left out, where a tariff is loaded."""
        tariff = self._tariffs.find(line.code, on=line.day)
        if tariff is None or line.is_statistical:
            return line
        if care.fills_insurer_amount:
            amount = tariff.insurer_pays(has_preferential_rate=has_rate) * line.units
            line = replace(line, insurer_amount=amount)
        if care.fills_copayment:
            share = tariff.patient_pays(has_preferential_rate=has_rate) * line.units
            line = replace(line, copayment=share)
        return line

    def _reference(self, wanted: str, claim_id: str) -> str:
        """Give a reference nobody else has: answers are matched by it (3.1)."""
        reference = wanted or REFERENCE_LETTER + reference_digits(self._ids)
        while self._is_taken(reference, claim_id):
            reference = next_reference(reference)
        self._given.add(reference)
        return reference

    def _is_taken(self, reference: str, claim_id: str) -> bool:
        if reference in self._given:
            return True
        owner = self._unit.claims.of_reference(reference)
        return owner is not None and owner.id != claim_id


def count_lines(drafts: Iterable[ClaimDraft]) -> int:
    """Count acts and days."""
    return sum(len(draft.care) for draft in drafts)


def _moved(findings: Iterable[Finding], pointer: str) -> tuple[Finding, ...]:
    return tuple(replace(each, pointer=pointer + each.pointer) for each in findings)
