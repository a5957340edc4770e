"""Port ``CardSigner`` through a PKCS#11 library in a worker process.

Neither a crash nor a hang of the library touches the daemon.
What the worker does stands in ``bridge.adapters.pkcs11.worker``.
"""

from __future__ import annotations

import asyncio
import subprocess
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from bridge.adapters.cardthread import CardThread
from bridge.adapters.childstart import end_child, pipes_of, start_child
from bridge.adapters.pipes import PipeClosed
from bridge.adapters.pkcs11 import frames
from bridge.adapters.pkcs11.memory import CardMemory
from bridge.errors import CardError, MiddlewareCrashed, ReaderTimeout

if TYPE_CHECKING:
    from bridge.adapters.pkcs11.job import CardPart
    from bridge.crypto.algorithms import SignatureAlgorithm
    from bridge.domain.secrets import Pin
    from bridge.ports.card import CardFacts

_PATIENCE_S: Final = 5


@dataclass(frozen=True, kw_only=True)
class TimeLimits:
    """How long the worker may take, in seconds, its start included.

    Attributes:
        sign_s: The keypad's own limit of 30 s lies below it.
        log_off_s: For closing the card after a worker that died.
        close_s: For a job that runs when the daemon ends; less than the card thread waits.
    """

    facts_s: float = 20
    sign_s: float = 60
    log_off_s: float = 10
    close_s: float = 3


class WorkerProcess:
    """One worker at a time, started when it is needed; asked from one thread."""

    def __init__(self, command: Sequence[str], part: CardPart) -> None:
        """Remember what to start; nothing runs yet.

        Args:
            command: Starts a worker, see ``bridge.adapters.selfcall``.
            part: Library and key.
        """
        self._command = command
        self._part = frames.part_document(part)
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """Number of the process that runs now."""
        child = self._child
        return None if child is None else child.pid

    def ask(self, verb: str, *, limit_s: float, pin: Pin | None = None, **more: Any) -> Any:
        """Ask the worker one thing and give its answer.

        A request is never repeated: whether the PIN was judged is not known after a failure.

        Args:
            verb: Which thing.
            limit_s: Seconds until the worker is ended.
            pin: Sent after the request.
            **more: Members of the request.

        Raises:
            ReaderTimeout: no answer in time; the worker was ended.
            MiddlewareCrashed: the worker died, or could not be started.
            CardError, InputError: as the worker says.
        """
        try:
            child = self._running()
        except OSError as error:
            raise MiddlewareCrashed("the worker cannot be started") from error
        is_late = threading.Event()
        timer = threading.Timer(limit_s, partial(_end_late, child, is_late))
        timer.daemon = True
        timer.start()
        try:
            answer = _exchange(child, {**self._part, "verb": verb, "limit_s": limit_s, **more}, pin)
        except PipeClosed as error:
            self.close(patience_s=0)
            raise (ReaderTimeout if is_late.is_set() else MiddlewareCrashed) from error
        finally:
            timer.cancel()
            timer.join()
        frames.raise_error_in(answer)
        return answer

    def kill(self) -> None:
        """End the worker at once, from any thread; who waits for it gets ``MiddlewareCrashed``."""
        child = self._child
        if child is not None:
            child.kill()

    def close(self, *, patience_s: float = _PATIENCE_S) -> None:
        """Let the worker end, and end it after some seconds."""
        child, self._child = self._child, None
        if child is not None:
            end_child(child, patience_s=patience_s)
            pipes_of(child)[1].close()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._child is not None and self._child.poll() is None:
            return self._child
        self.close(patience_s=0)
        self._child = start_child(self._command)
        return self._child


class WorkerSigner:
    """Signs with the authentication key of a card, through a library in a worker process."""

    def __init__(
        self,
        command: Sequence[str],
        part: CardPart,
        *,
        limits: TimeLimits | None = None,
    ) -> None:
        """Choose library and card; nothing is started yet.

        Args:
            command: Starts a worker, see ``bridge.adapters.selfcall``.
            part: Library and key.
            limits: Of time; the defaults suit people and real cards.
        """
        self._process = WorkerProcess(command, part)
        self._limits = limits or TimeLimits()
        self._thread = CardThread()
        self._memory = CardMemory()
        self._reader: str | None = None

    @property
    def worker_pid(self) -> int | None:
        """Number of the worker that runs now, so that it is not taken for another program."""
        return self._process.pid

    async def facts(self, *, holder: str | None = None) -> CardFacts:
        """Look at the card; asks no PIN.

        Raises:
            MiddlewareCrashed: the library took its process down.
            ReaderTimeout: no answer in time.
            CardError: see ``CardCore.facts``.
        """
        return await self._thread.run(partial(self._look, holder))

    async def sign(
        self,
        data: bytes,
        *,
        algorithm: SignatureAlgorithm,
        pin: Pin | None,
    ) -> bytes:
        """Sign ``data`` after verifying the PIN once; the PIN is wiped.

        Raises:
            MiddlewareCrashed: the library took its process down; the PIN may have been judged.
            ReaderTimeout: no answer in time; the same holds.
            CardError, InputError: see ``CardCore.sign``.
        """
        return await self._thread.run(partial(self._sign, data, algorithm, pin))

    async def close(self) -> None:
        """Let a job that runs finish, for a few seconds; then end the worker."""
        ending = asyncio.create_task(self._thread.close())
        done, _ = await asyncio.wait({ending}, timeout=self._limits.close_s)
        if not done:
            self._process.kill()
        await ending
        await asyncio.to_thread(self._process.close)

    def _look(self, holder: str | None) -> CardFacts:
        answer = self._process.ask("facts", limit_s=self._limits.facts_s, holder=holder)
        facts = self._memory.keep(frames.facts_from(answer))
        self._reader = facts.reader
        return facts

    def _sign(self, data: bytes, algorithm: SignatureAlgorithm, pin: Pin | None) -> bytes:
        try:
            with self._memory.attempt(data, algorithm) as job:
                answer = self._process.ask(
                    "sign",
                    limit_s=self._limits.sign_s,
                    pin=pin,
                    **frames.job_document(job, pin),
                )
                return frames.signature_from(answer)
        except (MiddlewareCrashed, ReaderTimeout):
            self._log_off()
            raise
        finally:
            if pin is not None:
                pin.wipe()

    def _log_off(self) -> None:
        """Close the card that a worker may have left open when it died.

        The worker that does it is ended again: the next job finds nothing of a failure.
        """
        if self._reader is None:
            return
        with suppress(CardError):
            self._process.ask("log_off", limit_s=self._limits.log_off_s, reader=self._reader)
        self._process.close()


def _exchange(
    child: subprocess.Popen[bytes], request: dict[str, Any], pin: Pin | None
) -> dict[str, Any]:
    stdin, stdout = pipes_of(child)
    frames.send(stdin, request, pin)
    return frames.receive(stdout)


def _end_late(child: subprocess.Popen[bytes], is_late: threading.Event) -> None:
    is_late.set()
    child.kill()
