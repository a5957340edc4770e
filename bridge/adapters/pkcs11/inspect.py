"""What the doctor wants to know of PKCS#11 libraries; each is tried in a process of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bridge.adapters.pkcs11.job import CardPart
from bridge.adapters.pkcs11.modules import kind_of
from bridge.adapters.pkcs11.process import WorkerProcess
from bridge.errors import BridgeError
from bridge.ports.doctor import ModuleFacts

_LIMIT_S: Final = 20


async def module_facts(
    modules: Sequence[Path],
    *,
    command: Sequence[str],
    chosen: Path | None = None,
    limit_s: float = _LIMIT_S,
) -> tuple[ModuleFacts, ...]:
    """Load each library and ask for its version; a failure is told as its code.

    Args:
        modules: Full paths, best first.
        command: Starts a worker, see ``bridge.adapters.selfcall``.
        chosen: The one that is used.
        limit_s: Seconds for each library.
    """
    return tuple(
        [
            await asyncio.to_thread(_facts, module, command, module == chosen, limit_s)
            for module in modules
        ]
    )


def _facts(
    module: Path,
    command: Sequence[str],
    is_chosen: bool,  # noqa: FBT001  # passed on by position to a thread
    limit_s: float,
) -> ModuleFacts:
    process = WorkerProcess(command, CardPart(module=module))
    version, code = None, None
    try:
        version = process.ask("inspect", limit_s=limit_s)["version"]
    except BridgeError as error:
        code = error.problem_code
    finally:
        process.close()
    return ModuleFacts(name=kind_of(module), version=version, code=code, is_chosen=is_chosen)
