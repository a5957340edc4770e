"""Addresses of the two environments."""

from __future__ import annotations

from bridge.ehealth.endpoints import ENVIRONMENTS, Endpoints


def test_known_environments() -> None:
    assert dict(ENVIRONMENTS) == {
        "acceptance": Endpoints(
            sts="https://services-acpt.ehealth.fgov.be/IAM/SecurityTokenService/v1",
            memberdata="https://services-acpt.ehealth.fgov.be/MyCareNet/MemberData/v1",
            genasync_memberdata="https://pilot.mycarenet.be:9443/mycarenet/bed/GenAsync/memberData",
        ),
        "production": Endpoints(
            sts="https://services.ehealth.fgov.be/IAM/SecurityTokenService/v1",
            memberdata="https://services.ehealth.fgov.be/MyCareNet/MemberData/v1",
            genasync_memberdata="https://prod.mycarenet.be:9443/mycarenet/bed/GenAsync/memberData",
        ),
    }


def test_a_slash_at_the_end_of_the_host_is_not_doubled() -> None:
    assert Endpoints.under("http://127.0.0.1:1/") == Endpoints.under("http://127.0.0.1:1")
