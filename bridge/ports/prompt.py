"""Port: asking a human."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from bridge.domain.secrets import Pin

PIN_TIMEOUT_S: Final = 120
"""How long a PIN prompt stays open (D9)."""


class TypingChoice(Enum):
    """What the user says about typing a PIN where the reader's keypad was used before (SEC-81)."""

    NO = "no"
    ONCE = "once"
    ALWAYS = "always"


@dataclass(frozen=True, kw_only=True)
class PinRequest:
    """What the prompt shows.

    Attributes:
        requested_by: Name of the software that asks.
        purpose: Code of the catalogue, such as ``open_ehealth_session``.
        holder_name: Name of the registration's holder, shown to her only.
        reader: Name of the reader.
        tries_left: Tries left, where known; 1 needs an extra consent.
        language: ``fr``, ``nl``, ``de`` or ``en``.
    """

    requested_by: str
    purpose: str
    holder_name: str
    reader: str
    tries_left: int | None
    language: str

    def __repr__(self) -> str:
        return "PinRequest(***)"


class Prompt(Protocol):
    """Asks for the PIN.

    Contract: one prompt at a time; the answer is never cached; closes itself after 120 s, and at
    once when the caller is cancelled.
    """

    @property
    def where(self) -> str:
        """Say where the user is asked: ``window``, ``terminal`` or ``automatic``."""
        ...

    async def ask_pin(self, request: PinRequest) -> Pin:
        """Ask for the PIN; the caller wipes it.

        Raises:
            PinCancelled, PinTimeout: the user did not answer.
            PromptUnavailable: there is nowhere to ask.
        """
        ...

    async def consent_to_last_try(self, request: PinRequest) -> bool:
        """Ask whether the last try may be used; only an explicit yes is one (SEC-85).

        Raises:
            PinTimeout: the user did not answer.
            PromptUnavailable: there is nowhere to ask.
        """
        ...

    async def consent_to_typing(self, request: PinRequest) -> TypingChoice:
        """Ask whether the PIN may be typed although the reader had a keypad before (DOWN-01).

        Only an explicit choice is one; everything else is a no.

        Raises:
            PinTimeout: the user did not answer.
            PromptUnavailable: there is nowhere to ask.
        """
        ...

    def point_to_keypad(self, request: PinRequest) -> AbstractAsyncContextManager[None]:
        """Say "enter the PIN on the reader" while the block runs; there is no field for a PIN.

        Raises:
            PinCancelled: the user closed it; raised inside the block's task.
        """
        ...
