"""Verbs for the database: ``backup`` and ``restore``."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from bridge.adapters.backupmark import BackupMark
from bridge.adapters.clock import SystemClock
from bridge.adapters.localsocket import LocalClient
from bridge.adapters.runtimefile import RuntimeFile
from bridge.adapters.secrets import KeyringSecrets
from bridge.cli.connection import channel_key
from bridge.cli.speech import give, read_secret, speaks_problems, talk
from bridge.daemon import real, storage
from bridge.errors import InputError

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
Folder = Annotated[Path | None, typer.Option(help="Keep all files here.")]


def add_to(app: typer.Typer) -> None:
    """Add the verbs to the command."""
    app.command()(backup)
    app.command()(restore)


@speaks_problems
def backup(
    file: Annotated[Path, typer.Argument(help="The backup file to write; must not exist.")],
    *,
    folder: Folder = None,
    json: AsJson = False,
) -> None:
    """Write an encrypted backup of everything that is kept, while Carebridge runs or not.

    Its pass phrase is asked twice and kept nowhere: without it the backup cannot be opened.
    """
    folders = real.configuration(None, folder).folders
    passphrase = _new_passphrase()
    if RuntimeFile(folders.runtime).read() is None:
        copy = storage.copy_by_ourselves(folders)
    else:
        client = LocalClient(folders.runtime, key=channel_key)
        copy = storage.copy_by_daemon(client.call)
    manifest = storage.back_up(file.resolve(), passphrase, copy=copy)
    BackupMark(folders.data).set(SystemClock().now())
    facts: dict[str, Any] = asdict(manifest)
    shown = {name: facts[name] for name in ("created_at", "program", "schema", "size")}
    give({"file": str(file)} | shown, as_json=json, lines=[f"backup written: {file}"])


@speaks_problems
def restore(
    file: Annotated[
        Path | None,
        typer.Argument(help="The backup file.", exists=True, dir_okay=False),
    ] = None,
    *,
    empty: Annotated[
        bool, typer.Option("--empty", help="Begin with nothing instead of a backup.")
    ] = False,
    folder: Folder = None,
    json: AsJson = False,
) -> None:
    """Put a backup back while Carebridge is stopped; what was there is kept beside it."""
    if (file is None) is not empty:
        raise typer.BadParameter("give either a backup file or --empty")
    folders = real.configuration(None, folder).folders
    passphrase = "" if file is None else read_secret("Pass phrase of the backup: ")
    facts = storage.put_back(file, passphrase, folders=folders, secrets=KeyringSecrets)
    lines = ["restored"]
    if facts["kept_in"] is not None:
        lines.append(f"what was there is kept in {facts['kept_in']}")
    give(facts, as_json=json, lines=lines)


def _new_passphrase() -> str:
    passphrase = read_secret("Pass phrase for the backup: ")
    if sys.stdin.isatty() and read_secret("Once more: ") != passphrase:
        raise InputError(code="backup_passphrase_differs")
    talk("Keep this pass phrase: nobody can open the backup without it.")
    return passphrase
