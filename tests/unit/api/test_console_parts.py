"""The console's parts: what they may do, what they may call, and that nothing is left unsaid."""

from __future__ import annotations

import json
import re
from importlib import resources

import pytest

from api.app import PRODUCTION_ENDPOINTS
from api.console.parts import MEDIA_TYPES, page, parts
from bridge.domain import billinginvoices
from bridge.domain.billing import SYMBOLS
from bridge.domain.events import EVENT_TYPES
from bridge.domain.exchanges import ExchangeStatus
from bridge.domain.registrations import RegistrationKind
from bridge.i18n import LANGUAGES, PROBLEMS
from bridge.i18n.catalogue import messages
from bridge.service import batchanswers, careanswers, invoiceanswers
from installer.builds import BUILDS

SCRIPTS = {name: part.content.decode() for name, part in parts().items() if name.endswith(".js")}
EVERYTHING = "\n".join(SCRIPTS.values())
TEXTS = {name: json.loads(parts()[f"texts-{name}.json"].content) for name in LANGUAGES}
ELSEWHERE = {"no_browser", "page_shown"}
"""Said by the command line."""


def words_of(name: str, script: str) -> list[str]:
    """Give the texts of a list or set that a script defines."""
    (found,) = re.findall(rf"{name} = (?:new Set\()?\[(.*?)\]", SCRIPTS[script], re.DOTALL)
    return re.findall(r'"([^"]+)"', found)


def said_keys() -> tuple[set[str], set[str]]:
    """Give the keys that scripts say, and the beginnings of those they put together."""
    keys = set(re.findall(r'\bt\(\s*"(\w+)"', EVERYTHING))
    keys |= set(re.findall(r'\bt\([^")]*\? "(\w+)" : "\w+"', EVERYTHING))
    keys |= set(re.findall(r'\bt\([^")]*\? "\w+" : "(\w+)"', EVERYTHING))
    keys |= {f"nav_{each}" for each in words_of("NAVIGATION", "main.js")}
    keys |= set(words_of("FLAGS", "history.js"))
    keys |= set(re.findall(r'\["(work_\w+)"', SCRIPTS["overview.js"]))
    starts = set(re.findall(r"\bt\(`(\w+_)\$", EVERYTHING))
    starts |= {f"{each}_" for each in re.findall(r'\bnamed\("(\w+)"', EVERYTHING)}
    return keys, starts


@pytest.mark.parametrize(
    "forbidden",
    [
        r"innerHTML|outerHTML|insertAdjacentHTML|srcdoc|DOMParser|createContextualFragment",
        r"document\.(write|cookie|title)",
        r"\beval\(|new Function|setTimeout\(\s*[\"'`]|javascript:",
        r"sessionStorage|indexedDB|\.cookie",
        r"https?://",
        r"setAttribute\(\"(style|on\w+)\"|\bstyle: \"(?!currency)|\.style\b",
        r"console\.(log|info|warn|error)",
        r"window\.open|location\.(assign|replace)|postMessage|navigator\.",
    ],
)
def test_scripts_do_nothing_that_could_run_or_leak_data_log_01(forbidden):
    found = {name: re.findall(forbidden, text) for name, text in SCRIPTS.items()}
    assert {name: each for name, each in found.items() if each} == {}


def test_the_language_is_all_that_is_kept_in_the_browser():
    assert re.findall(r"localStorage\.\w+\((\w+)", EVERYTHING) == ["KEPT", "KEPT"]
    assert 'KEPT = "carebridge-language"' in SCRIPTS["texts.js"]


def test_sec_48_the_token_is_in_the_memory_of_one_object_and_never_in_an_address():
    holders = {name for name, text in SCRIPTS.items() if re.search(r"[Tt]oken\b", text)}
    assert holders <= {"api.js", "main.js"}
    assert re.findall(r"this\.#token = (.+);", SCRIPTS["api.js"]) == [
        "answer.document.token",
        "null",
    ]
    assert "#token" not in SCRIPTS["main.js"]


def test_only_the_published_interface_is_called():
    known = [re.compile(re.sub(r"\{\w+\}", r"[^/]+", each.path)) for each in PRODUCTION_ENDPOINTS]
    called = {
        re.sub(r"\$\{[^}]+\}", "x", path).rstrip("/")
        for path in re.findall(r"[\"`](/v1/[^\"`?]+)", EVERYTHING)
    }
    assert len(called) > 15
    assert not {each for each in called if not any(one.fullmatch(each) for one in known)}


def test_the_page_has_nothing_inline_and_loads_its_own_parts_only():
    text = page("0a1b", "nl").decode()
    assert '<html lang="nl">' in text
    assert "{" not in text
    loaded = re.findall(r'(?:src|href)="([^"]+)"', text)
    assert {each.rpartition("/")[0] for each in loaded} == {"/console/0a1b"}
    assert {each.rpartition("/")[2] for each in loaded} <= set(parts())
    assert not re.search(r"<style|style=|\son\w+=|<script(?! type=\"module\" src=)", text)


def test_modules_import_modules_that_there_are():
    imported = set(re.findall(r'from "\./([\w.]+)"', EVERYTHING))
    assert imported <= set(SCRIPTS)
    assert set(SCRIPTS) - imported == {"main.js"}


@pytest.mark.parametrize("name", sorted(SCRIPTS))
def test_a_script_is_short_enough_to_be_read(name):
    assert len(SCRIPTS[name].splitlines()) <= 250


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_text_the_scripts_say_is_there_in_each_language(language):
    keys, starts = said_keys()
    said = TEXTS[language]["console"]
    assert keys - set(said) == set()
    assert {start for start in starts if not any(key.startswith(start) for key in said)} == set()
    assert all(isinstance(each, str) for each in said.values())


def test_no_text_is_there_that_nobody_says():
    keys, starts = said_keys()
    left = set(messages("en")["console"]) - keys - ELSEWHERE
    assert {key for key in left if not key.startswith(tuple(starts))} == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_has_the_titles_of_all_problems_and_the_signs_of_states(language):
    assert set(TEXTS[language]["problems"]) == set(PROBLEMS)
    assert set(TEXTS[language]["billing_states"]) == {state.value for state in SYMBOLS}
    assert TEXTS[language]["language"] == language


def test_the_stream_hears_every_type_of_event():
    assert words_of("TYPES", "stream.js") == [*EVENT_TYPES[:-2], *EVENT_TYPES[-2:]]


def test_filters_offer_what_there_is():
    statuses = {status.value for status in ExchangeStatus} - {"draft"}
    assert set(words_of("STATUSES", "history.js")) == statuses
    kinds = {batchanswers.KIND, careanswers.KIND, invoiceanswers.KIND, billinginvoices.KIND}
    assert set(words_of("KINDS", "history.js")) == kinds
    unions = set(messages("en")["unions"]) - {"other"}
    assert set(words_of("UNIONS", "history.js")) == unions
    assert words_of("KINDS", "registration.js") == [kind.value for kind in RegistrationKind]


def test_states_have_a_sign_beside_their_colour():
    signs = dict(re.findall(r'(\w+): "([^"]+)"', SCRIPTS["parts.js"].partition("TONES")[0]))
    assert {status.value for status in ExchangeStatus} | {"pass", "warn", "fail"} <= set(signs)


def test_the_page_opens_where_the_tray_wants_it():
    tray = resources.files("bridge.daemon").joinpath("traylink.py").read_text("utf-8")
    wanted = re.findall(r'self\._console\("(\w+)"\)', tray)
    (known,) = re.findall(r"OPENED_AT = \{(.+)\}", SCRIPTS["main.js"])
    assert wanted
    assert set(wanted) == set(re.findall(r"(\w+):", known))
    assert set(re.findall(r'"(\w+)"', known)) <= set(words_of("NAVIGATION", "main.js"))


def test_whatever_can_be_clicked_can_be_reached_by_keyboard():
    """Only native controls listen to clicks, and nothing changes their order."""
    clicked = re.findall(r'h\(\s*"(\w+)",\s*\{[^{}]*on: \{click', EVERYTHING)
    assert len(clicked) > 5
    assert set(clicked) <= {"a", "button"}
    assert set(re.findall(r'tabindex: "(-?\d+)"', EVERYTHING)) == {"0", "-1"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_a_ticket_the_entry_of_the_tray_is_named_as_it_is_there(language):
    entry = messages(language)["tray"]["open_console"]
    assert entry in TEXTS[language]["console"]["closed_tray"]


def test_each_part_is_of_a_known_kind():
    assert {part.media_type for part in parts().values()} < set(MEDIA_TYPES.values())
    folder = resources.files("api.console").joinpath("static")
    assert {each.name for each in folder.iterdir()} - {"index.html"} <= set(parts())


@pytest.mark.parametrize("build", BUILDS, ids=lambda build: build.name)
def test_no_build_is_right_without_the_page(build):
    names = ["api/console/static/index.html", "api/console/static/main.js"]
    assert [f"lacks {name}" for name in names] == [
        fault for fault in build.faults([]) if "console" in fault
    ]
