"""The card's process: a description on the first line, then a command on each line.

Commands are ``insert``, ``remove``, ``pull_at_verify``, ``pull_at_sign``, ``unblock`` and
``state``; each is answered with the state as one line of JSON.
The process ends with its standard input.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import asdict

from bridge.sandbox.eidcard.applet import Applet
from bridge.sandbox.eidcard.description import from_json
from bridge.sandbox.eidcard.vpcd import Slot


def main() -> None:
    """Play one card until the parent has enough."""
    described = json.loads(sys.stdin.readline())
    applet = Applet(from_json(described["card"]))
    slot = Slot(described["port"], applet)
    commands: dict[str, Callable[[], None]] = {
        "insert": slot.insert,
        "remove": slot.remove,
        "pull_at_verify": lambda: slot.pull_at("verify"),
        "pull_at_sign": lambda: slot.pull_at("sign"),
        "unblock": applet.unblock,
        "state": lambda: None,
    }
    for line in sys.stdin:
        error = None
        try:
            commands[line.strip()]()
        except OSError:
            error = "no reader"
        answer = {**_state(applet, slot), "error": error}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
    slot.remove()


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
