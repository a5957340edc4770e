"""What the first steps do: everything through the services of every day.

Source: SEC-136 (the pass phrase is asked once and not kept), D10, D12.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final, TypeVar

import structlog

from bridge.adapters.conversation import Said
from bridge.adapters.keystore import KeystoreVault
from bridge.crypto.certificates import Certificate
from bridge.domain.identifiers import Cbe, Nihii, Niss
from bridge.domain.insurability import InsurabilityFacts, InsurabilityQuestion
from bridge.domain.operations import OperationProblem, OperationStatus
from bridge.domain.periods import Period, brussels_day
from bridge.domain.registrations import Holder, Registration, RegistrationKind
from bridge.errors import BridgeError, CertificateMissing, InputError, KeystoreUnreadable
from bridge.service.facade import Services
from bridge.service.keys import KeyClaim
from bridge.service.tokens import Client

T = TypeVar("T")
DEFAULT_ID: Final = "reg_default"
"""As the command line calls the registration that it makes with a certificate."""
_LONGEST: Final = timedelta(minutes=5)

log = structlog.get_logger()


class FirstActs:
    """Does what the window asks for; used on the loop.

    Attributes:
        certificate: The one that is imported; ``None`` before.
        answer: What the insurer said last; ``None`` before.
    """

    def __init__(self, services: Services, vault: KeystoreVault, client: Client) -> None:
        """Act through these services.

        Args:
            services: Of the running daemon.
            vault: Where the certificate is sealed.
            client: In whose name sessions and questions are asked for.
        """
        self._services = services
        self._vault = vault
        self._client = client
        self.certificate: Certificate | None = None
        self.answer: InsurabilityFacts | None = None
        self._actions: Mapping[str, Callable[[Said], Awaitable[None]]] = {
            "certificate": self._import,
            "registration": self._register,
            "pairing": self._expect,
            "session": self._open_session,
            "question": self._ask,
        }

    async def begin(self) -> None:
        """Look at what is there already."""
        self.answer = None
        try:
            registration_id = await self._registration_id()
            facts = await asyncio.to_thread(self._vault.facts, registration_id)
            self.certificate = facts.certificate
        except CertificateMissing:
            self.certificate = None
        except BridgeError as error:
            log.info("assistant.no_certificate", code=error.problem_code)
            self.certificate = None

    async def do(self, said: Said) -> None:
        """Do what was pressed, and wipe what was secret.

        Raises:
            BridgeError: why it could not be done.
        """
        try:
            action = self._actions.get(said.action)
            if action is not None:
                await action(said)
        finally:
            secret = said.secret or bytearray()
            for place in range(len(secret)):
                secret[place] = 0

    async def _import(self, said: Said) -> None:
        """Seal the certificate of a file, for the registration that is there or will be."""
        name, secret = said.words.get("file", ""), said.secret or bytearray()
        registration_id = await self._registration_id()

        def work() -> Certificate:
            try:
                content = Path(name).expanduser().read_bytes()
            except OSError as error:
                raise KeystoreUnreadable from error
            passphrase = secret.decode("utf-8", "replace")
            kept = self._vault.import_pkcs12(content, passphrase, registration_id=registration_id)
            return kept.certificate

        self.certificate = await asyncio.to_thread(work)
        await self._services.health.refresh()

    async def _register(self, said: Said) -> None:
        """Make the default registration, or change the one there is."""
        words = said.words
        now = self._services.clock.now()
        kept = await self._services.registrations.all()
        wanted = Registration(
            id=kept[0].id if kept else DEFAULT_ID,
            kind=_kind(words.get("kind")),
            holder=await self._holder(Nihii.parse(words.get("nihii", ""))),
            group=_parsed(Nihii.parse, words.get("group")),
            cbe=_parsed(Cbe.parse, words.get("cbe")),
            created_at=now,
            updated_at=now,
        )
        if kept:
            before = kept[0]
            changed = replace(
                before, kind=wanted.kind, holder=wanted.holder, group=wanted.group, cbe=wanted.cbe,
                updated_at=now,
            )  # fmt: skip
            await self._services.registrations.change(changed, expected=before)
        else:
            await self._services.registrations.create(wanted, is_default=True)
        holder = wanted.holder
        names = holder.name
        await self._name_practice(words.get("practice") or names)
        await self._services.health.refresh()

    async def _expect(self, _said: Said) -> None:
        self._services.pairing_desk.expect()

    async def _open_session(self, said: Said) -> None:
        language = said.words.get("language", self._services.default_language)
        operation = await self._services.sessions.open(client=self._client, language=language)
        await self._finished(operation.id)

    async def _ask(self, said: Said) -> None:
        """Ask whether the patient is insured today."""
        self.answer = None
        services = self._services
        today = brussels_day(services.clock.now())
        question = InsurabilityQuestion(
            patient=Niss.parse(said.words.get("niss", "")),
            period=Period(from_on=today, to_on=today),
        )
        claim = KeyClaim(key=services.ids.ulid("key"), route="assistant", fingerprint="")
        accepted = await services.checks.ask(question, client=self._client, claim=claim)
        await self._finished(accepted.operation.id)
        check = await services.checks.get(accepted.check.id, client=self._client)
        self.answer = check.facts

    async def _finished(self, operation_id: str) -> None:
        """Wait for an operation of ours.

        Raises:
            BridgeError: why it did not succeed.
        """
        operations = self._services.operations
        await operations.wait(operation_id, seconds=_LONGEST.total_seconds())
        operation = await operations.get(operation_id, client_id=self._client.id)
        if operation.status is not OperationStatus.SUCCEEDED:
            problem = operation.problem
            raise _as_error(problem)

    async def _registration_id(self) -> str:
        kept = await self._services.registrations.all()
        return kept[0].id if kept else DEFAULT_ID

    async def _holder(self, nihii: Nihii) -> Holder:
        """Say whose registration it is: the certificate's, else the card's; the card has names.

        Raises:
            BridgeError: neither tells.
        """
        identity = None if self.certificate is None else self.certificate.identity
        niss = None if identity is None or identity.niss is None else Niss.parse(identity.niss)
        try:
            identities = self._services.identities
            card = await identities.who(identities.readable()[0])
        except BridgeError:
            if niss is None:
                raise
            return Holder(niss=niss, nihii=nihii, first_name="", last_name="")
        if niss is not None and card.niss != niss:
            # Somebody else's card lies there; the certificate decides.
            return Holder(niss=niss, nihii=nihii, first_name="", last_name="")
        return Holder(
            niss=card.niss, nihii=nihii, first_name=card.first_names, last_name=card.last_name
        )

    async def _name_practice(self, name: str) -> None:
        practices = await self._services.practices.all()
        if name and practices and practices[0].name != name:
            renamed = replace(practices[0], name=name)
            await self._services.practices.change(renamed, expected=practices[0])


def _parsed(parse: Callable[[str], T], word: str | None) -> T | None:
    """Read a number that need not be there."""
    return parse(word) if word else None


def _as_error(problem: OperationProblem | None) -> BridgeError:
    """Give an operation's trouble as it was before it became a problem of its resource."""
    error = BridgeError(code="internal_error" if problem is None else problem.code)
    error.params.update({} if problem is None else problem.params)
    return error


def _kind(word: str | None) -> RegistrationKind:
    try:
        return RegistrationKind(word or RegistrationKind.NURSE.value)
    except ValueError as error:
        raise InputError(code="value_not_allowed") from error
