"""Pictures of every window and of the icon, in four languages, for ``docs/windows.md``.

::

    python3 dev.py screenshots            renew docs/images/
    python3 dev.py screenshots --into X   write them elsewhere

Each window is the real one: its process is asked to show it on a screen of its own (Xvfb), with
made-up facts, and its picture is taken.
The same fonts give the same pictures, but for the blinking mark in a field.
"""

from __future__ import annotations

import argparse
import importlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from PIL import Image

from bridge.i18n import LANGUAGES, phrase
from tray.assistant.steps import PAGES, Step, Steps
from tray.icon import GRID, draw
from tray.state import RING_STEPS, Face, TrayState

# What the tests use; their helpers are not typed.
_DESKTOP: Final[Any] = importlib.import_module("tests.support.desktop")
_SCREEN: Final[Any] = importlib.import_module("tests.support.screen")
INTO: Final = Path(__file__).resolve().parents[1] / "docs" / "images"
_COLOURS: Final = 32
_SETTLED_S: Final = 0.25
_PERSON: Final = {
    "requested_by": "Zorgplan",
    "purpose": "open_ehealth_session",
    "holder_name": "Fien Voorbeeld",
    "reader": "ACS ACR38U",
    "phrase": "drie fietsen",
}
_SOFTWARE: Final = {
    "window": "pairing",
    "requested_by": "Zorgplan",
    "origin": "https://zorgplan.example",
    "vendor": "Zorgplan",
    "scopes": ["insurability:check", "ehealth-session:create", "history:read-all"],
    "code": "042137",
    "phrase": "drie fietsen",
    "limit_s": 120,
}
_ABOUT: Final = {
    "window": "about",
    "details": {
        "version": "1.0.0",
        "reference": "K7Q-4MD",
        "folder": "~/.local/share/Carebridge",
    },
    "licences": ["Carebridge: Apache-2.0", "pyscard 2.3.1: LGPL v2.1", "pystray 0.19.5: LGPL v3"],
    "limit_s": 900,
}
WINDOWS: Final[dict[str, dict[str, Any]]] = {
    "pin": {**_PERSON, "window": "pin", "tries_left": 3},
    "pin-wrong": {**_PERSON, "window": "pin", "tries_left": 2},
    "pin-last": {**_PERSON, "window": "consent", "tries_left": 1},
    "keypad": {**_PERSON, "window": "keypad", "tries_left": 3},
    "typing": {**_PERSON, "window": "typing"},
    "pairing": _SOFTWARE,
    "bundle": {**_PERSON, "window": "bundle"},
    "confirm-quit": {"window": "confirm", "question": "quit", "params": {"count": 2}},
    "confirm-end": {"window": "confirm", "question": "end_session"},
    "confirm-stop": {
        "window": "confirm",
        "question": "stop_everything",
        "params": {"sessions": 1, "software": 2, "sends": 3},
    },
    "confirm-take-over": {"window": "confirm", "question": "take_over"},
    "about": _ABOUT,
}
"""What each window is asked to show."""
_DONE: Final = {
    "language": Step(state="done", key="done_language"),
    "reader": Step(state="done", key="done_reader", params={"reader": "ACS ACR38U"}),
    "card": Step(state="done", key="done_card"),
    "certificate": Step(state="done", key="done_certificate", params={"until": "31/01/2028"}),
    "registration": Step(state="done", key="done_registration", params={"practice": "Zonnebloem"}),
    "pairing": Step(state="done", key="done_pairing", params={"count": 1}),
    "question": Step(state="done", key="insured", params={"insurer": "300", "mutuality": "319"}),
}
_OPEN: Final = {
    "language": _DONE["language"],
    "reader": Step(state="trouble", code="reader_missing"),
    "card": Step(state="trouble", code="card_missing"),
    "certificate": Step(key="open_certificate"),
    "registration": Step(key="open_registration"),
    "pairing": Step(state="working", key="waiting_pairing"),
    "question": Step(key="open_session"),
}
THEMES: Final = {"light": "#f3f3f3", "dark": "#202020", "contrast": "#000000"}
"""Task bars that the icon stands on."""


def steps_at(page: str, language: str) -> Steps:
    """Give how the steps stand when a page is reached: what is before it is done."""
    at = PAGES.index(page)
    steps = {each: (_DONE if place < at else _OPEN)[each] for place, each in enumerate(PAGES)}
    return Steps(language=language, chosen=language, practice="Zonnebloem", steps=steps)


def faces() -> dict[str, Face]:
    """Give every face the icon can have."""
    plain = {state.value: Face(state=state) for state in TrayState}
    ring = {TrayState.SESSION: RING_STEPS * 2 // 3, TrayState.ENDS_SOON: 1}
    for state, left in ring.items():
        plain[state.value] = Face(state=state, ring=left)
    waiting = Face(state=TrayState.READY, has_badge=True)
    return {**plain, "waiting": waiting}


def contact_sheet(ground: str) -> Image.Image:
    """Draw all faces, large and as small as in a task bar, on one ground."""
    shown_faces = list(faces().values())
    step = GRID + 16
    sheet = Image.new("RGB", (step * len(shown_faces), step + 40), ground)
    for place, face in enumerate(shown_faces):
        for size, top in ((GRID, 8), (24, step + 8)):
            icon = draw(face, size)
            sheet.paste(icon, (place * step + (step - size) // 2, top), icon)
    return sheet


def save(picture: Image.Image, file: Path) -> None:
    """Write a small picture: few colours, and no facts about where it was made."""
    file.parent.mkdir(parents=True, exist_ok=True)
    few = picture.convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE)
    few.save(file, "PNG", optimize=True)


def said_of(name: str, request: Mapping[str, Any], language: str) -> dict[str, Any]:
    """Give what a window is asked to show, in one language."""
    asked = {"requested_by": "Carebridge", "phrase": "drie fietsen", **request}
    if request["window"] == "confirm":
        by = "from_start" if name == "confirm-take-over" else "from_menu"
        asked["requested_by"] = phrase("confirm", by, language)
    if request["window"] == "about":
        build = phrase("about", "build_production", language)
        asked["details"] = {**request["details"], "build": build}
    return {**asked, "language": language}


def take(screen: Any, language: str, folder: Path) -> None:
    """Take the pictures of all windows in one language."""
    # Nothing looks touched.
    screen.do("mousemove", "0", "0")
    for name, request in WINDOWS.items():
        with _SCREEN.shown(screen, **said_of(name, request, language)) as window:
            time.sleep(_SETTLED_S)
            save(screen.picture(window.id), folder / f"{name}.png")
            window.leave()
            window.answer()
    for page in PAGES:
        first = asdict(steps_at(page, language))
        with _SCREEN.shown(
            screen, first, window="assistant", page=page, language=language
        ) as window:
            time.sleep(_SETTLED_S)
            save(screen.picture(window.id), folder / f"assistant-{page}.png")


_MENU: Final = """
import sys
from tests.support.trayfacts import OPEN
from dataclasses import replace
from tray.menu import Choices, menu_of, tooltip
from tray.pystrayicon import open_surface
from tray.state import face_of
surface = open_surface(lambda _: None)
facts, language = replace(OPEN, pairings=1, is_paused=False), sys.argv[1]
surface.paint(face_of(facts), tooltip(facts, language))
surface.offer(menu_of(facts, Choices(language=language)))
surface.run(lambda: None)
"""


def take_menus(languages: Sequence[str], folder: Path) -> None:
    """Take pictures of the open menu, on a desktop with a tray host that shows menus."""
    with tempfile.TemporaryDirectory() as told:
        desktop = _DESKTOP.Desktop(Path(told))
        try:
            for language in languages:
                command = [sys.executable, "-c", _MENU, language]
                with subprocess.Popen(command, env=desktop.environment) as icon:
                    left, top, width, height = desktop.open_menu()
                    time.sleep(_SETTLED_S * 2)
                    shot = desktop.shot().crop((left, top, left + width, top + height))
                    save(shot, folder / language / "menu.png")
                    icon.kill()
                time.sleep(_SETTLED_S)
        finally:
            desktop.close()


def main(arguments: list[str]) -> int:
    """Take all pictures; gives the exit status."""
    parser = argparse.ArgumentParser(description="Pictures of the windows for docs/windows.md.")
    parser.add_argument("--into", type=Path, default=INTO)
    parser.add_argument("--languages", nargs="*", default=list(LANGUAGES))
    chosen = parser.parse_args(arguments)
    for theme, ground in THEMES.items():
        save(contact_sheet(ground), chosen.into / f"icon-{theme}.png")
    screen = _SCREEN.Screen("1280x900")
    try:
        for language in chosen.languages:
            take(screen, language, chosen.into / language)
    finally:
        screen.close()
    take_menus(chosen.languages, chosen.into)
    written = sum(file.stat().st_size for file in chosen.into.rglob("*.png"))
    print(f"{chosen.into}: {written // 1024} KiB")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
