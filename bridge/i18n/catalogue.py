"""Texts for people, in four languages, with the code as key (API-72, API-73).

A text is a sentence with ``{placeholders}``, or a table of sentences chosen ``by`` a parameter:
by its value when the table names it, else by its number (``one``, ``other``), else ``none``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final, Literal

from bridge.errors import ParamValue
from bridge.i18n.negotiation import LANGUAGES
from bridge.i18n.tables.problems import PROBLEMS, ProblemType

Member = Literal["title", "detail", "cause", "remedy", "support"]
MEMBERS: Final[tuple[Member, ...]] = ("title", "detail", "cause", "remedy", "support")
_PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")
_ABSENT: Final = "…"


@dataclass(frozen=True, kw_only=True)
class Texts:
    """What is said about one code in one language."""

    title: str
    detail: str
    cause: str
    remedy: str
    support: str


def problem_type(code: str) -> ProblemType:
    """Give the catalogue entry of a code.

    Raises:
        KeyError: the code is not in the catalogue; a test keeps that from happening.
    """
    return PROBLEMS[code]


def text(
    code: str,
    member: Member,
    language: str,
    params: Mapping[str, ParamValue] | None = None,
) -> str:
    """Say something about a code.

    Args:
        code: A code of the catalogue.
        member: Which text.
        language: One of ``LANGUAGES``.
        params: Values for the placeholders; one that is missing shows as an ellipsis.
    """
    return fill(_template(code, member, language), params or {})


def texts(code: str, language: str) -> Texts:
    """Give all texts of a code without parameters, for the published catalogue."""
    said = {member: text(code, member, language) for member in MEMBERS}
    return Texts(**said)


def phrase(
    section: str,
    key: str,
    language: str,
    params: Mapping[str, ParamValue] | None = None,
) -> str:
    """Say something that is no problem: sections such as ``progress``, ``prerequisites``."""
    return fill(messages(language)[section][key], params or {})


def template(section: str, key: str, language: str) -> str:
    """Give a sentence with its placeholders, for a part that fills them itself."""
    sentence: str = messages(language)[section][key]
    return sentence


def check_name(name: str, language: str) -> str:
    """Give what people call a health check; one without a name of its own is "another check"."""
    key = name.replace(":", "_")
    return phrase("health", key if key in messages(language)["health"] else "other", language)


def scope_name(scope: str, language: str) -> str:
    """Give what a scope allows, in plain words."""
    return phrase("scopes", scope.replace(":", "_").replace("-", "_"), language)


def fill(template: str | Mapping[str, str], params: Mapping[str, ParamValue]) -> str:
    """Choose the sentence of a template and fill its placeholders."""
    if not isinstance(template, str):
        template = template[_choice(template, params.get(template["by"]))]
    return _PLACEHOLDER.sub(lambda found: _shown(params.get(found[1])), template)


@cache
def messages(language: str) -> dict[str, dict[str, Any]]:
    """Read the file of one language."""
    if language not in LANGUAGES:
        raise KeyError(language)
    source = resources.files("bridge.i18n").joinpath(f"{language}.toml")
    return tomllib.loads(source.read_text("utf-8"))


def _template(code: str, member: Member, language: str) -> str | Mapping[str, str]:
    entry = problem_type(code)
    catalogue = messages(language)
    own = catalogue["problems"][code]
    if member in own:
        chosen = own[member]
    elif member == "cause":
        chosen = catalogue["causes"][entry.family]
    elif member == "remedy":
        chosen = catalogue["actions"][entry.user_action]
    else:
        chosen = catalogue["fixers"][entry.who_can_fix]
    return chosen if isinstance(chosen, str) else dict(chosen)


def _choice(template: Mapping[str, str], value: ParamValue) -> str:
    if value is None:
        return "none" if "none" in template else "other"
    if str(value) in template:
        return str(value)
    return "one" if value == 1 and "one" in template else "other"


def _shown(value: ParamValue) -> str:
    return _ABSENT if value is None else str(value)
