"""A second start: the first daemon comes to the front, or hands over to another session (D30)."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Final

from bridge import i18n
from bridge.adapters.confirmwindow import ConfirmWindow
from bridge.adapters.localsocket import LocalClient
from bridge.adapters.selfcall import own_command
from bridge.cli.connection import channel_key
from bridge.cli.speech import give, language, talk
from bridge.daemon import cards, presence
from bridge.errors import Conflict
from bridge.ports.consent import Question

if TYPE_CHECKING:
    from bridge.adapters.folders import Folders

_YES: Final = frozenset({"yes", "ja", "oui"})


def is_to_start_here(folders: Folders, *, json: bool, agreed: bool) -> bool:
    """Say whether to start after all; else the first daemon is at the front, and that is told.

    Args:
        folders: Of the user.
        json: Tell it as JSON.
        agreed: The user agreed already to stop the daemon of her other session.

    Raises:
        Conflict: ``running_in_other_session`` and she does not want it here, or
            ``already_running`` and it does not answer.
        BridgeError: what the first daemon answered.
    """
    first = presence.find_first(folders)
    channel = LocalClient(folders.runtime, key=channel_key).call
    if presence.is_elsewhere(first):
        if not agreed and not agrees():
            raise Conflict(code="running_in_other_session")
        presence.take_over(folders, channel)
        return True
    channel({"verb": presence.SHOW})
    talk(i18n.phrase("pairing", "already_shown", language()))
    address = f"http://127.0.0.1:{first.port}"
    give({"base_url": address, "pid": first.pid}, as_json=json, lines=[address])
    return False


def agrees() -> bool:
    """Ask, where somebody can answer: on the terminal, else in a window (D30)."""
    if not sys.stdin.isatty():
        return cards.has_screen() and asyncio.run(_agrees_in_window())
    sys.stderr.write(i18n.phrase("pairing", "take_over", language()) + " ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().casefold() in _YES


async def _agrees_in_window() -> bool:
    spoken = language()
    asked_by = i18n.phrase("confirm", "from_start", spoken)
    window = ConfirmWindow(own_command(cards.DIALOGUE))
    return await window.confirm(Question(code="take_over", asked_by=asked_by, language=spoken))
