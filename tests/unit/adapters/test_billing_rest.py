"""The adapter for our contract: tokens, what an answer says about delivery, plans, plug-ins."""

from __future__ import annotations

import base64
import json
from importlib.metadata import EntryPoint

import pytest

from bridge.adapters.billing.installed import InstalledConnectors
from bridge.adapters.billing.rest import connect
from bridge.domain.billing import BillingState
from bridge.domain.billingservices import Authentication
from bridge.errors import (
    InputError,
    NotDelivered,
    OutcomeUnknown,
    RemoteRefusal,
    TheirAnswerInvalid,
)
from bridge.ports.billing import BillingPlace
from bridge.ports.rest import RestReply
from tests.support import billing
from tests.support.contractserver import ScriptedRest, as_json
from tests.support.fakes import FixedClock

STATE = {"service_ref": "S-1", "reference": "bin_1", "state": "open", "changed_at": None}


def service_of(rest, *, clock=None, identity=None, **changes):
    secret = changes.pop("secret", "se:cret")
    return connect(
        BillingPlace(
            account=billing.account(client_id="prac tice", **changes),
            client_secret=secret,
            identity=identity,
            opener=rest,
            clock=clock or FixedClock(),
        )
    )


def refusal(status, code="why_not", **more):
    return RestReply(status=status, body=json.dumps({"code": code}).encode(), **more)


async def test_a_token_is_asked_for_once_and_kept_while_it_is_good():
    rest, clock = ScriptedRest(*[as_json(STATE)] * 3), FixedClock()
    service = service_of(rest, clock=clock)
    await service.prepare()
    await service.invoice("bin_1")
    await service.invoice("bin_1")
    assert rest.tokens == 1
    assert rest.asked[0].headers["Authorization"] == "Bearer t1"
    clock.advance(seconds=241)  # within the last minute it is not used any more
    await service.invoice("bin_1")
    assert rest.tokens == 2


async def test_name_and_secret_are_written_as_the_standard_wants_it():
    seen = []

    class Watching(ScriptedRest):
        async def send(self, request):
            seen.append(request)
            return await super().send(request)

    await service_of(Watching()).prepare()
    kind, _, pair = seen[0].headers["Authorization"].partition(" ")
    assert (kind, base64.b64decode(pair)) == ("Basic", b"prac+tice:se%3Acret")
    assert seen[0].body == b"grant_type=client_credentials"


async def test_a_token_that_is_no_longer_good_is_renewed_once_for_a_question():
    rest = ScriptedRest(refusal(401), as_json(STATE))
    found = await service_of(rest).invoice("bin_1")
    assert found.report.state is BillingState.OPEN
    assert rest.tokens == 2


async def test_an_upload_is_never_repeated_not_even_for_a_token():
    rest = ScriptedRest(refusal(401))
    with pytest.raises(RemoteRefusal) as caught:
        await service_of(rest).upload("bin_1", b"{}")
    assert caught.value.problem_code == "billing_access_refused"
    assert [each.method for each in rest.asked] == ["PUT"]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        pytest.param(refusal(400), RemoteRefusal, id="400"),
        pytest.param(refusal(409), RemoteRefusal, id="409"),
        pytest.param(refusal(422), RemoteRefusal, id="422"),
        pytest.param(refusal(429), RemoteRefusal, id="429 says that it was not taken"),
        pytest.param(refusal(503), RemoteRefusal, id="503 says that it was not taken"),
        pytest.param(refusal(302), RemoteRefusal, id="a redirect is not followed"),
        pytest.param(refusal(500), OutcomeUnknown, id="500"),
        pytest.param(refusal(502), OutcomeUnknown, id="502"),
        pytest.param(refusal(504), OutcomeUnknown, id="504"),
        pytest.param(NotDelivered(), NotDelivered, id="nobody there"),
        pytest.param(OutcomeUnknown(), OutcomeUnknown, id="silence"),
    ],
)
async def test_what_an_answer_says_about_delivery(answer, error):
    with pytest.raises(error) as caught:
        await service_of(ScriptedRest(answer)).upload("bin_1", b"{}")
    assert type(caught.value) is error


@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param(b'{"code": "reference_reused"}', "reference_reused", id="a word"),
        pytest.param(b'{"code": "Mrs Pruikenmaker owes"}', "http_422", id="prose is not kept"),
        pytest.param(b'{"code": 7}', "http_422", id="a number"),
        pytest.param(b"<html>", "http_422", id="no JSON"),
        pytest.param(b"", "http_422", id="nothing"),
    ],
)
async def test_only_a_plain_word_of_a_refusal_is_kept(body, code):
    with pytest.raises(RemoteRefusal) as caught:
        await service_of(ScriptedRest(RestReply(status=422, body=body))).upload("bin_1", b"{}")
    assert caught.value.remote is not None
    assert (caught.value.remote.system, caught.value.remote.code) == ("billing_service", code)


async def test_how_long_to_wait_is_handed_on():
    rest = ScriptedRest(refusal(429, retry_after_s=120))
    with pytest.raises(RemoteRefusal) as caught:
        await service_of(rest).changed(cursor=None, limit=5)
    assert caught.value.params["retry_after_s"] == 120


async def test_a_plan_that_is_not_said_with_an_invoice_is_asked_for():
    plan = {"items": [{"number": 1, "due_on": "2027-01-01", "amount_cents": 5}]}
    rest = ScriptedRest(as_json({**STATE, "has_instalments": True}), as_json(plan))
    found = await service_of(rest).invoice("bin_1")
    assert found.report.plan is not None
    assert found.report.plan.total == 5
    assert rest.asked[1].url.endswith("/invoices/bin_1/instalments")


async def test_an_invoice_the_service_does_not_have_is_none():
    assert await service_of(ScriptedRest(refusal(404))).invoice("bin_1") is None


async def test_references_and_cursors_cannot_leave_their_place_in_the_address():
    rest = ScriptedRest(refusal(404), as_json({"items": [], "next_cursor": "n"}))
    service = service_of(rest)
    await service.invoice("../token?x=1")
    await service.changed(cursor="a&limit=9#", limit=5)
    urls = [each.url.removeprefix(billing.BASE_URL) for each in rest.asked]
    assert urls == ["/invoices/..%2Ftoken%3Fx%3D1", "/changes?limit=5&cursor=a%26limit%3D9%23"]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"access_token": "t", "token_type": "mac"}, id="another kind"),
        pytest.param({"access_token": "a b", "token_type": "bearer"}, id="no header value"),
        pytest.param({"access_token": "a\r\nX: y", "token_type": "bearer"}, id="a line break"),
        pytest.param({"token_type": "bearer"}, id="no token"),
    ],
)
async def test_a_token_that_cannot_be_one_is_refused(body):
    class Wrong(ScriptedRest):
        async def send(self, request):
            return as_json(body)

    with pytest.raises(TheirAnswerInvalid):
        await service_of(Wrong()).prepare()


@pytest.mark.parametrize(
    ("status", "error"), [(400, RemoteRefusal), (401, RemoteRefusal), (500, OutcomeUnknown)]
)
async def test_without_a_token_nothing_of_an_invoice_leaves(status, error):
    class Refusing(ScriptedRest):
        async def send(self, request):
            assert request.url.endswith("/token")
            return refusal(status, "invalid_client")

    with pytest.raises(error):
        await service_of(Refusing()).upload("bin_1", b"{}")


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"secret": ""}, id="no secret"),
        pytest.param({"token_url": None}, id="no token address"),
        pytest.param({"authentication": Authentication.MUTUAL_TLS}, id="no certificate"),
    ],
)
def test_an_account_without_what_it_needs_is_not_opened(changes):
    with pytest.raises(InputError) as caught:
        service_of(ScriptedRest(), **changes)
    assert caught.value.problem_code == "billing_credentials_missing"


def entry(name, value):
    return EntryPoint(name=name, value=value, group="carebridge.billing_services")


def test_the_adapter_of_an_installed_package_is_found_and_ours_is_never_replaced():
    installed = InstalledConnectors(
        [
            entry("acme", "tests.support.billing:vendors_own"),
            entry("carebridge", "tests.support.billing:vendors_own"),
            entry("gone", "acme_gone:connect"),
        ]
    )
    assert sorted(installed) == ["acme", "carebridge", "gone"]
    assert len(installed) == 3
    assert installed["acme"]("place") == ("vendor", "place")
    assert installed["carebridge"] is connect
    with pytest.raises(InputError) as caught:
        installed["gone"]
    assert caught.value.problem_code == "billing_adapter_unknown"
    with pytest.raises(KeyError):
        installed["unheard"]


PACKAGE = """
from bridge.errors import NotDelivered


class Acme:
    def __init__(self, place):
        self.account = place.account

    async def prepare(self):
        raise NotDelivered


def connect(place):
    return Acme(place)
"""


async def test_a_vendor_s_installed_distribution_is_found_by_its_entry_point(tmp_path, monkeypatch):
    """As pip leaves it: a module, and the metadata of its distribution."""
    metadata = tmp_path / "acme_billing-1.0.dist-info"
    metadata.mkdir()
    (tmp_path / "acme_billing.py").write_text(PACKAGE)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-billing\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(
        "[carebridge.billing_services]\nacme = acme_billing:connect\n"
    )
    assert list(InstalledConnectors()) == ["carebridge"]
    monkeypatch.syspath_prepend(tmp_path)
    installed = InstalledConnectors()
    assert sorted(installed) == ["acme", "carebridge"]
    place = BillingPlace(
        account=billing.account(adapter="acme"),
        client_secret="",
        identity=None,
        opener=ScriptedRest(),
        clock=FixedClock(),
    )
    service = installed["acme"](place)
    assert service.account.adapter == "acme"
    with pytest.raises(NotDelivered):
        await service.prepare()
