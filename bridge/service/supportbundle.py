"""The support bundle: what support needs, as files a person can open and read first.

Nothing is uploaded, and nothing is left behind beside the file that was asked for.
What a mask recognises in any file keeps the whole bundle from being made (LOG-05).
Source: *Local API security* 14 (SEC-146).
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from bridge.errors import Conflict
from bridge.masks import mask, unmasked

CONTENTS: Final = "contents.json"
_OWNER_ONLY: Final = 0o600 << 16
"""Mode of the files once they are unpacked, where zip files keep it."""


def assemble(files: Mapping[str, str], *, reference: str, created_at: datetime) -> bytes:
    """Put the files into one, with a list of contents and the reference to read out.

    Raises:
        Conflict: ``bundle_unmasked``, a file has something in it that should have been masked;
            names the file and the kind, never what it is.
    """
    contents = {
        "reference": reference,
        "created_at": created_at.isoformat(timespec="seconds"),
        "files": {
            name: {"size": len(text.encode()), "sha256": hashlib.sha256(text.encode()).hexdigest()}
            for name, text in files.items()
        },
    }
    refuse_unmasked(files)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in {CONTENTS: document(contents), **files}.items():
            entry = zipfile.ZipInfo(name, date_time=created_at.timetuple()[:6])
            entry.external_attr = _OWNER_ONLY
            archive.writestr(entry, text.encode(), zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def refuse_unmasked(files: Mapping[str, str]) -> None:
    """Look through everything that would leave.

    Raises:
        Conflict: ``bundle_unmasked``.
    """
    for name, text in files.items():
        kind = unmasked(text)
        if kind is not None:
            raise Conflict(code="bundle_unmasked", file=name, kind=kind)


def document(value: Any) -> str:
    """Write facts as JSON that people can read."""
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def masked(value: Any) -> Any:
    """Mask names that others chose, such as those of readers; the shape stays."""
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, Mapping):
        return {name: masked(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [masked(each) for each in value]
    return value
