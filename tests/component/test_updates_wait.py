"""UPD-06 in the whole daemon: the prompt is open, a message is under way, then neither is."""

from __future__ import annotations

import asyncio
import hashlib
import sys
from pathlib import Path
from typing import Any

import pytest

from bridge.adapters.authenticode import publisher_check
from bridge.adapters.installers import SystemInstallers
from bridge.adapters.updatefiles import UpdateFiles
from bridge.domain.secrets import Pin
from bridge.domain.updates import Installed, Release, UpdateState, Version
from bridge.errors import BridgeError
from bridge.ports.prompt import PinRequest
from bridge.sandbox.prompt import SimulatedPrompt
from bridge.service.updates import UpdateWays
from tests.component.test_story_batches import ask, request_about
from tests.support.daemon import running_daemon
from tests.support.wire import POST, WatchedTransport

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="the package played is a shell script"),
    pytest.mark.timeout(60),
]
PATIENCE_S = 30


class CuriousPrompt(SimulatedPrompt):
    """Tries something while it is open."""

    tried: Any = None

    async def ask_pin(self, request: PinRequest) -> Pin:
        await self.tried("pin")
        return await super().ask_pin(request)


def ways(folder: Path, mark: Path) -> UpdateWays:
    """A package that lies here, checked by an earlier run."""
    content = f"#!/bin/sh\n: > {mark}\n".encode()
    release = Release(
        path="linux/carebridge-setup",
        version=Version.parse("9.0"),
        security_epoch=1,
        length=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
    )
    shelf = UpdateFiles(folder)
    shelf.save(UpdateState(release=release, is_downloaded=True))
    shelf.package(release).write_bytes(content)
    return UpdateWays(
        source=None,
        shelf=shelf,
        publisher=publisher_check("Carebridge"),
        starter=SystemInstallers(),
        installed=Installed(version=Version.parse("0.1.0"), security_epoch=1),
    )


async def test_upd_06_neither_a_prompt_nor_a_message_is_interrupted(tmp_path: Path) -> None:
    mark, seen = tmp_path / "mark", []

    def prompt(world: Any) -> CuriousPrompt:
        return CuriousPrompt(world.nurse.pin, scenario=world.scenario)

    parts = {"transport": WatchedTransport, "prompt": prompt}
    async with running_daemon(tmp_path, updates=ways(tmp_path / "u", mark), **parts) as daemon:

        async def install(during: str) -> None:
            try:
                await daemon.services.updates.install()
            except BridgeError as error:
                seen.append((during, error.problem_code))

        async def after(request: Any, reply: Any) -> Any:
            if request.soap_action == POST:
                await install("message")
            return reply

        daemon.parts.prompt.tried = install
        daemon.parts.transport.after = after
        await daemon.open_session()
        async with daemon.http() as http:
            asked = request_about(daemon)
            await ask(http, {**asked, "patients": asked["patients"][:1]})
        assert set(seen) == {("pin", "update_postponed"), ("message", "update_postponed")}
        assert not mark.exists()
        await install("nothing")
        assert ("nothing", "update_postponed") not in seen
        for _ in range(PATIENCE_S * 50):
            if mark.exists():
                break
            await asyncio.sleep(0.02)
        assert mark.exists()
