"""What becomes of acts and invoices by an answer of the insurer.

Rules: an act that an answer does not name is accepted.
A letter decides, not its code; which letters reject is a setting.
One rejected record rejects its whole day of a lump sum.
An amount that is stated for an invoice is what is paid of it; the acts get their parts of it.
The result is computed from what was asked, never from what was computed before, so settling
twice changes nothing.
Source: *eFact for nursing* 3.1 to 3.3 and 5.3.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from bridge.domain.claims import (
    ActResult,
    CareBlock,
    Claim,
    ClaimLine,
    RejectionReason,
    blocks_of,
)
from bridge.domain.invoicecases import ActKey, act_key
from bridge.domain.invoices import InvoiceAnswer
from bridge.domain.invoicesettings import InvoiceSettings
from bridge.domain.settlements import (
    ActVerdict,
    InvoiceVerdict,
    MutualityVerdict,
    Settlement,
    SettlementFinding,
)

_READING_RECORD: Final = "52"
_REFUSALS: Final = frozenset({InvoiceAnswer.MESSAGE_REFUSED, InvoiceAnswer.FILE_REFUSED})


@dataclass
class _Sums:
    asked: int = 0
    paid: int = 0


@dataclass(frozen=True, kw_only=True)
class _Part:
    """One line with what an answer says of it."""

    line: ClaimLine
    reasons: tuple[RejectionReason, ...]
    is_rejected: bool
    paid: int


class Settler:
    """Applies one answer to the claims of a batch, one after the other, in any number of pages.

    Attributes:
        findings: What does not fit, until now.
    """

    def __init__(self, settlement: Settlement, settings: InvoiceSettings) -> None:
        """Begin with an answer."""
        self.findings: list[SettlementFinding] = []
        self._settlement = settlement
        self._settings = settings
        self._is_refusal = settlement.answer in _REFUSALS
        self._invoices = {each.invoice_number: each for each in settlement.invoices}
        self._by_reference: dict[str, list[ActVerdict]] = defaultdict(list)
        self._by_key: dict[ActKey, list[ActVerdict]] = defaultdict(list)
        for each in settlement.acts:
            if each.reference:
                self._by_reference[each.reference].append(each)
            elif each.key is not None:
                self._by_key[each.key].append(each)
        self._nameless = sum(not each.reference and each.key is None for each in settlement.acts)
        self._sums: dict[str, _Sums] = defaultdict(_Sums)

    def take(self, claim: Claim) -> Claim:
        """Give a claim as the answer leaves it."""
        verdict = self._invoices.pop(claim.invoice_number or "", None)
        reasons = verdict.reasons if verdict is not None else ()
        is_rejected = self._is_refusal or self._rejects(reasons)
        parts = [
            part
            for block in blocks_of(claim.lines)
            for part in self._parts(claim, block, is_rejected=is_rejected)
        ]
        if self._settlement.answer is InvoiceAnswer.SETTLED:
            parts = self._as_stated(claim, parts, verdict)
        settled = self._settled(claim, parts, reasons)
        sums = self._sums[self._settings.destination(claim.patient.mutuality)]
        sums.asked += claim.insurer_amount
        sums.paid += settled.paid_amount
        return settled

    def finish(self) -> tuple[SettlementFinding, ...]:
        """Say what does not fit, after the last claim."""
        left = (verdict for found in self._by_reference.values() for verdict in found)
        strays = sum(1 for _ in left) + sum(len(each) for each in self._by_key.values())
        for _ in range(strays + self._nameless):
            self.findings.append(SettlementFinding(code="settlement_act_unknown"))
        for _ in self._invoices:
            self.findings.append(SettlementFinding(code="settlement_invoice_unknown"))
        for each in self._settlement.mutualities:
            self._compare(each)
        return tuple(self.findings)

    def _rejects(self, reasons: Iterable[RejectionReason]) -> bool:
        return any(each.letter.strip() in self._settings.rejecting_letters for each in reasons)

    def _verdicts(self, claim: Claim, line: ClaimLine) -> list[ActVerdict]:
        """Take what is said of a line; what has no reference belongs to the first act that fits."""
        found = self._by_reference.pop(line.reference, [])
        waiting = self._by_key.get(act_key(claim.patient, line)) if self._by_key else None
        while waiting and _fits(waiting[0], line):
            found.append(waiting.pop(0))
        return found

    def _parts(self, claim: Claim, block: CareBlock, *, is_rejected: bool) -> Iterator[_Part]:
        said = [(line, self._verdicts(claim, line)) for line in block.lines]
        is_lost = is_rejected or any(
            self._rejects(verdict.reasons) for _, verdicts in said for verdict in verdicts
        )
        for line, verdicts in said:
            amounts = [
                each.accepted_amount for each in verdicts if each.accepted_amount is not None
            ]
            is_stated = bool(amounts) and not line.is_statistical
            stated = amounts[-1] if is_stated else line.insurer_amount
            yield _Part(
                line=line,
                reasons=tuple(reason for each in verdicts for reason in each.reasons),
                is_rejected=is_lost,
                paid=0 if is_lost else stated,
            )

    def _as_stated(
        self, claim: Claim, parts: list[_Part], verdict: InvoiceVerdict | None
    ) -> list[_Part]:
        """Spread what is stated for the invoice over its acts."""
        stated = verdict.accepted_amount if verdict is not None else None
        if stated is None or not self._settings.reads_invoice_amounts:
            return parts
        expected = sum(part.paid for part in parts)
        found, is_explained = _spread(parts, stated - expected)
        if not is_explained:
            self.findings.append(
                SettlementFinding(
                    code="settlement_amount_unexplained",
                    claim_id=claim.id,
                    expected=expected,
                    stated=stated,
                )
            )
        return found

    def _settled(
        self, claim: Claim, parts: list[_Part], reasons: tuple[RejectionReason, ...]
    ) -> Claim:
        is_final = self._is_refusal or self._settlement.answer is InvoiceAnswer.SETTLED
        lines = [_final(part) if is_final else _noted(part) for part in parts]
        for line in lines:
            if line.carried_to is not None and line.result is not ActResult.REJECTED and is_final:
                self.findings.append(SettlementFinding(code="carried_act_paid", claim_id=claim.id))
        settled = claim.with_lines(_with_blocks(lines), at=self._settlement.at)
        if settled.reasons == reasons:
            return settled
        return replace(settled, reasons=reasons, updated_at=self._settlement.at)

    def _compare(self, verdict: MutualityVerdict) -> None:
        sums = self._sums[verdict.mutuality]
        pairs = ((sums.asked, verdict.asked), (sums.paid, verdict.accepted))
        for expected, stated in pairs:
            if expected != stated:
                self.findings.append(
                    SettlementFinding(
                        code="settlement_total_differs",
                        mutuality=verdict.mutuality,
                        expected=expected,
                        stated=stated,
                    )
                )


def _fits(verdict: ActVerdict, line: ClaimLine) -> bool:
    """Tell whether a verdict without reference may be about a line."""
    is_reading = any(each.record == _READING_RECORD for each in verdict.reasons)
    return line.reading is not None or not is_reading


def _spread(parts: list[_Part], difference: int) -> tuple[list[_Part], bool]:
    """Spread a difference over parts, so that their sum is what is stated.

    First come acts with remarks that do not reject, which explain it, then the others; each gets
    between nothing and what was asked, and what none can take goes to the last one that is paid.

    Returns:
        The parts, and whether acts with remarks explain the difference.
    """
    order = sorted(range(len(parts)), key=lambda place: _turn(parts[place]))
    found, left, unexplained = list(parts), difference, 0
    for place in order:
        part = found[place]
        lowest, highest = sorted((0, part.line.insurer_amount))
        taken = min(max(part.paid + left, lowest), highest) - part.paid
        if taken * left > 0:
            found[place] = replace(part, paid=part.paid + taken)
            left -= taken
            unexplained += taken if _turn(part) else 0
    if left and order:
        payable = [place for place in order if not parts[place].line.is_statistical] or order
        last = payable[-1]
        found[last] = replace(found[last], paid=found[last].paid + left)
    return found, not left and not unexplained


def _turn(part: _Part) -> int:
    """Give when a part takes of a difference; 0 for the acts that explain it."""
    if part.is_rejected:
        return 2
    return 0 if part.reasons else 1


def _final(part: _Part) -> ClaimLine:
    asked = part.line.insurer_amount
    if part.paid == asked and not part.is_rejected:
        result = ActResult.PAID
    else:
        result = ActResult.PARTLY_PAID if part.paid else ActResult.REJECTED
    return replace(part.line, result=result, paid_amount=part.paid, reasons=part.reasons)


def _noted(part: _Part) -> ClaimLine:
    """Keep what is said before the settlement; nothing is paid or refused by it."""
    return replace(part.line, reasons=part.reasons)


def _with_blocks(lines: Iterable[ClaimLine]) -> Iterator[ClaimLine]:
    """Give statistical lines the result of the lump sum behind them."""
    for block in blocks_of(lines):
        last = block.lump_sum
        for line in block.statistics:
            yield line if last is None else replace(line, result=last.result)
        if last is not None:
            yield last


def settle(
    claims: Iterable[Claim], settlement: Settlement, settings: InvoiceSettings
) -> tuple[tuple[Claim, ...], tuple[SettlementFinding, ...]]:
    """Apply an answer to all claims of a batch at once."""
    settler = Settler(settlement, settings)
    settled = tuple(settler.take(claim) for claim in claims)
    return settled, settler.finish()
