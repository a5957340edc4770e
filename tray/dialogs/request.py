"""What a window is asked to show: one JSON line on the standard input."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, get_args

from bridge.errors import ParamValue
from bridge.i18n.catalogue import phrase, scope_name

Kind = Literal[
    "pin", "consent", "keypad", "pairing", "typing", "bundle", "confirm", "about", "assistant"
]
KINDS: Final = frozenset(get_args(Kind))
_DEFAULT_LIMIT_S: Final = 120.0
_DEFAULT_AWAY_S: Final = 60.0
_DEFAULT_INERT_S: Final = 0.7


@dataclass(frozen=True, kw_only=True)
class WindowRequest:
    """What to show.

    Attributes:
        window: Which window.
        requested_by: Name of the software that asks.
        purpose: Code of a phrase of the section ``purposes``.
        holder_name: Whose PIN it is.
        reader: Name of the reader.
        tries_left: Where known.
        language: ``fr``, ``nl``, ``de`` or ``en``.
        phrase: Chosen by the user at installation; a fake window cannot know it (SEC-83).
        limit_s: The window closes by itself after this time, seconds.
        origin: Where software that wants to be connected comes from; empty for a program.
        scopes: What it asks for.
        code: To compare, or to type.
        vendor: Whom the origin belongs to, where a signed list says so.
        actors: Names of those it can act for; an empty one is the owner's.
        away_s: Typed digits are forgotten when another window had the focus for so long, seconds.
        inert_s: No button of the pairing window does anything for this time, seconds: nobody says
            yes to a window that just slid under a click (PAIR-06).
        question: What is confirmed: a key of the section ``confirm``.
        params: Numbers for the text of the question.
        details: What the window about the program shows, by keys of the section ``about``.
        licences: A line for each part of the program.
        page: Where the first steps begin.
    """

    window: Kind
    language: str
    requested_by: str = ""
    purpose: str = ""
    holder_name: str = ""
    reader: str = ""
    tries_left: int | None = None
    phrase: str = ""
    origin: str = ""
    scopes: Sequence[str] = ()
    code: str = ""
    vendor: str = ""
    actors: Sequence[str] = ()
    limit_s: float = _DEFAULT_LIMIT_S
    away_s: float = _DEFAULT_AWAY_S
    inert_s: float = _DEFAULT_INERT_S
    question: str = ""
    params: Mapping[str, ParamValue] = field(default_factory=dict)
    details: Mapping[str, str] = field(default_factory=dict)
    licences: Sequence[str] = ()
    page: str = "language"

    @classmethod
    def parse(cls, line: bytes) -> WindowRequest:
        """Read the line.

        Raises:
            ValueError: it is no request.
        """
        try:
            request = cls(**json.loads(line))
        except TypeError as error:
            raise ValueError("no request") from error
        if request.window not in KINDS:
            raise ValueError("no such window")
        return request

    def say(self, key: str, params: Mapping[str, ParamValue] | None = None) -> str:
        """Give a text of the section ``window`` in the user's language."""
        return phrase("window", key, self.language, params)

    def say_of_pairing(self, key: str, params: Mapping[str, ParamValue] | None = None) -> str:
        """Give a text of the section ``pairing`` in the user's language."""
        return phrase("pairing", key, self.language, params)

    def say_of_question(self, part: str) -> str:
        """Give a text of the question: its ``heading``, ``text``, ``yes`` or ``no``."""
        return phrase("confirm", f"{self.question}_{part}", self.language, self.params)

    def say_of_program(self, key: str) -> str:
        """Give a text of the section ``about`` in the user's language."""
        return phrase("about", key, self.language)

    @property
    def scope_texts(self) -> list[str]:
        """What the software asks for, in plain words of the user's language."""
        return [scope_name(scope, self.language) for scope in self.scopes]

    @property
    def actor_texts(self) -> list[str]:
        """Whom the software can act for, in the user's language."""
        return [name or phrase("rights", "owner", self.language) for name in self.actors]

    @property
    def purpose_text(self) -> str:
        """What the PIN is for, in the user's language."""
        return phrase("purposes", self.purpose, self.language)

    def __repr__(self) -> str:
        return f"WindowRequest({self.window})"
