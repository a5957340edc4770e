"""Sign what clients believe about releases: root, targets, snapshot and timestamp.

Root and targets are signed by people whose keys never touch a connected computer, each by
herself, until the threshold is reached; snapshot and timestamp are signed where releases are
published, and say nothing that root and targets do not allow.

::

    key KEY.pem                        make a key pair; KEY.pem.pub is what others get
    root --repository R --keys ROLE=A.pub,B.pub --threshold ROLE=2   write the next root, unsigned
    package FILE --repository R --path P --version V --epoch N   add a package to the next targets
    sign ROLE --repository R --key K.pem   add one signature to the newest root or targets
    publish --repository R --snapshot K.pem --timestamp K.pem        check thresholds, then publish

Pass phrases are read from standard input or a prompt, never from arguments.
Source: *Local API security* SEC-181; ``docs/releases.md`` tells who holds which key.
"""

from __future__ import annotations

import argparse
import getpass
import hashlib
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from securesystemslib.signer import CryptoSigner, SSlibKey
from tuf.api.metadata import Metadata, MetaFile, Root, Snapshot, TargetFile, Targets, Timestamp
from tuf.api.serialization.json import JSONSerializer

from bridge.domain.updates import ROLLBACK

OFFLINE: Final = ("root", "targets")
ROLES: Final = (*OFFLINE, "snapshot", "timestamp")
DAYS: Final = {"root": 365, "targets": 365, "snapshot": 30, "timestamp": 3}
"""How long each role may be believed after it was signed."""

_JSON: Final = JSONSerializer(compact=False)


class Refused(Exception):
    """A step that would publish what no client believes."""


@dataclass(frozen=True, kw_only=True)
class Package:
    """What is said of a package beside its hash; see ``bridge.domain.updates.Release``."""

    path: str
    version: str
    security_epoch: int
    is_security: bool = False
    signed_until: str | None = None
    replaces: str | None = None
    permitted_until: str | None = None

    @property
    def custom(self) -> dict[str, Any]:
        """The part that is ours."""
        said = {
            "version": self.version,
            "security_epoch": self.security_epoch,
            "is_security": self.is_security,
            "signed_until": self.signed_until,
        }
        if self.replaces is not None:  # a permission to step back (SEC-183)
            said |= {"replaces": self.replaces, "permitted_until": self.permitted_until}
        return said


@dataclass(frozen=True)
class Repository:
    """A folder with ``metadata/`` and ``targets/``, as it is put on the host."""

    folder: Path

    @property
    def metadata(self) -> Path:
        """Signed files."""
        return self.folder / "metadata"

    def newest(self, role: str) -> Metadata[Any] | None:
        """Read the newest version of a role; ``None`` before the first."""
        if role == "timestamp":
            found = [path for path in [self.metadata / "timestamp.json"] if path.exists()]
        else:
            found = sorted(self.metadata.glob(f"*.{role}.json"), key=_number)
        return Metadata[Any].from_file(str(found[-1])) if found else None

    def write(self, role: str, made: Metadata[Any]) -> Path:
        """Write a version of a role under its name."""
        self.metadata.mkdir(parents=True, exist_ok=True)
        name = "timestamp.json" if role == "timestamp" else f"{made.signed.version}.{role}.json"
        path = self.metadata / name
        made.to_file(str(path), _JSON)
        return path

    def new_root(
        self,
        keys: Mapping[str, Sequence[SSlibKey]],
        thresholds: Mapping[str, int],
        *,
        expires: datetime,
    ) -> Path:
        """Write the next root, unsigned: from then on these keys speak for these roles.

        Raises:
            Refused: a role has fewer keys than its threshold.
        """
        before = self.newest("root")
        root = Root(version=1 if before is None else before.signed.version + 1, expires=expires)
        for role in ROLES:
            if len(keys[role]) < thresholds.get(role, 1):
                raise Refused(f"{role}: fewer keys than signatures needed")
            for key in keys[role]:
                root.add_key(key, role)
            root.roles[role].threshold = thresholds.get(role, 1)
        return self.write("root", Metadata(root))

    def add_package(self, file: Path, package: Package, *, expires: datetime) -> Path:
        """Copy a package to its place and name it in the next targets, unsigned."""
        before = self.newest("targets")
        targets = Targets(expires=expires) if before is None else before.signed
        if before is not None:
            targets.version, targets.expires = before.signed.version + 1, expires
        content = file.read_bytes()
        target = TargetFile.from_data(package.path, content, ["sha256"])
        target.unrecognized_fields["custom"] = package.custom
        targets.targets[package.path] = target
        folder, _, name = package.path.rpartition("/")
        place = self.folder / "targets" / folder / f"{target.hashes['sha256']}.{name}"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        return self.write("targets", Metadata(targets))

    def sign(self, role: str, signers: Iterable[CryptoSigner]) -> Path:
        """Add signatures to the newest version of a role.

        Raises:
            Refused: there is nothing to sign.
        """
        newest = self.newest(role)
        if newest is None:
            raise Refused(f"{role}: nothing to sign")
        for signer in signers:
            newest.sign(signer, append=True)
        return self.write(role, newest)

    def publish(
        self,
        snapshot_signer: CryptoSigner,
        timestamp_signer: CryptoSigner,
        *,
        expires: Mapping[str, datetime],
    ) -> None:
        """Write snapshot and timestamp over targets that have all their signatures.

        Raises:
            Refused: root or targets lack signatures.
        """
        root, targets = self._complete()
        snapshot = _next(self.newest("snapshot"), Snapshot, expires["snapshot"])
        snapshot.meta["targets.json"] = _meta(targets)
        signed = Metadata(snapshot)
        signed.sign(snapshot_signer)
        self.write("snapshot", signed)
        timestamp = _next(self.newest("timestamp"), Timestamp, expires["timestamp"])
        timestamp.snapshot_meta = _meta(signed)
        stamped = Metadata(timestamp)
        stamped.sign(timestamp_signer)
        for role, made in (("snapshot", signed), ("timestamp", stamped)):
            _require(root, role, made)
        self.write("timestamp", stamped)

    def _complete(self) -> tuple[Metadata[Root], Metadata[Targets]]:
        root, targets = self.newest("root"), self.newest("targets")
        if root is None or targets is None:
            raise Refused("root or targets are missing")
        before = self.metadata / f"{root.signed.version - 1}.root.json"
        if before.exists():
            _require(Metadata[Any].from_file(str(before)), "root", root)
        _require(root, "root", root)
        _require(root, "targets", targets)
        return root, targets


def _require(root: Metadata[Root], role: str, made: Metadata[Any]) -> None:
    found = root.signed.get_verification_result(role, made.signed_bytes, made.signatures)
    if not found.verified:
        raise Refused(f"{role}: {len(found.signed)} of {found.threshold} signatures")


def _next(before: Metadata[Any] | None, kind: Any, expires: datetime) -> Any:
    made = kind(expires=expires)
    made.version = 1 if before is None else before.signed.version + 1
    return made


def _meta(made: Metadata[Any]) -> MetaFile:
    content = made.to_bytes(_JSON)
    digest = hashlib.sha256(content).hexdigest()
    return MetaFile(made.signed.version, len(content), {"sha256": digest})


def _number(path: Path) -> int:
    return int(path.name.partition(".")[0])


def end_of(role: str, now: datetime) -> datetime:
    """Give the end of what is signed now, in whole seconds."""
    return (now + timedelta(days=DAYS[role])).replace(microsecond=0)


# -- keys ------------------------------------------------------------------------------------------


def make_key(file: Path, passphrase: bytes) -> None:
    """Make a key pair: the private half under a pass phrase, the public half beside it."""
    key = Ed25519PrivateKey.generate()
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8)
    file.touch(mode=0o600, exist_ok=False)
    file.write_bytes(key.private_bytes(*form, serialization.BestAvailableEncryption(passphrase)))
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    file.with_name(file.name + ".pub").write_bytes(public)


def signer_of(file: Path, passphrase: bytes) -> CryptoSigner:
    """Open a key."""
    return CryptoSigner(serialization.load_pem_private_key(file.read_bytes(), passphrase))


def public_of(file: Path) -> SSlibKey:
    """Read the public half of a key."""
    return SSlibKey.from_crypto(serialization.load_pem_public_key(file.read_bytes()))


def ask(label: str) -> bytes:
    """Read a pass phrase without showing it."""
    if sys.stdin.isatty():
        return getpass.getpass(f"Pass phrase of {label}: ").encode()
    return sys.stdin.readline().rstrip("\r\n").encode()


# -- commands --------------------------------------------------------------------------------------


def _root(words: argparse.Namespace, now: datetime) -> None:
    lists = {role: names.split(",") for role, _, names in (k.partition("=") for k in words.keys)}
    thresholds = {r: int(n) for r, _, n in (t.partition("=") for t in words.threshold)}
    keys = {role: [public_of(Path(name)) for name in lists.get(role, [])] for role in ROLES}
    print(Repository(words.repository).new_root(keys, thresholds, expires=end_of("root", now)))


def _package(words: argparse.Namespace, now: datetime) -> None:
    package = Package(
        path=words.path,
        version=words.version,
        security_epoch=words.epoch,
        is_security=words.security,
        signed_until=words.signed_until,
        replaces=words.replaces,
        permitted_until=words.permitted_until,
    )
    is_permission = package.path.startswith(ROLLBACK)
    if {is_permission} != {each is not None for each in (words.replaces, words.permitted_until)}:
        raise Refused(f"what may step back lies in {ROLLBACK}, says from what, and until when")
    repository = Repository(words.repository)
    print(repository.add_package(words.file, package, expires=end_of("targets", now)))


def _sign(words: argparse.Namespace, _now: datetime) -> None:
    signer = signer_of(words.key, ask(words.key.name))
    print(Repository(words.repository).sign(words.role, [signer]))


def _publish(words: argparse.Namespace, now: datetime) -> None:
    snapshot = signer_of(words.snapshot, ask(words.snapshot.name))
    timestamp = signer_of(words.timestamp, ask(words.timestamp.name))
    ends = {role: end_of(role, now) for role in ("snapshot", "timestamp")}
    Repository(words.repository).publish(snapshot, timestamp, expires=ends)


def _key(words: argparse.Namespace, _now: datetime) -> None:
    make_key(words.file, ask(words.file.name))


def parser() -> argparse.ArgumentParser:
    """Give the parser of the command line."""
    made = argparse.ArgumentParser(description="Sign what clients believe about releases.")
    verbs = made.add_subparsers(required=True)
    key = verbs.add_parser("key", help="make a key pair")
    key.add_argument("file", type=Path)
    key.set_defaults(work=_key)
    root = verbs.add_parser("root", help="write the next root, unsigned")
    root.add_argument("--keys", action="append", default=[], metavar="ROLE=A.pub,B.pub")
    root.add_argument("--threshold", action="append", default=[], metavar="ROLE=N")
    root.set_defaults(work=_root)
    package = verbs.add_parser("package", help="add a package to the next targets, unsigned")
    package.add_argument("file", type=Path)
    package.add_argument("--path", required=True)
    package.add_argument("--version", required=True)
    package.add_argument("--epoch", type=int, required=True)
    package.add_argument("--security", action="store_true")
    package.add_argument("--signed-until", help="end of the code-signing certificate")
    package.add_argument("--replaces", help="newer version that this one may replace")
    package.add_argument("--permitted-until", help="end of that permission")
    package.set_defaults(work=_package)
    sign = verbs.add_parser("sign", help="add one signature")
    sign.add_argument("role", choices=OFFLINE)
    sign.add_argument("--key", type=Path, required=True)
    sign.set_defaults(work=_sign)
    publish = verbs.add_parser("publish", help="write snapshot and timestamp")
    publish.add_argument("--snapshot", type=Path, required=True)
    publish.add_argument("--timestamp", type=Path, required=True)
    publish.set_defaults(work=_publish)
    for verb in (root, package, sign, publish):
        verb.add_argument("--repository", type=Path, required=True)
    return made


def main(arguments: Sequence[str]) -> int:
    """Do one step; 1 when it is refused."""
    words = parser().parse_args(arguments)
    try:
        words.work(words, datetime.now(UTC))
    except (Refused, OSError, ValueError) as error:
        print(f"refused: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
