"""Support bundles for software that asks: nothing is collected before the user says yes (SEC-146).

She says so in our window, or on her own command line.
The bundle stays in memory for some minutes; who asked may fetch it, and nothing is uploaded.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from bridge.domain.audit import Action
from bridge.domain.ids import encode_support_ref
from bridge.domain.operations import Operation, OperationKind, OperationStatus, WaitingFor
from bridge.errors import BridgeError, Conflict, NotFound
from bridge.service import supportbundle

if TYPE_CHECKING:
    from bridge.domain.ids import IdSource
    from bridge.ports.audit import Auditor
    from bridge.ports.clock import Clock
    from bridge.ports.consent import BundleConsent
    from bridge.ports.store import Store
    from bridge.service.operations import OperationBook
    from bridge.service.tokens import Client

PATH: Final = "/v1/support-bundles"
REMEMBERED_FOR: Final = timedelta(minutes=15)
DECIDE_WITHIN: Final = timedelta(seconds=120)
PAUSE: Final = timedelta(minutes=5)
"""How long software waits that got no yes."""
REFUSED: Final = "support_bundle_refused"
_REFERENCE_BYTES: Final = 4
_STEPS: Final = 2
Gather = Callable[[], Any]
"""Gives a part of the bundle: a text as it is, or facts to write as JSON; runs on a thread."""


@dataclass(frozen=True, kw_only=True)
class SupportBundle:
    """One bundle.

    Attributes:
        reference: Six characters to read out on the phone.
        files: Names and sizes of what is in it.
    """

    id: str
    client_id: str
    reference: str
    files: Mapping[str, int]
    created_at: datetime
    content: bytes = field(repr=False)

    @property
    def expires_at(self) -> datetime:
        """When it is forgotten."""
        return self.created_at + REMEMBERED_FOR

    @property
    def sha256(self) -> str:
        """Hash of the file, hexadecimal."""
        return hashlib.sha256(self.content).hexdigest()


class SupportDesk:
    """Asks the user, collects, and keeps bundles for a while; used on the loop alone."""

    def __init__(  # one port or service each, all by name
        self,
        *,
        store: Store,
        operations: OperationBook,
        clock: Clock,
        ids: IdSource,
        audit: Auditor,
        gather: Callable[[], Mapping[str, Gather]],
        consent: BundleConsent | None = None,
    ) -> None:
        """Start with no bundle; without ``consent`` only the command line decides."""
        self._store = store
        self._operations = operations
        self._clock = clock
        self._ids = ids
        self._audit = audit
        self._gather = gather
        self._consent = consent
        self._made: dict[str, SupportBundle] = {}
        self._paused: dict[str, datetime] = {}
        self._decision: asyncio.Future[bool] | None = None

    async def begin(self, *, client: Client, language: str) -> Operation:
        """Begin: the operation asks the user.

        Raises:
            Conflict: ``rate_limited``, another request waits, or this software got no yes lately.
        """
        now = self._clock.now()
        until = self._paused.get(client.id, now)
        wait = until - now if self._decision is None else DECIDE_WITHIN
        if wait > timedelta():
            raise Conflict(code="rate_limited", retry_after_s=round(wait.total_seconds()))
        self._decision = asyncio.get_running_loop().create_future()
        operation = self._operations.new(
            OperationKind.SUPPORT_BUNDLE, client_id=client.id, steps=_STEPS
        )
        try:
            await self._store.write(lambda unit: unit.operations.add(operation))
        except BaseException:
            self._decision = None
            raise
        self._operations.run(operation.id, self._work(operation, client, language))
        return operation

    def decide(self, *, is_wanted: bool) -> None:
        """Take the user's decision from the command line.

        Raises:
            NotFound: nothing waits.
        """
        if self._decision is None or self._decision.done():
            raise NotFound
        self._decision.set_result(is_wanted)

    def get(self, bundle_id: str, *, client: Client) -> SupportBundle:
        """Give a bundle of the client.

        Raises:
            NotFound: none of that identifier, or no longer.
        """
        now = self._clock.now()
        self._made = {name: each for name, each in self._made.items() if now < each.expires_at}
        found = self._made.get(bundle_id)
        if found is None or found.client_id != client.id:
            raise NotFound
        return found

    async def _work(self, operation: Operation, client: Client, language: str) -> None:
        try:
            if not await self._is_wanted(operation, client, language):
                self._paused[client.id] = self._clock.now() + PAUSE
                self._audit.record(Action.SUPPORT_BUNDLE_MADE, result=REFUSED, client=client.id)
                raise Conflict(code=REFUSED)
        except asyncio.CancelledError:
            # Who takes the question back must not put it again at once.
            self._paused[client.id] = self._clock.now() + PAUSE
            raise
        finally:
            self._decision = None
        await self._operations.move(operation.id, OperationStatus.RUNNING, step=2, waiting_for=None)
        bundle = await self._bundle(client)
        self._made[bundle.id] = bundle
        self._audit.record(Action.SUPPORT_BUNDLE_MADE, client=client.id, object_id=bundle.reference)
        await self._operations.move(
            operation.id, OperationStatus.SUCCEEDED, result_path=f"{PATH}/{bundle.id}"
        )

    async def _is_wanted(self, operation: Operation, client: Client, language: str) -> bool:
        where = "command_line" if self._consent is None else "window"
        until = self._clock.now() + DECIDE_WITHIN
        await self._operations.move(
            operation.id,
            OperationStatus.WAITING_FOR_USER,
            step=1,
            waiting_for=WaitingFor(what="confirmation", where=where, expires_at=until),
        )
        told = self._decision
        asked: list[asyncio.Future[bool]] = [] if told is None else [told]
        if self._consent is not None:
            asking = self._consent.may_make_bundle(client.display_name, language)
            asked.append(asyncio.ensure_future(asking))
        try:
            done, _ = await asyncio.wait(
                asked,
                timeout=DECIDE_WITHIN.total_seconds(),
                return_when=asyncio.FIRST_COMPLETED,
            )
            return any(each.result() for each in done)
        finally:
            for each in asked:
                each.cancel()

    async def _bundle(self, client: Client) -> SupportBundle:
        reference = encode_support_ref(self._ids.secret(_REFERENCE_BYTES))
        now = self._clock.now()
        content = await asyncio.to_thread(_packed, self._gather(), reference, now)
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            files = {each.filename: each.file_size for each in archive.infolist()}
        return SupportBundle(
            id=self._ids.ulid("sup"),
            client_id=client.id,
            reference=reference,
            files=files,
            created_at=now,
            content=content,
        )


def _packed(parts: Mapping[str, Gather], reference: str, now: datetime) -> bytes:
    files: dict[str, str] = {}
    for name, gather in parts.items():
        files |= _text_of(name, gather)
    return supportbundle.assemble(files, reference=reference, created_at=now)


def _text_of(name: str, gather: Gather) -> dict[str, str]:
    """Collect and never stop: what cannot be had is named by its code."""
    try:
        found = gather()
    except BridgeError as error:
        found = {"code": error.problem_code}
    if name.endswith("/"):  # a folder of texts that were masked when they were written
        return {str(file): str(text) for file, text in found.items()}
    return {name: supportbundle.document(supportbundle.masked(found))}
