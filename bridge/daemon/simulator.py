"""The simulator build: the same daemon against the embedded sandbox, with a software card.

Only this module imports ``bridge.sandbox``; the production wheel contains neither (D2, SEC-20).
Everything secret is made for this run and gone with it.
"""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Literal

from api.app import create_app
from api.simulated import ALL_ENDPOINTS
from bridge import __version__, logs
from bridge.adapters.billing.installed import InstalledConnectors
from bridge.adapters.clienttls import HttpRestOpener
from bridge.adapters.clock import SystemClock
from bridge.adapters.db.store import SqlStore
from bridge.adapters.folders import Folders
from bridge.adapters.http import HttpTransport
from bridge.adapters.ids import SystemIds
from bridge.adapters.keystore import KeystoreVault
from bridge.adapters.listener import CANDIDATE_PORTS, listen
from bridge.adapters.localprotocol import Handler
from bridge.adapters.ownfiles import write_private_file
from bridge.adapters.peers import system_peers
from bridge.adapters.pkcs11.job import CardPart
from bridge.adapters.pkcs11.process import WorkerSigner
from bridge.adapters.pkcs11.softhsm import SoftHsmToken
from bridge.adapters.processes import os_session_id
from bridge.adapters.secrets import MemorySecrets
from bridge.adapters.selfcall import own_command
from bridge.daemon import build, cards, presence, real
from bridge.daemon.audit import audit_trail
from bridge.daemon.openverbs import OpenVerbs
from bridge.daemon.probes import probe_of
from bridge.daemon.rotation import KeyRotation, Keys
from bridge.daemon.server import LoopThread, Served
from bridge.daemon.storage import DATABASE, SnapshotDesk, database_key
from bridge.daemon.traylink import DaemonTray, tray_of
from bridge.domain.billingservices import Authentication, BillingAccount, BillingSettings
from bridge.domain.invoicesettings import InvoiceSettings
from bridge.ehealth.profiles import StsSettings
from bridge.eid.trust import BelgianRoots
from bridge.mycarenet.common import Package
from bridge.mycarenet.memberdata import MemberDataSettings
from bridge.ports.prompt import Prompt
from bridge.ports.store import UnitOfWork
from bridge.sandbox import care_reasons
from bridge.sandbox.app import SandboxApp
from bridge.sandbox.billing import CLIENT_ID as BILLING_CLIENT
from bridge.sandbox.billing import PATH as BILLING_PATH
from bridge.sandbox.control import SandboxControl
from bridge.sandbox.pcscd import SOCKET_VARIABLE, PrivatePcscd
from bridge.sandbox.slots import CardSlot, SoftwareSlot, VirtualSlot
from bridge.sandbox.virtualcard import VirtualCard
from bridge.sandbox.visitors import SecondReader, VirtualSecondReader
from bridge.sandbox.world import World
from bridge.service.billingaccess import BillingSecrets
from bridge.service.facade import Services
from bridge.service.genasync import TackHmac
from bridge.service.tokens import SCOPES, Client
from bridge.service.wrapping import SignatureCheck, WrappingSettings
from bridge.settings import CardSettings

CardKind = Literal["software", "softhsm", "virtual"]
Signing = Literal["auto", "middleware", "card_commands"]
KeyKind = Literal["rsa", "ec"]
TOKEN_LIFETIME: Final = timedelta(days=30)
LANGUAGE: Final = "nl"
BILLING_ID: Final = "bsv_00000000000000000000000001"
CONTACT: Final = "simulator@carebridge.invalid"
INVOICES: Final = InvoiceSettings(lenient_rules=frozenset({"second_file_of_day"}))
"""Only the insurers' days pass here, so a second file of our day may be one of their next days."""


@dataclass(frozen=True, kw_only=True)
class DemoOptions:
    """How the demo was asked for.

    Attributes:
        card: ``software`` in this process, ``softhsm`` a PKCS#11 token, ``virtual`` an emulated
            eID in a virtual reader, behind a smart-card service of its own.
        signing: Which way to the virtual card is used.
        port: API port; ``None`` takes the first free candidate, 0 any free one.
        has_automatic_pin: Answer the PIN prompt with the card's PIN by itself.
        folder: Where to keep files; ``None`` makes a folder that goes with the run.
        is_new: Begin as on the first day: no registration, and the certificate as a file.
    """

    card: CardKind = "software"
    key: KeyKind = "rsa"
    signing: Signing = "auto"
    port: int | None = None
    has_automatic_pin: bool = True
    folder: Path | None = None
    is_new: bool = False


@dataclass(frozen=True, kw_only=True)
class DemoFacts:
    """What a caller needs to use the demo."""

    base_url: str
    token: str
    sandbox_url: str
    pid: int


@dataclass(frozen=True, kw_only=True)
class NewDemoFacts(DemoFacts):
    """What a nurse has in hand on her first day; played, like everything here.

    Attributes:
        certificate: File of her eHealth certificate.
        passphrase: Opens it.
        nihii: Her care provider number.
        patient: NISS of somebody she cares for.
        pin: Of her card.
    """

    certificate: str
    passphrase: str
    nihii: str
    patient: str
    pin: str


class Demo:
    """One run of the simulator build."""

    def __init__(self, options: DemoOptions) -> None:
        """Remember the options; ``start`` does the work."""
        self._options = options
        self._cleanup = ExitStack()
        self._loop: LoopThread | None = None
        self._further: dict[object, Handler] = {}
        self.tray: DaemonTray | None = None

    def start(self) -> DemoFacts:
        """Build everything, listen, and give the facts when both servers accept."""
        folders = self._folders()
        logs.configure(folder=folders.logs)
        clock = SystemClock()
        ids = SystemIds(clock)
        world = World.create(clock=clock, ids=ids, key_kind=self._options.key)
        sandbox_sockets = listen((0,))
        sandbox_url = f"http://127.0.0.1:{sandbox_sockets.port}"
        parts = self._parts(world, folders, sandbox_url)
        services = build.build_services(parts)
        sockets = listen(CANDIDATE_PORTS if self._options.port is None else (self._options.port,))
        bound = presence.port_checks(sockets, parts.peers, parts.clock)
        services.health.ask(lambda: bound)
        api = create_app(services, port=sockets.port, endpoints=ALL_ENDPOINTS)
        self._loop = LoopThread(
            servers=[
                Served(app=api, sockets=sockets.sockets),
                Served(app=SandboxApp(world), sockets=sandbox_sockets.sockets, says_own_time=True),
            ],
            before=lambda: self._begin(services, parts, world, sandbox_url),
            after=lambda: build.stop(services, parts),
            closing=services.events.stop,
        )
        self._loop.start()
        self._answer_locally(self._loop, services, parts, folders, sockets.port)
        presence.publish(services, folders, sockets.port, self._cleanup)
        if not self._options.has_automatic_pin:
            self.tray = tray_of(services, parts, folders, self._loop, port=sockets.port)
        facts = DemoFacts(
            base_url=f"http://127.0.0.1:{sockets.port}",
            token=_printed_token(services),
            sandbox_url=sandbox_url,
            pid=os.getpid(),
        )
        return _in_hand(facts, world, folders) if self._options.is_new else facts

    def stop(self) -> None:
        """Stop both servers and remove what belonged to the run."""
        if self._loop is not None:
            if self.tray is not None:
                self._loop.begin(self.tray.close())
            self._loop.stop()
        self._cleanup.close()

    def _answer_locally(
        self,
        loop: LoopThread,
        services: Services,
        parts: build.Parts,
        folders: Folders,
        port: int,
    ) -> None:
        """Answer the command line of the same user, until the end."""
        local = real.local_server(
            services,
            folders,
            parts.secrets,
            parts.ids,
            desk=SnapshotDesk(parts.store, parts.audit),
            carry=loop.carry,
            further={
                **OpenVerbs(services, loop.carry, port=port).handlers(),
                **self._further,
            },
        )
        local.start()
        self._cleanup.callback(local.stop)

    def _folders(self) -> Folders:
        base = self._options.folder
        if base is None:
            kept = tempfile.TemporaryDirectory(prefix="carebridge-", ignore_cleanup_errors=True)
            base = Path(self._cleanup.enter_context(kept))
        folders = Folders.under(base)
        folders.create()
        return folders

    def _parts(self, world: World, folders: Folders, sandbox_url: str) -> build.Parts:
        clock, ids = SystemClock(), world.ids
        secrets = MemorySecrets()
        path = folders.data / DATABASE
        store = SqlStore.open(path, database_key(path, secrets, ids))
        vault = self._vault(world, folders, secrets)
        audit = audit_trail(folders.data, secrets=secrets, clock=clock, ids=ids)
        keys = Keys.of(secrets, ids, clock)
        rotation = KeyRotation(store, path, vault=vault, keys=keys, audit=audit)
        self._further = rotation.handlers()
        BillingSecrets(secrets).put(BILLING_ID, world.billing.client_secret.encode())
        used = self._card(world, folders)
        transport = HttpTransport(program=f"carebridge/{__version__}", contact=CONTACT)
        return build.Parts(
            clock=clock,
            ids=ids,
            secrets=secrets,
            audit=audit,
            store=store,
            daily=(rotation.daily,),
            keystore=vault,
            card=used.ways.signer,
            reader=used.ways.reader,
            doctor=used.ways.doctor,
            prompt=self._prompt(world),
            probe=probe_of(folders, secrets, transport, world.endpoints(sandbox_url)),
            pairing_screen=None if self._options.has_automatic_pin else cards.pairing_screen(),
            os_session=os_session_id(),
            peers=system_peers(),
            transport=transport,
            closers=(transport.close, *used.ways.closers),
            platform=_platform(world, sandbox_url),
            language=LANGUAGE,
            invoices=INVOICES,
            billing=_billing(),
            refusal_meanings=care_reasons.MEANINGS,
            roots=BelgianRoots([world.document.root_key]),
            simulator=SandboxControl(world, used.slot, used.second_reader),
        )

    async def _begin(
        self, services: Services, parts: build.Parts, world: World, sandbox_url: str
    ) -> None:
        account = _billing_account(f"{sandbox_url}{BILLING_PATH}", parts.clock.now())

        def work(unit: UnitOfWork) -> None:
            if not self._options.is_new:
                unit.registrations.put(world.nurse.registration)
            unit.billing_accounts.put(account)

        await parts.store.write(work)
        await build.start(services, parts)

    def _vault(self, world: World, folders: Folders, secrets: MemorySecrets) -> KeystoreVault:
        """Give where certificates lie; the nurse's is there, as its owner would import it."""
        vault = KeystoreVault(folders.data / "certificates", secrets=secrets, ids=world.ids)
        nurse = world.nurse
        if not self._options.is_new:
            vault.import_pkcs12(
                nurse.keystore_p12,
                nurse.keystore_passphrase,
                registration_id=nurse.registration.id,
            )
        return vault

    def _card(self, world: World, folders: Folders) -> _UsedCard:
        if self._options.card == "virtual":
            return self._virtual_card(world)
        slot = SoftwareSlot(world.reader, world.document)
        if self._options.card == "software":
            return _UsedCard(cards.CardWays(signer=world.card, reader=world.reader), slot)
        key, certificate = world.card.export_for_token()
        token = SoftHsmToken.create(folders.data / "softhsm", key, certificate, world.nurse.pin)
        part = CardPart(module=token.module, choice=token.choice)
        signer = WorkerSigner(own_command(cards.WORKER), part)
        ways = cards.CardWays(signer=signer, reader=world.reader, closers=(signer.close,))
        return _UsedCard(ways, slot)

    def _virtual_card(self, world: World) -> _UsedCard:
        """Play a card behind a smart-card service of its own; real parts do the rest."""
        service = PrivatePcscd()
        self._cleanup.callback(service.close)
        service.start()
        # Before anything in this process, or its children, looks for the service.
        os.environ[SOCKET_VARIABLE] = str(service.socket_path)
        card = VirtualCard(world.document.content(), port=service.ports[0])
        self._cleanup.callback(card.close)
        settings = CardSettings(signing=self._options.signing)
        ways = cards.card_ways(settings, clock=SystemClock(), language=LANGUAGE)
        second = VirtualSecondReader(service.ports[1])
        self._cleanup.callback(second.close)
        return _UsedCard(ways, VirtualSlot(card), second)

    def _prompt(self, world: World) -> Prompt:
        """Ask a human, where there is one; otherwise answer with the simulated card's PIN."""
        is_asked = cards.has_screen() or sys.stdin.isatty()
        return world.prompt if self._options.has_automatic_pin or not is_asked else cards.prompt()


@dataclass(frozen=True)
class _UsedCard:
    ways: cards.CardWays
    slot: CardSlot
    second_reader: SecondReader | None = None


def _platform(world: World, sandbox_url: str) -> build.Platform:
    """Give the played platform, checked as strictly as can be."""
    return build.Platform(
        endpoints=world.endpoints(sandbox_url),
        trust=world.sts_trust(),
        etk_trust=world.etk_trust(),
        package=Package(name="Carebridge", licence=world.licence),
        is_test=True,
        sts_settings=StsSettings(),
        memberdata_settings=MemberDataSettings(),
        tack_hmac=TackHmac.ENFORCE,
        wrapping=WrappingSettings(check=SignatureCheck.ENFORCE, signers=world.signers()),
    )


def _in_hand(facts: DemoFacts, world: World, folders: Folders) -> NewDemoFacts:
    """Write the certificate as the file that eHealth gives, and say what goes with it."""
    nurse = world.nurse
    file = folders.data / "ehealth.p12"
    write_private_file(file, nurse.keystore_p12)
    return NewDemoFacts(
        **asdict(facts),
        certificate=str(file),
        passphrase=nurse.keystore_passphrase,
        nihii=nurse.registration.holder.nihii.digits,
        patient=world.people.people()[0].niss.digits,
        pin=nurse.pin.decode(),
    )


def _billing() -> build.BillingParts:
    """Give the way to the played billing service, which is looked at often."""
    return build.BillingParts(
        connectors=InstalledConnectors(),
        opener=HttpRestOpener(program=f"carebridge/{__version__}"),
        settings=BillingSettings(interval_s=5, requests_per_minute=600),
    )


def _billing_account(base_url: str, now: datetime) -> BillingAccount:
    """Give the registration with the played billing service; its secret is in memory."""
    return BillingAccount(
        id=BILLING_ID,
        name="Simulated billing service",
        base_url=base_url,
        token_url=f"{base_url}/token",
        authentication=Authentication.CLIENT_CREDENTIALS,
        client_id=BILLING_CLIENT,
        is_synchronised=True,
        created_at=now,
        updated_at=now,
    )


def _printed_token(services: Services) -> str:
    """Make the token that only the simulator build prints (D2, D10)."""
    client = Client(id="simulator", display_name="Carebridge demo", scopes=SCOPES)
    return services.tokens.issue(client, lifetime=TOKEN_LIFETIME)
