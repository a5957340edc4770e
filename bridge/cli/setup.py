"""Verbs that start the daemon, and those that work without it."""

from __future__ import annotations

import importlib.util
from dataclasses import asdict
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import typer

from bridge.cli.later import SIMULATOR
from bridge.cli.loading import load
from bridge.cli.speech import give, read_secret, speaks_problems, talk
from bridge.daemon import real, userkeys
from bridge.domain.identifiers import Nihii
from bridge.settings import FILE_NAME
from tray.app import MainThread

keystore = typer.Typer(no_args_is_help=True, help="The eHealth certificate.")
licence = typer.Typer(no_args_is_help=True, help="The MyCareNet licence of this software.")

Config = Annotated[
    Path | None,
    typer.Option(help=f"Settings file; default: {FILE_NAME} in your own folder."),
]
Folder = Annotated[Path | None, typer.Option(help="Keep all files here.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]


class CardKind(Enum):
    """Cards of the demo."""

    SOFTWARE = "software"
    SOFTHSM = "softhsm"
    VIRTUAL = "virtual"


class Signing(Enum):
    """Ways to the virtual card."""

    AUTO = "auto"
    MIDDLEWARE = "middleware"
    CARD_COMMANDS = "card-commands"


class KeyKind(Enum):
    """Keys of the demo's card."""

    RSA = "rsa"
    EC = "ec"


def add_to(app: typer.Typer) -> None:
    """Add the verbs to the command; ``demo`` exists in the simulator build only (SEC-20)."""
    app.add_typer(keystore, name="keystore")
    app.add_typer(licence, name="licence")
    if importlib.util.find_spec(SIMULATOR) is not None:
        app.command()(demo)


@speaks_problems
def demo(
    *,
    headless: Annotated[
        bool, typer.Option("--headless", help="Show no window, ask nobody.")
    ] = False,
    json: AsJson = False,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="0: any free one.")] = None,
    card: Annotated[CardKind, typer.Option(help="Where the eID key lives.")] = CardKind.SOFTWARE,
    key: Annotated[KeyKind, typer.Option(help="RSA-2048 or P-384.")] = KeyKind.RSA,
    signing: Annotated[Signing, typer.Option(help="Way to the virtual card.")] = Signing.AUTO,
    folder: Folder = None,
    new: Annotated[
        bool, typer.Option("--new", help="As on the first day: nothing is set up yet.")
    ] = False,
) -> None:
    """Run the daemon against the embedded sandbox, with a software card."""
    simulator: Any = load(SIMULATOR)
    options = simulator.DemoOptions(
        card=card.value,
        key=key.value,
        signing=signing.value.replace("-", "_"),
        port=port,
        has_automatic_pin=headless,
        folder=folder,
        is_new=new,
    )
    main_thread = MainThread()
    running = simulator.Demo(options)
    facts = asdict(running.start())
    lines = [f"{name}: {value}" for name, value in facts.items()]
    give(facts, as_json=json, lines=[*lines, "Stop with Ctrl+C."])
    main_thread.hold(running.stop, running.tray)


@keystore.command("import")
@speaks_problems
def import_keystore(
    file: Annotated[Path, typer.Argument(help="The PKCS#12 file of eHealth.")],
    *,
    nihii: Annotated[str, typer.Option(help="Your NIHII (INAMI, RIZIV) number.")],
    config: Config = None,
    folder: Folder = None,
    json: AsJson = False,
) -> None:
    """Import the eHealth certificate once; its pass phrase is asked and not kept.

    The certificate names its holder; together with the care provider number it becomes the
    default registration.
    """
    number = Nihii.parse(nihii)
    passphrase = read_secret("Pass phrase: ")
    facts = userkeys.import_keystore(
        file,
        passphrase,
        nihii=number,
        configuration=real.configuration(config, folder),
    )
    give(facts, as_json=json, lines=[f"imported, valid until {facts['expires_at']}"])


@licence.command("set")
@speaks_problems
def set_licence(*, config: Config = None, folder: Folder = None) -> None:
    """Keep the password of the MyCareNet licence in the key store."""
    userkeys.keep_licence_password(
        read_secret("Licence password: "),
        configuration=real.configuration(config, folder),
    )
    talk("kept")
