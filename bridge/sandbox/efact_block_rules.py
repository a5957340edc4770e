"""What the played insurers demand of a day at a lump sum: its block of statistical records.

Source: *Electronic invoicing* 5.3.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from bridge.mycarenet.medadmin_names import ContractualType
from bridge.sandbox.efact_asked import Asked
from bridge.sandbox.efact_findings import Letter
from bridge.sandbox.efact_form import number_of
from bridge.sandbox.efact_nomenclature import (
    BASIC,
    FIRST_BASIC,
    LUMP_SUMS,
    PALLIATIVE,
    PSEUDO,
    REPEATED_VISITS,
    SECOND_BASIC,
    TOILET_IN_LUMP_SUM,
    is_lump_sum,
)
from bridge.sandbox.efact_reading import Act, Invoice, is_empty

_SAME: Final = ("5", "6a,6b", "7", "8a,8b", "9", "10", "11", "12", "13", "14")
"""Zones that are the same in the whole block: kind 17."""

_ALONE: Final = "1"
_ASSISTED: Final = "2"
_TOGETHER: Final = "9"
_SHARED_FROM: Final = date(2021, 10, 1)
_WHOLE: Final = 100
_SEVERAL: Final = 2


@dataclass(frozen=True, kw_only=True)
class Block:
    """A lump sum with the statistical records before it."""

    statistical: tuple[Act, ...]
    lump_sum: Act

    def acts(self) -> list[Act]:
        """Give its acts in their order."""
        return [*self.statistical, self.lump_sum]

    def of(self, *codes: str) -> list[Act]:
        """Give its statistical records with some codes."""
        return [act for act in self.statistical if act.code in codes]


def blocks_of(invoice: Invoice) -> list[Block]:
    """Give the blocks of an invoice: what counts and directly precedes a lump sum."""
    blocks: list[Block] = []
    counted: list[Act] = []
    for act in invoice.acts:
        if act.is_statistical:
            counted.append(act)
            continue
        if is_lump_sum(act.code):
            blocks.append(Block(statistical=tuple(counted), lump_sum=act))
        counted = []
    return blocks


def check_blocks(asked: Asked) -> None:
    """Judge every block, and shares and assistants everywhere."""
    for invoice in asked.file.invoices:
        for act in invoice.acts:
            for kind in (*_about_assistant(act), *_about_share(act)):
                asked.findings.reject(act.record, kind)
        if not invoice.is_credit_note:
            for block in blocks_of(invoice):
                _check_block(asked, block)
            _check_days(asked, invoice)


def _check_block(asked: Asked, block: Block) -> None:
    kinds = (*_about_order(asked, block), *_about_providers(block), *_about_shares(block))
    for kind in kinds:
        asked.findings.reject(block.lump_sum.record, kind)
    for act in block.statistical:
        if act.code not in PSEUDO:
            asked.findings.reject(act.record, "0459")


def _check_days(asked: Asked, invoice: Invoice) -> None:
    """Look at what else is invoiced on the days of visits and of palliative lump sums."""
    visits = Counter(act.record.zone("5") for act in invoice.acts if act.code in BASIC)
    palliative = {act.record.zone("5") for act in invoice.acts if act.code in PALLIATIVE}
    for act in invoice.acts:
        day = act.record.zone("5")
        if act.code in REPEATED_VISITS and visits[day] < _SEVERAL:
            asked.findings.reject(act.record, "0453")
        elif day in palliative and not act.is_statistical and not _goes_with_palliative(act):
            asked.findings.reject(act.record, "04G3")


def _goes_with_palliative(act: Act) -> bool:
    return act.code in PALLIATIVE or act.code in REPEATED_VISITS


def _about_order(asked: Asked, block: Block) -> Iterator[str]:
    lump_sum = block.lump_sum
    before = asked.file.body[lump_sum.record.place - 1]
    if before.kind != "50" or not block.statistical:
        yield "0417"
        return
    if block.statistical[0].code != FIRST_BASIC:
        asked.findings.add(block.statistical[0].record, "0452", Letter.OTHER_RIGHTS)
    needs_second = LUMP_SUMS.get(lump_sum.code) is ContractualType.C
    has_all = block.of(FIRST_BASIC) and (not needs_second or block.of(SECOND_BASIC))
    needs_toilet = lump_sum.code in LUMP_SUMS
    if not has_all or (needs_toilet and not block.of(TOILET_IN_LUMP_SUM)):
        yield "0458"
    for name in _SAME:
        if any(act.record.zone(name) != lump_sum.record.zone(name) for act in block.statistical):
            yield f"{number_of(name)}17"


def _about_providers(block: Block) -> Iterator[str]:
    norm = block.lump_sum.record.zone("16")
    providers = {act.record.zone("15") for act in block.statistical}
    norms = {act.record.zone("16") for act in block.statistical}
    first = next(iter(block.of(FIRST_BASIC)), None)
    if first is not None and first.record.zone("15") != block.lump_sum.record.zone("15"):
        yield "1512"
    if norm == _ALONE and len(providers) > 1:
        yield "1614"
    if norm == _TOGETHER and len(providers) == 1:
        yield "1615"
    if norm == _ALONE and norms - {_ALONE}:
        yield "1616"
    if norm == _ASSISTED and norms - {_ASSISTED}:
        yield "1617"


def _about_assistant(act: Act) -> Iterator[str]:
    is_assisted = act.record.zone("16") == _ASSISTED
    has_assistant = not is_empty(act.record.zone("49"))
    if is_assisted and not has_assistant:
        yield "4911"
    if has_assistant and not is_assisted:
        yield "4912"


def _about_share(act: Act) -> Iterator[str]:
    day, share = act.record.day("5"), act.record.zone("50a")
    if day is None or day < _SHARED_FROM:
        return
    is_basic = act.is_statistical and act.code in BASIC
    if not share.isdigit():
        yield "5004"
    elif is_basic and is_empty(share):
        yield "5010"
    elif not is_basic and not is_empty(share):
        yield "5012"


def _about_shares(block: Block) -> Iterator[str]:
    shares = [act.record.zone("50a") for act in block.of(*BASIC)]
    day = block.lump_sum.record.day("5")
    if day is None or day < _SHARED_FROM or not shares or not "".join(shares).isdigit():
        return
    if sum(int(share) for share in shares) != _WHOLE and not any(map(is_empty, shares)):
        yield "5011"
