"""A batch of invoices from draft to wire: time per act, memory, and the wait until the 202.

Each size has a process of its own, and each step its own peak.
Beside each peak stands the idle daemon of the same process, the sandbox included.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable
from dataclasses import astuple, dataclass, replace
from datetime import date, timedelta
from datetime import time as hour_of_day
from pathlib import Path
from typing import Any, Final

from benchmarks.efact import invoices
from benchmarks.rows import person
from benchmarks.table import quiet, row, show
from bridge.codecs.efact import writer
from bridge.codecs.efact.values import InvoiceFile
from bridge.domain.claims import ClaimLine, ClaimReading, PrescriberNorm
from bridge.domain.declarations import CarePatient, Sex
from bridge.domain.exchanges import Exchange
from bridge.domain.identifiers import Mutuality
from bridge.errors import OutcomeUnknown
from bridge.ports.store import UnitOfWork
from bridge.ports.transport import WireReply, WireRequest
from bridge.sandbox.care_directory import DOCTORS
from bridge.sandbox.transport import SandboxTransport
from bridge.sandbox.world import World
from bridge.service.invoicebatches import BatchView
from bridge.service.invoicedrafts import ActDraft, BatchDraft, ClaimDraft
from bridge.service.invoicerelease import InvoiceRelease
from bridge.service.keys import KeyClaim
from tests.support.daemon import CLIENT, TestDaemon, running_daemon
from tests.support.efact import HEADER
from tests.support.invoicemonth import INJECTION, OCTOBER, PRICE, Practice

SIZES: Final = (100, 10_000, 100_000)
MOST_READ: Final = 10_000
ACTS_OF_A_CLAIM: Final = 20
CLAIMS_OF_A_PAGE: Final = 50
STATUS: Final = Path("/proc/self/status")
PEAK: Final = Path("/proc/self/clear_refs")
LIMIT: Final = 100
IDLE: Final = "idle daemon with the sandbox"
PEER: Final = "limit: as many acts written by the codec alone"
SUBMISSION: Final = "submission, until the 202"
LEFT: Final = "post, until the first byte leaves"
POST: Final = "post, and the played union that reads it"
_MICRO: Final = 1_000_000
_RESET_PEAK: Final = "5"
_SATURDAY: Final = 5


@dataclass(frozen=True)
class Step:
    """One step of a batch.

    Attributes:
        wall_s: Seconds that passed.
        cpu_s: Seconds of processor time.
        peak_mib: Highest resident memory meanwhile.
    """

    name: str
    wall_s: float
    cpu_s: float
    peak_mib: float


def memory(member: str) -> float:
    """Give a figure of the resident memory of this process in MiB."""
    line = next(each for each in STATUS.read_text("ascii").splitlines() if member in each)
    return int(line.split()[1]) / 1024


async def step(name: str, work: Awaitable[Any]) -> Step:
    """Measure one step; the peak begins anew."""
    PEAK.write_text(_RESET_PEAK, "ascii")
    wall, cpu = time.perf_counter(), time.process_time()
    await work
    return Step(name, time.perf_counter() - wall, time.process_time() - cpu, memory("VmHWM"))


def claim(number: int, practice: Practice) -> ClaimDraft:
    """Give a month of injections of one person."""
    acts = []
    month = (date(2026, 10, 1) + timedelta(days=each) for each in range(31))
    weekdays = [each for each in month if each.weekday() < _SATURDAY][:ACTS_OF_A_CLAIM]
    for place, on in enumerate(weekdays):
        at = hour_of_day(8)
        reading = ClaimReading(
            reading_kind="1",
            support_kind="1",
            support_serial="592012345678",
            read_on=on,
            read_hour=at,
        )
        line = ClaimLine(
            id="",
            reference=f"N{number}A{place}",
            code=INJECTION,
            day=on,
            provider=practice.registration.holder.nihii,
            insurer_amount=PRICE,
            prescriber=DOCTORS[0].number,
            prescribed_on=date(2026, 9, 30),
            prescriber_norm=PrescriberNorm.ONE,
            hour=at,
            reading=reading,
        )
        acts.append(ActDraft(line=line))
    patient = CarePatient(niss=person(number), mutuality=Mutuality("319"), sex=Sex.FEMALE)
    return ClaimDraft(patient=patient, ct1="110", ct2="110", care=tuple(acts))


async def _draft(daemon: TestDaemon, practice: Practice) -> BatchView:
    draft = BatchDraft(registration_id=practice.registration.id, insurer="300", month=OCTOBER)
    return await daemon.services.invoice_batches.create(draft, client=CLIENT)


async def _filled(daemon: TestDaemon, practice: Practice, batch_id: str, count: int) -> None:
    """Add so many acts to a draft, page by page (D16)."""
    claims = count // ACTS_OF_A_CLAIM
    for begin in range(0, claims, CLAIMS_OF_A_PAGE):
        numbers = range(begin, min(begin + CLAIMS_OF_A_PAGE, claims))
        page = [claim(each, practice) for each in numbers]
        await daemon.services.invoice_batches.add_claims(batch_id, page, client=CLIENT)


class Watched:
    """Carries to the sandbox, and notes time and peak before the first byte leaves.

    Of a large file nobody answers: the played union would take minutes to read it.
    """

    def __init__(self, world: World) -> None:
        """Reach the world; nothing has left."""
        self._inner = SandboxTransport(world)
        self.answers = True
        self.left = Step(LEFT, 0, 0, 0)

    async def exchange(self, request: WireRequest) -> WireReply:
        """Carry a message."""
        self.left = Step(LEFT, time.perf_counter(), time.process_time(), memory("VmHWM"))
        if not self.answers:
            raise OutcomeUnknown
        return await self._inner.exchange(request)


async def measured(count: int) -> list[Step]:
    """Take a batch from draft to wire."""
    with tempfile.TemporaryDirectory() as folder:
        async with running_daemon(Path(folder), transport=Watched) as daemon:
            practice, wire = Practice(daemon), daemon.parts.transport
            if not isinstance(wire, Watched):
                raise SystemExit("the transport is not watched")
            await practice.begin()
            idle = Step(IDLE, 0, 0, memory("VmRSS"))
            drafts = daemon.services.invoice_batches
            batch_id = (await _draft(daemon, practice)).batch.id
            key = KeyClaim(
                key="benchmark-of-a-batch", route="POST submission", fingerprint="f" * 64
            )
            submission = daemon.services.invoice_submissions.submit(
                batch_id, InvoiceRelease(), client=CLIENT, claim=key
            )
            steps = [
                idle,
                await step(PEER, asyncio.to_thread(_written_alone, count)),
                await step(
                    "draft: claims added in pages", _filled(daemon, practice, batch_id, count)
                ),
                await step("validation", drafts.validate(batch_id, client=CLIENT, limit=LIMIT)),
                await step("dry run", drafts.dry_run(batch_id, client=CLIENT, limit=LIMIT)),
                await step(SUBMISSION, submission),
            ]
            wall, cpu = time.perf_counter(), time.process_time()
            wire.answers = count <= MOST_READ
            post = await step(POST, daemon.services.outbox.send_due())
            first = replace(wire.left, wall_s=wire.left.wall_s - wall, cpu_s=wire.left.cpu_s - cpu)
            if wire.answers:
                await _receipted(practice, batch_id)
            return [*steps, first, post] if wire.answers else [*steps, first]


async def _receipted(practice: Practice, batch_id: str) -> None:
    def work(unit: UnitOfWork) -> Exchange | None:
        batch = unit.invoice_batches.get(batch_id, client_id=None)
        return None if batch is None else unit.exchanges.get(batch.exchange_id or "")

    exchange = await practice.store.read(work)
    if exchange is None or not exchange.has_tack:
        raise SystemExit("the batch was not receipted")


def _written_alone(count: int) -> None:
    """Write as many acts with the codec alone, from values that are there already."""
    for _ in writer.write(InvoiceFile(header=HEADER, invoices=invoices(count))):
        pass


def apart(count: int) -> list[Step]:
    """Measure one size in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.invoices", str(count)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    return [Step(*each) for each in json.loads(answer.stdout.splitlines()[-1])]


def main(sizes: tuple[int, ...] = SIZES[:2]) -> None:
    """Print the tables."""
    quiet()
    for count in sizes:
        steps = apart(count)
        size = f"{count:,}".replace(",", " ")
        timed = [each for each in steps if each.cpu_s]
        show(
            f"Processor time per act, {size} acts",
            [row(each.name, [each.cpu_s / count * _MICRO], unit="us") for each in timed],
        )
        show(
            f"Seconds that passed, {size} acts",
            [row(each.name, [each.wall_s], unit="s") for each in timed],
        )
        show(
            f"Peak memory, {size} acts",
            [row(each.name, [each.peak_mib], unit="MiB") for each in steps],
        )


if __name__ == "__main__":
    if "--all" in sys.argv:
        main(SIZES)
    elif sys.argv[1:]:
        quiet()
        print(json.dumps([astuple(each) for each in asyncio.run(measured(int(sys.argv[1])))]))
    else:
        main()
