"""Port: a plain yes of the user, in a window of ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from bridge.errors import ParamValue


class BundleConsent(Protocol):
    """Asks whether software may get a support bundle made (SEC-146).

    Contract: one window at a time; only an explicit yes is one; closes itself in time, and at
    once when the caller is cancelled.
    """

    async def may_make_bundle(self, requested_by: str, language: str) -> bool:
        """Ask; no when the window was closed, ran out of time, or cannot be shown."""
        ...


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is confirmed before it is done.

    Attributes:
        code: Such as ``quit``; its texts stand in the section ``confirm``.
        asked_by: Who wants it, as the user knows them.
        params: Numbers for the text.
    """

    code: str
    asked_by: str
    language: str
    params: Mapping[str, ParamValue] = field(default_factory=dict)


class Confirmation(Protocol):
    """Asks before something that a click cannot take back.

    Contract: one window at a time; the default is no, and only an explicit yes is one; closes
    itself in time, and at once when the caller is cancelled.
    """

    async def confirm(self, question: Question) -> bool:
        """Ask; no when the window was closed, ran out of time, or cannot be shown."""
        ...
