"""The verb ``uninstall-data``: what happens to the data when Carebridge is taken away (SEC-167)."""

from __future__ import annotations

import sys
from enum import Enum
from pathlib import Path
from typing import Annotated, Final

import typer

from bridge import i18n
from bridge.adapters.folders import Folders
from bridge.adapters.secrets import KeyringSecrets
from bridge.adapters.systemtraces import UserTraces
from bridge.cli.speech import give, language, read_secret, speaks_problems
from bridge.daemon import real, storage, uninstalling
from bridge.daemon.tls import tls_desk
from bridge.errors import InputError

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
Folder = Annotated[Path | None, typer.Option(help="Where all files are, if elsewhere.")]
_ERASE: Final = frozenset({"erase", "wissen", "effacer", "löschen"})


class Choice(Enum):
    """What becomes of the data."""

    KEEP = "keep"
    EXPORT = "export"
    ERASE = "erase"


def add_to(app: typer.Typer) -> None:
    """Add the verb to the command."""
    app.command("uninstall-data")(uninstall_data)


@speaks_problems
def uninstall_data(
    choice: Annotated[
        Choice,
        typer.Argument(help="keep; export to a backup file and erase; or erase."),
    ],
    file: Annotated[
        Path | None, typer.Argument(help="For export: the backup file to write.")
    ] = None,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask again.")] = False,
    json: AsJson = False,
    folder: Folder = None,
) -> None:
    """Keep the encrypted data, export and erase them, or erase them; Carebridge must be stopped.

    Keeping them switches https off, so that nothing trusts a certificate of ours any more.
    Erasing removes keys, database, certificates, logs, the start at login and the URI scheme.
    """
    if (choice is Choice.EXPORT) is not (file is not None):
        raise typer.BadParameter("give a file for export, and only then")
    folders = real.configuration(None, folder).folders
    if choice is Choice.KEEP:
        kept = uninstalling.keep_profile(folders, lambda: tls_desk(folders.data, KeyringSecrets()))
        line = i18n.phrase("kept_data", "kept", language())
        give({"choice": choice.value, "removed": kept}, as_json=json, lines=[line])
        return
    if file is not None:
        _export(file.resolve(), folders)
    if not yes and not _is_wanted():
        raise typer.Exit(1)
    secrets = KeyringSecrets()
    desk = tls_desk(folders.data, secrets)
    gone = uninstalling.erase_profile(folders, secrets, UserTraces(), desk)
    line = i18n.phrase("kept_data", "uninstalled", language(), {"count": len(gone)})
    give({"choice": choice.value, "removed": gone}, as_json=json, lines=[line])


def _export(file: Path, folders: Folders) -> None:
    """Write a backup; its pass phrase is read once from standard input, or asked twice."""
    passphrase = read_secret(i18n.phrase("kept_data", "export_passphrase", language()) + " ")
    if sys.stdin.isatty():
        again = read_secret(i18n.phrase("kept_data", "once_more", language()) + " ")
        if again != passphrase:
            raise InputError(code="backup_passphrase_differs")
    storage.back_up(file, passphrase, copy=storage.copy_by_ourselves(folders))


def _is_wanted() -> bool:
    sys.stderr.write(i18n.phrase("kept_data", "uninstall", language()) + " ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().casefold() in _ERASE
