"""Errors as sentences: where, what, and what to do."""

from __future__ import annotations

import pytest

from bridge.codecs.efact.tables.errors import ErrorKind
from bridge.domain.claims import RejectionReason
from bridge.domain.tables.known_errors import KNOWN_ERRORS
from bridge.i18n import LANGUAGES, phrase
from bridge.service import errorsentences
from bridge.service.errorsentences import error_code, error_sentence
from bridge.service.settlementerrors import ShownError, shown_error

AMOUNT = shown_error(RejectionReason(letter="R", code="501923", record="50", zone="19"))
REMARK = shown_error(RejectionReason(letter="S", code="500423", record="50", zone="4"))
HEADER = shown_error(RejectionReason(letter="", code="10", record="95", zone="412"))
OTHERWISE = ("whole_file", "unexplained")


def advice(errors, language, otherwise="unexplained"):
    return errorsentences.advice(errors, language, otherwise=otherwise)


def of_kind(kind):
    return ShownError(
        record="50", zone="4", title="", start=0, length=0, letter="R", code="500499", kind=kind
    )


def test_the_code_stands_as_the_insurer_wrote_it():
    assert [error_code(each) for each in (AMOUNT, HEADER)] == ["R 501923", "10"]


def test_a_sentence_names_record_zone_title_and_kind():
    said = error_sentence(AMOUNT, "en")
    assert said.startswith("record 50, zone 19 (")
    assert said.endswith("the act is refused")


def test_an_error_of_the_heading_has_its_own_meaning():
    assert error_sentence(HEADER, "en").endswith("): not filled in")


def test_a_code_that_names_no_zone_still_says_its_record():
    strange = shown_error(RejectionReason(letter="R", code="ABCDEF", record="50"))
    assert error_sentence(strange, "en").startswith("record ")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_of_error_has_something_to_do(language):
    said = {kind: advice([of_kind(kind.value)], language) for kind in ErrorKind}
    assert all(text.endswith(".") for text in said.values())
    others = {advice([HEADER], language), *(advice([], language, key) for key in OTHERWISE)}
    assert len(others) == 3
    assert not others & set(said.values())


def test_the_same_advice_is_given_once():
    assert advice([AMOUNT, AMOUNT], "en") == advice([AMOUNT], "en")


def test_a_remark_that_refuses_nothing_asks_for_nothing():
    assert advice([REMARK], "en") == advice([], "en")
    assert advice([AMOUNT, REMARK], "en") == advice([AMOUNT], "en")


@pytest.mark.parametrize(
    ("code", "said", "to_do"),
    [
        pytest.param("500423", "was invoiced before", "already_invoiced", id="twice"),
        pytest.param("501940", "is not the one of the tariff", "amount", id="tariff"),
        pytest.param("500546", "invoiced too late", "too_late", id="too-late"),
    ],
)
def test_a_common_code_is_explained_by_itself_and_not_by_its_family(code, said, to_do):
    error = shown_error(RejectionReason(letter="R", code=code, record="50", zone=code[2:4]))
    assert said in error_sentence(error, "en")
    assert phrase("error_kinds", error.kind, "en") not in error_sentence(error, "en")
    assert advice([error], "en") == phrase("refusal_advice", to_do, "en")


def test_a_code_that_is_in_no_table_of_ours_is_explained_by_its_family():
    assert (AMOUNT.known, AMOUNT.advice) == ("", "")
    assert phrase("error_kinds", AMOUNT.kind, "en") in error_sentence(AMOUNT, "en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_known_code_has_something_to_do(language):
    assert all(phrase("refusal_advice", line.advice, language) for line in KNOWN_ERRORS)
