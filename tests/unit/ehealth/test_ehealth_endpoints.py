"""Addresses of the two environments."""

from __future__ import annotations

from bridge.ehealth.endpoints import ENVIRONMENTS, Endpoints


def test_known_environments() -> None:
    assert dict(ENVIRONMENTS) == {
        "acceptance": Endpoints(
            sts="https://services-acpt.ehealth.fgov.be/IAM/SecurityTokenService/v1",
            sts_saml11="https://services-acpt.ehealth.fgov.be/IAM/Saml11TokenService/v1",
            memberdata="https://services-acpt.ehealth.fgov.be/MyCareNet/MemberData/v1",
            generic_insurability="https://services-acpt.ehealth.fgov.be/GenericInsurability/v1",
            etk_depot="https://services-acpt.ehealth.fgov.be/EtkDepot/v1",
            genasync_memberdata="https://pilot.mycarenet.be:9443/mycarenet/bed/GenAsync/memberData",
            genasync_insurability="https://pilot.mycarenet.be:9443/mycarenet/bed/GenAsync/genericInsurability",
            genasync_medadmin="https://pilot.mycarenet.be:9443/nip/mycarenet-ws/async/generic/hcpadm_13",
            genasync_invoicing="https://pilot.mycarenet.be:9443/mycarenet-ws/async/generic/hcpfac",
        ),
        "production": Endpoints(
            sts="https://services.ehealth.fgov.be/IAM/SecurityTokenService/v1",
            sts_saml11="https://services.ehealth.fgov.be/IAM/Saml11TokenService/v1",
            memberdata="https://services.ehealth.fgov.be/MyCareNet/MemberData/v1",
            generic_insurability="https://services.ehealth.fgov.be/GenericInsurability/v1",
            etk_depot="https://services.ehealth.fgov.be/EtkDepot/v1",
            genasync_memberdata="https://prod.mycarenet.be:9443/mycarenet/bed/GenAsync/memberData",
            genasync_insurability="https://prod.mycarenet.be:9443/mycarenet/bed/GenAsync/genericInsurability",
            genasync_medadmin="https://prod.mycarenet.be:9443/nip/mycarenet-ws/async/generic/hcpadm_13",
            genasync_invoicing="https://prod.mycarenet.be:9443/mycarenet-ws/async/generic/hcpfac",
        ),
    }


def test_a_slash_at_the_end_of_the_host_is_not_doubled() -> None:
    assert Endpoints.under("http://127.0.0.1:1/") == Endpoints.under("http://127.0.0.1:1")
