"""The menu as data: what it offers at a moment, in one language.

The first entry is the one a click on the icon means: hosts that know no click show the menu, and
there the first entry must be the default one (*Desktop packaging* 5).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from bridge.domain.overview import Overview
from bridge.i18n import LANGUAGES, phrase, text
from tray.state import state_of

LANGUAGE: Final = "language:"
"""Prefix of the actions that choose a language."""
NAMES: Final = {"fr": "Français", "nl": "Nederlands", "de": "Deutsch", "en": "English"}
"""Each in its own language, so that whoever chose the wrong one finds back."""
SYSTEM: Final = "system"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line of the menu; without ``action`` and ``entries`` it only tells something.

    Attributes:
        action: What is done; empty for a line between groups when ``label`` is empty too.
        is_chosen: ``None`` for what is no choice.
    """

    label: str = ""
    action: str = ""
    is_enabled: bool = True
    is_default: bool = False
    is_chosen: bool | None = None
    entries: tuple[Entry, ...] = field(default=())


_LINE: Final = Entry()


@dataclass(frozen=True, kw_only=True)
class Choices:
    """What the user chose, and what this daemon can do.

    Attributes:
        language: ``fr``, ``nl``, ``de`` or ``en``.
        is_system_language: It follows the system.
    """

    language: str
    is_system_language: bool = True


def tooltip(facts: Overview, language: str) -> str:
    """Say how it stands in one line."""
    parts = [phrase("tray", state_of(facts).value, language)]
    if facts.is_open:
        parts.append(_time_left(facts, language))
    if facts.is_simulator:
        parts.append(phrase("tray", "simulator", language))
    return f"Carebridge: {', '.join(dict.fromkeys(parts))}"


def menu_of(facts: Overview, choices: Choices) -> tuple[Entry, ...]:
    """Give the menu."""
    return (
        *_session(facts, choices.language),
        _LINE,
        *_work(facts, choices.language),
        _LINE,
        *_support(facts, choices.language),
        _LINE,
        *_program(facts, choices),
    )


def _session(facts: Overview, language: str) -> Iterator[Entry]:
    if facts.is_open:
        yield Entry(label=_say("open_console", language), action="open_console", is_default=True)
        yield Entry(label=_time_left(facts, language), is_enabled=False)
        yield Entry(label=_say("end_session", language), action="end_session")
        yield Entry(label=_say("renew_session", language), action="open_session")
        return
    yield Entry(
        label=_say("open_session", language),
        action="open_session",
        is_enabled=facts.failure is None,
        is_default=True,
    )
    key = "session_expired" if facts.expires_at is not None else "no_session"
    yield Entry(label=_say(key, language), is_enabled=False)
    yield Entry(label=_say("open_console", language), action="open_console")


def _work(facts: Overview, language: str) -> Iterator[Entry]:
    yield Entry(label=_say("fetch", language), action="fetch", is_enabled=facts.is_open)
    if facts.pairings:
        waiting = phrase("tray", "pairings_waiting", language, {"count": facts.pairings})
        yield Entry(label=waiting, action="answer_pairing")
    yield Entry(label=_say("expect_pairing", language), action="expect_pairing")
    yield Entry(label=_say("pairings", language), action="pairings")
    yield Entry(label=_say("registrations", language), action="registrations")


def _support(facts: Overview, language: str) -> Iterator[Entry]:
    if facts.problem is not None:
        yield Entry(label=text(facts.problem, "title", language), action="diagnose")
    yield Entry(label=_say("diagnose", language), action="diagnose")
    yield Entry(label=_say("copy_reference", language), action="copy_reference")


def _program(facts: Overview, choices: Choices) -> Iterator[Entry]:
    language = choices.language
    chosen = SYSTEM if choices.is_system_language else language
    languages = {SYSTEM: _say("language_system", language)} | {
        each: NAMES[each] for each in LANGUAGES
    }
    yield Entry(
        label=_say("language", language),
        entries=tuple(
            Entry(label=label, action=f"{LANGUAGE}{each}", is_chosen=each == chosen)
            for each, label in languages.items()
        ),
    )
    yield Entry(label=_say("first_steps", language), action="first_steps")
    if facts.is_paused is not None:
        key = "resume" if facts.is_paused else "pause"
        yield Entry(label=_say(key, language), action=key)
    yield Entry(label=_say("stop_everything", language), action="stop_everything")
    yield Entry(label=_say("about", language), action="about")
    yield Entry(label=_say("quit", language), action="quit")


def _time_left(facts: Overview, language: str) -> str:
    minutes = 0 if facts.left is None else -int(-facts.left.total_seconds() // 60)
    hours, rest = divmod(minutes, 60)
    return phrase("tray", "time_left", language, {"hours": hours, "minutes": f"{rest:02d}"})


def _say(key: str, language: str) -> str:
    return phrase("tray", key, language)
