"""The verb ``quit``, which is also ``carebridge --quit`` (*Desktop packaging* 1)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bridge.adapters.folders import Folders
from bridge.adapters.localsocket import LocalClient
from bridge.cli.connection import channel_key
from bridge.cli.speech import give, speaks_problems
from bridge.daemon.quitting import quit_running

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
Folder = Annotated[
    Path | None,
    typer.Option(help="Folder of the daemon, when it is not your own default one."),
]


def add_to(app: typer.Typer) -> None:
    """Add the verb to the command."""
    app.command("quit")(leave)


@speaks_problems
def leave(*, json: AsJson = False, folder: Folder = None) -> None:
    """Stop the running daemon in order and wait for it; all is well too when none runs."""
    folders = Folders.of_user() if folder is None else Folders.under(folder)
    # The channel is made when it is asked: without a daemon, nobody needs its key.
    did_run = quit_running(
        folders, lambda request: LocalClient(folders.runtime, key=channel_key).call(request)
    )
    give({"did_run": did_run}, as_json=json, lines=["stopped" if did_run else "not running"])
