"""Cards and prompts of one daemon: which ways there are, and which the settings choose."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from bridge import i18n
from bridge.adapters.bundlewindow import BundleWindow
from bridge.adapters.carddoctor import SystemDoctor
from bridge.adapters.cardthread import CardThread
from bridge.adapters.dialogue import ChildWindowPrompt
from bridge.adapters.pairingwindow import PairingWindow
from bridge.adapters.pcsc.api import load_scard
from bridge.adapters.pcsc.functions import Limits
from bridge.adapters.pcsc.process import DriverProcess
from bridge.adapters.pcsc.reader import PcscReader
from bridge.adapters.pcsc.signer import CommandSigner
from bridge.adapters.pkcs11.job import CardChoice, CardPart
from bridge.adapters.pkcs11.modules import discover
from bridge.adapters.pkcs11.process import WorkerSigner
from bridge.adapters.selfcall import own_command
from bridge.adapters.switching import SwitchingSigner
from bridge.adapters.terminal import TerminalPrompt, TerminalTexts
from bridge.ports.card import CardReader, CardSigner
from bridge.ports.clock import Clock
from bridge.ports.consent import BundleConsent
from bridge.ports.doctor import CardDoctor
from bridge.ports.pairings import PairingScreen
from bridge.ports.prompt import Prompt
from bridge.settings import CardSettings

DRIVER: Final = "--card-driver"
WORKER: Final = "--card-worker"
DIALOGUE: Final = "--pin-dialog"


@dataclass(frozen=True, kw_only=True)
class CardWays:
    """How this daemon sees and uses cards; ``closers`` end what is held open, in order."""

    signer: CardSigner
    reader: CardReader
    doctor: CardDoctor | None = None
    closers: tuple[Callable[[], Awaitable[None]], ...] = ()


def card_ways(
    settings: CardSettings,
    *,
    clock: Clock,
    language: str,
    limits: Limits | None = None,
) -> CardWays:
    """Build the ways to the card that the settings choose.

    Only what is used is started: the processes of PC/SC with the watch of the readers, the
    library's process with the first look at a card.

    Args:
        settings: Which way to sign, and by which library.
        clock: Tells when changes were noticed.
        language: What a keypad speaks.
        limits: For drivers that hang; the defaults suit people and real readers.
    """
    watch, drivers = _driver_process(limits), _driver_process(limits)
    thread = CardThread()
    commands = CommandSigner(drivers, thread=thread, language=language)
    library = WorkerSigner(own_command(WORKER), card_part(settings))
    signers: dict[str, CardSigner] = {
        "middleware": library,
        "card_commands": commands,
        "auto": SwitchingSigner(library, commands),
    }
    reader = PcscReader(drivers, thread=thread, clock=clock, watch=watch)
    running = [each for each in (watch, drivers) if each is not None]
    doctor = SystemDoctor(
        scard=drivers,
        thread=thread,
        reader=reader,
        modules=lambda: discover(settings.module_order, settings.module),
        worker=own_command(WORKER),
        signing=settings.signing,
        children=lambda: [library.worker_pid, *(each.pid for each in running)],
    )
    ended = tuple(partial(asyncio.to_thread, each.close) for each in running)
    return CardWays(
        signer=signers[settings.signing],
        reader=reader,
        doctor=doctor,
        closers=(library.close, commands.close, *ended, thread.close),
    )


def _driver_process(limits: Limits | None) -> DriverProcess | None:
    """Give a process in which PC/SC runs, not started; ``None`` where there is no library for it.

    The watch and the cards have one each: a card that hangs must not blind the watch.
    """
    return None if load_scard() is None else DriverProcess(own_command(DRIVER), limits=limits)


def card_part(settings: CardSettings) -> CardPart:
    """Give library and key of the settings: the best library that is installed, or none."""
    return CardPart(
        module=chosen_module(settings),
        choice=CardChoice(key_label=settings.key_label),
        has_dialogue=settings.has_middleware_dialogue,
    )


def chosen_module(settings: CardSettings) -> Path | None:
    """Give the library that is used; ``None`` when none is installed."""
    found = discover(settings.module_order, settings.module)
    return found[0] if found else None


def prompt(*, has_windows: bool = True) -> Prompt:
    """Choose where the PIN is asked: in a window where there is a screen, else on the terminal."""
    if has_windows and has_screen():
        return ChildWindowPrompt(own_command(DIALOGUE))
    return TerminalPrompt(terminal_texts())


def pairing_screen() -> PairingScreen | None:
    """Give the window in which software is connected; ``None`` leaves the command line."""
    return PairingWindow(own_command(DIALOGUE)) if has_screen() else None


def bundle_consent() -> BundleConsent | None:
    """Give the window that asks about support bundles; ``None`` leaves the command line."""
    return BundleWindow(own_command(DIALOGUE)) if has_screen() else None


def has_screen() -> bool:
    """Tell whether windows can be shown in this session."""
    if sys.platform in {"win32", "darwin"}:
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


def terminal_texts() -> dict[str, TerminalTexts]:
    """Give the texts of the terminal prompt in every language."""
    return {
        language: TerminalTexts(
            ask=i18n.template("terminal", "ask", language),
            last_try=i18n.template("terminal", "last_try", language),
            unknown_tries=i18n.template("terminal", "unknown_tries", language),
            keypad=i18n.template("terminal", "keypad", language),
            consent=i18n.template("terminal", "consent", language),
            typing=i18n.template("terminal", "typing", language),
            always=i18n.template("terminal", "always", language),
        )
        for language in i18n.LANGUAGES
    }
