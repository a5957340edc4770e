"""Tables as files: nothing in them runs, and people read their own time."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import UTC, datetime
from typing import Any

import pytest

from bridge.adapters.tabular import FileTableWriter
from bridge.domain.views import ExportFormat
from bridge.ports.history import Cell, TableHead
from bridge.soap.xml import parse

MOMENT = datetime(2026, 7, 1, 10, 30, 15, 250_000, tzinfo=UTC)
HOSTILE = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://a")']


def write(kind: ExportFormat, *rows: tuple[Cell, ...], language: str = "nl") -> bytes:
    members = tuple(f"member_{place}" for place in range(len(rows[0])))
    head = TableHead(members=members, labels=members, language=language)
    return FileTableWriter().write(kind, head, rows)


def csv_rows(content: bytes, divider: str = ";") -> list[list[str]]:
    text = content.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=divider))[1:]


def sheet_of(content: bytes) -> tuple[Any, list[str]]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheet = parse(archive.read("xl/worksheets/sheet1.xml"))
        shared = parse(archive.read("xl/sharedStrings.xml"))
    return sheet, [found.text or "" for found in shared.findall(".//{*}t")]


@pytest.mark.parametrize("text", HOSTILE)
def test_csv_neutralises_formulas(text: str) -> None:
    ((cell,),) = csv_rows(write(ExportFormat.CSV, (text,)))
    assert cell == f"'{text}"


@pytest.mark.parametrize("text", HOSTILE)
def test_spreadsheet_keeps_formulas_as_text(text: str) -> None:
    sheet, _ = sheet_of(write(ExportFormat.XLSX, (text,)))
    assert sheet.findall(".//{*}f") == []
    assert sheet.findall(".//{*}hyperlink") == []
    assert sheet.find(".//{*}row[@r='2']/{*}c").get("t") == "s"


@pytest.mark.parametrize("text", ["a;b", 'say "yes"', "two\nlines", "é…漢", "plain"])
def test_csv_gives_text_back(text: str) -> None:
    assert csv_rows(write(ExportFormat.CSV, (text,))) == [[text]]


def test_people_read_brussels_time_and_programs_utc() -> None:
    assert csv_rows(write(ExportFormat.CSV, (MOMENT,))) == [["2026-07-01 12:30:15"]]
    (item,) = json.loads(write(ExportFormat.JSON, (MOMENT,)))["items"]
    assert item == {"member_0": "2026-07-01T10:30:15.250Z"}
    sheet, _ = sheet_of(write(ExportFormat.XLSX, (MOMENT, "x")))
    days = float(sheet.find(".//{*}row[@r='2']/{*}c/{*}v").text)
    # Spreadsheets count days from here, in the time people read.
    since = datetime(2026, 7, 1, 12, 30, 15, tzinfo=UTC) - datetime(1899, 12, 30, tzinfo=UTC)
    assert days == pytest.approx(since.total_seconds() / 86400, abs=1e-5)


def test_each_kind_of_cell_keeps_its_kind() -> None:
    row: tuple[Cell, ...] = (7, True, False, None, "x")
    assert csv_rows(write(ExportFormat.CSV, row)) == [["7", "true", "false", "", "x"]]
    (item,) = json.loads(write(ExportFormat.JSON, row))["items"]
    assert list(item.values()) == [7, True, False, None, "x"]
    sheet, _ = sheet_of(write(ExportFormat.XLSX, row))
    kinds = [cell.get("t") for cell in sheet.findall(".//{*}row[@r='2']/{*}c")]
    assert kinds == [None, "b", "b", "s"]


def test_english_divides_with_commas() -> None:
    assert csv_rows(write(ExportFormat.CSV, ("a", "b"), language="en"), ",") == [["a", "b"]]


@pytest.mark.parametrize("kind", list(ExportFormat))
def test_a_table_may_be_empty(kind: ExportFormat) -> None:
    head = TableHead(members=("id",), labels=("Kenmerk",), language="nl")
    content = FileTableWriter().write(kind, head, [])
    if kind is ExportFormat.JSON:
        assert json.loads(content) == {"items": []}
    elif kind is ExportFormat.CSV:
        assert content == b"\xef\xbb\xbfKenmerk\r\n"
    else:
        assert sheet_of(content)[1] == ["Kenmerk"]
