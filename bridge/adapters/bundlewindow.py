"""Port ``BundleConsent`` in a window of our own, which is a short-lived child process (D9)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from bridge.adapters.dialogue import WindowProcess, answer_within
from bridge.errors import PinTimeout, PromptUnavailable
from bridge.ports.prompt import PIN_TIMEOUT_S


@dataclass
class BundleWindow:
    """Asks in a window.

    Attributes:
        command: Program and arguments of the child process.
        phrase: Chosen by the user at installation, shown in each window (SEC-83).
        limit_s: How long the window stays open.
    """

    command: Sequence[str]
    phrase: str = ""
    limit_s: float = PIN_TIMEOUT_S

    async def may_make_bundle(self, requested_by: str, language: str) -> bool:
        """Ask; no when the window was closed, ran out of time, or cannot be shown."""
        facts = {
            "window": "bundle",
            "requested_by": requested_by,
            "purpose": "",
            "holder_name": "",
            "reader": "",
            "tries_left": None,
            "language": language,
            "phrase": self.phrase,
            "limit_s": self.limit_s,
        }
        try:
            child = WindowProcess(self.command, json.dumps(facts).encode() + b"\n")
            answer = await answer_within(child, self.limit_s)
        except (OSError, PinTimeout, PromptUnavailable):
            return False
        return answer.outcome == "yes"
