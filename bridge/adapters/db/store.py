"""Port ``Store`` on an encrypted file, with one writer thread and readers beside it."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, Self, TypeVar

from bridge.adapters.db.actors import SqlActors
from bridge.adapters.db.billing import SqlBillingAccounts, SqlBillingInvoices
from bridge.adapters.db.care import SqlDeclarations
from bridge.adapters.db.careregister import SqlAgreements, SqlCareUpdates
from bridge.adapters.db.claims import SqlClaims
from bridge.adapters.db.covers import SqlCovers
from bridge.adapters.db.engine import copy_encrypted, encrypted_engine, store_errors
from bridge.adapters.db.exchanges import (
    SqlBatches,
    SqlExchanges,
    SqlKnownInsurers,
    SqlResponses,
)
from bridge.adapters.db.gate import Gate
from bridge.adapters.db.history import SqlExports, SqlViews
from bridge.adapters.db.invoices import SqlInvoiceBatches
from bridge.adapters.db.keeping import SqlKeeping
from bridge.adapters.db.keypads import SqlKeypads
from bridge.adapters.db.migrate import upgrade
from bridge.adapters.db.pairings import SqlPairings
from bridge.adapters.db.patients import SqlPatientTraces
from bridge.adapters.db.practices import SqlOrderedRegistrations, SqlPractices
from bridge.adapters.db.referencedata import SqlReferenceData
from bridge.adapters.db.rekeying import take_over, write_under
from bridge.adapters.db.reports import SqlReports
from bridge.adapters.db.repositories import (
    SqlChecks,
    SqlEvidenceBox,
    SqlIdempotencyKeys,
    SqlOperations,
    SqlReadings,
)
from bridge.adapters.db.settlements import SqlSettlements, SqlTariffList
from bridge.adapters.db.worklists import SqlWorkLists
from bridge.adapters.ownfiles import create_private_file
from bridge.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Connection, Engine

    from bridge.ports.store import UnitOfWork

T = TypeVar("T")

_READERS: Final = 4


class SqlUnitOfWork:
    """The repositories on one connection, within its transaction."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.operations = SqlOperations(connection)
        self.checks = SqlChecks(connection)
        self.idempotency_keys = SqlIdempotencyKeys(connection)
        self.registrations = SqlOrderedRegistrations(connection)
        self.practices = SqlPractices(connection)
        self.evidence = SqlEvidenceBox(connection)
        self.readings = SqlReadings(connection)
        self.exchanges = SqlExchanges(connection)
        self.responses = SqlResponses(connection)
        self.batches = SqlBatches(connection)
        self.known_insurers = SqlKnownInsurers(connection)
        self.views = SqlViews(connection)
        self.exports = SqlExports(connection)
        self.reports = SqlReports(connection)
        self.work_lists = SqlWorkLists(connection)
        self.declarations = SqlDeclarations(connection)
        self.agreements = SqlAgreements(connection)
        self.care_updates = SqlCareUpdates(connection)
        self.invoice_batches = SqlInvoiceBatches(connection)
        self.claims = SqlClaims(connection)
        self.settlements = SqlSettlements(connection)
        self.covers = SqlCovers(connection)
        self.tariffs = SqlTariffList(connection)
        self.reference_data = SqlReferenceData(connection)
        self.pairings = SqlPairings(connection)
        self.actors = SqlActors(connection)
        self.keypads = SqlKeypads(connection)
        self.billing_accounts = SqlBillingAccounts(connection)
        self.billing_invoices = SqlBillingInvoices(connection)
        self.keeping = SqlKeeping(connection)
        self.patients = SqlPatientTraces(connection)


class SqlStore:
    """The encrypted database of one user.

    The one writing connection belongs to the one writer thread; readers have connections of
    their own, see what was committed before they began, and never wait for the writer.
    """

    def __init__(self, path: Path, key: bytes, engines: tuple[Engine, Engine]) -> None:
        """Take two engines on the same file, the writing one first; use ``open``."""
        self._path = path
        self._key = key
        self._writing, self._reading = engines
        self._gate = Gate()
        self._on_damage: Callable[[], None] = _nobody
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="store-writer")
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="store-reader")

    @classmethod
    def open(cls, path: Path, key: bytes) -> Self:
        """Open a database, creating and migrating it as needed; blocks for some milliseconds.

        Args:
            path: The file, in a folder for its owner alone.
            key: 32 random bytes.

        Raises:
            StoreError: wrong key, damaged file, newer schema, or no access.
        """
        create_private_file(path)
        writing, reading = _engines(path, key)
        try:
            with store_errors(), writing.begin() as connection:
                upgrade(connection)
        except StoreError:
            writing.dispose()
            raise
        return cls(path, key, (writing, reading))

    async def write(self, work: Callable[[UnitOfWork], T]) -> T:
        """Run ``work`` in one writing transaction and give its result.

        Raises:
            StoreError: it could not be written, nothing has changed; ``storage_full`` when there
                is no room.
        """
        return await self._run(self._writer, lambda: self._writing, work)

    async def read(self, work: Callable[[UnitOfWork], T]) -> T:
        """Run ``work`` in one reading transaction and give its result.

        Raises:
            StoreError: it could not be read, or ``work`` tried to write.
        """
        return await self._run(self._readers, lambda: self._reading, work)

    def watch_damage(self, told: Callable[[], None]) -> None:
        """Call ``told``, on a thread of the store, each time damage is come across (REST-04)."""
        self._on_damage = told

    def snapshot(self, target: Path, key: bytes) -> None:
        """Copy the database as it is now, under another key, while work goes on; blocks.

        Args:
            target: A new or empty file.
            key: 32 bytes.

        Raises:
            StoreError: it cannot be copied; ``storage_full`` when there is no room.
        """
        with self._gate.passing():
            copy_encrypted(self._path, self._key, target, key)

    def rekey(self, key: bytes, *, reached: Callable[[str], None] = lambda _step: None) -> None:
        """Bring the database under another key; blocks, readers go on until the last moment.

        Writers wait: what they would write would not be in the new file.
        While it fails, the database stays open under the old key.

        Args:
            key: 32 bytes, kept by the caller before this is called.
            reached: Called at every named step (D27).

        Raises:
            StoreError: it cannot be written; ``storage_full`` when there is no room.
        """
        self._writer.submit(self._rekey, key, reached).result()

    def _rekey(self, key: bytes, reached: Callable[[str], None]) -> None:
        draft = write_under(self._path, self._key, key)
        reached("rotation.copied")
        with self._gate.alone():
            # The last connection that closes folds the journal in.
            self._reading.dispose()
            self._writing.dispose()
            try:
                take_over(self._path, draft)
                self._key = key
            finally:
                self._writing, self._reading = _engines(self._path, self._key)
        reached("rotation.replaced")

    async def close(self) -> None:
        """Finish what runs and close the database."""
        await asyncio.to_thread(self.close_now)

    def close_now(self) -> None:
        """Do what ``close`` does, where there is no loop; blocks."""
        self._writer.shutdown()
        self._readers.shutdown()
        self._reading.dispose()
        self._writing.dispose()

    async def _run(
        self,
        threads: ThreadPoolExecutor,
        engine: Callable[[], Engine],
        work: Callable[[UnitOfWork], T],
    ) -> T:
        try:
            job = asyncio.get_running_loop().run_in_executor(threads, self._transact, engine, work)
        except RuntimeError as error:
            raise StoreError("the store is closed") from error
        return await job

    def _transact(self, engine: Callable[[], Engine], work: Callable[[UnitOfWork], T]) -> T:
        try:
            with self._gate.passing(), store_errors(), engine().begin() as connection:
                return work(SqlUnitOfWork(connection))
        except StoreError as error:
            if error.problem_code == "storage_damaged":
                self._on_damage()
            raise


def _nobody() -> None:
    """Tell nobody."""


def _engines(path: Path, key: bytes) -> tuple[Engine, Engine]:
    return (
        encrypted_engine(path, key, connections=1, writes=True),
        encrypted_engine(path, key, connections=_READERS, writes=False),
    )
