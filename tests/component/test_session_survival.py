"""A session over a restart: only where the user wants it, only here, and never longer (SEC-91)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bridge.adapters.secrets import MemorySecrets
from bridge.adapters.sessionvault import FILE_NAME, SealedSessions
from bridge.daemon import build
from bridge.domain.identifiers import Niss
from bridge.domain.sessions import SessionPolicy
from bridge.errors import KeyStoreUnavailable, SessionRequired
from bridge.service.facade import Services
from tests.component.test_session_security import Binding, WideIds
from tests.support.audit import records_of
from tests.support.daemon import TestDaemon, opened_keystore, running_daemon

WANTED = SessionPolicy(survives_restart=True)


class Seal:
    """The vault of a test, with what an attacker can change around it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE_NAME
        self.secrets = MemorySecrets()
        self.binding = Binding()
        self.vault = SealedSessions(
            folder, secrets=self.secrets, ids=WideIds(), binding=self.binding
        )


@asynccontextmanager
async def sealing(
    folder: Path, policy: SessionPolicy = WANTED
) -> AsyncIterator[tuple[TestDaemon, Seal]]:
    seal = Seal(folder)
    async with running_daemon(folder, session_vault=seal.vault, session_policy=policy) as daemon:
        await daemon.open_session()
        yield daemon, seal


async def restarted(daemon: TestDaemon, **parts: Any) -> Services:
    """Give the services as the next process of the program has them."""
    daemon.services.sessions.stop()
    services = build.build_services(replace(daemon.parts, **parts))
    await services.sessions.restore()
    return services


def decisions(folder: Path) -> list[tuple[str, str]]:
    found = [(record["action"], record["result"]) for record in records_of(folder)]
    return [each for each in found if each[0].startswith("session_")]


async def test_sec_91_a_restart_brings_the_session_back_and_it_ends_in_time(
    tmp_path: Path,
) -> None:
    async with sealing(tmp_path) as (daemon, seal):
        before = await daemon.services.sessions.current()
        daemon.clock.advance(hours=2)
        services = await restarted(daemon)
        after = await services.sessions.current()
        assert replace(after, updated_at=before.updated_at) == before
        held = services.sessions.require(before.registration_id)
        assert held.credential.certificate == daemon.world.nurse.ehealth.certificate
        assert daemon.world.card.signatures == 1
        assert seal.path.exists()
        assert decisions(tmp_path) == [("session_opened", "done"), ("session_restored", "done")]
        daemon.services = services
        daemon.clock.advance(hours=9, minutes=50)
        assert (await restarted(daemon)).sessions.opened()
        daemon.clock.advance(hours=1)
        assert (await restarted(daemon)).sessions.opened() == []
        assert not seal.path.exists()


async def test_sec_91_set_back_between_two_runs_it_lasts_no_longer(tmp_path: Path) -> None:
    async with sealing(tmp_path) as (daemon, _):
        daemon.clock.advance(hours=11)
        daemon.clock.set_wrong(seconds=-50)  # what the assertion's own window forgives
        services = await restarted(daemon)
        session = await services.sessions.current()
        daemon.clock.set_wrong(hours=-6)
        session = await services.sessions.current()
        assert (session.expires_at - daemon.clock.now()).total_seconds() <= 3600 + 60


async def test_sec_91_what_was_carried_elsewhere_or_changed_is_destroyed(tmp_path: Path) -> None:
    async with sealing(tmp_path) as (daemon, seal):
        daemon.services.sessions.stop()
        seal.binding.value = b"boot-2\nsession-1"
        assert await build.build_services(daemon.parts).sessions.restore() == 0
        assert not seal.path.exists()
        seal.binding.value = b"boot-1\nsession-1"
        assert (await restarted(daemon)).sessions.opened() == []
        assert decisions(tmp_path)[-1] == ("session_not_restored", "sealed_session_refused")


async def test_sec_91_a_content_of_another_version_is_refused(tmp_path: Path) -> None:
    async with sealing(tmp_path) as (daemon, seal):
        for content in (b'{"format":2}', b"[]", b"\xff", b'{"format":1,"sessions":[{}]}'):
            daemon.services.sessions.stop()
            seal.vault.keep(content)
            services = build.build_services(daemon.parts)
            assert await services.sessions.restore() == 0
            assert decisions(tmp_path)[-1] == ("session_not_restored", "sealed_session_refused")


async def test_sec_91_another_certificate_or_registration_does_not_take_it_over(
    tmp_path: Path,
) -> None:
    async with sealing(tmp_path) as (daemon, seal):
        registration = daemon.world.nurse.registration
        stranger = opened_keystore(daemon.world.of_other_nurse.nurse)
        daemon.parts.keystore.keep(stranger, registration_id=registration.id)
        assert (await restarted(daemon)).sessions.opened() == []
        assert decisions(tmp_path)[-1] == ("session_not_restored", "assertion_foreign")
        assert not seal.path.exists()


async def test_sec_91_who_may_no_longer_open_it_does_not_get_it_back(tmp_path: Path) -> None:
    async with sealing(tmp_path) as (daemon, _):
        registration = replace(
            daemon.world.nurse.registration, allowed_cards=(Niss("85073003328"),)
        )
        await daemon.parts.store.write(lambda unit: unit.registrations.put(registration))
        assert (await restarted(daemon)).sessions.opened() == []
        assert decisions(tmp_path)[-1] == ("session_not_restored", "actor_mismatch")


async def test_d8_off_by_default_and_switching_off_destroys(tmp_path: Path) -> None:
    async with sealing(tmp_path) as (daemon, seal):
        assert seal.path.exists()
        off = await restarted(daemon, session_policy=SessionPolicy())
        assert off.sessions.opened() == []
        assert not seal.path.exists()
        await off.sessions.restore()
        with pytest.raises(SessionRequired):
            off.sessions.require(daemon.world.nurse.registration.id)


async def test_d8_without_the_option_nothing_is_ever_sealed(tmp_path: Path) -> None:
    async with sealing(tmp_path, SessionPolicy()) as (daemon, seal):
        assert not seal.path.exists()
        assert (await restarted(daemon)).sessions.opened() == []


async def test_d8_an_ended_session_does_not_come_back(tmp_path: Path) -> None:
    async with sealing(tmp_path) as (daemon, seal):
        session = await daemon.services.sessions.current()
        daemon.services.sessions.end(session.id)
        assert not seal.path.exists()
        assert (await restarted(daemon)).sessions.opened() == []


class Broken:
    """A vault that does nothing but fail."""

    def keep(self, content: bytes) -> None:
        raise KeyStoreUnavailable

    def take(self) -> None:
        raise KeyStoreUnavailable

    def destroy(self) -> None:
        raise KeyStoreUnavailable


async def test_without_a_key_store_work_goes_on_and_a_restart_needs_the_card(
    tmp_path: Path,
) -> None:
    async with running_daemon(tmp_path, session_vault=Broken(), session_policy=WANTED) as daemon:
        await daemon.open_session()
        assert await daemon.services.sessions.current()
        assert (await restarted(daemon)).sessions.opened() == []
