"""Files of reference data in the format of ``docs/reference-data.md``."""

from __future__ import annotations

from typing import Final

TARIFF_COLUMNS: Final = (
    "code,insurer_cents,copayment_cents,preferential_insurer_cents,preferential_copayment_cents"
)


def tariffs(*lines: str, valid_from: str = "2026-07-01", **head: str) -> bytes:
    """Give a file of tariffs."""
    return _file({"kind": "tariffs"}, valid_from, head, (TARIFF_COLUMNS, *lines))


def texts(*lines: str, about: str = "efact", valid_from: str = "2026-07-01", **head: str) -> bytes:
    """Give a file of official sentences."""
    return _file({"kind": "error_texts", "about": about}, valid_from, head, ("code,fr,nl", *lines))


def _file(
    kind: dict[str, str], valid_from: str, head: dict[str, str], lines: tuple[str, ...]
) -> bytes:
    facts = {**kind, "source": "A test", "valid_from": valid_from, **head}
    top = ["carebridge-reference-data,1", *(f"{name},{value}" for name, value in facts.items())]
    return "\n".join([*top, "", *lines, ""]).encode()
