"""The verb ``run``.

A production build looks at its surroundings before anything else is loaded (LOC-01, LOC-02).
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from bridge.cli.loading import load
from bridge.cli.speech import give, speaks_problems
from bridge.daemon import startguard
from bridge.errors import Conflict

Config = Annotated[
    Path | None,
    typer.Option(help="Settings file; default: carebridge.toml in your own folder."),
]
Folder = Annotated[Path | None, typer.Option(help="Keep all files here.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]


def add_to(app: typer.Typer) -> None:
    """Add the verb to the command."""
    app.command()(run)


@speaks_problems
def run(
    *,
    config: Config = None,
    folder: Folder = None,
    json: AsJson = False,
    take_over: Annotated[
        bool,
        typer.Option("--take-over", help="Stop the one of your other session, without asking."),
    ] = False,
    tray: Annotated[bool, typer.Option(help="Show an icon in the task bar.")] = True,
) -> None:
    """Run the daemon until it is ended; one that runs already is brought to the front."""
    if startguard.is_production():
        startguard.refuse_unsafe(startguard.Start())
    presence: Any = load("bridge.daemon.presence")
    real: Any = load("bridge.daemon.real")
    main_thread = load("tray.app").MainThread()
    control = presence.MainControl(show=main_thread.show, end=main_thread.end)
    configuration = real.configuration(config, folder)
    if startguard.is_production():
        startguard.refuse_elevated(is_wanted=configuration.settings.access.may_be_elevated)
    try:
        daemon = real.RealDaemon(configuration, control)
        facts = daemon.start()
    except Conflict as conflict:
        if conflict.problem_code != "already_running":
            raise
        second: Any = load("bridge.cli.secondstart")
        if not second.is_to_start_here(configuration.folders, json=json, agreed=take_over):
            return
        daemon = real.RealDaemon(configuration, control)
        facts = daemon.start()
    give(facts, as_json=json, lines=[f"Carebridge listens on {facts['base_url']}"])
    main_thread.hold(daemon.stop, daemon.tray if tray else None)
