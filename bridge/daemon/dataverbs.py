"""What the command line of the same user may ask about kept data: report, export, erasure.

The file of an export is written here, where the user says, for its owner alone: the channel
carries short lines only.
"""

from __future__ import annotations

from collections.abc import Coroutine
from pathlib import Path
from typing import Any, Final

from bridge.adapters import aeszip
from bridge.adapters.ids import SystemIds
from bridge.adapters.localprotocol import Handler
from bridge.adapters.ownfiles import write_private_file
from bridge.daemon.localverbs import Carry
from bridge.domain.identifiers import Niss
from bridge.domain.madefiles import LEAST_PASSPHRASE
from bridge.errors import Conflict, InputError
from bridge.i18n import LANGUAGES
from bridge.service.facade import Services
from bridge.service.patientdata import PatientExport

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
        """Write one file under a pass phrase, or two that are not encrypted; nothing is replaced.

        Without a pass phrase the request must say ``is_plain`` (SEC-134).

        Raises:
            InputError: no person number, no absolute place, neither a pass phrase nor ``is_plain``;
                ``backup_passphrase_short``.
            Conflict: ``file_exists``.
        """
        niss, language = _niss(request), request.get("language")
        place, passphrase = request.get("path"), request.get("passphrase")
        is_plain = request.get("is_plain") is True
        if not isinstance(place, str) or not Path(place).is_absolute() or language not in LANGUAGES:
            raise InputError
        if is_plain is isinstance(passphrase, str):
            raise InputError
        if isinstance(passphrase, str) and len(passphrase) < LEAST_PASSPHRASE:
            raise InputError(code="backup_passphrase_short", least=LEAST_PASSPHRASE)
        endings = ("json", "pdf") if is_plain else ("zip",)
        files = [Path(f"{place}.{ending}") for ending in endings]
        if any(file.exists() for file in files):
            raise Conflict(code="file_exists")
        give = self._services.patient_data.export
        export = self._do(give(niss, language=language, is_plain=is_plain))
        contents: tuple[bytes, ...] = (export.document, export.paper)
        if isinstance(passphrase, str):
            contents = (self._sealed(export, passphrase),)
        for file, content in zip(files, contents, strict=True):
            write_private_file(file, content)
        return {"id": export.id, "rows": export.rows, "files": [str(file) for file in files]}

    def _sealed(self, export: PatientExport, passphrase: str) -> bytes:
        """Pack both files; only what is encrypted is ever written to the disk."""
        files = {f"{export.id}.json": export.document, f"{export.id}.pdf": export.paper}
        clock = self._services.clock
        ids = SystemIds(clock)
        salts = {name: ids.secret(aeszip.SALT_BYTES) for name in files}
        return aeszip.write(files, passphrase, salts=salts, at=clock.now())

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
