"""The verb ``autostart``: start at login, for this user alone."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

import typer

from bridge.adapters.autostart import autostart_of_user
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
def autostart(wish: Wish, *, json: AsJson = False) -> None:
    """Have Carebridge start at login, or no more, or tell whether it does."""
    entry = autostart_of_user()
    if wish is Wish.ENABLE:
        entry.enable()
    elif wish is Wish.DISABLE:
        entry.disable()
    is_enabled = entry.is_enabled
    give(
        {"is_enabled": is_enabled},
        as_json=json,
        lines=["enabled" if is_enabled else "disabled"],
    )
