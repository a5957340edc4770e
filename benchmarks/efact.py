"""Files of electronic invoicing: records written and read in a second, and the peak of memory.

Seconds are processor time of one core, so that other work on the machine counts little.
The limit is a plain loop that does nothing but slice each record at its zones and join it again.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import time, timedelta
from pathlib import Path
from time import process_time
from typing import Final

from benchmarks.table import Row, quiet, row, show
from bridge.codecs.efact import answerreader, reader, writer
from bridge.codecs.efact.scan import HEADER_LENGTH, RECORD_LENGTH, records
from bridge.codecs.efact.tables.act_records import RECORD_50
from bridge.codecs.efact.values import Act, Invoice, InvoiceFile
from tests.support.efact import FIRST, HEADER, toilet
from tests.support.efact_answers import answered_file, echo

SIZES: Final = (100, 10_000, 100_000)
ACTS_OF_AN_INVOICE: Final = 20
RUNS: Final = 5
HOUR_OF_READING: Final = time(8, 15)
KEYS: Final = ("code", "first_day", "patient", "provider")
"""What is asked of each act and reading: by these an answer is matched."""

CUTS: Final = tuple(slice(zone.start - 1, zone.end) for zone in RECORD_50.zones)
STATUS: Final = Path("/proc/self/status")


def acts() -> tuple[Act, ...]:
    """Give the acts of one invoice, each with an identity reading."""
    first = FIRST.acts[0].first_day
    return tuple(
        toilet(first + timedelta(days=day), HOUR_OF_READING) for day in range(ACTS_OF_AN_INVOICE)
    )


def invoices(count: int) -> Iterator[Invoice]:
    """Make invoices one by one until there are ``count`` acts."""
    some = acts()
    for number in range(count // ACTS_OF_AN_INVOICE):
        yield replace(FIRST, number=f"{number:012d}", acts=some)


def rate(name: str, work: Callable[[], object], *, of: int, runs: int = RUNS) -> Row:
    """Measure thousands of records in a second; the best figure is the highest."""
    figures = []
    for _ in range(runs):
        begun = process_time()
        work()
        figures.append(of / (process_time() - begun) / 1000)
    measured = row(name, figures, unit="k/s")
    return measured._replace(best=max(figures))


def drain(chunks: Iterable[object]) -> int:
    """Take everything and keep nothing."""
    return sum(1 for _ in chunks)


def slice_and_join(content: bytes) -> int:
    """Cut each record at its zones and join it again."""
    total = 0
    for begin in range(HEADER_LENGTH, len(content), RECORD_LENGTH):
        text = content[begin : begin + RECORD_LENGTH].decode("ascii")
        total += len("".join([text[cut] for cut in CUTS]))
    return total


def read_lazily(content: bytes) -> int:
    """Cut, compare the check digits, and ask for the zones that identify acts and readings."""
    findings: list[object] = []
    asked = 0
    for record in records(content, [], begin=HEADER_LENGTH):
        layout = record.layout
        if not layout.has_valid_check(record):
            findings.append(record)
        if layout.record in ("50", "52"):
            for key in KEYS:
                record.value(key)
                asked += 1
    return asked


def records_in(content: bytes) -> int:
    """Count the records of a file of ours."""
    return (len(content) - HEADER_LENGTH) // RECORD_LENGTH


def speed_rows(count: int) -> list[Row]:
    """Measure writing and reading of one size."""
    prepared = tuple(invoices(count))
    file = InvoiceFile(header=HEADER, invoices=prepared)
    content = writer.write_whole(file)
    size = records_in(content)
    runs = RUNS if count < SIZES[-1] else 2
    return [
        rate("limit: slice at every zone and join", lambda: slice_and_join(content), of=size,
             runs=runs),
        rate("write: from values to bytes", lambda: drain(writer.write(file)), of=size, runs=runs),
        rate("read: check digits, four zones of each act", lambda: read_lazily(content), of=size,
             runs=runs),
        rate("verify: order, repeats, totals, counts, check digits",
             lambda: reader.verify(content, is_strict=False), of=size, runs=runs),
        rate("read into values, verified", lambda: reader.read(content), of=size, runs=runs),
    ]  # fmt: skip


def answer_rows(count: int) -> list[Row]:
    """Measure an answer that sends everything back, every act refused."""
    content = writer.write_whole(InvoiceFile(header=HEADER, invoices=invoices(count)))
    text = content.decode("ascii")
    every = [
        text[begin : begin + RECORD_LENGTH]
        for begin in range(HEADER_LENGTH, len(text), RECORD_LENGTH)
    ]
    echoed = [echo(each, "R500423") for each in every if each[:2] < "95"]
    answer = answered_file("920099", *echoed, kind="02")
    return [
        rate("answer: errors, zones and keys of each record", lambda: answerreader.read(answer),
             of=len(echoed)),
    ]  # fmt: skip


def peak_mib() -> float:
    """Give the highest resident memory of this process."""
    found = re.search(r"VmHWM:\s+(\d+) kB", STATUS.read_text("ascii"))
    return int(found.group(1)) / 1024 if found else 0.0


def one_peak(what: str, count: int) -> None:
    """Do one thing in this process and print its peak; the parent reads it."""
    if what == "write":
        drain(writer.write(InvoiceFile(header=HEADER, invoices=invoices(count))))
    elif what == "read":
        content = writer.write_whole(InvoiceFile(header=HEADER, invoices=invoices(count)))
        read_lazily(content)
        reader.verify(content, is_strict=False)
    print(peak_mib())


def peak_rows(what: str, name: str) -> list[Row]:
    """Measure the peak of each size in a process of its own."""
    rows = []
    for count in (0, *SIZES):
        command = [sys.executable, "-m", "benchmarks.efact", what if count else "idle", str(count)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        title = f"{name}, {count} acts" if count else "the same process with nothing to do"
        rows.append(row(title, [float(done.stdout)], unit="MiB"))
    return rows


def main() -> None:
    """Print the tables."""
    quiet()
    if STATUS.exists():
        show("Peak memory, written in chunks", peak_rows("write", "write"))
        show("Peak memory, whole file held and read", peak_rows("read", "read"))
    for count in SIZES:
        show(f"Records, {count} acts with their readings", speed_rows(count))
    show("Answers, 10000 acts", answer_rows(SIZES[1]))


if __name__ == "__main__":
    if sys.argv[1:]:
        one_peak(sys.argv[1], int(sys.argv[2]))
    else:
        main()
