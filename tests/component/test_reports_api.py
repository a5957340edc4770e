"""Reports over the interface: the same cents as the settlement, on paper and in cells."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from pypdf import PdfReader

from bridge.domain.claims import Claim, RejectionReason
from bridge.domain.exchanges import ExchangeStatus
from bridge.domain.invoices import BatchDecision, InvoiceAnswer, InvoiceBatch
from bridge.domain.invoicesettings import InvoiceSettings
from bridge.domain.keptsettlements import KeptSettlement
from bridge.domain.practices import Practice
from bridge.domain.settlements import ActVerdict, MutualityVerdict, Settlement
from bridge.i18n import LANGUAGES
from bridge.i18n.forms import shown_money
from bridge.ports.store import UnitOfWork
from bridge.service.invoicesettling import take_over
from bridge.service.tokens import SCOPES, Client
from bridge.soap.xml import parse
from tests.support import care, invoices
from tests.support.audit import records_of
from tests.support.daemon import CLIENT, TestDaemon, running_daemon
from tests.support.referencefiles import texts
from tests.support.zips import read_zip

REPORTS: Final = "/v1/reports"
PHRASE: Final = "juist paard batterij nietje"
ACTS: Final = 200
REFUSED: Final = ("A7", "A50")
TOO_DEAR: Final = (RejectionReason(letter="R", code="501923", record="50", zone="19"),)
NISS: Final = care.PATIENT.niss
DAY_S: Final = 86_400


class Office:
    """A practice with one settled batch: forty invoices, five acts each, two acts refused."""

    def __init__(self, daemon: TestDaemon) -> None:
        self.daemon = daemon
        self.now = daemon.clock.now()
        self.registration = replace(daemon.world.nurse.registration, invoicing=invoices.PROFILE)
        self.practice = Practice(
            id="prc_1", name="Zonnebloem & Zoë", created_at=self.now, updated_at=self.now
        )
        self.claims = [self.claim(number) for number in range(1, ACTS // 5 + 1)]
        asked = sum(claim.insurer_amount for claim in self.claims)
        refused = sum(
            line.insurer_amount
            for claim in self.claims
            for line in claim.lines
            if line.reference in REFUSED
        )
        self.payment = MutualityVerdict(
            mutuality="319",
            asked=asked,
            accepted=asked - refused,
            refused=refused,
            payment_reference="017/202610/300/REF",
        )

    def claim(self, number: int) -> Claim:
        first = 5 * number - 4
        lines = [
            invoices.line(n, day=date(2026, 10, n % 31 or 31), insurer_amount=100_000 + n)
            for n in range(first, first + 5)
        ]
        return invoices.claim(
            number,
            *lines,
            invoice_number=f"2026100{number:05d}",
            client_ref=f"dossier {number}",
        )

    @property
    def batch(self) -> InvoiceBatch:
        decision = BatchDecision(
            at=self.now,
            response_id="rsp_1",
            answer=InvoiceAnswer.SETTLED,
            status=ExchangeStatus.SETTLED,
        )
        return invoices.sent(
            1,
            client_id=CLIENT.id,
            registration_id=self.registration.id,
            status=ExchangeStatus.SETTLED,
            sending_number=17,
            sent_at=self.now,
            answered_at=self.now,
            has_own_answer=True,
            decisions=(decision,),
        )

    @property
    def settlement(self) -> KeptSettlement:
        return invoices.settlement(
            1,
            client_id=CLIENT.id,
            registration_id=self.registration.id,
            error_percentage=100,
            settlement=Settlement(
                response_id="rsp_1",
                answer=InvoiceAnswer.SETTLED,
                at=self.now,
                acts=tuple(ActVerdict(reference=each, reasons=TOO_DEAR) for each in REFUSED),
                mutualities=(self.payment,),
            ),
        )

    async def settle(self) -> None:
        """Keep everything, and let the acts take over what the answer says."""

        def work(unit: UnitOfWork) -> None:
            unit.registrations.put(self.registration)
            unit.practices.put(self.practice)
            unit.invoice_batches.put(self.batch)
            unit.claims.put(self.claims)
            kept = take_over(unit, self.settlement, InvoiceSettings(), at=self.now)
            unit.settlements.put(kept)

        await self.daemon.parts.store.write(work)


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with running_daemon(tmp_path) as daemon:
        found = Office(daemon)
        await found.settle()
        yield found


async def made(http: Any, language: str = "nl", **body: Any) -> tuple[dict[str, Any], bytes]:
    """Give a report and the file in it, opened with its pass phrase."""
    body = {"passphrase": PHRASE} | body
    headers = {"Prefer": "wait=30", "Accept-Language": language}
    answer = await http.post(REPORTS, json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    shown: dict[str, Any] = answer.json()
    assert answer.headers["location"] == shown["links"]["self"]
    content = await http.get(shown["links"]["content"], headers={"Accept": "*/*"})
    assert content.status_code == 200
    assert len(content.content) == shown["size_bytes"]
    assert content.headers["content-language"] == shown["language"]
    assert content.headers["content-type"] == "application/zip"
    ((name, plain),) = read_zip(content.content, PHRASE).items()
    assert name == f"carebridge-{shown['kind']}.{shown['format']}"
    return shown, plain


def text_of(content: bytes) -> str:
    pages = PdfReader(io.BytesIO(content)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def rows_of(content: bytes) -> list[dict[str, str]]:
    """Give the rows of the long table of a spreadsheet, by letter of the column."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheet = parse(archive.read("xl/worksheets/sheet2.xml"))
        shared = parse(archive.read("xl/sharedStrings.xml"))
    texts = ["".join(each.itertext()) for each in shared.findall("{*}si")]

    def value(cell: Any) -> str:
        found = cell.findtext("{*}v") or ""
        return texts[int(found)] if cell.get("t") == "s" else found

    return [
        {cell.get("r").rstrip("0123456789"): value(cell) for cell in row.findall("{*}c")}
        for row in sheet.findall(".//{*}row")
    ]


class TestSettlement:
    async def test_paper_and_cells_have_the_cents_of_the_settlement(self, office: Office) -> None:
        async with office.daemon.http() as http:
            about = office.settlement.id
            resource = (await http.get(f"/v1/settlements/{about}")).json()
            asked_for = {"kind": "settlement", "settlement_id": about}
            shown, content = await made(http, format="pdf", **asked_for)
            _, cells = await made(http, format="xlsx", **asked_for)
        (payment,) = resource["payments"]
        text = text_of(content)
        amounts = [
            shown_money(payment[name], "nl").replace("\N{NO-BREAK SPACE}", " ")
            for name in ("asked_cents", "accepted_cents", "refused_cents")
        ]
        asked, accepted, refused = amounts
        assert f"319 {payment['payment_reference']} {asked} {accepted} {refused}" in text
        assert f"{asked} {accepted} {refused} {accepted} 0,00 €" in text
        assert text.count(f"{asked} {accepted} {refused}") == 4  # totals, payment, two sums
        assert shown["rows"] == ACTS
        assert sorted(re.findall(r"\bA\d+\b", text)) == sorted(f"A{n}" for n in range(1, ACTS + 1))
        for fact in (
            "Zonnebloem & Zoë",
            "300 Solidaris",
            "17/2026",
            "BE68 5390 0754 7034",
            "10/2026",
            "1,00 %",
        ):
            assert fact in text
        assert text.count("record 50, zone 19 (") == len(REFUSED)

        _, *acts, total = rows_of(cells)
        assert len(acts) == shown["rows"] == ACTS
        for column, cents in (
            ("G", office.payment.asked),
            ("H", office.payment.accepted),
            ("I", office.payment.refused),
        ):
            assert sum(round(100 * float(row[column])) for row in acts) == cents
            assert round(100 * float(total[column])) == cents
        assert [row["F"] for row in acts if row["K"]] == list(REFUSED)

    async def test_nothing_outside_the_paper_names_a_patient(
        self, office: Office, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert NISS is not None
        printed = f"{NISS.digits[:2]}.{NISS.digits[2:4]}.{NISS.digits[4:6]}-{NISS.digits[6:9]}"
        about = {"kind": "settlement", "settlement_id": office.settlement.id}
        async with office.daemon.http() as http:
            paper, pdf = await made(http, format="pdf", **about)
            cells, xlsx = await made(http, format="xlsx", **about)
            answers = [
                await http.get(each["links"]["content"], headers={"Accept": "*/*"})
                for each in (paper, cells)
            ]
        assert printed in text_of(pdf)
        with zipfile.ZipFile(io.BytesIO(xlsx)) as archive:
            inside = [archive.read(f"docProps/{name}.xml") for name in ("core", "app")]
        said = [paper, cells, inside, PdfReader(io.BytesIO(pdf)).metadata, capsys.readouterr()]
        said.extend(answer.headers for answer in answers)
        for each in map(str, said):
            assert "dossier" not in each
            assert printed not in each
            assert NISS.digits not in each
        assert paper["id"] in answers[0].headers["content-disposition"]


class TestRefusals:
    async def test_each_refused_act_says_why_what_to_do_and_where_it_is(
        self, office: Office
    ) -> None:
        asked = {"kind": "refusals", "format": "xlsx", "language": "en"}
        async with office.daemon.http() as http:
            _, before = await made(http, **asked)
            path = f"/v1/settlements/{office.settlement.id}/processing"
            carried = (await http.post(path, json={})).json()["carried_to_id"]
            official = texts("501923,Montant faux,", valid_from="2026-01-01")
            await office.daemon.services.reference_data.import_all([official])
            _, after = await made(http, **asked)
        _, *rows, total = rows_of(before)
        assert [row["H"] for row in rows] == list(REFUSED)
        assert sum(round(100 * float(row["I"])) for row in rows) == office.payment.refused
        assert round(100 * float(total["I"])) == office.payment.refused
        for row in rows:
            assert (row["D"], row["E"], row["J"]) == ("300 Solidaris", "17/2026", "R 501923")
            assert row["L"].startswith("record 50, zone 19 (")
            assert row["M"].endswith(".")
            assert row["K"] == "Not yet in a draft"
        assert carried
        for row in rows_of(after)[1:-1]:
            assert row["K"] == "In the draft of 11/2026"
            assert row["L"].endswith("the act is refused. Official text: “Montant faux”")

    async def test_in_four_languages(self, office: Office) -> None:
        titles = {
            "fr": "Prestations refusées",
            "nl": "Geweigerde verstrekkingen",
            "de": "Abgelehnte Leistungen",
            "en": "Refused acts",
        }
        assert titles.keys() == set(LANGUAGES)
        async with office.daemon.http() as http:
            for language, title in titles.items():
                shown, content = await made(http, language, kind="refusals", format="pdf")
                assert shown["language"] == language
                reader = PdfReader(io.BytesIO(content))
                assert reader.trailer["/Root"]["/Lang"] == language
                assert reader.metadata is not None
                assert reader.metadata.title == title
                text = text_of(content)
                assert ("€1,000.07" if language == "en" else "1.000,07 €") in text
                assert ("07.10.2026" if language == "de" else "07/10/2026") in text
                assert "…" not in text

    async def test_by_day_union_and_practice(self, office: Office) -> None:
        on = office.now.date()
        after, before = on + timedelta(days=1), on - timedelta(days=1)
        cases = [
            ({"answered_from_on": f"{on}", "answered_to_on": f"{on}"}, 2),
            ({"answered_from_on": f"{after}"}, 0),
            ({"answered_to_on": f"{before}"}, 0),
            ({"insurers": ["100", "300"], "practice_ids": ["prc_1"]}, 2),
            ({"insurers": ["100"]}, 0),
            ({"practice_ids": ["prc_other"]}, 0),
        ]
        async with office.daemon.http() as http:
            for wanted, rows in cases:
                shown, _ = await made(http, kind="refusals", format="xlsx", **wanted)
                assert shown["rows"] == rows, wanted


class TestKeeping:
    async def test_a_list_shows_what_is_there(self, office: Office) -> None:
        asked = {"kind": "refusals", "format": "xlsx"}
        async with office.daemon.http() as http:
            ids = [(await made(http, **asked))[0]["id"] for _ in range(3)]
            page = (await http.get(REPORTS, params={"limit": 2})).json()
            assert [each["id"] for each in page["items"]] == ids[:0:-1]
            assert page["page"]["total"] == 3
            cursor = page["page"]["next_cursor"]
            rest = (await http.get(REPORTS, params={"limit": 2, "cursor": cursor})).json()
            assert [each["id"] for each in rest["items"]] == ids[:1]
            assert (await http.get(f"{REPORTS}/{ids[0]}")).json() == rest["items"][0]
            assert (await http.delete(f"{REPORTS}/{ids[0]}")).status_code == 204
            for path in (ids[0], f"{ids[0]}/content"):
                found = await http.get(f"{REPORTS}/{path}", headers={"Accept": "*/*"})
                assert found.status_code == 404

    async def test_it_is_gone_after_a_day(self, office: Office) -> None:
        async with office.daemon.http() as http:
            shown, _ = await made(http, kind="refusals", format="xlsx")
            office.daemon.clock.advance(seconds=DAY_S)
        reports, store = office.daemon.services.reports, office.daemon.parts.store
        assert await reports.page(client=CLIENT, limit=5) == ([], 0)
        await reports.expire()
        kept = await store.read(lambda unit: unit.reports.get(shown["id"], client_id=CLIENT.id))
        assert kept is None

    async def test_sec_134_no_plain_report_leaves(self, tmp_path: Path, office: Office) -> None:
        async with office.daemon.http() as http:
            answer = await http.post(REPORTS, json={"kind": "refusals", "format": "pdf"})
            assert (answer.status_code, answer.json()["code"]) == (409, "export_passphrase_missing")
            shown, _ = await made(http, kind="refusals", format="xlsx")
        (record,) = [each for each in records_of(tmp_path) if each["object_id"] == shown["id"]]
        assert (record["action"], record["result"]) == ("export_made", "done")

    async def test_one_key_makes_one_report(self, office: Office) -> None:
        headers = {"Idempotency-Key": "one-report-please", "Prefer": "wait=30"}
        body = {"kind": "refusals", "format": "xlsx", "passphrase": PHRASE}
        async with office.daemon.http() as http:
            once, twice = [await http.post(REPORTS, json=body, headers=headers) for _ in range(2)]
            assert (once.status_code, twice.status_code) == (201, 201)
            assert twice.json() == once.json()
            assert twice.headers["idempotency-replayed"] == "true"
            await http.delete(once.json()["links"]["self"])
            gone = await http.post(REPORTS, json=body, headers=headers)
            assert (gone.status_code, gone.json()["object"]) == (202, "operation")
            answer = await http.post(REPORTS, json=body)
            assert answer.status_code == 202
            operation = answer.json()
            await office.daemon.services.operations.wait(operation["id"], seconds=40)
            done = (await http.get(operation["links"]["self"])).json()
            assert done["status"] == "succeeded"
            assert (await http.get(done["links"]["result"])).json()["object"] == "report"


class TestWho:
    async def test_both_scopes_are_needed(self, office: Office) -> None:
        for missing in ("history:read", "responses:read"):
            # Who may read all histories may also read its own.
            scopes = SCOPES - {missing, "history:read-all", "console"}
            poor = Client(id="poor", display_name="Poor", scopes=scopes)
            token = office.daemon.services.tokens.issue(poor, lifetime=timedelta(hours=1))
            async with office.daemon.http(token) as http:
                for method, path in (("GET", ""), ("POST", ""), ("GET", "/r"), ("DELETE", "/r")):
                    body = {"kind": "refusals", "format": "pdf"} if method == "POST" else None
                    answer = await http.request(method, REPORTS + path, json=body)
                    assert answer.status_code == 403, (missing, method, path)
                    assert answer.json()["code"] == "insufficient_scope"

    async def test_another_caller_sees_nothing_of_it(self, office: Office) -> None:
        scopes = SCOPES - {"history:read-all", "console"}
        other = Client(id="other", display_name="Other", scopes=scopes)
        token = office.daemon.services.tokens.issue(other, lifetime=timedelta(hours=1))
        body = {
            "kind": "settlement",
            "format": "pdf",
            "settlement_id": office.settlement.id,
            "passphrase": PHRASE,
        }
        async with office.daemon.http() as http, office.daemon.http(token) as others:
            shown, _ = await made(http, kind="refusals", format="xlsx")
            for method, path in (("GET", ""), ("GET", "/content"), ("DELETE", "")):
                url, headers = shown["links"]["self"] + path, {"Accept": "*/*"}
                assert (await others.request(method, url, headers=headers)).status_code == 404
            assert (await others.post(REPORTS, json=body)).status_code == 404
            assert (await others.get(REPORTS)).json()["items"] == []
            empty, _ = await made(others, kind="refusals", format="xlsx")
            assert empty["rows"] == 0

    async def test_what_does_not_fit_is_named(self, office: Office) -> None:
        cases: list[tuple[dict[str, Any], str, str]] = [
            ({"kind": "settlement"}, "/settlement_id", "member_missing"),
            (
                {"kind": "refusals", "settlement_id": "set_1"},
                "/settlement_id",
                "member_not_for_kind",
            ),
            (
                {"kind": "settlement", "settlement_id": "set_1", "insurers": ["300"]},
                "/insurers",
                "member_not_for_kind",
            ),
            (
                {
                    "kind": "refusals",
                    "answered_from_on": "2026-11-02",
                    "answered_to_on": "2026-11-01",
                },
                "/answered_to_on",
                "period_reversed",
            ),
            ({"kind": "refusals", "insurers": ["319"]}, "/insurers/0", "format_wrong"),
        ]
        async with office.daemon.http() as http:
            for body, pointer, code in cases:
                answer = await http.post(REPORTS, json={"format": "pdf", **body})
                assert answer.status_code == 422, body
                errors = [(each["pointer"], each["code"]) for each in answer.json()["errors"]]
                assert errors == [(pointer, code)]
