"""What the answer to reset tells (*Belgian eID card* 1).

Cards of applet 1.1 and 1.7 share one; only GET CARD DATA tells them apart.
"""

from __future__ import annotations

from typing import Final

from bridge.domain.cards import CardKind

ATR_17: Final = bytes.fromhex("3B9813400AA503010101AD1311")
ATR_18: Final = bytes.fromhex("3B7F96000080318065B085040120120FFF829000")

_VALUE: Final = bytes.fromhex("3B980040 00A503010101AD1300".replace(" ", ""))
_MASK: Final = bytes.fromhex("FFFF00FF 00FFFFFFFFFFFFFF00".replace(" ", ""))


def kind_of(atr: bytes) -> CardKind:
    """Tell what a card looks like; whether an eID answers as one is asked of its applet."""
    if not atr:
        return CardKind.MUTE
    return CardKind.EID if atr == ATR_18 or _is_before_18(atr) else CardKind.FOREIGN


def _is_before_18(atr: bytes) -> bool:
    masked = bytes(byte & mask for byte, mask in zip(atr, _MASK, strict=False))
    return len(atr) == len(_MASK) and masked == _VALUE
