"""New versions over a real loopback host with real signed metadata (SEC-181 to SEC-185, UPD)."""

from __future__ import annotations

import asyncio
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.adapters.tufupdates import METADATA
from bridge.domain.health import HealthStatus
from bridge.domain.updates import Installed, Version
from bridge.errors import Conflict, UpdateError, UpdateUnreachable
from bridge.service.expiries import ExpiryWatch
from tests.support.fakes import FixedClock
from tests.support.releases import (
    TARGET,
    Client,
    Host,
    Publisher,
    clear,
    hosting,
    later,
    signers,
)

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="the package played is a shell script"),
    pytest.mark.timeout(60),
]
PATIENCE_S = 30


@pytest.fixture(scope="module")
def served(tmp_path_factory) -> Iterator[Host]:
    with hosting(tmp_path_factory.mktemp("host")) as host:
        yield host


@pytest.fixture
def host(served: Host) -> Host:
    clear(served.folder)
    served.answers = None
    served.asked.clear()
    return served


@pytest.fixture
def ours(host: Host) -> Publisher:
    return Publisher(host.folder)


@pytest.fixture
def client(tmp_path: Path, host: Host, ours: Publisher) -> Client:
    return Client(folder=tmp_path, host=host, root=ours.begin())


def script(mark: Path) -> bytes:
    """A package that leaves a mark when it runs."""
    return f"#!/bin/sh\necho ran > {mark}.new && mv {mark}.new {mark}\n".encode()


async def has_run(mark: Path) -> bool:
    return await asyncio.to_thread(_is_there_in_time, mark)


def _is_there_in_time(mark: Path) -> bool:
    for _ in range(PATIENCE_S * 50):
        if mark.exists():
            return True
        time.sleep(0.02)
    return False


def codes(service) -> list[tuple[HealthStatus, str | None]]:
    return [(check.status, check.code) for check in service.checks()]


async def refused(client: Client, code: str = "update_refused"):
    """Look, see it refused, and see that nothing of it stays."""
    service = client.service()
    with pytest.raises(UpdateError) as caught:
        await service.download()
    assert caught.value.problem_code == code
    assert (service.state.trouble, service.state.is_downloaded) == (code, False)
    assert client.audit.records == [("update_refused", None, code)]
    with pytest.raises(Conflict) as none_here:
        await service.install()
    assert none_here.value.problem_code == "update_missing"
    return service


async def test_a_new_version_is_found_brought_here_and_started(tmp_path, client, ours):
    mark = tmp_path / "mark"
    ours.release(content=script(mark))
    service = client.service()
    state = await service.check()
    assert state.release is not None
    assert (str(state.release.version), state.is_downloaded) == ("1.5", False)
    assert codes(service) == [(HealthStatus.WARN, "update_available")]
    with pytest.raises(Conflict):
        await service.install()
    await service.download()
    again = client.service()  # what is known survives a restart
    assert again.state == service.state
    assert again.package is not None
    assert again.package.stat().st_mode & 0o077 == 0
    await again.install()
    assert await has_run(mark)
    assert client.told == ["updating"]
    assert client.audit.records == [("update_started", "1.5", "done")]
    assert client.publisher.seen == [script(mark)] * 2  # after the download, and as it is held


async def test_the_version_that_runs_is_no_news(client, ours):
    ours.release("1.4.0")
    service = client.service()
    assert (await service.check()).release is None
    assert codes(service) == [(HealthStatus.PASS, None)]
    with pytest.raises(Conflict) as caught:
        await service.download()
    assert caught.value.problem_code == "update_missing"


async def test_once_installed_it_is_forgotten_and_its_package_removed(client, ours):
    ours.release()
    service = client.service()
    await service.download()
    package = service.package
    assert package is not None
    client.installed = Installed(version=Version.parse("1.5.0"), security_epoch=3)
    assert client.service().state.release is None
    assert not package.exists()


@pytest.mark.parametrize(
    "length", [pytest.param(0, id="same-length"), pytest.param(9, id="longer")]
)
async def test_upd_01_an_altered_package_is_refused(client, ours, length):
    ours.release(content=b"good")
    ours.package.write_bytes(b"evil" + bytes(length))
    service = await refused(client)
    assert codes(service) == [(HealthStatus.WARN, "update_refused")]
    assert [path.name for path in client.updates.iterdir() if path.is_file()] == ["state.json"]


@pytest.mark.parametrize("role", ["timestamp", "snapshot", "targets"])
async def test_upd_01_altered_metadata_is_refused(client, ours, role):
    ours.release()
    ours.alter(role, version=7)
    await refused(client)


async def test_upd_01_metadata_that_too_few_signed_is_refused_sec_19_sec_181(client, ours):
    ours.release()
    # Snapshot and timestamp are renewed by machines; whoever holds those alone gets nowhere.
    ours.take_over(signers(ours.name, "targets")[:1])
    await refused(client)


async def test_upd_01_the_right_signatures_of_another_publisher_are_refused(client, host):
    clear(host.folder)
    others = Publisher(host.folder, name="others")
    others.begin()
    others.release()
    await refused(client)


async def test_upd_01_a_root_of_another_publisher_takes_nothing_over(client, host, ours):
    ours.release()
    others = Publisher(host.folder, name="others")
    others.begin()  # the second root, signed by them alone
    await refused(client)


async def test_upd_01_a_program_that_another_publisher_signed_is_refused_sec_182(client, ours):
    ours.release(content=b"signed by others")
    client.publisher.refuses = True
    await refused(client)
    assert client.publisher.seen == [b"signed by others"]
    assert [path.name for path in client.updates.iterdir() if path.is_file()] == ["state.json"]


@pytest.mark.parametrize(
    ("version", "epoch"),
    [pytest.param("1.3.9", 3, id="version"), pytest.param("1.5.0", 2, id="security-epoch")],
)
async def test_upd_02_an_older_version_is_refused_whoever_signed_it_sec_19_sec_183(
    client, ours, version, epoch
):
    ours.release(version, epoch=epoch)
    service = await refused(client)
    assert codes(service) == [(HealthStatus.WARN, "update_refused")]


@pytest.mark.parametrize("role", ["timestamp", "snapshot", "targets"])
async def test_upd_02_frozen_metadata_is_refused(client, ours, role):
    ours.release(days={role: -1})
    service = await refused(client)
    assert codes(service) == [(HealthStatus.WARN, "update_refused")]


async def test_upd_02_metadata_from_before_what_was_seen_is_refused(tmp_path, client, ours):
    ours.release("1.5.0")
    before = tmp_path / "before"
    shutil.copytree(ours.repository.metadata, before)
    ours.release("1.6.0")
    await client.service().check()
    shutil.rmtree(ours.repository.metadata)
    shutil.copytree(before, ours.repository.metadata)
    service = client.service()
    with pytest.raises(UpdateError):
        await service.check()
    assert str(service.state.release.version) == "1.6"


async def test_upd_02_a_mix_of_versions_is_refused(client, ours):
    ours.release("1.5.0")
    old = ours.newest("targets").read_bytes()
    ours.release("1.6.0")
    ours.newest("targets").write_bytes(old)
    await refused(client)


async def test_upd_03_a_package_swapped_after_the_check_does_not_run(tmp_path, client, ours):
    ours.release(content=script(tmp_path / "good"))
    service = client.service()
    await service.download()
    service.package.write_bytes(script(tmp_path / "evil"))
    with pytest.raises(UpdateError):
        await service.install()
    assert service.package is None
    assert codes(service) == [(HealthStatus.WARN, "update_refused")]
    await service.download()
    await service.install()
    assert await has_run(tmp_path / "good")
    assert not (tmp_path / "evil").exists()


async def test_upd_03_a_link_is_no_package(tmp_path, client, ours):
    ours.release(content=script(tmp_path / "good"))
    service = client.service()
    await service.download()
    elsewhere = tmp_path / "elsewhere"
    service.package.rename(elsewhere)
    service.package.symlink_to(elsewhere)
    with pytest.raises(UpdateError):
        await service.install()


async def test_a_package_that_somebody_removed_is_asked_for_again(tmp_path, client, ours):
    ours.release(content=script(tmp_path / "good"))
    service = client.service()
    await service.download()
    service.package.unlink()
    with pytest.raises(Conflict) as caught:
        await service.install()
    assert caught.value.problem_code == "update_missing"
    await service.download()
    await service.install()
    assert await has_run(tmp_path / "good")


@pytest.mark.skipif(sys.platform != "linux", reason="sealed memory is a thing of Linux")
async def test_upd_03_what_is_held_runs_whatever_the_file_is_by_then(tmp_path, client, ours):
    ours.release(content=script(tmp_path / "good"))
    service = client.service()
    release = (await service.download()).release
    package = service.package
    with client.ways().starter.hold(package, release) as held:
        package.unlink()
        package.write_bytes(script(tmp_path / "evil"))
        with pytest.raises(OSError, match=r"not permitted|denied"):
            held.path.write_bytes(b"#!/bin/sh\n")
        held.start()
        assert await has_run(tmp_path / "good")
    assert not (tmp_path / "evil").exists()


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param((302, {"Location": "/stranger"}, b""), id="redirecting"),
        pytest.param((200, {"Content-Type": "text/html"}, b"<html>Log in</html>"), id="html"),
        pytest.param((503, {}, b"busy"), id="busy"),
        pytest.param((200, {"Content-Encoding": "gzip"}, b"\x1f\x8b"), id="compressed"),
    ],
)
async def test_upd_04_a_host_that_is_none_does_no_harm(client, ours, host, answer):
    ours.release()
    service = client.service()
    await service.download()
    host.answers = answer
    with pytest.raises(UpdateUnreachable):
        await service.check()
    assert "/stranger" not in host.asked
    assert service.state.trouble == "update_unreachable"
    assert codes(service) == [(HealthStatus.WARN, "update_available")]  # still known, still here
    assert service.package.exists()
    host.answers = None
    assert (await service.check()).trouble is None


async def test_upd_04_a_host_that_is_down_does_no_harm_and_is_spoken_of_late(tmp_path, ours):
    root = ours.begin()
    with hosting(tmp_path) as gone:
        client = Client(folder=tmp_path / "client", host=gone, root=root)
    client.folder.mkdir()
    service = client.service()
    for days, code in ((0, None), (13, None), (1, "update_unreachable")):
        client.clock.advance(days=days)
        with pytest.raises(UpdateUnreachable):
            await service.check()
        assert codes(service)[0][1] == code
    service.start()  # in the background it is a line in the log
    await asyncio.sleep(0)
    await service.close()


async def test_upd_05_a_root_that_ended_still_leads_to_its_successor(client, host, ours):
    clear(host.folder)
    client.root = ours.begin(root=-400)
    ours.begin()
    ours.release()
    service = client.service()
    assert (await service.check()).release is not None
    assert (client.updates / METADATA / "root.json").exists()


async def test_upd_05_when_everything_ended_the_program_still_starts_and_says_so(
    client, host, ours
):
    clear(host.folder)
    client.root = ours.begin(root=-1)
    ours.release(days={"targets": -1, "snapshot": -1, "timestamp": -1})
    service = client.service()
    service.start()
    await asyncio.sleep(0)
    with pytest.raises(UpdateError):
        await service.check()
    assert codes(client.service()) == [(HealthStatus.WARN, "update_refused")]
    await service.close()


@pytest.mark.parametrize(
    ("root", "kept"),
    [
        pytest.param(b"no metadata", b"{}", id="root"),
        pytest.param(None, b'{"release": 1, "trouble": null}', id="state"),
        pytest.param(None, b"\xff", id="state-no-text"),
    ],
)
async def test_upd_05_what_is_broken_here_keeps_nothing_from_starting(client, ours, root, kept):
    ours.release()
    client.root = root or client.root
    client.updates.mkdir(mode=0o700)
    (client.updates / "state.json").write_bytes(kept)
    service = client.service()
    assert service.state.release is None
    if root is not None:
        with pytest.raises(UpdateError):
            await service.check()
    else:
        assert (await service.check()).release is not None


async def test_upd_06_nothing_is_installed_while_there_is_work(tmp_path, client, ours):
    mark = tmp_path / "mark"
    ours.release(content=script(mark))
    service = client.service()
    await service.download()
    client.is_busy = True
    with pytest.raises(Conflict) as caught:
        await service.install()
    assert caught.value.problem_code == "update_postponed"
    assert (service.state.trouble, client.told, mark.exists()) == (None, [], False)
    client.is_busy = False
    await service.install()
    assert await has_run(mark)


async def test_sec_184_a_security_update_insists_after_three_days(client, ours):
    ours.release(is_security=True)
    service = client.service()
    await service.check()
    client.clock.advance(hours=71)
    await service.check()
    assert codes(service)[0][1] == "update_available"
    client.clock.advance(hours=1)
    assert codes(client.service())[0][1] == "security_update_waiting"


async def test_sec_185_the_ends_of_what_vouches_for_releases_are_known(client, ours):
    client.clock = FixedClock(later())
    ours.release(signed_until=later(days=26, hours=1).isoformat())
    service = client.service()
    await service.check()
    ends = ExpiryWatch(client.clock)
    ends.watch(service.expiries)
    named = {each.name for each in service.expiries()}
    assert named == {"update_root", "update_targets", "update_package"}
    (near,) = ends.checks()
    assert near.code == "signing_expiring"
    assert (near.about, near.observed_value) == ("update_package", 26)


async def test_a_name_that_is_not_offered_is_no_news(client, ours):
    ours.release()
    source = client.ways().source
    source._target = TARGET + "-other"
    assert (await source.look()).release is None
