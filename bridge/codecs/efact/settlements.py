"""Whether a settlement adds up: asked is accepted and refused, and the total is that of the parts.

Source: *efact-nursing* 3.3.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from bridge.codecs.efact.answers import Amounts, Totals
from bridge.errors import ZoneFault, ZoneFinding

_ACCOUNTS: Final = ("a", "b", "c", "total")
_TOTAL: Final = "92"


def balance_findings(settled: Iterable[Totals]) -> Iterator[ZoneFinding]:
    """Find amounts that do not add up; amounts that are blank are left out."""
    parts: list[Totals] = []
    for totals in settled:
        yield from _within(totals)
        if totals.record.layout.record == _TOTAL:
            yield from _against(totals, parts)
        else:
            parts.append(totals)


def _within(totals: Totals) -> Iterator[ZoneFinding]:
    for account in _ACCOUNTS:
        asked = _amount(totals.asked, account)
        accepted, refused = _amount(totals.accepted, account), _amount(totals.refused, account)
        if asked is None or accepted is None or refused is None:
            continue
        if asked != accepted + refused:
            yield totals.record.finding(f"refused_{account}", ZoneFault.UNBALANCED)


def _against(total: Totals, parts: list[Totals]) -> Iterator[ZoneFinding]:
    for what in ("asked", "accepted", "refused"):
        for account in _ACCOUNTS:
            whole = _amount(getattr(total, what), account)
            each = [_amount(getattr(part, what), account) for part in parts]
            known = [amount for amount in each if amount is not None]
            if whole is not None and len(known) == len(parts) and whole != sum(known):
                yield total.record.finding(f"{what}_{account}", ZoneFault.TOTAL_WRONG)


def _amount(amounts: Amounts | None, account: str) -> int | None:
    return getattr(amounts, account) if amounts else None
