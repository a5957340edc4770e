"""What the command line of the same user may ask about kept data: report, export, erasure.

The files of an export are written here, where the user says, for their owner alone: the channel
carries short lines only.
"""

from __future__ import annotations

from collections.abc import Coroutine
from pathlib import Path
from typing import Any, Final

from bridge.adapters.localprotocol import Handler
from bridge.adapters.ownfiles import write_private_file
from bridge.daemon.localverbs import Carry
from bridge.domain.identifiers import Niss
from bridge.errors import Conflict, InputError
from bridge.i18n import LANGUAGES
from bridge.service.facade import Services

_RETENTION: Final = "retention_required"


class DataVerbs:
    """Answers about kept data."""

    def __init__(self, services: Services, carry: Carry[Any]) -> None:
        """Answer with services that live on the loop."""
        self._services = services
        self._carry = carry

    def handlers(self) -> dict[object, Handler]:
        """Give the handlers by their verbs."""
        return {"data-held": self._held, "data-export": self._export, "data-erase": self._erase}

    def _held(self, _request: dict[str, Any]) -> dict[str, Any]:
        found = self._do(self._services.retention.held())
        return {
            "kinds": [
                {
                    "kind": each.kind.value,
                    "count": each.count,
                    "oldest_at": None if each.oldest_at is None else each.oldest_at.isoformat(),
                }
                for each in found
            ]
        }

    def _export(self, request: dict[str, Any]) -> dict[str, Any]:
        """Write two files beside each other; neither replaces anything.

        Raises:
            InputError: no person number, or the place is not absolute.
            Conflict: ``file_exists``.
        """
        niss, language = _niss(request), request.get("language")
        place = request.get("path")
        if not isinstance(place, str) or not Path(place).is_absolute() or language not in LANGUAGES:
            raise InputError
        files = [Path(f"{place}.{ending}") for ending in ("json", "pdf")]
        if any(file.exists() for file in files):
            raise Conflict(code="file_exists")
        export = self._do(self._services.patient_data.export(niss, language=language))
        for file, content in zip(files, (export.document, export.paper), strict=True):
            write_private_file(file, content)
        return {"id": export.id, "rows": export.rows, "files": [str(file) for file in files]}

    def _erase(self, request: dict[str, Any]) -> dict[str, Any]:
        """Erase a patient; a legal duty is an answer, because it has a date."""
        try:
            erase = self._services.patient_data.erase
            is_forced = request.get("despite_duty") is True
            erasure = self._do(erase(_niss(request), despite_duty=is_forced))
        except Conflict as error:
            if error.problem_code != _RETENTION:
                raise
            return {"retained_until": error.params["until"]}
        return {"id": erasure.id, "at": erasure.at.isoformat(), "counts": dict(erasure.counts)}

    def _do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self._carry(work)


def _niss(request: dict[str, Any]) -> Niss:
    text = request.get("niss")
    if not isinstance(text, str):
        raise InputError
    return Niss.parse(text)
