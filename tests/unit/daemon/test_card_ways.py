"""Which ways to the card and to the user the composition root chooses."""

from __future__ import annotations

import pytest

from bridge.adapters.clock import SystemClock
from bridge.adapters.dialogue import ChildWindowPrompt
from bridge.adapters.pcsc.signer import CommandSigner
from bridge.adapters.pkcs11.process import WorkerSigner
from bridge.adapters.switching import SwitchingSigner
from bridge.adapters.terminal import TerminalPrompt
from bridge.daemon import cards
from bridge.i18n import LANGUAGES
from bridge.settings import CardSettings

KINDS = {
    "auto": SwitchingSigner,
    "middleware": WorkerSigner,
    "card_commands": CommandSigner,
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_terminal_names_holder_reader_software_and_purpose(language):
    texts = cards.terminal_texts()[language]
    for placeholder in ("{holder_name}", "{reader}", "{requested_by}", "{purpose}"):
        assert placeholder in texts.ask
    assert "{reader}" in texts.keypad
    assert texts.consent.isupper()


@pytest.mark.parametrize("signing", KINDS)
async def test_the_setting_chooses_the_way_to_the_card(signing):
    ways = cards.card_ways(CardSettings(signing=signing), clock=SystemClock(), language="en")
    assert isinstance(ways.signer, KINDS[signing])
    for close in ways.closers:
        await close()


def test_a_library_of_the_settings_is_used_wherever_it_lies(tmp_path):
    module = tmp_path / "library.so"
    part = cards.card_part(CardSettings(module=module))
    assert part.module == module
    assert part.has_dialogue is False


def test_without_any_known_kind_there_is_no_library():
    assert cards.chosen_module(CardSettings(module_order=())) is None


def test_windows_need_a_screen(monkeypatch):
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert isinstance(cards.prompt(), TerminalPrompt)
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    assert isinstance(cards.prompt(), ChildWindowPrompt)
    assert isinstance(cards.prompt(has_windows=False), TerminalPrompt)


def test_windows_and_macos_always_have_a_screen(monkeypatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    for platform in ("win32", "darwin"):
        monkeypatch.setattr("sys.platform", platform)
        assert cards.has_screen()
