"""A daemon in a process of its own that is killed at a named step (D27).

The sandbox lives in the parent, over loopback, so that its ledger survives; the child is forked
with the world's card and keys and opens the same database file as the one before it.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import traceback
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from bridge.adapters.billing.installed import InstalledConnectors
from bridge.adapters.clienttls import HttpRestOpener
from bridge.adapters.clock import SystemClock
from bridge.adapters.db.store import SqlStore
from bridge.adapters.http import HttpTransport
from bridge.adapters.ids import SystemIds
from bridge.adapters.keystore import KeystoreVault
from bridge.adapters.listener import listen
from bridge.adapters.pdfinspection import FileInspector
from bridge.adapters.secrets import MemorySecrets
from bridge.daemon import build
from bridge.daemon.audit import audit_trail
from bridge.daemon.server import LoopThread, Served
from bridge.domain.billingservices import BillingAccount
from bridge.ehealth.profiles import StsSettings
from bridge.eid.trust import BelgianRoots
from bridge.mycarenet import genasync
from bridge.mycarenet.common import Package
from bridge.mycarenet.memberdata import MemberDataSettings
from bridge.ports.store import UnitOfWork
from bridge.ports.transport import Transport, WireReply, WireRequest
from bridge.sandbox.app import SandboxApp
from bridge.sandbox.world import World
from bridge.service.facade import Services
from bridge.service.genasync import TackHmac
from bridge.service.tokens import SCOPES, Client

CLIENT: Final = Client(id="killed", display_name="Killed software", scopes=SCOPES)
_KEY: Final = bytes(range(32))
_LIMIT_S: Final = 60
_ACTIONS: Final = {
    genasync.POST_ACTION: "post",
    genasync.GET_ACTION: "get",
    genasync.CONFIRM_ACTION: "confirm",
}
Story = Callable[[Services], Awaitable[Any]]


async def _nothing() -> None:
    """Need nothing before or after serving."""


class DyingTransport:
    """Carries everything, until the chosen operation dies in the middle of the wire.

    Steps: ``wire.<operation>.half`` after half of the request, ``wire.<operation>.answer`` after
    the first bytes of the answer.
    """

    def __init__(self, inner: Transport, step: str | None) -> None:
        self._inner = inner
        _, self._operation, self._moment = (step or "..").split(".")[:3]

    async def exchange(self, request: WireRequest) -> WireReply:
        if _ACTIONS.get(request.soap_action or "") != self._operation:
            return await self._inner.exchange(request)
        address = urlsplit(request.url)
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        whole = (
            f"POST {address.path} HTTP/1.1\r\nHost: {address.netloc}\r\n"
            f'Content-Type: {request.content_type}\r\nSOAPAction: "{request.soap_action}"\r\n'
            f"Content-Length: {len(request.body)}\r\nConnection: close\r\n\r\n"
        ).encode() + request.body
        writer.write(whole[: len(whole) // 2] if self._moment == "half" else whole)
        await writer.drain()
        if self._moment == "answer":
            await reader.read(64)
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError("survived")


class KilledDaemon:
    """Runs stories in forked processes against one world and one database file."""

    def __init__(self, folder: Path) -> None:
        clock = SystemClock()
        self._folder = folder
        self._cleanup = ExitStack()
        self.world = World.create(clock=clock, ids=SystemIds(clock))
        _ = self.world.document  # made once, before the processes divide
        self._sockets = listen((0,))
        self._url = f"http://127.0.0.1:{self._sockets.port}"
        self._loop: LoopThread | None = None
        self._accounts: list[BillingAccount] = []
        self.billing_opener: Any = None

    def register(self, account: BillingAccount) -> None:
        """Let every daemon know a billing service."""
        self._accounts.append(account)

    def run(self, story: Story, *, dies_at: str | None = None) -> Any:
        """Run a story in a new process; gives its result, ``None`` when it was killed."""
        context = multiprocessing.get_context("fork")
        receiving, sending = context.Pipe(duplex=False)
        child = context.Process(target=self._child, args=(story, dies_at, sending))
        child.start()
        sending.close()
        self._serve()
        result = receiving.recv() if receiving.poll(_LIMIT_S) and dies_at is None else None
        child.join(_LIMIT_S)
        self._stop()
        if dies_at is not None:
            assert child.exitcode == -signal.SIGKILL, f"not killed: {child.exitcode}"
        elif isinstance(result, str) and result.startswith("Traceback"):
            raise AssertionError(result)
        return result

    @property
    def billing_url(self) -> str:
        """Where the played billing service is."""
        return f"{self._url}/billing"

    def close(self) -> None:
        self._cleanup.close()
        for socket in self._sockets.sockets:
            socket.close()

    def _serve(self) -> None:
        """Serve after the fork: threads do not survive one."""
        served = [each.dup() for each in self._sockets.sockets]
        self._loop = LoopThread(
            servers=[Served(app=SandboxApp(self.world), sockets=served, says_own_time=True)],
            before=_nothing,
            after=_nothing,
        )
        self._loop.start()

    def _stop(self) -> None:
        if self._loop is not None:
            self._loop.stop()

    def _child(self, story: Story, dies_at: str | None, sending: Any) -> None:
        def reached(step: str) -> None:
            if step == dies_at:
                os.kill(os.getpid(), signal.SIGKILL)

        try:
            on_wire = dies_at if dies_at is not None and dies_at.startswith("wire.") else None
            sending.send(asyncio.run(self._tell(story, reached, on_wire)))
        except Exception:  # noqa: BLE001  # the parent shows whatever it was
            sending.send(traceback.format_exc())

    async def _tell(self, story: Story, reached: Callable[[str], None], on_wire: str | None) -> Any:
        parts = self._parts()
        transport = DyingTransport(parts.transport, on_wire)
        parts = replace(parts, reached=reached, transport=transport)
        services = build.build_services(parts)
        registration = self.world.nurse.registration

        def know(unit: UnitOfWork) -> None:
            unit.registrations.put(registration)
            for account in self._accounts:
                unit.billing_accounts.put(account)

        await parts.store.write(know)
        await build.start(services, parts)
        try:
            operation = await services.sessions.open(client=CLIENT, language="en")
            await services.operations.wait(operation.id, seconds=30)
            return await story(services)
        finally:
            await build.stop(services, parts)

    def _parts(self) -> build.Parts:
        clock = SystemClock()
        ids, secrets = SystemIds(clock), MemorySecrets()
        secrets.put("audit-log", _KEY)
        secrets.put("billing-bsv_1-0", self.world.billing.client_secret.encode())
        keystore = KeystoreVault(self._folder / "certificates", secrets=secrets, ids=ids)
        nurse = self.world.nurse
        keystore.import_pkcs12(
            nurse.keystore_p12,
            nurse.keystore_passphrase,
            registration_id=nurse.registration.id,
        )
        transport = HttpTransport(program="carebridge/test", contact="test@carebridge.invalid")
        return build.Parts(
            clock=clock,
            ids=ids,
            secrets=secrets,
            audit=audit_trail(self._folder, secrets=secrets, clock=clock, ids=ids),
            store=SqlStore.open(self._folder / "carebridge.db", _KEY),
            keystore=keystore,
            card=self.world.card,
            reader=self.world.reader,
            prompt=self.world.prompt,
            transport=transport,
            closers=(transport.close,),
            billing=build.BillingParts(
                connectors=InstalledConnectors(()),
                opener=self.billing_opener or HttpRestOpener(program="carebridge/test"),
                inspector=FileInspector(),
            ),
            platform=build.Platform(
                endpoints=self.world.endpoints(self._url),
                trust=self.world.sts_trust(),
                etk_trust=self.world.etk_trust(),
                package=Package(name="Carebridge", licence=self.world.licence),
                is_test=True,
                sts_settings=StsSettings(),
                memberdata_settings=MemberDataSettings(),
                tack_hmac=TackHmac.ENFORCE,
            ),
            language="en",
            roots=BelgianRoots([self.world.document.root_key]),
        )


def killed_at(work: Callable[[Callable[[str], None]], Any], step: str) -> None:
    """Run ``work`` in a process of its own that dies when it reaches ``step``."""

    def begin() -> None:
        work(lambda reached: os.kill(os.getpid(), signal.SIGKILL) if reached == step else None)

    child = multiprocessing.get_context("fork").Process(target=begin)
    child.start()
    child.join(_LIMIT_S)
    assert child.exitcode == -signal.SIGKILL, f"not killed: {child.exitcode}"


def killed_after(work: Callable[[], Any], seconds: float) -> int | None:
    """Run ``work`` in a process of its own that dies after some time; gives how it ended."""
    child = multiprocessing.get_context("fork").Process(target=work)
    child.start()
    child.join(seconds)
    child.kill()
    child.join(_LIMIT_S)
    return child.exitcode
