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
        ),
        "production": Endpoints(
            sts="https://services.ehealth.fgov.be/IAM/SecurityTokenService/v1",
            sts_saml11="https://services.ehealth.fgov.be/IAM/Saml11TokenService/v1",
            memberdata="https://services.ehealth.fgov.be/MyCareNet/MemberData/v1",
            generic_insurability="https://services.ehealth.fgov.be/GenericInsurability/v1",
            etk_depot="https://services.ehealth.fgov.be/EtkDepot/v1",
            genasync_memberdata="https://prod.mycarenet.be:9443/mycarenet/bed/GenAsync/memberData",
            genasync_insurability="https://prod.mycarenet.be:9443/mycarenet/bed/GenAsync/genericInsurability",
        ),
    }


def test_a_slash_at_the_end_of_the_host_is_not_doubled() -> None:
    assert Endpoints.under("http://127.0.0.1:1/") == Endpoints.under("http://127.0.0.1:1")
