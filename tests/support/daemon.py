"""A daemon for component tests: real services and store, sandbox in-process, a clock to move."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from starlette.types import ASGIApp

from api.app import create_app
from api.simulated import ALL_ENDPOINTS
from bridge.adapters.billing.installed import InstalledConnectors
from bridge.adapters.db.store import SqlStore
from bridge.adapters.ids import SystemIds
from bridge.adapters.keystore import KeystoreVault
from bridge.adapters.pdfinspection import FileInspector
from bridge.adapters.pkcs12 import OpenedKeystore
from bridge.adapters.secrets import MemorySecrets, data_key
from bridge.daemon import build
from bridge.daemon.audit import audit_trail
from bridge.daemon.simulator import INVOICES
from bridge.domain.operations import Operation
from bridge.ehealth.profiles import StsSettings
from bridge.eid.trust import BelgianRoots
from bridge.mycarenet.common import Package
from bridge.mycarenet.memberdata import MemberDataSettings
from bridge.sandbox.billing_transport import PlayedRest
from bridge.sandbox.care_reasons import MEANINGS
from bridge.sandbox.control import SandboxControl
from bridge.sandbox.nurse import Nurse
from bridge.sandbox.pki import KeyKind
from bridge.sandbox.slots import SoftwareSlot
from bridge.sandbox.transport import SandboxTransport
from bridge.sandbox.world import World
from bridge.service.tokens import SCOPES, Client
from tests.support.fakes import FixedClock
from tests.support.keypool import PooledKeys
from tests.support.stores import KEY, new_database

PORT = 42110
BASE_URL = f"http://127.0.0.1:{PORT}"
CLIENT = Client(id="test", display_name="Test software", scopes=SCOPES)
WAIT_S = 40


class TestDaemon:
    """Parts, services and the API of one daemon."""

    __test__ = False

    def __init__(self, *, world: World, parts: build.Parts, clock: FixedClock) -> None:
        self.world = world
        self.parts = parts
        self.clock = clock
        self.services = build.build_services(parts)

    @cached_property
    def app(self) -> ASGIApp:
        """The API, made for the tests that speak to it: mounting it takes long."""
        return create_app(self.services, port=PORT, endpoints=ALL_ENDPOINTS)

    async def finished(self, operation: Operation) -> Operation:
        await self.services.operations.wait(operation.id, seconds=WAIT_S)
        return await self.services.operations.get(operation.id, client_id=operation.client_id)

    async def open_session(self) -> Operation:
        operation = await self.services.sessions.open(client=CLIENT, language="en")
        return await self.finished(operation)

    @asynccontextmanager
    async def http(self, token: str | None = None) -> AsyncIterator[httpx.AsyncClient]:
        headers = {"Authorization": f"Bearer {token or self.token()}"}
        transport = httpx.ASGITransport(self.app, client=("127.0.0.1", 50000))
        async with httpx.AsyncClient(
            transport=transport,
            base_url=BASE_URL,
            headers=headers,
        ) as client:
            yield client

    def token(self) -> str:
        return self.services.tokens.issue(CLIENT, lifetime=timedelta(days=1))


def fixed_clock_of(world: World) -> FixedClock:
    """Give the clock that tests move, of a world made for them."""
    clock = world.clock.base
    assert isinstance(clock, FixedClock)
    return clock


def opened_keystore(nurse: Nurse) -> OpenedKeystore:
    """Give what the nurse's certificate file holds, without the time that opening it takes."""
    encryption, key = nurse.encryption.certificate.x509, nurse.encryption.key
    assert isinstance(key, RSAPrivateKey)
    return OpenedKeystore(
        key=nurse.ehealth.key,
        certificate=nurse.ehealth.certificate.x509,
        others=(nurse.authority.x509, encryption),
        decryption=((key, encryption),),
    )


@asynccontextmanager
async def running_daemon(
    folder: Path,
    *,
    key_kind: KeyKind = "rsa",
    other_nurse_of: World | None = None,
    **other_parts: Any,
) -> AsyncIterator[TestDaemon]:
    """Start a daemon in ``folder``; of ``other_parts``, functions are given the world.

    With ``other_nurse_of`` a world, it is the daemon of the other nurse there.
    """
    clock = FixedClock() if other_nurse_of is None else fixed_clock_of(other_nurse_of)
    ids = SystemIds(clock)
    if other_nurse_of is None:
        world = World.create(clock=clock, ids=ids, key_kind=key_kind, key_maker=PooledKeys())
    else:
        world = other_nurse_of.of_other_nurse
    secrets = MemorySecrets()
    secrets.put("database", KEY)
    keystore = KeystoreVault(folder / "certificates", secrets=secrets, ids=ids)
    registration = world.nurse.registration
    keystore.keep(opened_keystore(world.nurse), registration_id=registration.id)
    parts = build.Parts(
        clock=clock,
        ids=ids,
        secrets=secrets,
        audit=audit_trail(folder, secrets=secrets, clock=clock, ids=ids),
        store=SqlStore.open(new_database(folder), data_key(secrets, "database", ids)),
        keystore=keystore,
        card=world.card,
        reader=world.reader,
        prompt=world.prompt,
        transport=SandboxTransport(world),
        platform=build.Platform(
            endpoints=world.endpoints("http://127.0.0.1:1"),
            trust=world.sts_trust(),
            etk_trust=world.etk_trust(),
            package=Package(name="Carebridge", licence=world.licence),
            is_test=True,
            sts_settings=StsSettings(),
            memberdata_settings=MemberDataSettings(),
        ),
        language="en",
        invoices=INVOICES,
        refusal_meanings=MEANINGS,
        roots=BelgianRoots([world.document.root_key]),
        billing=build.BillingParts(
            connectors=InstalledConnectors(()),
            opener=PlayedRest(world.billing),
            inspector=FileInspector(),
        ),
        simulator=SandboxControl(world, SoftwareSlot(world.reader, world.document)),
    )
    chosen = {name: part(world) if callable(part) else part for name, part in other_parts.items()}
    daemon = TestDaemon(world=world, parts=replace(parts, **chosen), clock=clock)
    await parts.store.write(lambda unit: unit.registrations.put(registration))
    await build.start(daemon.services, daemon.parts)
    try:
        yield daemon
    finally:
        await build.stop(daemon.services, daemon.parts)
