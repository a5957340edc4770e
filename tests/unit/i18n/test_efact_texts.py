"""Everything that an answer or a check of an invoice file says, in four languages (D4)."""

from __future__ import annotations

import pytest

from bridge.codecs.efact.scan import LAYOUTS as SENT
from bridge.codecs.efact.tables.act_records import RECORD_52_BEFORE_2017
from bridge.codecs.efact.tables.answer_records import RECORD_91, RECORD_92, TRAILER
from bridge.codecs.efact.tables.errors import (
    ANY_HEADER_ERRORS,
    HEADER_ERRORS,
    RECORD_21_TITLES,
    ErrorKind,
    Letter,
)
from bridge.codecs.efact.tables.segments import (
    SEGMENT_200,
    SEGMENT_300,
    SEGMENT_300_ANSWER,
    SEGMENT_300_RECEIPT,
)
from bridge.domain.tables.known_errors import KNOWN_ERRORS
from bridge.errors import ZoneFault
from bridge.i18n import LANGUAGES, phrase
from bridge.i18n.catalogue import messages
from bridge.service.invoicezones import FILE_LAYOUTS

LAYOUTS = (
    *SENT.values(), RECORD_52_BEFORE_2017, RECORD_91, RECORD_92, TRAILER, SEGMENT_200, SEGMENT_300,
    SEGMENT_300_ANSWER, SEGMENT_300_RECEIPT,
)  # fmt: skip
SECTIONS = {
    "zone_faults": {fault.value for fault in ZoneFault},
    "error_kinds": {kind.value for kind in ErrorKind},
    "known_errors": {line.name for line in KNOWN_ERRORS},
    "error_effects": {letter.value for letter in Letter},
    "header_errors": {*HEADER_ERRORS.values(), *ANY_HEADER_ERRORS.values()},
}


@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_each_code_has_a_sentence_and_each_sentence_a_code(section: str, language: str) -> None:
    assert set(messages(language)[section]) == SECTIONS[section]


@pytest.mark.parametrize(
    ("section", "code"),
    [(section, code) for section, codes in SECTIONS.items() for code in sorted(codes)],
)
def test_sentences_are_translated(section: str, code: str) -> None:
    said = {phrase(section, code, language) for language in LANGUAGES}
    assert len(said) == len(LANGUAGES)


def test_each_zone_of_each_layout_has_a_title_in_each_language() -> None:
    titles = {zone.title for layout in LAYOUTS for zone in layout.zones}
    titles |= set(RECORD_21_TITLES.values())
    for language in LANGUAGES:
        assert set(messages(language)["zone_titles"]) == titles
    assert all(messages("en")["zone_titles"][title] == title for title in titles)


def test_each_record_of_a_file_of_ours_has_a_title_in_each_language() -> None:
    titles = {layout.record: layout.title for layout in FILE_LAYOUTS}
    assert dict(messages("en")["record_titles"]) == titles
    for language in LANGUAGES:
        assert set(messages(language)["record_titles"]) == set(titles)
