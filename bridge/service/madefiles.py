"""Making files for a caller: what exports and reports have in common.

A file waits in the encrypted store for a day; what is handed over opens with the pass phrase the
caller chose, unless the user allowed plain files (API-67, SEC-134).
The pass phrase is kept nowhere, and each file is a record of the audit log.
"""

from __future__ import annotations

import asyncio
import hashlib
from abc import abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Generic

from bridge.domain.audit import DONE, Action
from bridge.domain.madefiles import LIFETIME
from bridge.domain.operations import Operation, OperationStatus
from bridge.errors import Conflict, NotFound
from bridge.ports.madefiles import File, FileSealer, MadeFiles

if TYPE_CHECKING:
    from bridge.ports.store import UnitOfWork
    from bridge.service.engineparts import EngineParts
    from bridge.service.operations import OperationBook
    from bridge.service.tokens import Client

PLAIN: Final = "plain"
"""Result of a file that anybody can open."""


@dataclass(frozen=True, kw_only=True)
class FileDesk:
    """What services that make files share.

    Attributes:
        may_be_plain: The user decided that software may get files without a pass phrase.
    """

    engine: EngineParts
    operations: OperationBook
    sealer: FileSealer
    may_be_plain: bool = False


@dataclass(frozen=True, kw_only=True)
class Made:
    """Content that was made.

    Attributes:
        name: What the file in a sealed one is called.
    """

    name: str
    content: bytes = field(repr=False)
    rows: int


class MadeFileService(Generic[File]):
    """Keeps one kind of files, and gives each to its own caller alone."""

    def __init__(self, desk: FileDesk) -> None:
        """Keep the parts."""
        self._desk = desk
        self._parts = desk.engine
        self._operations = desk.operations

    @abstractmethod
    def files(self, unit: UnitOfWork) -> MadeFiles[File]:
        """Give where files of this kind are kept."""

    async def get(self, file_id: str, *, client: Client) -> File:
        """Show a file.

        Raises:
            NotFound: none of that identifier for this caller, or it has expired.
        """
        return await self._parts.store.read(lambda unit: self._found(unit, file_id, client))

    async def content(self, file_id: str, *, client: Client) -> tuple[File, bytes]:
        """Give a file with its content.

        Raises:
            NotFound: none of that identifier for this caller, or it has expired.
        """

        def work(unit: UnitOfWork) -> tuple[File, bytes]:
            file = self._found(unit, file_id, client)
            return file, self.files(unit).content(file.id)

        return await self._parts.store.read(work)

    async def remove(self, file_id: str, *, client: Client) -> None:
        """Delete a file before it expires.

        Raises:
            NotFound: none of that identifier for this caller.
        """

        def work(unit: UnitOfWork) -> None:
            self.files(unit).remove(self._found(unit, file_id, client).id)

        await self._parts.store.write(work)

    async def expire(self) -> None:
        """Delete what has expired; at the start and daily, since nothing may outlive its day."""
        now = self._parts.clock.now()
        await self._parts.store.write(lambda unit: self.files(unit).expire(now=now))

    def _require_passphrase(self, passphrase: str | None) -> None:
        """Refuse a plain file, unless the user allowed those.

        Raises:
            Conflict: ``export_passphrase_missing``.
        """
        if passphrase is None and not self._desk.may_be_plain:
            raise Conflict(code="export_passphrase_missing")

    async def _sealed(self, made: Made, passphrase: str | None) -> bytes:
        if passphrase is None:
            return made.content
        return await asyncio.to_thread(self._desk.sealer.seal, made.name, made.content, passphrase)

    def _facts(self, made: Made, content: bytes, client: Client, prefix: str) -> dict[str, Any]:
        """Give what every kind of file says of itself."""
        now = self._parts.clock.now()
        return {
            "id": self._parts.ids.ulid(prefix),
            "client_id": client.id,
            "rows": made.rows,
            "size_bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
            "created_at": now,
            "expires_at": now + LIFETIME,
            "is_sealed": content is not made.content,
        }

    async def _keep(self, operation: Operation, file: File, content: bytes, *, path: str) -> None:
        """Store a file with the end of its operation, and record that it was made."""
        await self._operations.move(
            operation.id,
            OperationStatus.SUCCEEDED,
            also=lambda unit: self.files(unit).add(file, content),
            result_path=f"{path}/{file.id}",
        )
        self._parts.audit.record(
            Action.EXPORT_MADE,
            client=file.client_id,
            object_id=file.id,
            result=DONE if file.is_sealed else PLAIN,
        )

    def _found(self, unit: UnitOfWork, file_id: str, client: Client) -> File:
        file = self.files(unit).get(file_id, client_id=client.id)
        if file is None or file.expires_at <= self._parts.clock.now():
            raise NotFound
        return file
