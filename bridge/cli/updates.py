"""The verbs ``update …``: is there a new version, bring it here, install it now.

They ask the running daemon, and do it by themselves where none runs: a program that does not
start any more can still be replaced (UPD-05).
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from bridge import i18n
from bridge.adapters.clock import SystemClock
from bridge.adapters.localsocket import LocalClient
from bridge.adapters.runtimefile import RuntimeFile
from bridge.cli.connection import channel_key
from bridge.cli.data import YES
from bridge.cli.speech import give, language, speaks_problems
from bridge.daemon import real, updates
from bridge.service.updates import UpdateParts, UpdateService

update = typer.Typer(no_args_is_help=True, help="New versions; off until an address is set.")

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
Config = Annotated[
    Path | None, typer.Option(help="Settings file, when it is not in your own folder.")
]
Folder = Annotated[Path | None, typer.Option(help="Where all files are, if elsewhere.")]


def add_to(app: typer.Typer) -> None:
    """Add the verbs to the command."""
    app.add_typer(update, name="update")


@update.command()
@speaks_problems
def check(*, config: Config = None, folder: Folder = None, json: AsJson = False) -> None:
    """Ask whether a newer version is offered."""
    _show(_done(config, folder, "check"), as_json=json)


@update.command()
@speaks_problems
def download(*, config: Config = None, folder: Folder = None, json: AsJson = False) -> None:
    """Bring the newer version here and check it; nothing is installed."""
    _show(_done(config, folder, "download"), as_json=json)


@update.command()
@speaks_problems
def install(*, config: Config = None, folder: Folder = None, json: AsJson = False) -> None:
    """Start the installer of what was downloaded; not while something is being sent."""
    _show(_done(config, folder, "install"), as_json=json)


@update.command()
@speaks_problems
def rollback(
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask again.")] = False,
    config: Config = None,
    folder: Folder = None,
    json: AsJson = False,
) -> None:
    """Go back to the older version that a signed permission names for this one."""
    found = _done(config, folder, updates.LOOK_BACK)
    version = str(found["rollback"])
    if not yes and not _is_wanted(version=version, installed=str(found["installed"])):
        raise typer.Exit(1)
    _show(_done(config, folder, updates.ROLL_BACK, version), as_json=json)


def _is_wanted(**params: str) -> bool:
    sys.stderr.write(i18n.phrase("updates", "roll_back", language(), params) + " ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().casefold() in YES


@update.command()
@speaks_problems
def status(*, config: Config = None, folder: Folder = None, json: AsJson = False) -> None:
    """Tell what is known of new versions, without asking anybody."""
    _show(_done(config, folder, None), as_json=json)


def _done(
    config: Path | None, folder: Path | None, work: str | None, version: str | None = None
) -> dict[str, Any]:
    chosen = real.configuration(config, folder)
    if RuntimeFile(chosen.folders.runtime).read() is not None:
        client = LocalClient(chosen.folders.runtime, key=channel_key)
        return updates.done_by_daemon(client.call, work, version)
    ways = updates.update_ways(chosen.settings, chosen.folders.data)
    return updates.done_by_ourselves(
        UpdateService(UpdateParts(ways=ways, clock=SystemClock())), work, version
    )


def _show(document: dict[str, Any], *, as_json: bool) -> None:
    shown = (
        "installed",
        "available",
        "is_security",
        "package",
        "checked_at",
        "trouble",
        "rollback",
    )
    lines = [f"{name}: {document[name]}" for name in shown if document[name] not in {None, False}]
    give(document, as_json=as_json, lines=lines if document["is_on"] else ["off", lines[0]])
