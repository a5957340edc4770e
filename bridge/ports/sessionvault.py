"""Port: eHealth sessions over a restart of the program."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What was found.

    Attributes:
        content: What was kept last; ``None`` when there is nothing, or nothing that opens.
        is_refused: Something lay there that does not open here; it is destroyed.
    """

    content: bytes | None = field(default=None, repr=False)
    is_refused: bool = False


class SessionVault(Protocol):
    """Keeps one piece of secret content for the next process of the same session (SEC-91).

    Contract: content opens within the same start of the computer, session of the operating
    system and account only, and only what was kept last; everything else is refused and
    destroyed.
    Each call waits for the disk and the key store, some milliseconds.
    """

    def keep(self, content: bytes) -> None:
        """Keep content in place of what was kept before.

        Raises:
            StoreError, KeyStoreUnavailable: it cannot be kept; then nothing is.
        """
        ...

    def take(self) -> Kept:
        """Give what was kept, and destroy it there.

        Raises:
            StoreError, KeyStoreUnavailable: it cannot be read now.
        """
        ...

    def destroy(self) -> None:
        """Destroy what is kept; nothing happens when there is nothing.

        Raises:
            StoreError, KeyStoreUnavailable: neither of its two halves can be destroyed.
        """
        ...
