"""One frozen model of all settings, from a TOML file.

An unknown key is refused by name; no secret is ever a setting.
Read by the composition root and the command line only.
Source: *style anchors* 4.12, 8; ``docs/pilot.md`` lists what each inferred setting stands for.
"""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, ValidationError

from bridge.domain.billingservices import BillingSettings
from bridge.domain.caresettings import CareSettings
from bridge.domain.declarations import RefusalMeaning
from bridge.domain.invoicesettings import InvoiceSettings
from bridge.domain.pairings import ABSOLUTE, IDLE, TokenLimits
from bridge.domain.retention import LEGAL_INVOICE_YEARS, RetentionSettings
from bridge.domain.sessions import SessionPolicy
from bridge.ehealth.endpoints import ENVIRONMENTS, Endpoints
from bridge.ehealth.etkdepot import EtkSettings
from bridge.ehealth.profiles import StsSettings
from bridge.errors import InputError
from bridge.mycarenet.memberdata import MemberDataSettings
from bridge.mycarenet.services import GENERIC_INSURABILITY
from bridge.service.peers import PeerMode

FILE_NAME: Final = "carebridge.toml"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class EndpointSettings(_Part):
    """Addresses that replace those of the environment, one by one."""

    sts: str | None = None
    sts_saml11: str | None = None
    memberdata: str | None = None
    generic_insurability: str | None = None
    etk_depot: str | None = None
    genasync_memberdata: str | None = None
    genasync_insurability: str | None = None
    genasync_medadmin: str | None = None
    genasync_invoicing: str | None = None


class TrustSettings(_Part):
    """Whom to believe.

    Attributes:
        sts_anchors: PEM file with the issuers of the STS signing certificate.
        sts_signer_cbe: Enterprise number that must stand in its subject; empty switches it off.
        etk_anchors: PEM file with the registration authority of encryption tokens, or with its
            issuers; without it nothing can be sealed.
        etk_signer_cbe: Enterprise number that must stand in the registration authority's subject;
            empty switches it off.
        mycarenet_anchors: PEM file with the issuers of the certificates with which MyCareNet and
            the insurers sign answers; without it nobody asks who signed, only whether it holds.
        tls_ca_file: PEM file that replaces the public certificate authorities for TLS.
    """

    sts_anchors: Path | None = None
    sts_signer_cbe: str = "0809394427"
    etk_anchors: Path | None = None
    etk_signer_cbe: str = "0809394427"
    mycarenet_anchors: Path | None = None
    tls_ca_file: Path | None = None


class NetworkSettings(_Part):
    """The way out of the house.

    Attributes:
        proxy: Address of an HTTP proxy, without user name or password.
        contact: Electronic-mail address of support, for the ``From`` header of every call.
    """

    proxy: str | None = None
    connect_timeout_s: PositiveInt = 10
    read_timeout_s: PositiveInt = 60
    contact: str = "support@carebridge.invalid"


class CardSettings(_Part):
    """Card, reader and the library that speaks with the card.

    Attributes:
        signing: ``middleware`` signs through a PKCS#11 library, ``card_commands`` speaks with
            the card itself; ``auto`` takes the library where one is installed that can sign with
            the card.
        module: Full path of the PKCS#11 library; without it the known places are searched.
        module_order: Which kinds of library are searched, best first.
        key_label: Label of the authentication key on the card.
        has_middleware_dialogue: Let the official library ask for the PIN in its own window (D9).
        root_keys: SHA-256 of public keys of further roots, hexadecimal, for test cards; refused
            in production.
        has_chain_check: Refuse a card whose certificates lead to no trusted root.
    """

    signing: Literal["auto", "middleware", "card_commands"] = "auto"
    module: Path | None = None
    module_order: tuple[Literal["official", "opensc"], ...] = ("official", "opensc")
    key_label: str = "Authentication"
    has_middleware_dialogue: bool = False
    root_keys: tuple[str, ...] = ()
    has_chain_check: bool = True


class SoftwareSettings(_Part):
    """Who we are for MyCareNet; the licence's password is in the key store."""

    package_name: str = "Carebridge"
    licence_username: str = ""


class AsyncSettings(_Part):
    """The asynchronous exchange with MyCareNet.

    Attributes:
        tack_hmac: How a receipt's HMAC is treated; which bytes it covers is inferred.
        signs_body: Also sign the Body; two known clients differ.
        insurability_message_name: ``MessageName`` of lists for GenericInsurability; not public.
        answer_signatures: How the signature over the content of an answer is treated when it is
            missing, does not hold, or is by somebody unknown; the layers of a seal always hold.
        sealed_content_encoding: How the content inside a seal is written; two known clients
            differ.
        sealed_blob_encoding: How the seal itself is written.
        interval_s: Between two fetches while an answer is awaited.
        idle_interval_s: Between two fetches while none is awaited.
    """

    tack_hmac: Literal["off", "warn", "enforce"] = "warn"
    signs_body: bool = False
    insurability_message_name: str = GENERIC_INSURABILITY.sent_name
    answer_signatures: Literal["off", "warn", "enforce"] = "warn"
    sealed_content_encoding: Literal["none", "deflate"] = "deflate"
    sealed_blob_encoding: Literal["none", "deflate"] = "none"
    interval_s: PositiveInt = 300
    idle_interval_s: PositiveInt = 3600


class WorkListSettings(_Part):
    """What stands on the work lists.

    Attributes:
        new_patient_months: A patient with care within that many months is not asked about as new.
    """

    new_patient_months: PositiveInt = 1


class KeepingSettings(_Part):
    """How long is kept what a person has processed; what nobody has processed stays (D23).

    Attributes:
        requests_months: Questions about insurability with answers and evidence.
        care_months: Care requests, agreements that ended, and insurers' changes.
        readings_months: What is kept of readings of patients' cards.
        work_lists_months: Rows of work lists that were answered or billed.
        operations_months: Operations that are over.
        invoices_years: Invoices and settlements, after the year concerned; the law sets the least.
    """

    requests_months: PositiveInt = 13
    care_months: PositiveInt = 13
    readings_months: PositiveInt = 13
    work_lists_months: PositiveInt = 13
    operations_months: PositiveInt = 13
    invoices_years: int = Field(default=LEGAL_INVOICE_YEARS, ge=LEGAL_INVOICE_YEARS)

    @property
    def periods(self) -> RetentionSettings:
        """All of them, for the service."""
        return RetentionSettings(**self.model_dump())


class ExportSettings(_Part):
    """Files that connected software gets: exports of the history, and reports (API-67, SEC-134).

    Attributes:
        may_be_plain: Software may get files that anybody can open; else each file opens with a
            pass phrase only, which the software asks the user for.
    """

    may_be_plain: bool = False


class PairingSettings(_Part):
    """Tokens of connected software; an administrator may shorten, never lengthen (SEC-05).

    Attributes:
        idle_days: A token without any call for so long is worth nothing.
        absolute_days: A token of that age is worth nothing.
        list_files: Signed lists about software: vendor directory, policy of an administrator;
            they decide how a request is shown, never that it is granted.
        list_keys: Whose lists are believed: Ed25519 public keys, base64.
    """

    idle_days: int = Field(default=IDLE.days, ge=1, le=IDLE.days)
    absolute_days: int = Field(default=ABSOLUTE.days, ge=1, le=ABSOLUTE.days)
    list_files: tuple[Path, ...] = ()
    list_keys: tuple[str, ...] = ()

    @property
    def limits(self) -> TokenLimits:
        """Both as durations."""
        return TokenLimits(
            idle=timedelta(days=self.idle_days), absolute=timedelta(days=self.absolute_days)
        )


class AccessSettings(_Part):
    """Who may call at all, before any token is looked at.

    Attributes:
        peer_check: What follows where the system does not tell whose program calls: ``enforce``
            refuses, ``warn`` lets it in, ``auto`` enforces where others use the computer too.
            A program of another user is refused in any case.
        may_be_elevated: Start also as root or with the rights of an administrator (SEC-17), such
            as on a closed test system that has no other user.
    """

    peer_check: PeerMode = "auto"
    may_be_elevated: bool = False


class SessionSettings(_Part):
    """When eHealth sessions end, beside the user and their time (SEC-91, SEC-93).

    Attributes:
        survives_restart: Bring open sessions back after a restart of Carebridge within the same
            sign-in (D8); switched off, what is sealed is destroyed.
        ends_on_user_switch: End them when somebody else takes the screen.
        ends_on_lock: End them when the screen stays locked; ``auto`` where other people have
            sessions at this computer.
        lock_minutes: How long it may stay locked.
        ends_on_card_removal: End them when the card that opened them is taken out.
    """

    survives_restart: bool = False
    ends_on_user_switch: bool = True
    ends_on_lock: Literal["auto", "on", "off"] = "auto"
    lock_minutes: PositiveInt = 10
    ends_on_card_removal: bool = False

    @property
    def policy(self) -> SessionPolicy:
        """All of them, for the service."""
        return SessionPolicy(**self.model_dump())


class UpdateSettings(_Part):
    """Where new versions are offered; without an address nobody is asked.

    Attributes:
        address: Where ``metadata/`` and ``targets/`` are; HTTPS, or loopback.
        root_file: Metadata that says whom to trust first, in place of what was shipped.
        publisher: Who must have signed a package, where the system knows signatures of programs.
        check_hours: Between two looks.
    """

    address: str | None = None
    root_file: Path | None = None
    publisher: str = "Carebridge"
    check_hours: PositiveInt = 24


class Settings(_Part):
    """Everything that can be set.

    Attributes:
        environment: Which platform; decides the default addresses and the test flag.
        language: Language of texts when nobody says otherwise; what the user chose in the tray
            goes before it.
        sts: The inferred parts of the token request (``docs/pilot.md``).
        memberdata: The inferred parts of the MemberData query (``docs/pilot.md``).
        etk: The inferred parts about encryption tokens (``docs/pilot.md``).
        genasync: How asynchronous messages are signed and fetched.
        work_lists: What stands on the work lists.
        retention: How long is kept.
        exports: What files connected software gets.
        pairings: How long tokens of connected software live.
        access: Who may call at all.
        ehealth_session: When eHealth sessions end, and whether they survive a restart.
        updates: Where new versions are offered; off by default.
        care: How the rules on care requests are read (``docs/pilot.md``).
        invoices: How the rules on invoices are read (``docs/pilot.md``).
        billing: How billing services are asked, and which files are sent to them.
        refusal_reasons: What codes of refusals mean; the list is not public.
        data_folder: Where database and sealed certificates lie; default: the user's own folder.
    """

    environment: Literal["acceptance", "production"] = "acceptance"
    language: Literal["system", "fr", "nl", "de", "en"] = "system"
    data_folder: Path | None = None
    endpoints: EndpointSettings = EndpointSettings()
    trust: TrustSettings = TrustSettings()
    network: NetworkSettings = NetworkSettings()
    card: CardSettings = CardSettings()
    software: SoftwareSettings = SoftwareSettings()
    sts: StsSettings = StsSettings()
    memberdata: MemberDataSettings = MemberDataSettings()
    etk: EtkSettings = EtkSettings()
    genasync: AsyncSettings = AsyncSettings()
    work_lists: WorkListSettings = WorkListSettings()
    retention: KeepingSettings = KeepingSettings()
    exports: ExportSettings = ExportSettings()
    pairings: PairingSettings = PairingSettings()
    access: AccessSettings = AccessSettings()
    ehealth_session: SessionSettings = SessionSettings()
    updates: UpdateSettings = UpdateSettings()
    care: CareSettings = CareSettings()
    invoices: InvoiceSettings = InvoiceSettings()
    billing: BillingSettings = BillingSettings()
    refusal_reasons: dict[str, RefusalMeaning] = Field(default_factory=dict)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read the settings file.

        Raises:
            InputError: not TOML, an unknown key, a value of the wrong kind, or a time of keeping
                below what the law asks; names the key.
        """
        try:
            return cls.model_validate(tomllib.loads(path.read_text("utf-8")))
        except ValidationError as error:
            wrong = error.errors()[0]
            place = ".".join(str(part) for part in wrong["loc"])
            if place == "retention.invoices_years" and wrong["type"] == "greater_than_equal":
                raise InputError(
                    code="retention_too_short", setting=place, least=LEGAL_INVOICE_YEARS
                ) from None
            raise InputError(code="setting_invalid", setting=place) from None
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise InputError(code="settings_unreadable") from error

    def resolved_endpoints(self) -> Endpoints:
        """Give the addresses of the environment, with those that were replaced."""
        known = ENVIRONMENTS[self.environment]
        return replace(known, **self.endpoints.model_dump(exclude_none=True))
