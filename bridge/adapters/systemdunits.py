"""User units of systemd: the other way to start at login on Linux (*Desktop packaging* 4).

The graphical unit lives and dies with the graphical session; the other one serves terminals and
servers, without an icon.
The two exclude each other, and neither stands beside an entry for start at login.
Source: ``systemd.unit(5)``, ``systemd.service(5)``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bridge.adapters.ownfiles import store_error

GRAPHICAL: Final = "carebridge.service"
HEADLESS: Final = "carebridge-headless.service"
_TARGETS: Final = {GRAPHICAL: "graphical-session.target", HEADLESS: "default.target"}
_OTHER: Final = {GRAPHICAL: HEADLESS, HEADLESS: GRAPHICAL}
_SHIPPED: Final = Path("/usr/lib/systemd/user")
"""Where the package puts its units; ``systemctl --user enable`` makes a link to one of them."""
_SPECIAL: Final = str.maketrans({"\\": "\\\\", '"': '\\"', "%": "%%"})


def unit_text(name: str, run: Sequence[str], end: Sequence[str]) -> str:
    """Give the text of a unit.

    ``RestartSteps`` needs systemd 254; an older one says so in its journal and waits five seconds
    each time, which the start limit bounds.

    Args:
        name: ``GRAPHICAL`` or ``HEADLESS``.
        run: Command that runs the daemon.
        end: Command that stops it in order and waits.
    """
    target = _TARGETS[name]
    is_graphical = name == GRAPHICAL
    bound = [f"PartOf={target}", f"After={target}"] if is_graphical else []
    arguments = run if is_graphical else (*run, "--no-tray")
    lines = [
        "[Unit]",
        "Description=Carebridge, connection with eHealth and MyCareNet",
        *bound,
        f"Conflicts={_OTHER[name]}",
        "StartLimitIntervalSec=600",
        "StartLimitBurst=8",
        "",
        "[Service]",
        "Type=exec",
        f"ExecStart={_command(arguments)}",
        f"ExecStop={_command(end)}",
        "TimeoutStopSec=45",
        "Restart=on-failure",
        "RestartSec=5",
        "RestartSteps=4",
        "RestartMaxDelaySec=60",
        "UMask=0077",
        "",
        "[Install]",
        f"WantedBy={target}",
    ]
    return "".join(f"{line}\n" for line in lines)


@dataclass(frozen=True, kw_only=True)
class UnitAutostart:
    """A unit of the user's own, enabled by the link that ``systemctl enable`` would make.

    systemd reads it at the next login; nothing needs to be running for that.

    Attributes:
        folder: The user's units, such as ``~/.config/systemd/user``.
        name: ``GRAPHICAL`` or ``HEADLESS``.
        content: What stands in it.
        shipped: Folder of the units that a package brought.
    """

    folder: Path
    name: str
    content: bytes
    shipped: Path = _SHIPPED

    def enable(self) -> None:
        """Write unit and link.

        Raises:
            StoreError: they cannot be written.
        """
        try:
            self._link.parent.mkdir(parents=True, exist_ok=True)
            self._unit.write_bytes(self.content)
            self._link.unlink(missing_ok=True)
            self._link.symlink_to(self._unit)
        except OSError as error:
            raise store_error(error) from error

    def disable(self) -> None:
        """Remove both.

        Raises:
            StoreError: they cannot be removed.
        """
        try:
            self._link.unlink(missing_ok=True)
            self._unit.unlink(missing_ok=True)
        except OSError as error:
            raise store_error(error) from error

    @property
    def is_there(self) -> bool:
        """Whether systemd would start something at login, ours or not."""
        return self._link.is_symlink() or self._link.exists()

    @property
    def is_enabled(self) -> bool:
        """Whether it would start this program, by our unit or by that of the package."""
        try:
            if self._link.resolve() == self.shipped / self.name:
                return True
            return self.is_there and self._link.read_bytes() == self.content
        except (OSError, RuntimeError):  # Python before 3.13 has its own word for a link to itself
            return False

    @property
    def _unit(self) -> Path:
        return self.folder / self.name

    @property
    def _link(self) -> Path:
        return self.folder / f"{_TARGETS[self.name]}.wants" / self.name


def unit(name: str, config: Path, *, run: Sequence[str], end: Sequence[str]) -> UnitAutostart:
    """Give a unit below the user's folder of settings."""
    return UnitAutostart(
        folder=config / "systemd" / "user",
        name=name,
        content=unit_text(name, run, end).encode(),
    )


def _command(words: Sequence[str]) -> str:
    """Write a command; variables are put into all of its words but the program's."""
    program, *arguments = (f'"{word.translate(_SPECIAL)}"' for word in words)
    return " ".join([program, *(each.replace("$", "$$") for each in arguments)])
