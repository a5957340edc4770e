"""The verb ``rotate-key``: new keys for what is stored (SEC-133)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bridge import i18n
from bridge.adapters.localsocket import LocalClient
from bridge.adapters.runtimefile import RuntimeFile
from bridge.adapters.secrets import KeyringSecrets
from bridge.cli.connection import channel_key
from bridge.cli.speech import give, language, speaks_problems
from bridge.daemon import real, rotation

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
Folder = Annotated[Path | None, typer.Option(help="Where all files are, if elsewhere.")]


def add_to(app: typer.Typer) -> None:
    """Add the verb to the command."""
    app.command("rotate-key")(rotate_key)


@speaks_problems
def rotate_key(*, json: AsJson = False, folder: Folder = None) -> None:
    """Bring everything that is stored under new keys, and destroy the old ones.

    It happens once a year by itself; this is for when somebody may have seen a key.
    Backups open as before: they have a pass phrase of their own.
    """
    folders = real.configuration(None, folder).folders
    if RuntimeFile(folders.runtime).read() is None:
        facts = rotation.rotated_by_ourselves(folders, KeyringSecrets())
    else:
        client = LocalClient(folders.runtime, key=channel_key)
        facts = rotation.rotated_by_daemon(client.call)
    give(facts, as_json=json, lines=[i18n.phrase("kept_data", "rotated", language())])
