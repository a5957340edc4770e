"""Importing reference data from files: by the command line itself, or through the daemon."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

import pytest

from bridge.adapters.folders import Folders
from bridge.adapters.instancelock import InstanceLock
from bridge.adapters.secrets import MemorySecrets
from bridge.cli.referencedata import imported_line, wrong_lines
from bridge.daemon import referencedata
from bridge.daemon.storage import LOCK, ClosedStore
from bridge.errors import BridgeError, Conflict, InputError
from bridge.service.referencedata import ReferenceDataService
from tests.support import stores
from tests.support.fakes import CountingIds, FixedClock
from tests.support.referencefiles import tariffs, texts

TARIFFS = tariffs("425110,580,120,700,0")
TEXTS = texts("500423,Montant faux,Bedrag fout")


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    made = [tmp_path / "tariffs.csv", tmp_path / "errors.csv"]
    for path, content in zip(made, (TARIFFS, TEXTS), strict=True):
        path.write_bytes(content)
    return made


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    made = Folders.under(tmp_path / "home")
    made.create()
    return made


def outcomes(answer: dict) -> list[tuple[str, str]]:
    return [(each["outcome"], each["kind"]) for each in answer["editions"]]


def test_without_a_daemon_the_command_line_writes_itself(
    files: list[Path], folders: Folders
) -> None:
    secrets = MemorySecrets()
    take = partial(referencedata.import_by_ourselves, folders=folders, secrets=lambda: secrets)
    assert outcomes(take(files)) == [("added", "tariffs"), ("added", "error_texts")]
    again = take(files[1:])
    assert outcomes(again) == [("unchanged", "error_texts")]
    (edition,) = again["editions"]
    said = "unchanged: error_texts efact from 2026-07-01, 1 lines, A test"
    assert imported_line(edition) == said
    with InstanceLock(folders.runtime / LOCK), pytest.raises(Conflict):
        take(files)


def test_the_daemon_reads_the_files_and_says_what_is_wrong_with_them(
    tmp_path: Path, files: list[Path]
) -> None:
    async def main() -> list[dict]:
        async with stores.opened(tmp_path) as store:
            service = ReferenceDataService(store=store, clock=FixedClock(), ids=CountingIds())
            desk = referencedata.ReferenceDesk(service)
            ask = partial(asyncio.to_thread, referencedata.import_by_daemon)
            good = await ask(files, desk.take)
            files[0].write_bytes(tariffs(*(f"{code},x,0,0,0" for code in range(425000, 425200))))
            wrong = await ask(files, desk.take)
            files[0].unlink()
            absent = await ask(files, desk.take)
            files[0].write_bytes(bytes(referencedata.MOST_BYTES + 1))
            large = await ask(files, desk.take)
            assert len(await service.editions()) == len(files)
            return [good, wrong, absent, large]

    good, wrong, absent, large = asyncio.run(main())
    assert outcomes(good) == [("added", "tariffs"), ("added", "error_texts")]
    assert (len(wrong["findings"]), wrong["findings_total"]) == (100, 200)
    said = wrong_lines(wrong, files, "en")
    assert said[0].startswith("tariffs.csv:7: All four amounts are whole cents")
    assert said[-1] == "(+ 100)"
    for answer in (absent, large):
        (line,) = wrong_lines(answer, files, "nl")
        assert line.endswith("[reference_file_unreadable]")


@pytest.mark.parametrize(
    "request_of_somebody",
    [{}, {"paths": "/etc"}, {"paths": [1]}, {"paths": ["relative.csv"]}],
    ids=["nothing", "no-list", "no-text", "relative"],
)
def test_the_daemon_takes_absolute_paths_only(request_of_somebody: dict) -> None:
    service = ReferenceDataService(
        store=ClosedStore("storage_damaged"), clock=FixedClock(), ids=CountingIds()
    )
    with pytest.raises(InputError):
        referencedata.ReferenceDesk(service).take(request_of_somebody)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        pytest.param({"error": "storage_damaged"}, "storage_damaged", id="damaged"),
        pytest.param({"problem": "unknown_verb"}, "daemon_too_old", id="older-daemon"),
    ],
)
def test_what_the_daemon_cannot_do_is_a_problem(answer: dict, code: str) -> None:
    with pytest.raises(BridgeError) as caught:
        referencedata.import_by_daemon([], lambda _request: answer)
    assert caught.value.problem_code == code
