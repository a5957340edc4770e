"""The verb ``autostart``: start at login, for this user alone."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

import typer

from bridge.adapters.autostart import Way, autostart_of_user
from bridge.cli.speech import give, speaks_problems

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]


class Wish(Enum):
    """What is wanted."""

    ENABLE = "enable"
    DISABLE = "disable"
    STATUS = "status"


def add_to(app: typer.Typer) -> None:
    """Add the verb to the command."""
    app.command()(autostart)


@speaks_problems
def autostart(
    wish: Wish,
    *,
    systemd: Annotated[
        bool, typer.Option("--systemd", help="By a unit of systemd (Linux); ends any other way.")
    ] = False,
    tray: Annotated[
        bool, typer.Option(help="--no-tray: without an icon, such as on a server; with --systemd.")
    ] = True,
    json: AsJson = False,
) -> None:
    """Have Carebridge start at login, or no more, or tell whether it does."""
    if not tray and not systemd:
        raise typer.BadParameter("--no-tray needs --systemd")
    start = autostart_of_user()
    if wish is Wish.ENABLE:
        with_unit = Way.UNIT if tray else Way.HEADLESS
        start.enable(with_unit if systemd else Way.ENTRY)
    elif wish is Wish.DISABLE:
        start.disable()
    state, ways = start.state, [way.value for way in start.used]
    give(
        {"is_enabled": start.is_enabled, "state": state.value, "ways": ways},
        as_json=json,
        lines=[" ".join([state.value, *ways])],
    )
