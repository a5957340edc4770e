"""What a production build looks at before it starts: variables, debuggers, its own files.

The simulator build holds nothing worth guarding and is made for developers, so it does not look.
Source: *Local API security* 3 (SEC-17), 11; LOC-01, LOC-02.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bridge.adapters.elevation import is_elevated
from bridge.adapters.installation import (
    PACKAGES,
    first_changed,
    first_shared,
    loaded_from,
    recorded_files,
    root_of_packages,
)
from bridge.adapters.startvariables import is_watched, refused_variable
from bridge.errors import StartRefused

SIMULATOR: Final = "bridge.daemon.simulator"


def is_production() -> bool:
    """Tell which build this is."""
    return importlib.util.find_spec(SIMULATOR) is None


@dataclass(frozen=True, kw_only=True)
class Start:
    """The circumstances of a start.

    Attributes:
        environment: Variables.
        is_watched: A debugger is attached, or a flag for developers is on.
        root: Folder our packages lie in.
        places: Where code is loaded from.
        recorded: Our files as they were installed; ``None`` where nothing is recorded.
    """

    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    is_watched: bool = field(default_factory=is_watched)
    root: Path = field(default_factory=root_of_packages)
    places: Iterable[Path] = field(default_factory=loaded_from)
    recorded: Mapping[str, str] | None = field(default_factory=recorded_files)


def refuse_unsafe(start: Start) -> None:
    """Look at everything.

    Raises:
        StartRefused: ``start_variable_set``, which names the variable, ``start_watched``,
            ``installation_writable`` or ``installation_changed``.
    """
    variable = refused_variable(start.environment)
    if variable is not None:
        raise StartRefused(code="start_variable_set", variable=variable)
    if start.is_watched:
        raise StartRefused(code="start_watched")
    packages = [start.root / name for name in PACKAGES]
    if first_shared(start.places, packages) is not None:
        raise StartRefused(code="installation_writable")
    if start.recorded is not None and first_changed(start.root, start.recorded) is not None:
        raise StartRefused(code="installation_changed")


def refuse_elevated(*, is_wanted: bool) -> None:
    """Run with the rights of the user alone, unless the settings file wants it otherwise (SEC-17).

    What takes over a program with more rights has taken over the computer.

    Raises:
        StartRefused: ``start_elevated``.
    """
    if is_elevated() and not is_wanted:
        raise StartRefused(code="start_elevated")
