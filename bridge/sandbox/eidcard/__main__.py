"""The card's process: a description on the first line, then a command on each line.

Commands are ``insert``, ``remove``, ``pull_at verify``, ``pull_at sign``, ``pull_at 3``,
``hold_at`` with the same moments, ``go_on``, ``unblock`` and ``state``.
Each is answered with the state as one line of JSON.
The process ends with its standard input.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import asdict

from bridge.sandbox.eidcard.applet import Applet
from bridge.sandbox.eidcard.description import from_json
from bridge.sandbox.eidcard.vpcd import Moment, Slot


def main() -> None:
    """Play one card until the parent has enough."""
    described = json.loads(sys.stdin.readline())
    applet = Applet(from_json(described["card"]))
    slot = Slot(described["port"], applet)
    commands: dict[str, Callable[[str], None]] = {
        "insert": lambda _: slot.insert(),
        "remove": lambda _: slot.remove(),
        "pull_at": lambda moment: slot.pull_at(_moment(moment)),
        "hold_at": lambda moment: slot.hold_at(_moment(moment)),
        "go_on": lambda _: slot.go_on(),
        "unblock": lambda _: applet.unblock(),
        "state": lambda _: None,
    }
    for line in sys.stdin:
        error = None
        name, _, rest = line.strip().partition(" ")
        try:
            commands[name](rest)
        except OSError:
            error = "no reader"
        answer = {**_state(applet, slot), "error": error}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
    slot.remove()


def _moment(text: str) -> Moment:
    return "verify" if text == "verify" else "sign" if text == "sign" else int(text)


def _state(applet: Applet, slot: Slot) -> dict[str, object]:
    return {
        **asdict(applet.counters),
        "is_inserted": slot.is_inserted,
        "is_verified": applet.is_verified,
        "tries_left": applet.tries_left,
        "commands": [header.hex() for header in applet.headers[-200:]],
    }


if __name__ == "__main__":
    main()
