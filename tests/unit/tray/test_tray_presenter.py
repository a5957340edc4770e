"""What reaches the surface, and when; and the main thread where there is no tray."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.support.trayfacts import OPEN, READY
from tray.menu import Choices
from tray.presenter import Presenter
from tray.state import TrayState

ROOT = Path(__file__).resolve().parents[3]


@dataclass
class Paper:
    """A surface that keeps what was shown."""

    painted: list = field(default_factory=list)
    offered: list = field(default_factory=list)
    told: list = field(default_factory=list)

    def paint(self, face, title):
        self.painted.append((face, title))

    def offer(self, entries):
        self.offered.append(entries)

    def tell(self, text):
        self.told.append(text)


def presenter(paper, language="en"):
    return Presenter(paper, lambda: Choices(language=language))


def test_only_what_changed_is_drawn():
    paper = Paper()
    shown = presenter(paper)
    shown.present(READY)
    shown.present(replace(READY, unread=0))
    assert len(paper.painted) == len(paper.offered) == 1
    shown.present(OPEN)
    assert [face.state for face, _ in paper.painted] == [TrayState.READY, TrayState.SESSION]
    assert len(paper.offered) == 2


def test_another_language_changes_the_words_alone():
    paper = Paper()
    chosen = ["en"]
    shown = Presenter(paper, lambda: Choices(language=chosen[0]))
    shown.present(READY)
    chosen[0] = "fr"
    shown.present(READY)
    assert len({face for face, _ in paper.painted}) == 1
    assert paper.painted[1][1] == "Carebridge: prêt, pas de session"
    assert paper.told == []


def test_it_shows_on_a_thread_of_its_own_in_order():
    paper = Paper()
    shown = presenter(paper)
    shown.start()
    shown.show(READY)
    shown.tell("one")
    shown.show(replace(READY, unread=1))
    shown.close()
    assert paper.told == ["one", "Unread answers: 1."]
    assert threading.current_thread().name != "tray"


PROGRAM = """
import sys
from tray.app import MainThread

class Link:
    def begin(self): print("begun", flush=True)

main = MainThread()
print("holding", flush=True)
main.hold(lambda: print("stopped", flush=True), Link())
"""


def test_without_a_display_the_program_goes_on_and_ends_in_order():
    """Desktop packaging 1: no tray is no fault."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in {"DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS"}
    }
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "holding\n"
    assert process.stdout.readline() == "begun\n"
    process.send_signal(signal.SIGTERM)
    said, _ = process.communicate(timeout=30)
    assert said.splitlines()[-1] == "stopped"
    assert process.returncode == 0
