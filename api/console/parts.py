"""What the console's page consists of: files of this package, and texts of the catalogue.

Nothing is made at run time but the texts, so a strict content policy holds: no inline script, no
inline style, nothing of anybody else.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

from bridge.i18n import LANGUAGES, PROBLEMS, text
from bridge.i18n.catalogue import messages

FOLDER: Final = "static"
PAGE: Final = "index.html"
MEDIA_TYPES: Final = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "json": "application/json",
    "svg": "image/svg+xml",
}
SECTIONS: Final = (
    "actions",
    "billing_states",
    "columns",
    "console",
    "fixers",
    "health",
    "rights",
    "scopes",
    "status",
    "unions",
)
"""Sections of the catalogue that the page shows; the rest comes with the answers it reads."""


@dataclass(frozen=True)
class Part:
    """One file as it is sent."""

    content: bytes
    media_type: str


@cache
def parts() -> Mapping[str, Part]:
    """Give all parts by their name, without the page itself."""
    folder = resources.files("api.console").joinpath(FOLDER)
    files = {
        each.name: _part(each.name, each.read_bytes())
        for each in folder.iterdir()
        if each.name != PAGE
    }
    said = {f"texts-{language}.json": _texts(language) for language in LANGUAGES}
    return {**files, **said}


def page(run: str, language: str) -> bytes:
    """Give the page.

    Args:
        run: Where its parts are; another place with each start, so that nothing which somebody
            else served on this port before is taken for ours from a cache.
        language: Of the reader, as her browser says it.
    """
    return _page().replace("{run}", run).replace("{language}", language).encode()


@cache
def _page() -> str:
    return resources.files("api.console").joinpath(FOLDER, PAGE).read_text("utf-8")


def _part(name: str, content: bytes) -> Part:
    return Part(content, MEDIA_TYPES[name.rpartition(".")[2]])


def _texts(language: str) -> Part:
    said = {section: messages(language)[section] for section in SECTIONS}
    titles = {code: text(code, "title", language) for code in sorted(PROBLEMS)}
    document = {"language": language, **said, "problems": titles}
    content = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    return Part(content, MEDIA_TYPES["json"])
