"""An oracle for files of electronic invoicing: plain slices by the positions of the tables.

It shares nothing with the program: positions come from the CSV files of the spec, numbers are
added here, and check digits are computed by their definition, character by character.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

from tests.support.shared import SPEC

TABLES = SPEC / "efact"
HEADER = 227


@cache
def table(name: str) -> tuple[dict[str, str], ...]:
    with Path(TABLES / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return tuple(csv.DictReader(lines))


@cache
def positions(name: str) -> dict[str, tuple[int, int]]:
    return {row["zone"]: (int(row["start"]) - 1, int(row["end"])) for row in table(name)}


def cut(record: str, zone: str, *, of: str | None = None) -> str:
    begin, end = positions(of or f"record-{record[:2]}")[zone]
    return record[begin:end]


def spoil(record: str, zone: str, text: str, *, of: str | None = None) -> str:
    """Put another text into a zone, and the right check digits behind it where there are any."""
    begin, end = positions(of or f"record-{record[:2]}")[zone]
    assert len(text) == end - begin
    spoilt = record[:begin] + text + record[end:]
    return sealed(spoilt) if zone != "99" and record[:2] not in ("95", "96") else spoilt


def sealed(record: str) -> str:
    return record[:348] + r99(record[:348])


def r99(body: str) -> str:
    total = 0
    for character in body:
        if character in "0123456789":
            total += int(character)
        elif character == " ":
            total += 10
        elif character.isascii() and character.isalpha():
            total += 11 + ord(character.upper()) - ord("A")
        else:
            total += 37
    return f"{total % 97 or 97:02d}"


def z98(codes: list[int]) -> str:
    return f"{sum(codes) % 97 or 97:02d}"


def records_of(text: str) -> list[str]:
    return [text[begin : begin + 350] for begin in range(HEADER, len(text), 350)]


def joined(text: str, records: list[str]) -> bytes:
    return (text[:HEADER] + "".join(records)).encode("ascii")


def signed(text: str) -> int:
    return int(text)


def facts_of(text: str) -> dict[str, object]:
    """Give the facts of the JSON file beside the constructed example."""
    records = records_of(text)
    body = [record for record in records if record[:2] not in ("95", "96")]
    totals = [record for record in records if record[:2] in ("95", "96")]
    codes = [int(cut(record, "4")) for record in body if record[:2] in ("50", "51", "52")]
    acts = [record for record in body if record[:2] == "50"]

    def name(record: str) -> str:
        return f"{record[:2]}:{record[4:7]}"

    def number(record: str, zone: int) -> str:
        return cut(record, str(zone + (0 if record[:2] == "95" else 100)))

    return {
        "length": len(text),
        "records": [record[:2] for record in body],
        "check_digits": [r99(record[:348]) for record in body],
        "control": {name(record): number(record, 410) for record in totals},
        "counts": {name(record): int(number(record, 409)) for record in totals},
        "total_cents": sum(signed(cut(record, "19")) for record in acts),
        "codes": codes,
        "sum_codes": sum(codes),
        "z98_file": int(z98(codes)),
    }
