"""The public list of error codes can be imported, and explains recorded answers (D4)."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest

from bridge.codecs.efact import answerreader
from bridge.codecs.efact.tables.errors import CHAINED_CODE
from bridge.codecs.referencefile import parse
from bridge.domain.referencedata import ErrorSource, OfficialTexts, ReferenceList
from bridge.domain.tables.known_errors import KNOWN_ERRORS
from bridge.i18n import phrase
from bridge.service.settlementerrors import listed_code
from tests.support.shared import SAMPLES, SPEC

ANSWERS = sorted((SAMPLES / "efact").glob("920*.txt"))


@pytest.fixture(scope="module")
def imported() -> ReferenceList:
    """The official list, written in our format."""
    with (SPEC / "efact" / "error-codes.csv").open(encoding="utf-8", newline="") as opened:
        official = {row["code"]: row for row in csv.DictReader(opened)}
    written = io.StringIO()
    lines = csv.writer(written, delimiter=";", lineterminator="\r\n")
    head = {"kind": "error_texts", "about": "efact", "source": "list", "valid_from": "2024-01-01"}
    lines.writerows([("carebridge-reference-data", "1"), *head.items(), (), ("code", "fr", "nl")])
    lines.writerows((code, row["label_fr"], row["label_nl"]) for code, row in official.items())
    found = parse(written.getvalue().encode())
    assert found.lines == len(official) > 2000
    return found


def test_every_code_of_the_list_gives_its_sentence(imported: ReferenceList) -> None:
    texts = OfficialTexts.of([imported], on=date(2026, 7, 1))
    with (SPEC / "efact" / "error-codes.csv").open(encoding="utf-8", newline="") as opened:
        for row in csv.DictReader(opened):
            found = texts.find(ErrorSource.EFACT, listed_code("", row["code"]))
            assert found is not None
            assert (found.fr or "", found.nl or "") != ("", "")


def test_errors_of_recorded_answers_are_in_the_list(imported: ReferenceList) -> None:
    known = OfficialTexts.of([imported], on=date(2026, 7, 1))
    codes = {
        error.code
        for path in ANSWERS
        for record in answerreader.read(path.read_bytes()).records
        for error in record.errors
    }
    explained = {code for code in codes if known.find(ErrorSource.EFACT, code)}
    assert explained
    assert codes - explained == {CHAINED_CODE}, "it says only that another error caused it"


def test_codes_that_we_explain_are_in_the_list_and_our_words_are_not(
    imported: ReferenceList,
) -> None:
    texts = OfficialTexts.of([imported], on=date(2026, 7, 1))
    for line in KNOWN_ERRORS:
        for code in line.codes:
            found = texts.find(ErrorSource.EFACT, code)
            assert found is not None, code
            for language, official in (("fr", found.fr), ("nl", found.nl)):
                ours = phrase("known_errors", line.name, language)
                assert ours.casefold() != (official or "").rstrip(".").casefold()
