"""A place where releases are offered: a real repository of signed metadata on a real loopback host.

It is made with the tool that makers of releases use.
"""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from hashlib import sha256
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import MetaFile

from bridge.adapters.http import HttpDownload
from bridge.adapters.httplimits import HttpLimits
from bridge.adapters.installers import SystemInstallers
from bridge.adapters.tufupdates import TufUpdates
from bridge.adapters.updatefiles import UpdateFiles
from bridge.domain.audit import Action
from bridge.domain.updates import ROLLBACK, Installed, Version
from bridge.errors import UpdateError
from bridge.service.updates import UpdateParts, UpdateService, UpdateWays
from tests.support.fakes import FixedClock
from tools.release_metadata import ROLES, Package, Repository

TARGET: Final = "linux/carebridge-setup"
THRESHOLDS: Final = {"root": 2, "targets": 2}
INSTALLED: Final = Installed(version=Version.parse("1.4.0"), security_epoch=3)
DOWNLOAD: Final = HttpDownload(
    program="carebridge/test", limits=HttpLimits(connect_s=2, read_s=2, total_s=20)
)


@cache
def signers(publisher: str, role: str) -> tuple[CryptoSigner, ...]:
    """Give the keys of a publisher for a role: three where two must sign, else one."""
    count = 3 if role in THRESHOLDS else 1
    return tuple(CryptoSigner.generate_ed25519() for _ in range(count if publisher else 0))


def later(**by: float) -> datetime:
    return (datetime.now(UTC) + timedelta(**by)).replace(microsecond=0)


ENDS: Final = {"root": 300, "targets": 300, "snapshot": 20, "timestamp": 2}
"""Days from now."""


@dataclass
class Publisher:
    """Somebody who publishes into a folder."""

    folder: Path
    name: str = "ours"
    repository: Repository = field(init=False)

    def __post_init__(self) -> None:
        self.repository = Repository(self.folder)

    def begin(self, **days: float) -> bytes:
        """Write the next root and give it."""
        keys = {role: [each.public_key for each in signers(self.name, role)] for role in ROLES}
        ends = later(days=days.get("root", ENDS["root"]))
        self.repository.new_root(keys, THRESHOLDS, expires=ends)
        return self.repository.sign("root", signers(self.name, "root")[:2]).read_bytes()

    def release(
        self, version: str = "1.5.0", *, epoch: int = 3, content: bytes = b"new", **facts: Any
    ) -> None:
        """Publish a package; ``days`` says when the roles end."""
        days = ENDS | facts.pop("days", {})
        file = self.folder / "package"
        file.write_bytes(content)
        package = Package(path=TARGET, version=version, security_epoch=epoch, **facts)
        self.repository.add_package(file, package, expires=later(days=days["targets"]))
        self.repository.sign("targets", signers(self.name, "targets")[:2])
        (snapshot,), (timestamp,) = signers(self.name, "snapshot"), signers(self.name, "timestamp")
        ends = {role: later(days=days[role]) for role in ("snapshot", "timestamp")}
        self.repository.publish(snapshot, timestamp, expires=ends)

    def permit(
        self, version: str = "1.3.0", *, epoch: int = 3, content: bytes = b"old", **facts: Any
    ) -> None:
        """Publish a permission to step back from what is installed, for an hour."""
        path = facts.pop("path", ROLLBACK + TARGET)
        said = {"replaces": "1.4.0", "permitted_until": later(hours=1).isoformat()} | facts
        file = self.folder / "package"
        file.write_bytes(content)
        package = Package(path=path, version=version, security_epoch=epoch, **said)
        self.repository.add_package(file, package, expires=later(days=ENDS["targets"]))
        self.publish()

    def publish(self) -> None:
        """Sign what was added, and publish it."""
        self.repository.sign("targets", signers(self.name, "targets")[:2])
        (snapshot,), (timestamp,) = signers(self.name, "snapshot"), signers(self.name, "timestamp")
        ends = {role: later(days=ENDS[role]) for role in ("snapshot", "timestamp")}
        self.repository.publish(snapshot, timestamp, expires=ends)

    def take_over(self, signing: Iterable[CryptoSigner]) -> None:
        """Publish the newest targets with these signatures alone, as the host's keys allow."""
        targets = self.repository.newest("targets")
        assert targets is not None
        targets.signatures.clear()
        for signer in signing:
            targets.sign(signer, append=True)
        described = self.repository.write("targets", targets)
        for role, member in (("snapshot", "meta"), ("timestamp", "snapshot_meta")):
            made = self.repository.newest(role)
            assert made is not None
            made.signed.version += 1
            content = described.read_bytes()
            version = int(described.name.partition(".")[0])
            about = MetaFile(version, len(content), {"sha256": sha256(content).hexdigest()})
            setattr(made.signed, member, about if role == "timestamp" else {"targets.json": about})
            made.signatures.clear()
            (signer,) = signers(self.name, role)
            made.sign(signer)
            described = self.repository.write(role, made)

    def newest(self, role: str) -> Path:
        """Give the file of the newest version of a role."""
        if role == "timestamp":
            return self.repository.metadata / "timestamp.json"
        found = self.repository.metadata.glob(f"*.{role}.json")
        return max(found, key=lambda path: int(path.name.partition(".")[0]))

    def alter(self, role: str, **members: Any) -> None:
        """Change what a role says, and leave its signatures as they are."""
        path = self.newest(role)
        document = json.loads(path.read_bytes())
        document["signed"].update(members)
        path.write_text(json.dumps(document))

    @property
    def package(self) -> Path:
        (found,) = (self.folder / "targets" / "linux").iterdir()
        return found


class Host:
    """A host on loopback; ``answers`` replaces its files by one answer."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.answers: tuple[int, dict[str, str], bytes] | None = None
        self.asked: list[str] = []
        handler = partial(_Handler, self, directory=str(folder))
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}"

    def run(self) -> None:
        self._server.serve_forever(poll_interval=0.02)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Handler(SimpleHTTPRequestHandler):
    def __init__(self, host: Host, *arguments: Any, **options: Any) -> None:
        self._host = host
        super().__init__(*arguments, **options)

    def do_GET(self) -> None:
        self._host.asked.append(self.path)
        if self._host.answers is None:
            super().do_GET()
            return
        status, headers, body = self._host.answers
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_words: Any) -> None:
        """Say nothing."""


@contextmanager
def hosting(folder: Path) -> Iterator[Host]:
    host = Host(folder)
    thread = threading.Thread(target=host.run)
    thread.start()
    try:
        yield host
    finally:
        host.close()
        thread.join()


class AnyPublisher:
    """Port ``PublisherCheck`` that remembers what it was asked; ``refuses`` makes it say no."""

    def __init__(self) -> None:
        self.seen: list[bytes] = []
        self.refuses = False

    def require(self, package: Path) -> None:
        self.seen.append(package.read_bytes())
        if self.refuses:
            raise UpdateError("another publisher")


class Recorded:
    """Port ``Auditor`` that keeps what was recorded."""

    def __init__(self) -> None:
        self.records: list[tuple[str, str | None, str]] = []

    def record(self, action: Action, **facts: Any) -> None:
        self.records.append((action.value, facts.get("object_id"), facts.get("result", "done")))


@dataclass
class Client:
    """A computer on which the program is installed."""

    folder: Path
    host: Host
    root: bytes
    installed: Installed = INSTALLED
    clock: FixedClock = field(default_factory=FixedClock)
    publisher: AnyPublisher = field(default_factory=AnyPublisher)
    audit: Recorded = field(default_factory=Recorded)
    is_busy: bool = False
    told: list[str] = field(default_factory=list)

    @property
    def updates(self) -> Path:
        return self.folder / "updates"

    def ways(self) -> UpdateWays:
        return UpdateWays(
            source=TufUpdates(
                folder=self.updates,
                address=self.host.address,
                root=self.root,
                target=TARGET,
                download=DOWNLOAD,
            ),
            shelf=UpdateFiles(self.updates),
            publisher=self.publisher,
            starter=SystemInstallers(),
            installed=self.installed,
        )

    def service(self) -> UpdateService:
        """Give the service as a fresh start of the program has it."""
        return UpdateService(
            UpdateParts(
                ways=self.ways(),
                clock=self.clock,
                audit=self.audit,
                is_busy=lambda: self.is_busy,
                announce=lambda: self.told.append("updating"),
            )
        )


def clear(folder: Path) -> None:
    """Empty the folder of a host."""
    for each in folder.iterdir():
        shutil.rmtree(each) if each.is_dir() else each.unlink()
