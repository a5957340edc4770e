"""Reports as files, read back by a PDF reader and an XML parser that we did not write."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import zipfile
from datetime import UTC, date, datetime
from typing import Any

import pytest
from pypdf import PdfReader

from bridge.adapters.pdf import printable, width_of, wrapped
from bridge.adapters.pdfpages import SPAN
from bridge.adapters.reportfiles import FileReportWriter
from bridge.domain.reports import ReportFormat
from bridge.ports.reports import (
    CellKind,
    ColumnPlace,
    ReportColumn,
    ReportDocument,
    ReportTable,
)
from bridge.soap.xml import parse

MADE = datetime(2026, 11, 22, 7, 15, tzinfo=UTC)
DAY = date(2026, 10, 5)
COLUMNS = (
    ReportColumn(label="Invoice", place=ColumnPlace.GROUP),
    ReportColumn(label="Date", kind=CellKind.DAY, width=20),
    ReportColumn(label="Reference", width=50),
    ReportColumn(label="Asked", kind=CellKind.MONEY, width=30),
    ReportColumn(label="Explanation", place=ColumnPlace.NOTE),
)
HOSTILE = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", '=HYPERLINK("http://a")', "http://a.example"]


def report(*rows: Any, title: str = "Settlement 17/2026", **changes: Any) -> ReportDocument:
    table = ReportTable(title="Acts", columns=COLUMNS, rows=rows, empty_text="Nothing.")
    short = ReportTable(
        title="Payments",
        columns=(ReportColumn(label="Fund"), ReportColumn(label="Paid", kind=CellKind.MONEY)),
        rows=(("300", 123456), ("304", -100)),
        empty_text="Nothing.",
    )
    members = {
        "title": title,
        "language": "nl",
        "created_at": MADE,
        "facts": (("Practice", "Zoë & Łukasz"), ("Month", "10/2026"), ("State", "Settled")),
        "summaries": (short,),
        "main": table,
        "total_label": "Total",
        "grand_total_label": "Grand total",
        "page_text": "Page {page} of {pages}",
        "overview_label": "Overview",
        "made_text": "Made on 22/11/2026.",
    }
    return ReportDocument(**{**members, **changes})


def act(number: int, note: str | None = None, text: str | None = None) -> tuple[Any, ...]:
    return (f"I{number // 5:03d}", DAY, text or f"A{number:03d}", 1000 + number, note)


def pdf(document: ReportDocument) -> PdfReader:
    return PdfReader(io.BytesIO(FileReportWriter().write(ReportFormat.PDF, document)))


def words_of(reader: PdfReader) -> str:
    """Give the text of all pages, its lines joined."""
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


def sheets(document: ReportDocument) -> tuple[Any, Any, list[str], str]:
    """Give both sheets, the shared texts, and the book."""
    content = FileReportWriter().write(ReportFormat.XLSX, document)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        first, second = (parse(archive.read(f"xl/worksheets/sheet{n}.xml")) for n in (1, 2))
        shared = parse(archive.read("xl/sharedStrings.xml"))
        book = archive.read("xl/workbook.xml").decode()
    return first, second, [found.text or "" for found in shared.findall(".//{*}t")], book


@pytest.fixture(scope="module")
def long() -> PdfReader:
    """Two hundred acts, five to an invoice, some with an explanation."""
    notes = {7: "why " * 60, 99: "short"}
    return pdf(report(*(act(number, notes.get(number)) for number in range(200))))


@pytest.fixture(scope="module")
def pages(long: PdfReader) -> list[str]:
    """The text of each page of it; reading takes a while."""
    return [page.extract_text() for page in long.pages]


@pytest.fixture(scope="module")
def text(pages: list[str]) -> str:
    return " ".join(" ".join(pages).split())


class TestPaper:
    def test_the_head_stands_on_every_page_with_its_number(self, pages: list[str]) -> None:
        assert len(pages) > 2
        for number, text in enumerate(pages, start=1):
            assert f"Page {number} of {len(pages)}" in text
            assert "Reference" in text
            assert "Asked" in text

    def test_a_group_that_goes_on_says_so(self, pages: list[str]) -> None:
        for page in pages[1:]:
            first_act = re.search(r"A(\d{3})", page)
            assert first_act
            assert f"Invoice: I{int(first_act[1]) // 5:03d}" in page[: first_act.start()]

    def test_every_act_stands_there_once_and_sums_are_right(self, text: str) -> None:
        assert re.findall(r"\bA\d{3}\b", text) == [f"A{number:03d}" for number in range(200)]
        total = sum(1000 + number for number in range(200))
        assert total == 219_900
        assert "Grand total 2.199,00 €" in text
        assert "Total 50,10 €" in text
        assert text.count("why") == 60

    def test_short_tables_show_their_amounts_and_total(self, text: str) -> None:
        for amount in ("1.234,56 €", "-1,00 €", "Total 1.233,56 €"):
            assert amount in text

    def test_a_page_is_a4_and_says_its_language_and_title(self, long: PdfReader) -> None:
        box = long.pages[0].mediabox
        assert (round(box.width), round(box.height)) == (595, 842)
        assert long.trailer["/Root"]["/Lang"] == "nl"
        found = long.metadata
        assert found is not None
        assert (found.title, found.author, found.creation_date) == (
            "Settlement 17/2026",
            "Carebridge",
            MADE,
        )

    def test_fonts_are_in_the_file(self, long: PdfReader) -> None:
        for page in long.pages:
            for font in page["/Resources"]["/Font"].get_object().values():
                assert "/FontFile2" in font.get_object()["/FontDescriptor"]

    def test_amounts_end_at_one_line(self, long: PdfReader) -> None:
        """The right end of every amount of a column is the same."""
        ends = set()

        def visit(text: str, _cm: Any, place: Any, _font: Any, size: Any) -> None:
            if re.fullmatch(r"\s*1\d,\d\d.€\s*", text):
                ends.add(round(place[4] + width_of(text.strip(), 9.0)))

        long.pages[1].extract_text(visitor_text=visit)
        assert len(ends) == 1

    def test_a_row_without_space_keeps_its_explanation_on_the_next_page(self) -> None:
        rows = [act(number, "because " * 40) for number in range(20)]
        for page in pdf(report(*rows)).pages:
            text = page.extract_text()
            assert len(re.findall(r"A\d{3}", text)) == text.count("Explanation:")
            assert text.count("because") == 40 * text.count("Explanation:")

    def test_an_explanation_longer_than_a_page_loses_no_word(self) -> None:
        text = words_of(pdf(report(act(1, "word " * 1500))))
        assert text.count("word") == 1500

    def test_nothing_is_said_in_words(self) -> None:
        reader = pdf(report())
        assert len(reader.pages) == 1
        assert "Nothing." in words_of(reader)

    def test_the_same_report_gives_the_same_bytes(self) -> None:
        write = FileReportWriter().write
        once, twice = (write(ReportFormat.PDF, report(act(1))) for _ in range(2))
        assert once == twice

    @pytest.mark.parametrize("text", ["漢字", "a\x00b\x07c", "(x) \\ )", "ﬁ ő ẽ", "\u202e=1"])
    def test_any_text_can_be_written(self, text: str) -> None:
        assert "A before" in words_of(pdf(report(act(1, text=f"A before {text}"))))


class TestText:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("Łukasz Çelik é € ß", "Łukasz Çelik é € ß"),
            ("Kő", "Ko"),
            ("漢", "?"),
            ("a\x00\u202eb", "ab"),
            ("a\N{NO-BREAK SPACE}b\tc", "a b c"),
        ],
        ids=["european", "base-letter", "unknown", "control", "spaces"],
    )
    def test_what_the_font_lacks_is_replaced(self, text: str, expected: str) -> None:
        assert printable(text) == expected

    @pytest.mark.parametrize(
        "text", ["", "one", "many words " * 30, "x" * 400, "a\nb", "iiii " * 9 + "W" * 90]
    )
    def test_lines_fit_and_keep_every_letter(self, text: str) -> None:
        lines = wrapped(text, SPAN / 3, size=9.0)
        assert all(width_of(line, 9.0) <= SPAN / 3 for line in lines)
        assert "".join("".join(lines).split()) == "".join(text.split())


class TestSpreadsheet:
    def test_cells_have_types(self) -> None:
        _, sheet, shared, _ = sheets(report(act(1, "why")))
        cells = {cell.get("r"): cell for cell in sheet.findall(".//{*}c")}
        value = {place: cell.find("{*}v").text for place, cell in cells.items()}
        assert [shared[int(value[place])] for place in ("A2", "C2", "E2")] == [
            "I000",
            "A001",
            "why",
        ]
        assert cells["B2"].get("t") is None
        assert float(value["B2"]) == (DAY - date(1899, 12, 30)).days
        assert float(value["D2"]) == 10.01
        assert float(value["D3"]) == 10.01
        assert shared[int(value["A3"])] == "Total"

    def test_it_scrolls_filters_and_prints_with_its_head(self) -> None:
        first, sheet, _, book = sheets(report(*(act(number) for number in range(20))))
        pane = sheet.find(".//{*}pane")
        assert (pane.get("ySplit"), pane.get("state")) == ("1", "frozen")
        assert sheet.find(".//{*}autoFilter").get("ref") == "A1:E21"
        assert "_xlnm.Print_Titles" in book
        for each in (first, sheet):
            assert each.find(".//{*}pageSetup").get("paperSize") == "9"
            assert each.find(".//{*}pageSetup").get("fitToHeight") == "0"
        assert sheet.find(".//{*}pageSetup").get("orientation") == "landscape"
        assert "&P" in sheet.find(".//{*}oddFooter").text

    def test_no_cell_is_a_formula_or_a_link(self) -> None:
        rows = [act(number, text, text) for number, text in enumerate(HOSTILE)]
        facts = tuple((text, text) for text in HOSTILE)
        first, sheet, shared, _ = sheets(report(*rows, facts=facts))
        for each in (first, sheet):
            assert each.findall(".//{*}f") == []
            assert each.findall(".//{*}hyperlink") == []
        assert set(HOSTILE) <= set(shared)

    @pytest.mark.parametrize("title", ["Acts", "a/b: [c]*?\\'", "&P" * 40], ids=str.strip)
    def test_any_title_names_a_sheet(self, title: str) -> None:
        *_, book = sheets(report(act(1), overview_label=title))
        names = re.findall(r'<sheet name="([^"]+)"', book)
        assert len({name.lower() for name in names}) == 2

    def test_nothing_is_said_in_words(self) -> None:
        _, sheet, shared, _ = sheets(report())
        assert "Nothing." in shared
        assert len(sheet.findall(".//{*}row")) == 2


def test_the_library_is_loaded_with_the_first_report_only() -> None:
    code = (
        "import sys, bridge.adapters.reportfiles; import os; "
        "os._exit(len({'reportlab', 'PIL'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
