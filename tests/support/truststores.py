"""The tools of other systems for stores of certificates, played: they remember, or say no."""

from __future__ import annotations

import hashlib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bridge.adapters.truststores import Said
from bridge.errors import TrustStoreError


@dataclass
class PlayedTool:
    """``certutil`` of Windows and ``security`` of macOS, as far as we use them.

    Attributes:
        says_no: Verbs that fail, as when the user declines.
        commands: What was asked, without the program.
    """

    says_no: set[str] = field(default_factory=set)
    commands: list[list[str]] = field(default_factory=list)
    held: dict[str, bytes] = field(default_factory=dict)

    def __call__(self, command: Sequence[str]) -> Said:
        program, *words = command
        if not Path(program).name:
            raise TrustStoreError
        self.commands.append(list(words))
        verb = next(word for word in words if word.lstrip("-") in _VERBS)
        if verb in self.says_no:
            return Said(1, b"")
        return getattr(self, _VERBS[verb.lstrip("-")])(words)

    def _add(self, words: list[str]) -> Said:
        der = ssl.PEM_cert_to_DER_cert(Path(words[-1]).read_text("ascii"))
        name = hashlib.sha1(der).hexdigest()  # noqa: S324  # as their stores name certificates
        self.held[name] = der
        return Said(0, b"")

    def _find(self, words: list[str]) -> Said:
        if "-Z" in words:
            lines = [f"SHA-1 hash: {name.upper()}" for name in self.held]
            return Said(0, "\n".join(lines).encode())
        return Said(0 if words[-1] in self.held else 1, b"")

    def _remove(self, words: list[str]) -> Said:
        name = words[words.index("-Z") + 1].lower() if "-Z" in words else words[-1]
        return Said(0 if self.held.pop(name, None) else 1, b"")

    def _pass(self, _words: list[str]) -> Said:
        return Said(0, b"")


_VERBS = {
    "addstore": "_add",
    "store": "_find",
    "delstore": "_remove",
    "add-trusted-cert": "_add",
    "find-certificate": "_find",
    "remove-trusted-cert": "_pass",
    "delete-certificate": "_remove",
}
