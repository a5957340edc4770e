"""The played platform, served to a production build that runs in a process of its own."""

from __future__ import annotations

from dataclasses import fields

from cryptography.hazmat.primitives.serialization import Encoding

from bridge.adapters.clock import SystemClock
from bridge.adapters.ids import SystemIds
from bridge.adapters.listener import listen
from bridge.daemon.server import LoopThread, Served
from bridge.sandbox.app import SandboxApp
from bridge.sandbox.world import World


class Platform:
    """The sandbox at an address of this computer, and what its users have in hand."""

    def __init__(self) -> None:
        clock = SystemClock()
        self.world = World.create(clock=clock, ids=SystemIds(clock))
        self._sockets = listen((0,))
        self.url = f"http://127.0.0.1:{self._sockets.port}"
        app = SandboxApp(self.world)
        self._loop = LoopThread(
            servers=[Served(app=app, sockets=self._sockets.sockets, says_own_time=True)],
            before=_nothing,
            after=_nothing,
            closing=lambda: None,
        )
        self._loop.start()

    def close(self) -> None:
        self._loop.stop()

    @property
    def issuers(self) -> bytes:
        """The trust list of the token service, as PEM."""
        authority = self.world.pki.sts_authority.certificate
        return authority.x509.public_bytes(Encoding.PEM)

    def settings(self, issuers: str, *further: str) -> str:
        """Write what a user of this platform has in her settings file.

        Args:
            issuers: Where the trust list lies, as the program is told.
            further: Lines of the section ``access``.
        """
        endpoints = self.world.endpoints(self.url)
        known = {each.name: getattr(endpoints, each.name) for each in fields(endpoints)}
        lines = [f'{name} = "{address}"' for name, address in known.items() if address]
        return "\n".join(
            [
                'environment = "acceptance"',
                *("[endpoints]", *lines),
                *("[trust]", f"sts_anchors = '{issuers}'"),
                *('sts_signer_cbe = ""', 'etk_signer_cbe = ""'),
                *("[access]", 'peer_check = "enforce"', *further),
                *("[card]", 'signing = "card_commands"'),
                f'root_keys = ["{self.world.document.root_key}"]',
                *("[software]", f'licence_username = "{self.world.licence.username}"', ""),
            ]
        )


async def _nothing() -> None:
    """Have nothing to begin and nothing to end."""
