"""Signing executables, and saying so when they are not signed.

``CAREBRIDGE_SIGNING`` names a file with the options of ``osslsigncode sign``, one to a line, such
as ``-pkcs12`` and ``release.p12``, ``-readpass`` and ``release.pass``, or those of a PKCS#11
module, and ``-ts`` with the address of a time stamping service.
Without it nothing is signed, and each file is named on a line that begins with ``UNSIGNED``.
NSIS calls this for installer and uninstaller::

    python -m installer.windows.signing FILE
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from installer.windows.processes import BuildFailed, run

VARIABLE: Final = "CAREBRIDGE_SIGNING"
SAID: Final = ("UNSIGNED", "signed")
"""First word of the line about a file, by whether it was signed."""
_SECRET: Final = "-pass"  # noqa: S105  the name of an option
_NAME: Final = "Carebridge"


def sign_options(text: str) -> list[str]:
    """Read the options of a signature.

    Raises:
        ValueError: a pass phrase stands among them; everybody sees the arguments of a program.
    """
    words = [line.strip() for line in text.splitlines()]
    words = [word for word in words if word and not word.startswith("#")]
    if _SECRET in words:
        raise ValueError("give the pass phrase with -readpass and a file")
    return words


def sign(file: Path, environment: Mapping[str, str]) -> bool:
    """Sign an executable in its place where a signature is configured; tells whether it was.

    Raises:
        BuildFailed: the signature could not be made.
        ValueError: its options are wrong.
    """
    configured = environment.get(VARIABLE)
    if not configured:
        return False
    options = sign_options(Path(configured).read_text("utf-8"))
    signed = file.with_name(f"{file.name}.signed")
    signed.unlink(missing_ok=True)
    ways = ("-in", str(file), "-out", str(signed))
    run(["osslsigncode", "sign", "-h", "sha256", "-n", _NAME, *options, *ways])
    signed.replace(file)
    return True


def main(words: Sequence[str]) -> int:
    """Sign one file, or say that it is not signed; 1 when that fails."""
    file = Path(words[0])
    try:
        is_signed = sign(file, os.environ)
    except (BuildFailed, OSError, ValueError) as error:
        sys.stderr.write(f"{file.name}: {error}\n")
        return 1
    sys.stdout.write(f"{SAID[is_signed]} {file.name}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
