"""Signing releases: each step as its maker takes it, and what is refused."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from tools import release_metadata
from tools.release_metadata import Refused, Repository, signer_of

PASSPHRASE = "of the test"
NAMES = ("root-a", "root-b", "root-c", "release-a", "release-b", "host")


@pytest.fixture(scope="module")
def keys(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    for name in NAMES:
        release_metadata.make_key(folder / f"{name}.pem", PASSPHRASE.encode())
    return folder


@pytest.fixture
def do(keys, tmp_path, monkeypatch, capsys):
    """Take one step with the command line; gives the exit status and what was said."""

    def step(*words: str, secrets: int = 0) -> tuple[int, str]:
        monkeypatch.setattr(sys, "stdin", io.StringIO(f"{PASSPHRASE}\n" * secrets))
        place = ("--repository", str(tmp_path / "repository"))
        status = release_metadata.main([*words, *place])
        return status, capsys.readouterr().err

    return step


def roles(keys: Path) -> list[str]:
    def public(*names: str) -> str:
        return ",".join(str(keys / f"{name}.pem.pub") for name in names)

    return [
        "--keys", f"root={public('root-a', 'root-b', 'root-c')}",
        "--keys", f"targets={public('release-a', 'release-b')}",
        "--keys", f"snapshot={public('host')}",
        "--keys", f"timestamp={public('host')}",
        "--threshold", "root=2", "--threshold", "targets=2",
    ]  # fmt: skip


def publish(do, keys) -> tuple[int, str]:
    host = str(keys / "host.pem")
    return do("publish", "--snapshot", host, "--timestamp", host, secrets=2)


def sign(do, keys, role: str, name: str) -> None:
    assert do("sign", role, "--key", str(keys / f"{name}.pem"), secrets=1) == (0, "")


def package(do, tmp_path, version: str = "1.5.0") -> None:
    file = tmp_path / "setup"
    file.write_bytes(b"installer")
    facts = ("--path", "linux/carebridge-setup", "--version", version, "--epoch", "3")
    assert do("package", str(file), *facts, "--security") == (0, "")


def test_a_release_needs_the_signatures_of_two_and_two(do, keys, tmp_path):
    assert do("root", *roles(keys)) == (0, "")
    package(do, tmp_path)
    sign(do, keys, "root", "root-a")
    assert publish(do, keys) == (1, "refused: root: 1 of 2 signatures\n")
    sign(do, keys, "root", "root-b")
    sign(do, keys, "targets", "release-a")
    sign(do, keys, "targets", "root-c")  # who may sign roots may not sign releases
    assert publish(do, keys) == (1, "refused: targets: 1 of 2 signatures\n")
    assert not (tmp_path / "repository" / "metadata" / "timestamp.json").exists()
    sign(do, keys, "targets", "release-b")
    assert publish(do, keys) == (0, "")


def test_versions_only_go_up_and_a_new_root_is_signed_by_the_old_one_too(do, keys, tmp_path):
    do("root", *roles(keys))
    package(do, tmp_path)
    for role, names in (("root", ("root-a", "root-b")), ("targets", ("release-a", "release-b"))):
        for name in names:
            sign(do, keys, role, name)
    assert publish(do, keys) == (0, "")
    package(do, tmp_path, "1.6.0")
    for name in ("release-a", "release-b"):
        sign(do, keys, "targets", name)
    assert publish(do, keys) == (0, "")
    repository = Repository(tmp_path / "repository")
    newest = [repository.newest(role).signed.version for role in release_metadata.ROLES]
    assert newest == [1, 2, 2, 2]
    do("root", *roles(keys))
    sign(do, keys, "root", "root-a")
    assert publish(do, keys)[0] == 1
    sign(do, keys, "root", "root-c")
    assert publish(do, keys) == (0, "")


def test_a_role_without_enough_keys_makes_no_root(do, keys):
    second = str(keys / "release-b.pem.pub")
    words = [word.replace(f",{second}", "") for word in roles(keys)]
    assert do("root", *words) == (1, "refused: targets: fewer keys than signatures needed\n")


def test_there_must_be_something_to_sign(do, keys, tmp_path):
    with pytest.raises(Refused):
        Repository(tmp_path).sign("root", [])
    assert publish(do, keys) == (1, "refused: root or targets are missing\n")


def test_a_key_is_for_who_knows_its_pass_phrase(keys):
    file = keys / "root-a.pem"
    assert b"ENCRYPTED" in file.read_bytes()
    # One wrong pass phrase in some hundred gives bytes that end like a key but are none.
    with pytest.raises(ValueError, match=r"[Ii]ncorrect password|[Bb]ad decrypt|deserialize"):
        signer_of(file, b"another")
    if sys.platform != "win32":
        assert file.stat().st_mode & 0o077 == 0


def test_the_tool_explains_itself():
    assert "publish" in release_metadata.parser().format_help()
