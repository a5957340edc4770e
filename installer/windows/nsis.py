"""Making the installers: what the script ``setup.nsi`` is told, and calling NSIS.

Source: *Desktop packaging* 3.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path, PurePosixPath
from typing import Final

from installer.builds import Build
from installer.windows.icon import icon
from installer.windows.layout import OURS, PROGRAM, sizes_kib, version_numbers
from installer.windows.processes import run
from installer.windows.resources import PUBLISHER
from installer.windows.signing import SAID

HERE: Final = Path(__file__).resolve().parent
_SCRIPTS: Final = ("setup.nsi", "texts.nsh")
SHORTCUT: Final = "Carebridge - connect eHealth MyCareNet"
"""The start menu finds a program by the words of its shortcut's name."""


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One of the two installers.

    Attributes:
        name: What its file name ends with.
        defines: Told to the script.
    """

    name: str
    defines: tuple[str, ...]


PER_USER: Final = Variant(name="", defines=())
ALL_USERS: Final = Variant(name="-allusers", defines=("-DALLUSERS=1",))
VARIANTS: Final = (PER_USER, ALL_USERS)
UNINSTALLER: Final = "uninstall.exe"


def setup_name(build: Build, variant: Variant) -> str:
    """Give the file name of an installer."""
    label = f"-{build.label}" if build.label else ""
    return f"carebridge{label}-setup{variant.name}.exe"


def product_facts(build: Build, version: str, size_kib: int) -> dict[str, str]:
    """Give what the script is told of the product.

    Args:
        build: Which of the two builds.
        version: Of the build.
        size_kib: Of what is installed.
    """
    return {
        "BUILD": build.name,
        "DISPLAY_NAME": PROGRAM if build.label is None else f"{PROGRAM} ({build.label})",
        "NUMBERS": ".".join(map(str, version_numbers(version))),
        "PUBLISHER": PUBLISHER,
        "SHORTCUT": SHORTCUT,
        "SIZE_KIB": str(size_kib),
        "START_WORDS": "" if build.label is None else "demo",
        "VERSION": version,
    }


def product_script(facts: Mapping[str, str], names: Iterable[str], folder: Path) -> str:
    """Write ``product.nsh``: facts, pieces of the folder, and every file in a fixed order.

    Args:
        facts: As ``product_facts`` gives them.
        names: Files in the program folder.
        folder: Where they are.
    """
    lines = [f'!define {name} "{_quoted(text)}"' for name, text in facts.items()]
    lines += ["!macro EachPiece Do"]
    lines += [f'  !insertmacro ${{Do}} "{piece}"' for piece in OURS]
    lines += ["!macroend", "!macro InstallFiles"]
    for parent, inner in groupby(sorted(map(PurePosixPath, names)), key=lambda each: each.parent):
        place = "" if parent == PurePosixPath() else "\\" + str(parent).replace("/", "\\")
        lines += [f'  SetOutPath "$INSTDIR{_quoted(place)}"']
        lines += [f'  File "{_quoted(str(folder / each))}"' for each in inner]
    return "\n".join([*lines, "!macroend", ""])


def _quoted(text: str) -> str:
    """Write a text between double quotes of the script."""
    return text.replace("$", "$$").replace('"', '$\\"')


def build_setup(
    build: Build,
    version: str,
    folder: Path,
    *,
    variant: Variant,
    to: Path,
    is_quick: bool = False,
) -> tuple[Path, list[str]]:
    """Make one installer of a program folder; give it, and what was said of signatures.

    Args:
        build: Which of the two builds the folder is.
        version: Of the build.
        folder: The program folder.
        variant: For one user or for the machine.
        to: Folder the installer is put in.
        is_quick: Pack for speed, as tests do; never a release.

    Raises:
        BuildFailed: NSIS or a signature failed.
    """
    output = to.resolve() / setup_name(build, variant)
    work = to / f"{output.stem}.work"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    files = [path for path in folder.rglob("*") if path.is_file()]
    names = [path.relative_to(folder).as_posix() for path in files]
    size = sizes_kib({path.name + str(path): path.stat().st_size for path in files})
    facts = product_facts(build, version, size)
    script = product_script(facts, names, folder.resolve())
    (work / "product.nsh").write_text(script, "utf-8")
    (work / "carebridge.ico").write_bytes(icon())
    for each in _SCRIPTS:
        shutil.copyfile(HERE / each, work / each)
    sign = f"{sys.executable} -m installer.windows.signing"
    told = (f"-DOUTPUT={output}", f"-DSIGN={sign}", "-DICON=carebridge.ico", *variant.defines)
    roots = {"PYTHONPATH": str(HERE.parents[1])}
    quick = ("-DQUICK=1",) if is_quick else ()
    words = ["makensis", "-V3", "-WX", "-INPUTCHARSET", "UTF8", *told, *quick, "setup.nsi"]
    said = run(words, folder=work, variables=roots)
    shutil.rmtree(work)
    return output, signature_lines(said, output.name)


def signature_lines(said: str, name: str) -> list[str]:
    """Give what was said of signatures; NSIS signs the uninstaller under a name of its own.

    Args:
        said: Output of NSIS.
        name: Of the installer.
    """
    told = [line.split(" ", 1) for line in said.splitlines()]
    told = [words for words in told if words[0] in SAID]
    return [f"{words[0]} {name if words[-1] == name else UNINSTALLER}" for words in told]
