"""The card worker: a process that owns the PKCS#11 library and nothing else.

A library may crash, hang or print; none of that reaches the daemon.
The worker has no arguments: everything arrives through its standard input, and it ends when that
is closed.
"""

from __future__ import annotations

from collections.abc import Callable
from io import FileIO
from pathlib import Path
from typing import Any, Final

from bridge.adapters.childtask import GRACE_S, end_after, forbid_dumps, live_on, own_pipes
from bridge.adapters.pcsc.explain import explained
from bridge.adapters.pcsc.logoff import log_off
from bridge.adapters.pcsc.tries import tries_left
from bridge.adapters.pipes import PipeClosed
from bridge.adapters.pkcs11 import frames
from bridge.adapters.pkcs11.core import AfterJob, CardCore, TriesOf
from bridge.adapters.pkcs11.modules import kind_of
from bridge.domain.secrets import Pin
from bridge.errors import BridgeError, CardError, CardMissing, CardUnsupported

_VAGUE: Final = frozenset({CardError, CardMissing, CardUnsupported})


class Worker:
    """Answers one request after the other."""

    def __init__(
        self,
        requests: FileIO,
        answers: FileIO,
        *,
        after_job: AfterJob | None = None,
        tries_of: TriesOf | None = None,
        explained: Callable[[CardError], CardError] = lambda error: error,
    ) -> None:
        """Take over the ends of the pipe.

        Args:
            requests: Read from here, until it is closed.
            answers: Written to here.
            after_job: See ``CardCore``.
            tries_of: See ``CardCore``.
            explained: Gives a better error than the library's, where it knows one.
        """
        self._requests = requests
        self._answers = answers
        self._after_job = after_job
        self._tries_of = tries_of
        self._explained = explained
        self._verbs: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "facts": self._facts,
            "inspect": self._inspect,
            "sign": self._sign,
            "log_off": self._log_off,
        }

    def run(self) -> None:
        """Serve until the daemon closes its end."""
        try:
            while True:
                request = frames.receive(self._requests)
                frames.send(self._answers, self._answer(request))
        except PipeClosed:
            return

    def _answer(self, request: dict[str, Any]) -> dict[str, Any]:
        end_after(request["limit_s"] + GRACE_S)
        try:
            return self._verbs[request["verb"]](request)
        except BridgeError as error:
            return frames.error_document(error)
        except Exception as error:  # noqa: BLE001  # a bug of ours is no crash of the library
            return frames.bug_document(error)
        finally:
            live_on()

    def _core(self, request: dict[str, Any]) -> CardCore:
        """Prepare one job; the library itself stays loaded."""
        return CardCore(
            frames.part_from(request), after_job=self._after_job, tries_of=self._tries_of
        )

    def _inspect(self, request: dict[str, Any]) -> dict[str, Any]:
        major, minor = self._core(request).load().library_version
        return {"version": f"{major}.{minor}"}

    def _facts(self, request: dict[str, Any]) -> dict[str, Any]:
        try:
            return frames.facts_document(self._core(request).facts(request["holder"]))
        except CardError as error:
            if type(error) in _VAGUE and kind_of(Path(request["module"] or "")) != "other":
                # Software tokens have no reader to look into.
                raise self._explained(error) from error
            raise

    def _sign(self, request: dict[str, Any]) -> dict[str, Any]:
        digits = request["pin_digits"]
        pin: Pin | None = None if digits is None else frames.receive_pin(self._requests, digits)
        signature = self._core(request).sign(frames.job_from(request), pin)
        return frames.signature_document(signature)

    def _log_off(self, request: dict[str, Any]) -> dict[str, Any]:
        if self._after_job is not None:
            self._after_job(request["reader"])
        return {}


def main() -> None:
    """Run the worker on this process's standard input and output."""
    forbid_dumps()
    requests, answers = own_pipes()
    with requests, answers:
        worker = Worker(
            requests, answers, after_job=log_off, tries_of=tries_left, explained=explained
        )
        worker.run()
    # A library that waits for a reader in its clean-up would keep the process.
    end_after(GRACE_S)
