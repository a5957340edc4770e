"""Port ``Confirmation`` in a window of our own, and the window about the program (D9)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bridge.adapters.dialogue import WindowProcess, answer_within
from bridge.errors import PinTimeout, PromptUnavailable
from bridge.ports.consent import Question
from bridge.ports.prompt import PIN_TIMEOUT_S

READING_S: Final = 900.0
"""How long the window about the program stays open: nobody waits for its answer."""


@dataclass
class ConfirmWindow:
    """Asks and tells, one window at a time.

    Attributes:
        command: Program and arguments of the child process.
        phrase: Chosen by the user at installation, shown in each window (SEC-83).
        limit_s: How long a question stays open.
    """

    command: Sequence[str]
    phrase: str = ""
    limit_s: float = PIN_TIMEOUT_S
    _is_busy: bool = False

    async def confirm(self, question: Question) -> bool:
        """Ask; no when the window was closed, ran out of time, or cannot be shown."""
        facts = {
            "window": "confirm",
            "question": question.code,
            "params": dict(question.params),
            "requested_by": question.asked_by,
            "language": question.language,
        }
        return await self._shown(facts, self.limit_s) == "yes"

    async def show_about(
        self, details: Mapping[str, str], licences: Sequence[str], *, language: str
    ) -> None:
        """Show what runs here; returns when the window is closed."""
        facts = {
            "window": "about",
            "details": dict(details),
            "licences": list(licences),
            "language": language,
        }
        await self._shown(facts, READING_S)

    async def _shown(self, facts: Mapping[str, Any], limit_s: float) -> str | None:
        if self._is_busy:
            return None
        self._is_busy = True
        line = json.dumps({**facts, "phrase": self.phrase, "limit_s": limit_s}).encode() + b"\n"
        try:
            return (await answer_within(WindowProcess(self.command, line), limit_s)).outcome
        except (OSError, PinTimeout, PromptUnavailable):
            return None
        finally:
            self._is_busy = False
