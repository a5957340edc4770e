"""The way out of the house, and the platform at its end, as the settings say."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from bridge import __version__
from bridge.adapters.http import HttpTransport
from bridge.adapters.httplimits import HttpLimits
from bridge.daemon import anchors
from bridge.daemon.parts import Platform
from bridge.ehealth.saml import StsTrust
from bridge.errors import InputError
from bridge.mycarenet.common import Licence, Package
from bridge.mycarenet.services import GENERIC_INSURABILITY
from bridge.ports.secrets import SecretStore
from bridge.service.genasync import TackHmac
from bridge.service.polling import PollingSettings
from bridge.settings import Settings

LICENCE: Final = "mycarenet-licence"


def transport(settings: Settings) -> HttpTransport:
    """Give what carries messages.

    Raises:
        InputError: the trust file or the proxy cannot be used.
    """
    network = settings.network
    try:
        return HttpTransport(
            program=f"carebridge/{__version__}",
            contact=network.contact,
            proxy=network.proxy,
            trust_file=settings.trust.tls_ca_file,
            limits=HttpLimits(
                connect_s=network.connect_timeout_s,
                read_s=network.read_timeout_s,
            ),
        )
    except (OSError, ValueError) as error:
        raise InputError(
            code="setting_invalid", setting="trust.tls_ca_file, network.proxy"
        ) from error


def platform(settings: Settings, secrets: SecretStore) -> Platform:
    """Give the platform of the settings, with the licence's password from the key store."""
    password = secrets.get(LICENCE) or b""
    return Platform(
        endpoints=settings.resolved_endpoints(),
        trust=StsTrust(
            anchors=anchors.sts_anchors(settings),
            signer_cbe=settings.trust.sts_signer_cbe or None,
        ),
        package=Package(
            name=settings.software.package_name,
            licence=Licence(
                username=settings.software.licence_username,
                password=password.decode(),
            ),
        ),
        is_test=settings.environment != "production",
        sts_settings=settings.sts,
        memberdata_settings=settings.memberdata,
        etk_trust=anchors.etk_trust(settings),
        etk_settings=settings.etk,
        tack_hmac=TackHmac(settings.genasync.tack_hmac),
        wrapping=anchors.wrapping(settings),
        signs_body=settings.genasync.signs_body,
        message_names={GENERIC_INSURABILITY.name: settings.genasync.insurability_message_name},
        polling=PollingSettings(
            interval=timedelta(seconds=settings.genasync.interval_s),
            idle_interval=timedelta(seconds=settings.genasync.idle_interval_s),
        ),
    )
