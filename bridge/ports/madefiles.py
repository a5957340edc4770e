"""Port: keeping files that were made for a caller, and sealing them under a pass phrase."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

from bridge.domain.madefiles import MadeFile

if TYPE_CHECKING:
    from datetime import datetime

File = TypeVar("File", bound=MadeFile)


class MadeFiles(Protocol[File]):
    """Repository of one kind of made files with their content."""

    def add(self, file: File, content: bytes) -> None:
        """Insert a file."""
        ...

    def get(self, file_id: str, *, client_id: str) -> File | None:
        """Read what is known about a file, if it is that caller's."""
        ...

    def content(self, file_id: str) -> bytes:
        """Read the content of a file that is there."""
        ...

    def remove(self, file_id: str) -> None:
        """Delete a file; nothing of its content stays readable in the database."""
        ...

    def expire(self, *, now: datetime) -> int:
        """Delete what has expired; gives how many."""
        ...


class FileSealer(Protocol):
    """Seals a file, so that it opens with a pass phrase only (SEC-134)."""

    def seal(self, name: str, content: bytes, passphrase: str) -> bytes:
        """Give a file that programs of others open with the pass phrase; blocks meanwhile.

        Args:
            name: What the file in it is called; it is not hidden.
            content: The file in it.
            passphrase: Of at least ``LEAST_PASSPHRASE`` characters.
        """
        ...
