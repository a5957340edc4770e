"""What looks at this computer, and at whether somebody answers."""

from __future__ import annotations

from typing import Any

from bridge.adapters.autostart import autostart_of_user
from bridge.adapters.backupmark import BackupMark
from bridge.adapters.clock import SystemClock
from bridge.adapters.folders import Folders
from bridge.adapters.healthfile import HealthFile
from bridge.adapters.http import HttpTransport
from bridge.adapters.runmark import RunMark
from bridge.adapters.systemprobe import ComputerProbe
from bridge.domain.systemfacts import UpkeepFacts
from bridge.ehealth.endpoints import Endpoints
from bridge.ports.secrets import SecretStore
from bridge.service.systemchecks import STS
from bridge.settings import Settings

_ANY_SECRET = "instance-id"  # noqa: S105  # the name of an entry, no secret


def looking_parts(
    folders: Folders, secrets: SecretStore, transport: HttpTransport, settings: Settings
) -> dict[str, Any]:
    """Give the parts about looking of a daemon on the real system, by their names."""
    probe = probe_of(
        folders,
        secrets,
        transport,
        settings.resolved_endpoints(),
        has_proxy=settings.network.proxy is not None,
    )
    return {"probe": probe, "health_shelf": HealthFile(folders.data)}


def probe_of(
    folders: Folders,
    secrets: SecretStore,
    transport: HttpTransport,
    endpoints: Endpoints,
    *,
    has_proxy: bool = False,
) -> ComputerProbe:
    """Give what looks at this computer and at the services in use."""
    return ComputerProbe(
        clock=SystemClock(),
        folder=folders.data,
        try_keys=lambda: secrets.get(_ANY_SECRET),
        addresses={
            STS: endpoints.sts,
            "memberdata": endpoints.memberdata,
            "medadmin": endpoints.genasync_medadmin,
            "invoicing": endpoints.genasync_invoicing,
        },
        reach=transport.reach,
        has_proxy=has_proxy,
        upkeep=lambda: upkeep(folders),
    )


def upkeep(folders: Folders) -> UpkeepFacts:
    """Look at backups, the entry for start at login, and how earlier runs ended."""
    now = SystemClock().now()
    return UpkeepFacts(
        copied_at=BackupMark(folders.data).since(now),
        start_at_login=autostart_of_user().state,
        crashes=RunMark(folders.data).crashes(now),
    )
