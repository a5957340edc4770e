"""Verbs whose module is read when they are used.

Most verbs only speak to the running daemon; reading the daemon's own parts for them takes seconds.
"""

from __future__ import annotations

import importlib.util
from typing import Any, Final

import typer
from typer.core import TyperGroup

from bridge.cli.loading import load

SIMULATOR: Final = "bridge.daemon.simulator"

_MODULES: Final = {
    "run": "bridge.cli.running",
    "quit": "bridge.cli.quitting",
    "keystore": "bridge.cli.setup",
    "licence": "bridge.cli.setup",
    "demo": "bridge.cli.setup",
    "backup": "bridge.cli.storage",
    "restore": "bridge.cli.storage",
    "audit": "bridge.cli.audit",
    "support": "bridge.cli.support",
    "reference-data": "bridge.cli.referencedata",
    "pairing": "bridge.cli.pairings",
    "billing": "bridge.cli.billing",
    "actor": "bridge.cli.actors",
    "rights": "bridge.cli.rights",
    "stop-everything": "bridge.cli.pairings",
    "data": "bridge.cli.data",
    "rotate-key": "bridge.cli.keeping",
    "uninstall-data": "bridge.cli.uninstall",
    "diagnose": "bridge.cli.diagnose",
    "open-uri": "bridge.cli.openuri",
    "scheme": "bridge.cli.openuri",
    "autostart": "bridge.cli.autostart",
    "console": "bridge.cli.console",
    "update": "bridge.cli.updates",
    "tls": "bridge.cli.tls",
}
"""Each has ``add_to``, which adds its verbs to a command."""


class Verbs(TyperGroup):
    """The verbs of the command; ``demo`` exists in the simulator build only (SEC-20).

    The types of contexts and verbs are in no public module of the library.
    """

    def list_commands(self, ctx: Any) -> list[str]:
        """Name every verb."""
        later = [name for name in _MODULES if name != "demo" or _has_simulator()]
        return [*super().list_commands(ctx), *later]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Give a verb, and read its module now."""
        if cmd_name not in _MODULES:
            return super().get_command(ctx, cmd_name)
        found = typer.Typer()
        load(_MODULES[cmd_name]).add_to(found)
        return typer.main.get_group(found).commands.get(cmd_name)


def _has_simulator() -> bool:
    return importlib.util.find_spec(SIMULATOR) is not None
