"""Every code has texts in four languages, short, with the same placeholders (API-72, CI-06)."""

from __future__ import annotations

import re

import pytest

from bridge.i18n import LANGUAGES, MEMBERS, PROBLEMS, phrase, problem_type, text, texts
from bridge.i18n.catalogue import fill, messages

LONGEST = 160
PLACEHOLDER = re.compile(r"\{(\w+)\}")
INFORMAL = {
    "fr": re.compile(r"\b(tu|ton|ta|tes|toi)\b", re.IGNORECASE),
    "nl": re.compile(r"\b(je|jij|jouw)\b", re.IGNORECASE),
    "de": re.compile(r"\b(du|dein|deine|dir|dich)\b", re.IGNORECASE),
    "en": re.compile(r"\b(stupid|illegal|forbidden by you|your fault)\b", re.IGNORECASE),
}


def sentences(value):
    """Give all sentences under a value of a catalogue."""
    if isinstance(value, str):
        yield value
    else:
        for key, below in value.items():
            if key != "by":
                yield from sentences(below)


def placeholders(value):
    return {name for sentence in sentences(value) for name in PLACEHOLDER.findall(sentence)}


def shape(value):
    """Give the keys of a value, all the way down."""
    if isinstance(value, str):
        return None
    return {key: below if key == "by" else shape(below) for key, below in value.items()}


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_has_exactly_the_codes_of_the_table(language):
    assert set(messages(language)["problems"]) == set(PROBLEMS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_has_the_same_keys_as_english(language):
    assert shape(messages(language)) == shape(messages("en"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("section", sorted(messages("en")))
def test_placeholders_are_the_same_in_all_languages(language, section):
    for key, value in messages("en")[section].items():
        assert placeholders(messages(language)[section][key]) == placeholders(value), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_is_longer_than_160_characters_or_empty(language):
    shown = {name: part for name, part in messages(language).items() if name != "terminal"}
    for sentence in sentences(shown):
        assert 0 < len(sentence) <= LONGEST, sentence
        assert sentence == sentence.strip()


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_use_the_polite_form(language):
    spoken = [sentence for sentence in sentences(messages(language)) if "PIN" not in sentence]
    assert not [sentence for sentence in spoken if INFORMAL[language].search(sentence)]


@pytest.mark.parametrize("code", sorted(PROBLEMS))
def test_each_code_has_all_members_in_four_languages(code):
    assert problem_type(code).code == code
    said = [texts(code, language) for language in LANGUAGES]
    for member in MEMBERS:
        written = [getattr(each, member) for each in said]
        assert all(written)
        assert len(set(written)) == len(LANGUAGES), f"{code} {member} is not translated"


@pytest.mark.parametrize("code", sorted(PROBLEMS))
def test_title_never_depends_on_the_occurrence(code):
    assert not placeholders(messages("en")["problems"][code]["title"])


@pytest.mark.parametrize("code", sorted(PROBLEMS))
def test_entries_outside_the_two_lists_have_a_cause_of_their_own(code):
    if PROBLEMS[code].family not in {"finding", "refusal"}:
        assert "cause" in messages("en")["problems"][code]


@pytest.mark.parametrize(
    ("tries_left", "expected"),
    [
        pytest.param(1, "one try left", id="one"),
        pytest.param(2, "2 tries left", id="two"),
        pytest.param(None, "check it before", id="unknown"),
    ],
)
def test_tries_left_choose_the_sentence(tries_left, expected):
    assert expected in text("pin_wrong", "detail", "en", {"tries_left": tries_left})


@pytest.mark.parametrize("kind", ["niss", "nihii", "cbe", "mutuality", "membership_number"])
def test_each_kind_of_number_has_its_own_sentence(kind):
    general = text("identifier_invalid", "detail", "nl")
    assert text("identifier_invalid", "detail", "nl", {"kind": kind}) != general


def test_a_missing_parameter_shows_as_an_ellipsis():
    assert "The setting … is" in text("setting_invalid", "detail", "en")


def test_braces_of_a_value_are_not_filled_again():
    assert fill("{a}", {"a": "{b}", "b": "no"}) == "{b}"


def test_a_number_without_a_sentence_for_one_uses_the_other():
    assert fill({"by": "n", "other": "{n} things"}, {"n": 1}) == "1 things"


def test_phrases_have_their_parameters():
    assert phrase("health", "reference", "fr", {"support_ref": "K7QF-29"}).endswith("K7QF-29")


def test_an_unknown_language_is_a_mistake_of_the_program():
    with pytest.raises(KeyError):
        messages("it")
