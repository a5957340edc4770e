"""Addresses of the platform's services, as data.

Source: *STS session* 14, *MyCareNet transport* 2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Self

STS_PATH: Final = "/IAM/SecurityTokenService/v1"
"""The WS-Trust 1.3 flavour."""

SAML11_STS_PATH: Final = "/IAM/Saml11TokenService/v1"
"""The SAML 1.1 flavour, legacy (*STS session* 6)."""

MEMBERDATA_PATH: Final = "/MyCareNet/MemberData/v1"

GENERIC_INSURABILITY_PATH: Final = "/GenericInsurability/v1"

ETK_DEPOT_PATH: Final = "/EtkDepot/v1"

GENASYNC_MEMBERDATA_PATH: Final = "/mycarenet/bed/GenAsync/memberData"
"""On MyCareNet's own host, not on the bus (*transport* 2.8)."""

GENASYNC_INSURABILITY_PATH: Final = "/mycarenet/bed/GenAsync/genericInsurability"
"""Inferred from the other: no source names it, so it is a setting (``docs/pilot.md``)."""


GENASYNC_MEDADMIN_PATH: Final = "/nip/mycarenet-ws/async/generic/hcpadm_13"
"""The path of production is inferred from the pilot's (*transport* 2.8)."""

GENASYNC_INVOICING_PATH: Final = "/mycarenet-ws/async/generic/hcpfac"


@dataclass(frozen=True, kw_only=True)
class Endpoints:
    """Where the services of one environment are.

    Attributes:
        sts: Absolute address of the security token service.
        sts_saml11: Absolute address of its legacy flavour.
        memberdata: Absolute address of the MemberData consultation.
        generic_insurability: Absolute address of GenericInsurability about one patient.
        etk_depot: Absolute address of the depot of encryption tokens.
        genasync_memberdata: Absolute address of asynchronous MemberData.
        genasync_insurability: Absolute address of asynchronous GenericInsurability.
        genasync_medadmin: Absolute address of care requests.
        genasync_invoicing: Absolute address of invoice files.
    """

    sts: str
    sts_saml11: str
    memberdata: str
    generic_insurability: str
    etk_depot: str
    genasync_memberdata: str
    genasync_insurability: str
    genasync_medadmin: str
    genasync_invoicing: str

    @classmethod
    def under(cls, base_url: str, *, mycarenet_url: str | None = None) -> Self:
        """Give the addresses under one host, such as ``https://services.ehealth.fgov.be``.

        Args:
            base_url: The eHealth platform.
            mycarenet_url: MyCareNet, when it has a host of its own.
        """
        base = base_url.rstrip("/")
        mycarenet = (mycarenet_url or base_url).rstrip("/")
        return cls(
            sts=base + STS_PATH,
            sts_saml11=base + SAML11_STS_PATH,
            memberdata=base + MEMBERDATA_PATH,
            generic_insurability=base + GENERIC_INSURABILITY_PATH,
            etk_depot=base + ETK_DEPOT_PATH,
            genasync_memberdata=mycarenet + GENASYNC_MEMBERDATA_PATH,
            genasync_insurability=mycarenet + GENASYNC_INSURABILITY_PATH,
            genasync_medadmin=mycarenet + GENASYNC_MEDADMIN_PATH,
            genasync_invoicing=mycarenet + GENASYNC_INVOICING_PATH,
        )


ENVIRONMENTS: Final[Mapping[str, Endpoints]] = MappingProxyType(
    {
        "acceptance": Endpoints.under(
            "https://services-acpt.ehealth.fgov.be",
            mycarenet_url="https://pilot.mycarenet.be:9443",
        ),
        "production": Endpoints.under(
            "https://services.ehealth.fgov.be",
            mycarenet_url="https://prod.mycarenet.be:9443",
        ),
    },
)
"""Environments by name; each service can still be given another address by a setting."""
