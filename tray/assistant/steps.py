"""What the window of the first steps is told: how each step stands, and in which language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from bridge.errors import ParamValue
from bridge.i18n.catalogue import phrase, text

PAGES: Final = (
    "language",
    "reader",
    "card",
    "certificate",
    "registration",
    "pairing",
    "question",
)
MARKS: Final = {"done": "\N{CHECK MARK}", "trouble": "!", "working": "\N{HORIZONTAL ELLIPSIS}"}
"""Beside the colour, which not everybody sees."""
_TO_DO: Final = "\N{WHITE CIRCLE}"


@dataclass(frozen=True, kw_only=True)
class Step:
    """How one step stands.

    Attributes:
        state: ``open``, ``done``, ``working`` or ``trouble``.
        key: Of the sentence, in the section ``assistant``.
        code: With ``trouble``: the code of the problem, which has texts of its own.
    """

    state: str = "open"
    key: str = ""
    code: str = ""
    params: Mapping[str, ParamValue] = field(default_factory=dict)

    @property
    def mark(self) -> str:
        """A sign for the list of steps."""
        return MARKS.get(self.state, _TO_DO)

    def sentence(self, language: str) -> str:
        """Say it."""
        if self.code:
            return text(self.code, "detail", language, self.params)
        return phrase("assistant", self.key, language, self.params) if self.key else ""

    def __repr__(self) -> str:
        return f"Step({self.state})"


@dataclass(frozen=True, kw_only=True)
class Steps:
    """Everything the window shows.

    Attributes:
        chosen: Language that was chosen; ``system`` follows the computer.
        has_session: A session is open.
        practice: Name of the practice as it is.
    """

    language: str
    chosen: str = "system"
    has_session: bool = False
    practice: str = ""
    steps: Mapping[str, Step] = field(default_factory=dict)

    @classmethod
    def parse(cls, said: Mapping[str, Any]) -> Steps:
        """Read a message; members of another version are left out."""
        steps = {name: Step(**said["steps"][name]) for name in PAGES if name in said["steps"]}
        return cls(
            language=said["language"],
            chosen=said["chosen"],
            has_session=said["has_session"],
            practice=said["practice"],
            steps=steps,
        )

    def step(self, page: str) -> Step:
        """Give how a step stands."""
        return self.steps.get(page, Step())

    @property
    def first_open(self) -> str:
        """The step to go on with: the first that is not done, or the last."""
        return next((page for page in PAGES if self.step(page).state != "done"), PAGES[-1])
