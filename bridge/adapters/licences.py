"""Under which licences the parts of this program stand, as their own metadata says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from typing import Final

OWN: Final = "Carebridge: Apache-2.0"
PARTS: Final = (
    "alembic",
    "asn1crypto",
    "cryptography",
    "fastapi",
    "h11",
    "httpx",
    "jeepney",
    "keyring",
    "lxml",
    "pillow",
    "platformdirs",
    "pydantic",
    "pydantic-settings",
    "pypdf",
    "pypdfium2",
    "pyscard",
    "pystray",
    "python-pkcs11",
    "pyyaml",
    "reportlab",
    "sqlalchemy",
    "sqlcipher3",
    "structlog",
    "tuf",
    "typer",
    "tzdata",
    "uvicorn",
    "xlsxwriter",
    "zxing-cpp",
)
"""What the program uses itself, as in ``pyproject.toml``; what these need is looked up."""
_NAME: Final = re.compile(r"[A-Za-z0-9._-]+")
_LONGEST: Final = 60
_UNTOLD: Final = "?"


def licences() -> list[str]:
    """Give a line for each part that is installed here: name, version, licence."""
    found = {_key(part): part for part in _installed(PARTS)}
    lines = [_line(part) for _, part in sorted(found.items())]
    return [OWN, *lines]


def _installed(names: tuple[str, ...]) -> Iterator[Distribution]:
    """Give parts and what they need themselves."""
    waiting, seen = list(names), set(names)
    while waiting:
        try:
            part = distribution(waiting.pop())
        except PackageNotFoundError:
            # Not for this system.
            continue
        yield part
        needed = {_plain(each) for each in part.requires or () if "extra ==" not in each}
        waiting += sorted(needed - seen)
        seen |= needed


def _plain(requirement: str) -> str:
    name = _NAME.match(requirement)
    return name[0].lower() if name else ""


def _key(part: Distribution) -> str:
    return str(part.metadata["Name"]).lower().replace("_", "-")


def _line(part: Distribution) -> str:
    return f"{part.metadata['Name']} {part.version}: {_licence(part)}"


def _licence(part: Distribution) -> str:
    """Give the licence: as an expression, as a classifier, else the first words of the text."""
    told = _told(part, "License-Expression")
    classifiers = part.metadata.get_all("Classifier") or []
    classes = [each.rpartition(" :: ")[2] for each in classifiers if each.startswith("License ::")]
    written = _told(part, "License").strip().split("\n")[0]
    return (told or ", ".join(classes) or written or _UNTOLD)[:_LONGEST]


def _told(part: Distribution, name: str) -> str:
    return str(part.metadata[name]) if name in part.metadata else ""
