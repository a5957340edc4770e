"""A step back to an older version needs a permission of its own (SEC-183)."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.domain.updates import Version
from bridge.errors import Conflict, UpdateError
from tests.integration.test_updates import has_run, script
from tests.support.fakes import FixedClock
from tests.support.releases import TARGET, Client, Host, Publisher, clear, hosting, later, signers

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="the package played is a shell script"),
    pytest.mark.timeout(60),
]
OLDER = Version.parse("1.3.0")


@pytest.fixture(scope="module")
def served(tmp_path_factory) -> Iterator[Host]:
    with hosting(tmp_path_factory.mktemp("host")) as host:
        yield host


@pytest.fixture
def ours(served: Host) -> Publisher:
    clear(served.folder)
    return Publisher(served.folder)


@pytest.fixture
def client(tmp_path: Path, served: Host, ours: Publisher) -> Client:
    clock = FixedClock(later())
    return Client(folder=tmp_path, host=served, root=ours.begin(), clock=clock)


async def test_sec_183_with_a_permission_the_older_version_is_started_and_recorded(
    tmp_path, client, ours
):
    mark = tmp_path / "mark"
    ours.release()
    ours.permit(content=script(mark))
    service = client.service()
    assert (await service.look_back()).release.version == OLDER
    await service.roll_back(OLDER)
    assert await has_run(mark)
    assert client.told == ["updating"]
    assert client.audit.records == [("update_rolled_back", "1.3", "done")]
    assert client.publisher.seen == [script(mark)]  # as it is held


async def refused(client: Client, code: str) -> None:
    """See it refused, recorded, and nothing of it started."""
    service = client.service()
    for ask in (service.look_back, lambda: service.roll_back(OLDER)):
        with pytest.raises((Conflict, UpdateError)) as caught:
            await ask()
        assert caught.value.problem_code == code
        assert client.audit.records[-1] == ("update_refused", None, code)
        assert (service.permission, client.told) == (None, [])


async def test_sec_183_without_a_permission_there_is_no_way_back(client, ours):
    ours.release()
    await refused(client, "rollback_not_permitted")
    ours.release("1.3.0")
    with pytest.raises(UpdateError):  # and no release is one
        await client.service().check()


@pytest.mark.parametrize(
    "said",
    [
        pytest.param({"replaces": "1.4.1"}, id="for-another-version"),
        pytest.param({"permitted_until": later(seconds=-1).isoformat()}, id="expired"),
        pytest.param({"path": f"rollback/other-{TARGET}"}, id="for-another-system"),
    ],
)
async def test_sec_183_a_permission_about_something_else_permits_nothing(client, ours, said):
    ours.permit(**said)
    await refused(client, "rollback_not_permitted")


@pytest.mark.parametrize(
    "said",
    [
        pytest.param({"epoch": 2}, id="older-security-epoch"),
        pytest.param({"version": "1.4.0"}, id="same-version"),
        pytest.param({"version": "1.5.0"}, id="newer-version"),
        pytest.param({"permitted_until": None}, id="without-an-end"),
    ],
)
async def test_sec_183_nobody_may_permit_that(client, ours, said):
    ours.permit(**said)
    await refused(client, "update_refused")


@pytest.mark.parametrize(
    ("publisher", "count"),
    [
        pytest.param("ours", 1, id="too-few"),
        pytest.param("others", 2, id="of-another-publisher"),
        pytest.param("ours", 0, id="nobody"),
    ],
)
async def test_sec_183_a_permission_that_the_wrong_keys_signed_is_refused(
    client, ours, publisher, count
):
    ours.permit()
    ours.take_over(signers(publisher, "targets")[:count])
    await refused(client, "update_refused")


async def test_sec_183_what_the_user_did_not_confirm_is_not_started(client, ours):
    ours.permit()
    service = client.service()
    await service.look_back()
    ours.permit("1.2.0")
    with pytest.raises(Conflict) as caught:
        await service.roll_back(OLDER)
    assert caught.value.problem_code == "rollback_not_permitted"
    client.is_busy = True
    with pytest.raises(Conflict) as caught:
        await service.roll_back(Version.parse("1.2.0"))
    assert (caught.value.problem_code, client.told) == ("update_postponed", [])


async def test_sec_183_a_package_of_another_publisher_is_not_started(client, ours):
    ours.permit()
    client.publisher.refuses = True
    service = client.service()
    with pytest.raises(UpdateError):
        await service.roll_back(OLDER)
    assert client.told == []
    assert [path.name for path in client.updates.iterdir() if path.is_file()] == ["state.json"]
