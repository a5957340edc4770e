"""Files of reference data: our own plain format, read strictly, line by line.

A file is UTF-8 text: a head of names and values, an empty line, the names of the columns, and then
one line for each code.
The first line is ``carebridge-reference-data`` and the version of the format; the character between
the two, a comma or a semicolon, divides cells everywhere.
A cell that holds it stands in double quotes, as in any CSV file.
Everything that is wrong is found, not only the first; with anything wrong nothing is read.
Source: ``docs/reference-data.md``.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any, Final, TypeVar

from bridge.domain.referencedata import ErrorSource, ErrorText, ReferenceKind, ReferenceList
from bridge.domain.tariffs import Tariff
from bridge.errors import Finding, InputError

MAGIC: Final = "carebridge-reference-data"
VERSION: Final = "1"
MOST_TEXT: Final = 500
"""Characters of a sentence."""

_SEPARATORS: Final = (",", ";")
_MOST_SOURCE: Final = 200
_NAME_AND_VALUE: Final = 2
_NEEDED: Final = frozenset({"kind", "source", "valid_from"})
_COLUMNS: Final = {
    ReferenceKind.TARIFFS: (
        "code",
        "insurer_cents",
        "copayment_cents",
        "preferential_insurer_cents",
        "preferential_copayment_cents",
    ),
    ReferenceKind.ERROR_TEXTS: ("code", "fr", "nl"),
}
_ACT: Final = re.compile(r"[0-9]{6}", re.ASCII)
_CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/-]{0,63}", re.ASCII)
_CENTS: Final = re.compile(r"[0-9]{1,8}", re.ASCII)
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_T = TypeVar("_T")


@dataclass(frozen=True)
class _Line:
    """A line; the empty cells at its end, with which spreadsheets fill lines, are dropped."""

    number: int
    cells: tuple[str, ...]


class _Wrong(Exception):
    """What is wrong with a line."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def parse(content: bytes) -> ReferenceList:
    """Read a file.

    Raises:
        InputError: ``reference_data_invalid``, with a finding for each line that is wrong; its
            pointer is ``/lines/`` and the number of the line, from 1.
    """
    return _Reader().read(content)


class _Reader:
    """Reads one file, and goes on as far as it can when something is wrong."""

    def __init__(self) -> None:
        self._findings: list[Finding] = []

    def read(self, content: bytes) -> ReferenceList:
        lines = self._lines(content)
        end = next((place for place, line in enumerate(lines) if not line.cells), len(lines))
        head = self._head(lines[1:end])
        body = [line for line in lines[end:] if line.cells]
        if not body[1:] or body[0].cells != _COLUMNS[head.kind]:
            self._blame(body[0].number if body else len(lines), "reference_columns_invalid")
        self._stop_if_wrong()
        return self._list(head, body[1:])

    def _lines(self, content: bytes) -> list[_Line]:
        try:
            texts = [each.removesuffix("\r") for each in content.decode("utf-8-sig").split("\n")]
        except UnicodeDecodeError as error:
            self._blame(content.count(b"\n", 0, error.start) + 1, "reference_encoding_invalid")
            texts = []
        self._stop_if_wrong()
        separator = texts[0].removeprefix(MAGIC)[:1]
        if (
            separator not in _SEPARATORS
            or texts[0].rstrip(separator) != MAGIC + separator + VERSION
        ):
            self._blame(1, "reference_head_invalid")
        self._stop_if_wrong()
        lines = [
            _Line(number, self._attempt(number, _cells, text, separator) or ())
            for number, text in enumerate(texts, 1)
        ]
        self._stop_if_wrong()
        return lines

    def _head(self, lines: Sequence[_Line]) -> ReferenceList:
        """Read the head; what comes back has no lines yet."""
        facts: dict[str, Any] = {}
        for line in lines:
            name, value = (*line.cells, "")[:_NAME_AND_VALUE]
            if name not in _FACTS or name in facts or len(line.cells) > _NAME_AND_VALUE:
                self._blame(line.number, "reference_head_invalid")
                break  # an empty line may be missing, and what follows is no head
            facts[name] = self._attempt(line.number, _FACTS[name], value)
        self._stop_if_wrong()
        if not facts.keys() >= _NEEDED:
            self._blame(1, "reference_head_incomplete")
        self._stop_if_wrong()
        head = ReferenceList(**facts)
        is_about_errors = head.kind is ReferenceKind.ERROR_TEXTS
        has_ended = head.valid_to is not None and head.valid_to < head.valid_from
        if (head.about is not None) is not is_about_errors or has_ended:
            self._blame(1, "reference_head_incomplete")
        self._stop_if_wrong()
        return head

    def _list(self, head: ReferenceList, lines: Sequence[_Line]) -> ReferenceList:
        known: set[str] = set()
        found: list[Any] = []
        read = _tariff if head.kind is ReferenceKind.TARIFFS else _text
        for line in lines:
            code = line.cells[0]
            if code in known:
                self._blame(line.number, "reference_code_twice")
            known.add(code)
            found.append(self._attempt(line.number, read, line.cells, head))
        self._stop_if_wrong()
        if head.kind is ReferenceKind.TARIFFS:
            return replace(head, tariffs=tuple(found))
        return replace(head, texts=tuple(found))

    def _attempt(self, number: int, read: Callable[..., _T], *given: Any) -> _T | None:
        """Give what is read; ``None`` when it is wrong."""
        try:
            return read(*given)
        except _Wrong as error:
            self._blame(number, error.code)
            return None

    def _blame(self, number: int, code: str) -> None:
        self._findings.append(Finding(pointer=f"/lines/{number}", code=code))

    def _stop_if_wrong(self) -> None:
        if self._findings:
            raise InputError(code="reference_data_invalid", findings=tuple(self._findings))


# -- what stands in a line -------------------------------------------------------------------------


def _cells(text: str, separator: str) -> tuple[str, ...]:
    if any(unicodedata.category(each) == "Cc" for each in text):
        raise _Wrong("reference_line_invalid")
    try:
        row = next(csv.reader([text], delimiter=separator, strict=True), [])
    except csv.Error:
        raise _Wrong("reference_line_invalid") from None
    cells = [each.strip() for each in row]
    while cells and not cells[-1]:
        cells.pop()
    return tuple(cells)


def _tariff(cells: tuple[str, ...], head: ReferenceList) -> Tariff:
    code, *amounts = _filled(cells, head)
    if not _ACT.fullmatch(code):
        raise _Wrong("reference_code_invalid")
    if not all(_CENTS.fullmatch(each) for each in amounts):
        raise _Wrong("reference_amount_invalid")
    insurer, copayment, preferential_insurer, preferential_copayment = map(int, amounts)
    return Tariff(
        name=code,
        source=head.source,
        valid_from=head.valid_from,
        valid_to=head.valid_to,
        insurer_amount=insurer,
        copayment=copayment,
        preferential_insurer_amount=preferential_insurer,
        preferential_copayment=preferential_copayment,
    )


def _text(cells: tuple[str, ...], head: ReferenceList) -> ErrorText:
    code, fr, nl = _filled(cells, head)
    if not _CODE.fullmatch(code):
        raise _Wrong("reference_code_invalid")
    if not (fr or nl) or max(len(fr), len(nl)) > MOST_TEXT:
        raise _Wrong("reference_text_invalid")
    return ErrorText(code=code, fr=fr or None, nl=nl or None)


def _filled(cells: tuple[str, ...], head: ReferenceList) -> tuple[str, ...]:
    missing = len(_COLUMNS[head.kind]) - len(cells)
    if missing < 0:
        raise _Wrong("reference_line_invalid")
    return (*cells, *("",) * missing)


def _member(kind: Callable[[str], _T], text: str) -> _T:
    try:
        return kind(text)
    except ValueError:
        raise _Wrong("reference_head_invalid") from None


def _source(text: str) -> str:
    if not 0 < len(text) <= _MOST_SOURCE:
        raise _Wrong("reference_head_invalid")
    return text


def _day(text: str) -> date:
    if not _DAY.fullmatch(text):
        raise _Wrong("reference_head_invalid")
    return _member(date.fromisoformat, text)


_FACTS: Final[Mapping[str, Callable[[str], Any]]] = {
    "kind": partial(_member, ReferenceKind),
    "about": partial(_member, ErrorSource),
    "source": _source,
    "valid_from": _day,
    "valid_to": lambda text: _day(text) if text else None,
}
"""Names of the head, and how their values are read."""
