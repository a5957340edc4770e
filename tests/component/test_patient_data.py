"""One patient's data: given to her, and erased unless a duty runs (GDPR-02, SEC-163, SEC-164)."""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import SimpleNamespace

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from bridge.adapters.folders import Folders
from bridge.adapters.localsocket import LocalServer
from bridge.adapters.reportfiles import FileReportWriter
from bridge.cli.app import app
from bridge.daemon.dataverbs import DataVerbs
from bridge.domain.audit import Action
from bridge.domain.batches import BatchItem, BatchPurpose, InsurabilityBatch, ItemStatus
from bridge.domain.exchanges import ExchangeStatus
from bridge.domain.identifiers import Niss
from bridge.domain.insurability import CheckStatus, InsurabilityQuestion
from bridge.domain.operations import OperationStatus
from bridge.domain.retention import KeptKind, RetentionSettings
from bridge.domain.worklists import WorkList, WorkRow
from bridge.errors import Conflict, InputError
from bridge.service.patientdata import PatientDataService
from bridge.service.retention import RetentionService
from tests.support import care, invoices, stores
from tests.support.fakes import CountingIds, FixedClock
from tests.support.zips import read_zip

NOW = care.NOW
HER = care.PATIENT.niss
PHRASE = "juist paard batterij nietje"
OTHER = Niss(stores.NISS)
ANSWERED = {"status": ExchangeStatus.ACCEPTED, "has_own_answer": True}
on_posix = pytest.mark.skipif(sys.platform == "win32", reason="the key of the pipe is a user's")


class Audit(list):
    def __init__(self):
        super().__init__()
        self.forgotten = []

    def record(self, action, **facts):
        self.append((action, facts))

    def forget(self, patient):
        self.forgotten.append(patient)


@dataclass
class Office:
    store: object
    clock: FixedClock
    audit: Audit
    service: PatientDataService

    async def places_of(self, niss):
        """Give the tables that still hold a number, in whatever column."""

        def work(unit):
            run = unit.connection.exec_driver_sql
            names = run("SELECT name FROM sqlite_master WHERE type = 'table'").scalars().all()
            digits = niss.digits.encode()
            return {
                name
                for name in names
                for row in unit.connection.execute(text(f'SELECT * FROM "{name}"'))  # noqa: S608  names of ours
                if any(digits in (each if isinstance(each, bytes) else str(each).encode())
                       for each in row)
            }  # fmt: skip

        return await self.store.read(work)


@pytest.fixture
async def office(tmp_path):
    stores.new_database(tmp_path)
    clock, audit = FixedClock(NOW), Audit()
    async with stores.opened(tmp_path) as store:
        service = PatientDataService(
            SimpleNamespace(store=store, clock=clock, ids=CountingIds(), audit=audit),
            writer=FileReportWriter(),
        )
        yield Office(store, clock, audit, service)


def question(niss):
    return InsurabilityQuestion(patient=niss, period=stores.PERIOD)


def everything_but_invoices(unit):
    """Put something about two people into every table that may name them."""
    for number, niss in enumerate((HER, OTHER), 1):
        unit.operations.add(
            stores.operation(number, status=OperationStatus.SUCCEEDED, created_at=NOW)
        )
        check = stores.check(number, status=CheckStatus.ACCEPTED, question=question(niss))
        unit.checks.add(check, client_id="a")
        proof = stores.evidence(number, subject_id=check.id, content=niss.digits.encode())
        unit.evidence.add(proof)
        unit.readings.add(stores.reading(id=f"pcr_{number}", niss=niss))
        unit.known_insurers.learn(niss, "300", at=NOW)
        unit.work_lists.put(WorkRow(
            id=f"wrk_{number}", list=WorkList.NEW_PATIENTS, client_id="a", client_ref=str(number),
            practice_id="prc_1", registration_id="reg_1", given={"niss": niss.digits},
            question=question(niss), created_at=NOW, updated_at=NOW,
        ))  # fmt: skip
    shared_list(unit)
    unit.exchanges.add(care.message(1, status=ExchangeStatus.ACCEPTED), people=(HER,))
    unit.evidence.add(
        stores.evidence(8, subject_id=care.message(1).id, content=HER.digits.encode())
    )
    unit.declarations.put(care.sent(1, **ANSWERED))
    unit.agreements.put(care.agreement(1))
    unit.care_updates.put(care.descoring(1))


def shared_list(unit):
    """Put a message that asks about both people."""
    message = care.message(
        9, service="memberdata", kind="insurability_batch", subject_id="bat_1",
        status=ExchangeStatus.ACCEPTED,
    )  # fmt: skip
    unit.operations.add(stores.operation(9, status=OperationStatus.SUCCEEDED))
    batch = InsurabilityBatch(
        id="bat_1", client_id="a", registration_id="reg_1", patients=2, month=None,
        operation_id=stores.operation(9).id, purpose=BatchPurpose.NEW_PATIENTS,
        created_at=NOW, updated_at=NOW,
    )  # fmt: skip
    items = [
        BatchItem(
            id=f"itm_{place}", batch_id="bat_1", position=place, status=ItemStatus.ACCEPTED,
            exchange_id=message.id, question=question(niss),
        )
        for place, niss in enumerate((HER, OTHER))
    ]  # fmt: skip
    unit.batches.add(batch, items)
    unit.exchanges.add(message, people=(HER, OTHER))
    both = f"{HER.digits} {OTHER.digits}".encode()
    unit.evidence.add(stores.evidence(9, subject_id=message.id, content=both))


def invoice(unit, **changes):
    message = care.message(
        5, service="invoicing", kind="invoice_batch", status=ExchangeStatus.ACCEPTED
    )
    batch = invoices.sent(5, exchange_id=message.id, **{**ANSWERED, **changes})
    unit.exchanges.add(message, people=(HER,))
    unit.invoice_batches.put(batch)
    unit.claims.put([invoices.claim(1, batch_id=batch.id)])


async def test_gdpr_02_without_a_duty_nothing_of_the_patient_is_left(office):
    await office.store.write(everything_but_invoices)
    others = await office.places_of(OTHER)
    assert len(await office.places_of(HER)) >= 10
    erasure = await office.service.erase(HER)
    assert await office.places_of(HER) == set()
    assert await office.places_of(OTHER) == others
    assert sum(erasure.counts.values()) > 10


async def test_gdpr_02_the_proof_of_an_erasure_names_nobody(office):
    await office.store.write(everything_but_invoices)
    erasure = await office.service.erase(HER)
    proof = {"object_id": erasure.id, "result": "done"}
    assert office.audit == [(Action.DATA_ERASED, proof)]
    assert office.audit.forgotten == [HER]
    assert HER.digits not in repr(erasure) + repr(office.audit)


async def test_gdpr_02_a_running_duty_keeps_everything_and_says_until_when(office):
    def fill(unit):
        everything_but_invoices(unit)
        invoice(unit)

    await office.store.write(fill)
    before = await office.places_of(HER)
    with pytest.raises(Conflict) as caught:
        await office.service.erase(HER)
    assert caught.value.problem_code == "retention_required"
    assert caught.value.params == {"until": "2036-12-31"}
    assert await office.places_of(HER) == before
    assert office.audit == office.audit.forgotten == []


async def test_gdpr_02_the_controller_erases_against_a_duty_and_it_is_recorded(office):
    await office.store.write(invoice)
    erasure = await office.service.erase(HER, despite_duty=True)
    assert await office.places_of(HER) == set()
    proof = {"object_id": erasure.id, "result": "despite_duty"}
    assert office.audit == [(Action.DATA_ERASED, proof)]


async def test_gdpr_02_what_is_under_way_is_waited_for_even_so(office):
    message = care.message(1, status=ExchangeStatus.SENT)
    await office.store.write(lambda unit: unit.exchanges.add(message, people=(HER,)))
    with pytest.raises(Conflict) as caught:
        await office.service.erase(HER, despite_duty=True)
    assert caught.value.problem_code == "state_not_allowed"
    assert office.audit.forgotten == []


async def test_sec_163_what_is_erased_is_overwritten(office):
    def pragma(unit):
        return unit.connection.exec_driver_sql("PRAGMA secure_delete").scalar_one()

    assert await office.store.write(pragma) == 1


async def test_gdpr_02_when_the_duty_is_over_invoices_go_too(office):
    await office.store.write(invoice)
    office.clock.advance(days=3691)  # the last day of 2036
    with pytest.raises(Conflict):
        await office.service.erase(HER)
    office.clock.advance(days=1)
    await office.service.erase(HER)
    assert await office.places_of(HER) == set()


async def test_gdpr_02_a_draft_is_under_no_duty(office):
    def fill(unit):
        batch = invoices.batch(1)
        unit.invoice_batches.put(batch)
        unit.claims.put([invoices.claim(1, batch_id=batch.id)])

    await office.store.write(fill)
    await office.service.erase(HER)
    assert await office.places_of(HER) == set()


@pytest.mark.parametrize(
    ("status", "marks"),
    [
        pytest.param(ExchangeStatus.TO_SEND, {}, id="to-send"),
        pytest.param(ExchangeStatus.SENT, {}, id="sent"),
        pytest.param(ExchangeStatus.RECEIVED, {}, id="received"),
        pytest.param(ExchangeStatus.ERROR, {}, id="can-be-sent-again"),
    ],
)
async def test_what_is_under_way_is_waited_for(status, marks, office):
    message = care.message(1, status=status, **marks)
    await office.store.write(lambda unit: unit.exchanges.add(message, people=(HER,)))
    with pytest.raises(Conflict) as caught:
        await office.service.erase(HER)
    assert caught.value.problem_code == "state_not_allowed"


async def test_an_error_that_was_processed_is_no_hindrance(office):
    message = care.message(1, status=ExchangeStatus.ERROR, processed_at=NOW)
    await office.store.write(lambda unit: unit.exchanges.add(message, people=(HER,)))
    await office.service.erase(HER)
    assert await office.store.read(lambda unit: unit.exchanges.get(message.id)) is None


async def test_an_export_has_everything_of_the_patient_for_programs_and_on_paper(office):
    def fill(unit):
        everything_but_invoices(unit)
        invoice(unit)

    await office.store.write(fill)
    export = await office.service.export(HER, language="fr")
    document = json.loads(export.document)
    filled = {name for name, rows in document.items() if isinstance(rows, list) and rows}
    assert filled == {
        "insurability_checks", "insurability_batch_items", "care_declarations", "care_agreements",
        "care_updates", "invoice_claims", "patient_readings", "work_list_rows", "exchanges",
        "known_insurers", "evidence",
    }  # fmt: skip
    assert len(document["evidence"]) == 3
    assert export.paper.startswith(b"%PDF")
    made = {"object_id": export.id, "patient": HER, "result": "done"}
    assert office.audit == [(Action.EXPORT_MADE, made)]
    assert HER.digits not in repr(export)


async def test_nothing_kept_is_an_empty_export(office):
    export = await office.service.export(HER, language="nl")
    assert export.rows == 0
    assert export.paper.startswith(b"%PDF")


@asynccontextmanager
async def command_line(office, folder):
    folders = Folders.under(folder / "own")
    folders.create()
    loop = asyncio.get_running_loop()
    parts = SimpleNamespace(store=office.store, clock=office.clock, audit=office.audit)
    retention = RetentionService(parts, settings=RetentionSettings())
    services = SimpleNamespace(retention=retention, patient_data=office.service, clock=office.clock)

    def carry(work):
        return asyncio.run_coroutine_threadsafe(work, loop).result(40)

    async def run(*words, typed=""):
        arguments = ["data", *words, "--folder", str(folder / "own")]
        return await asyncio.to_thread(CliRunner().invoke, app, arguments, input=typed)

    verbs = DataVerbs(services, carry).handlers()
    server = LocalServer(
        folders.runtime, lambda asked: verbs[asked["verb"]](asked), key=lambda: b""
    )
    await asyncio.to_thread(server.start)
    try:
        yield run
    finally:
        await asyncio.to_thread(server.stop)


@on_posix
async def test_the_command_line_reports_gives_and_erases(office, tmp_path):
    await office.store.write(everything_but_invoices)
    async with command_line(office, tmp_path) as run:
        held = json.loads((await run("held", "--json")).stdout)["kinds"]
        assert {each["kind"] for each in held} == {kind.value for kind in KeptKind}
        place = tmp_path / "for-her"
        given = await run("export", "--plain", str(place), typed=f"{HER.digits}\n")
        assert given.exit_code == 0, given.output
        files = [place.with_suffix(ending) for ending in (".json", ".pdf")]
        assert given.stdout.split() == [str(file) for file in files]
        assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
        again = await run("export", "--plain", str(place), typed=f"{HER.digits}\n")
        assert "[file_exists]" in again.stderr
        erased = await run("erase", "--yes", typed=f"{HER.digits}\n")
        assert erased.exit_code == 0, erased.output
        assert HER.digits not in given.output + erased.output
    assert await office.places_of(HER) == set()


@on_posix
async def test_sec_134_an_export_opens_with_its_pass_phrase_only(office, tmp_path):
    await office.store.write(everything_but_invoices)
    async with command_line(office, tmp_path) as run:
        place = tmp_path / "for-her"
        typed = f"{HER.digits}\n{PHRASE}\n"
        given = await run("export", str(place), typed=typed)
        assert given.exit_code == 0, given.output
        assert given.stdout.split() == [f"{place}.zip"]
        short = await run("export", f"{place}-2", typed=f"{HER.digits}\nshort\n")
        again = await run("export", str(place), typed=typed)
    content = await asyncio.to_thread((tmp_path / "for-her.zip").read_bytes)
    opened = read_zip(content, PHRASE)
    assert [name.rpartition(".")[2] for name in opened] == ["json", "pdf"]
    assert HER.digits in next(iter(opened.values())).decode()
    assert HER.digits.encode() not in content
    assert {path.name for path in tmp_path.iterdir() if path.is_file()} <= {
        "for-her.zip", "carebridge.db", "carebridge.db-wal", "carebridge.db-shm",
    }  # fmt: skip
    assert "[backup_passphrase_short]" in short.stderr
    assert "[file_exists]" in again.stderr
    assert PHRASE not in given.output + short.output + again.output
    assert [facts["result"] for _, facts in office.audit] == ["done"]


@on_posix
async def test_sec_134_a_plain_export_is_a_switch_and_is_recorded(office, tmp_path):
    async with command_line(office, tmp_path) as run:
        await run("export", "--plain", str(tmp_path / "plain"), typed=f"{HER.digits}\n")
    assert [facts["result"] for _, facts in office.audit] == ["plain"]


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param({}, id="neither"),
        pytest.param({"is_plain": True, "passphrase": "x" * 12}, id="both"),
        pytest.param({"is_plain": "yes"}, id="no-boolean"),
        pytest.param({"passphrase": 12}, id="no-text"),
    ],
)
async def test_sec_134_the_channel_wants_a_pass_phrase_or_the_switch(asked, office, tmp_path):
    verbs = DataVerbs(SimpleNamespace(patient_data=office.service), None).handlers()
    request = {"niss": HER.digits, "path": str(tmp_path / "x"), "language": "nl", **asked}
    with pytest.raises(InputError):
        verbs["data-export"](request)


@on_posix
@pytest.mark.parametrize("typed", ["", "no\n"], ids=["silence", "no"])
async def test_only_a_plain_yes_erases(typed, office, tmp_path):
    await office.store.write(everything_but_invoices)
    async with command_line(office, tmp_path) as run:
        assert (await run("erase", typed=f"{HER.digits}\n{typed}")).exit_code == 1
    assert await office.places_of(HER)


@on_posix
async def test_the_command_line_says_until_when_the_law_wants_it_kept(office, tmp_path):
    await office.store.write(invoice)
    async with command_line(office, tmp_path) as run:
        done = await run("erase", "--yes", typed=f"{HER.digits}\n")
        wrong = await run("erase", "--yes", typed="12345678901\n")
        kept = await run("erase", "--yes", "--despite-duty", typed=f"{HER.digits}\nno\n")
        assert await office.places_of(HER)
        forced = await run("erase", "--yes", "--despite-duty", typed=f"{HER.digits}\nyes\n")
        assert await office.places_of(HER) == set()
    assert kept.exit_code == 1
    assert "2036-12-31" in kept.stderr
    assert forced.exit_code == 0, forced.output
    assert "2036-12-31" in done.stderr
    assert "[retention_required]" in done.stderr
    assert "[identifier_invalid]" in wrong.stderr
    assert "12345678901" not in wrong.output
