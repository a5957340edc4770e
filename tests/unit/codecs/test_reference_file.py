"""Files of reference data: what is read, and which line is wrong."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.codecs.referencefile import MOST_TEXT, parse
from bridge.domain.referencedata import ErrorSource, ErrorText, ReferenceKind, ReferenceList
from bridge.domain.tariffs import Tariff
from bridge.errors import InputError
from tests.support import referencefiles

TOILET = "425110,580,120,700,0"
TARIFF = Tariff(
    name="425110",
    source="A test",
    valid_from=date(2026, 7, 1),
    insurer_amount=580,
    copayment=120,
    preferential_insurer_amount=700,
    preferential_copayment=0,
)
TARIFFS = ReferenceList(
    kind=ReferenceKind.TARIFFS, source="A test", valid_from=date(2026, 7, 1), tariffs=(TARIFF,)
)
PLAIN = referencefiles.tariffs(TOILET)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(PLAIN, id="plain"),
        pytest.param(PLAIN.replace(b",", b";"), id="semicolons"),
        pytest.param(PLAIN.replace(b"\n", b"\r\n"), id="windows"),
        pytest.param(b"\xef\xbb\xbf" + PLAIN, id="byte-order-mark"),
        pytest.param(PLAIN.replace(b",", b";").replace(b"\n", b";;;\n"), id="spreadsheet"),
        pytest.param(PLAIN.rstrip(), id="no-line-end"),
        pytest.param(PLAIN.replace(b"\n\n", b"\nvalid_to,\n\n"), id="no-last-day"),
    ],
)
def test_tariffs_are_read_as_any_program_writes_them(content: bytes) -> None:
    assert parse(content) == TARIFFS


def test_sentences_are_read_with_quotes_and_one_language_only() -> None:
    lines = ('500423,"Montant, faux",Bedrag fout', "200-20,,Onbekend", "INPUT_ERROR,Zone é,")
    found = parse(referencefiles.texts(*lines, about="care_requests", valid_to="2026-12-31"))
    assert (found.about, found.valid_to) == (ErrorSource.CARE_REQUESTS, date(2026, 12, 31))
    assert found.texts == (
        ErrorText(code="500423", fr="Montant, faux", nl="Bedrag fout"),
        ErrorText(code="200-20", nl="Onbekend"),
        ErrorText(code="INPUT_ERROR", fr="Zone é"),
    )
    assert found.lines == 3


def changed(old: str, new: str) -> bytes:
    assert old.encode() in PLAIN
    return PLAIN.replace(old.encode(), new.encode(), 1)


WRONG = [
    pytest.param(b"", 1, "reference_head_invalid", id="empty"),
    pytest.param(changed("-data,1", "-data,2"), 1, "reference_head_invalid", id="newer-format"),
    pytest.param(changed("-data,1", "-data\t1"), 1, "reference_head_invalid", id="tabulator"),
    pytest.param(changed("tariffs", "tarifs"), 2, "reference_head_invalid", id="unknown-kind"),
    pytest.param(changed("kind", "sort"), 2, "reference_head_invalid", id="unknown-name"),
    pytest.param(changed("A test", ""), 3, "reference_head_invalid", id="no-source"),
    pytest.param(changed("A test", "A, test"), 3, "reference_head_invalid", id="two-values"),
    pytest.param(changed("07-01", "06-31"), 4, "reference_head_invalid", id="no-day"),
    pytest.param(changed("2026-07-01", "20260701"), 4, "reference_head_invalid", id="day-form"),
    pytest.param(changed("source,A test\n", ""), 1, "reference_head_incomplete", id="incomplete"),
    pytest.param(
        referencefiles.tariffs(TOILET, about="efact"), 1, "reference_head_incomplete", id="about"
    ),
    pytest.param(
        referencefiles.tariffs(TOILET, valid_to="2026-06-30"),
        1,
        "reference_head_incomplete",
        id="ends-before-it-begins",
    ),
    pytest.param(
        changed("copayment_cents,", ""), 6, "reference_columns_invalid", id="column-missing"
    ),
    pytest.param(referencefiles.tariffs(), 6, "reference_columns_invalid", id="no-lines"),
    pytest.param(changed("\n\n", "\n"), 5, "reference_head_invalid", id="no-empty-line"),
    pytest.param(changed("425110", "42511"), 7, "reference_code_invalid", id="code"),
    pytest.param(changed("425110", "\uff1425110"), 7, "reference_code_invalid", id="other-digits"),
    pytest.param(changed("580", "5.80"), 7, "reference_amount_invalid", id="point"),
    pytest.param(changed("580", "-580"), 7, "reference_amount_invalid", id="sign"),
    pytest.param(changed(",700,0", ",700"), 7, "reference_amount_invalid", id="amount-missing"),
    pytest.param(changed("700,0", "700,0,1"), 7, "reference_line_invalid", id="cell-too-many"),
    pytest.param(changed("580", '"580'), 7, "reference_line_invalid", id="open-quote"),
    pytest.param(changed("580", "5\x0080"), 7, "reference_line_invalid", id="control-character"),
    pytest.param(PLAIN + TOILET.encode(), 8, "reference_code_twice", id="twice"),
    pytest.param(PLAIN + b"\xe9", 8, "reference_encoding_invalid", id="latin-1"),
    pytest.param(referencefiles.texts("500423,,"), 8, "reference_text_invalid", id="no-text"),
    pytest.param(
        referencefiles.texts("500423," + "x" * (MOST_TEXT + 1)),
        8,
        "reference_text_invalid",
        id="long-text",
    ),
    pytest.param(referencefiles.texts("50 04,a,b"), 8, "reference_code_invalid", id="spaces"),
]


@pytest.mark.parametrize(("content", "line", "code"), WRONG)
def test_a_wrong_line_is_named(content: bytes, line: int, code: str) -> None:
    with pytest.raises(InputError) as caught:
        parse(content)
    assert caught.value.problem_code == "reference_data_invalid"
    assert [(each.pointer, each.code) for each in caught.value.findings] == [
        (f"/lines/{line}", code)
    ]


def test_every_wrong_line_of_a_list_is_named_at_once() -> None:
    content = referencefiles.tariffs("1,1,1,1,1", TOILET, "425111,1,1,1,x", TOILET)
    with pytest.raises(InputError) as caught:
        parse(content)
    assert [each.pointer for each in caught.value.findings] == ["/lines/7", "/lines/9", "/lines/10"]


@given(st.data())
@settings(max_examples=50)
def test_no_damage_makes_it_stumble(data: st.DataObject) -> None:
    content = bytearray(PLAIN)
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with suppress(InputError):
        assert parse(bytes(content)).lines == 1
