"""Registrations with billing services, as the console changes and others see them."""

from __future__ import annotations

import base64
import json
from typing import Annotated, Any, Final, Literal

from pydantic import Field, StringConstraints
from pydantic.json_schema import SkipJsonSchema

from api.models.common import AnswerModel, Links, ListQuery, Moment, Page, RequestModel
from api.models.merging import MergeModel
from api.models.practices import Label
from bridge.domain.billingservices import (
    OWN_ADAPTER,
    Authentication,
    BillingAccount,
    StrayInvoice,
)
from bridge.errors import Finding, InputError
from bridge.service.billingdesk import AccountView, WantedAccount

PATH: Final = "/v1/billing-services"
_ADDRESS: Final = (
    r"^(https://[A-Za-z0-9.-]+|http://(127\.0\.0\.1|localhost))(:[0-9]{1,5})?"
    r"(/[A-Za-z0-9._~/-]*)?$"
)
_MOST_FILE: Final = 40_000

Address = Annotated[
    str,
    StringConstraints(max_length=300, pattern=_ADDRESS),
    Field(description="HTTPS; plain HTTP on this computer only."),
]
Word = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]
Secret = Annotated[str, StringConstraints(min_length=1, max_length=800)]
Identifier = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Way = Literal["client_credentials", "mutual_tls"]

_WRITE_ONLY: Final = "Kept in the key store, and never shown again."


class BillingServiceRequest(RequestModel):
    """A registration with a billing service."""

    name: Label
    adapter: Word = Field(
        default=OWN_ADAPTER,
        description="`carebridge` for our own contract, else the name of an installed adapter.",
    )
    base_url: Address
    authentication: Way
    token_url: Address | SkipJsonSchema[None] = Field(
        default=None, description="For `client_credentials`."
    )
    client_id: Annotated[str, StringConstraints(max_length=200)] = Field(
        default="", description="For `client_credentials`."
    )
    client_secret: Secret | SkipJsonSchema[None] = Field(
        default=None, description=f"For `client_credentials`. {_WRITE_ONLY}"
    )
    certificate_base64: (
        Annotated[str, StringConstraints(max_length=_MOST_FILE)] | SkipJsonSchema[None]
    ) = Field(default=None, description=f"PKCS#12 file for `mutual_tls`. {_WRITE_ONLY}")
    certificate_passphrase: Secret | SkipJsonSchema[None] = Field(
        default=None, description="Opens that file, and is kept nowhere."
    )
    practice_id: Identifier | SkipJsonSchema[None] = None
    is_synchronised: bool = Field(
        default=False,
        description=(
            "Keep the states of its invoices in step in the background; switching it on takes in "
            "every invoice that was sent and is not settled."
        ),
    )


class BillingServiceChangeRequest(MergeModel):
    """What changes of a registration (JSON Merge Patch)."""

    name: Label | None = None
    adapter: Word | None = None
    base_url: Address | None = None
    authentication: Way | None = None
    token_url: Address | None = None
    client_id: Annotated[str, StringConstraints(max_length=200)] | None = None
    client_secret: Secret | None = None
    certificate_base64: Annotated[str, StringConstraints(max_length=_MOST_FILE)] | None = None
    certificate_passphrase: Secret | None = None
    practice_id: Identifier | None = None
    is_synchronised: bool | None = None


class BillingSynchronisation(AnswerModel):
    """How far a service is kept in step."""

    last_run_at: Moment | None = Field(
        description="When the list of changes was last read to its end."
    )
    has_more: bool = Field(description="Whether the list goes on.")
    failures: int = Field(description="Troubles in a row.")
    problem_code: str | None
    requests: int = Field(description="Requests made so far.")


class BillingServiceLinks(AnswerModel):
    """Paths that belong to a registration."""

    self: str
    unknown_invoices: str


class BillingServiceResource(AnswerModel):
    """One registration with a billing service; nothing secret is shown."""

    id: str
    object: Literal["billing_service"]
    name: str
    adapter: str
    base_url: str
    authentication: str
    token_url: str | None
    client_id: str | None
    has_certificate: bool
    practice_id: str | None
    is_synchronised: bool
    synchronisation: BillingSynchronisation
    invoices_count: int
    unknown_invoices_count: int
    created_at: Moment
    updated_at: Moment
    links: BillingServiceLinks


class BillingServiceList(AnswerModel):
    """Registrations with billing services, newest first."""

    items: list[BillingServiceResource]
    page: Page
    query: ListQuery


class UnknownBillingInvoice(AnswerModel):
    """An invoice the service speaks of that was not sent from here, as it came."""

    id: str
    object: Literal["unknown_billing_invoice"]
    service_ref: str
    raw_state: str | None
    raw: str = Field(description="Members of the contract as text of JSON; never a patient.")
    changed_at: Moment | None
    created_at: Moment | None
    updated_at: Moment
    links: Links


class UnknownBillingInvoiceList(AnswerModel):
    """Invoices that were not sent from here, by the service's own reference."""

    items: list[UnknownBillingInvoice]
    page: Page
    query: ListQuery


def service_path(service_id: str) -> str:
    """Give the path of a registration."""
    return f"{PATH}/{service_id}"


def service_resource(view: AccountView) -> BillingServiceResource:
    """Show a registration."""
    account, progress = view.account, view.progress
    path = service_path(account.id)
    return BillingServiceResource(
        id=account.id,
        object="billing_service",
        name=account.name,
        adapter=account.adapter,
        base_url=account.base_url,
        authentication=account.authentication.value,
        token_url=account.token_url,
        client_id=account.client_id or None,
        has_certificate=bool(account.certificate),
        practice_id=account.practice_id or None,
        is_synchronised=account.is_synchronised,
        synchronisation=BillingSynchronisation(
            last_run_at=progress.last_run_at,
            has_more=progress.has_more,
            failures=progress.failures,
            problem_code=progress.problem_code,
            requests=progress.requests,
        ),
        invoices_count=view.invoices,
        unknown_invoices_count=view.strays,
        created_at=account.created_at,
        updated_at=account.updated_at,
        links=BillingServiceLinks(self=path, unknown_invoices=f"{path}/unknown-invoices"),
    )


def changeable(account: BillingAccount) -> dict[str, Any]:
    """Give a registration as it would be asked for; secrets are kept unless they are changed."""
    known: dict[str, Any] = {
        "name": account.name,
        "adapter": account.adapter,
        "base_url": account.base_url,
        "authentication": account.authentication.value,
        "client_id": account.client_id,
        "is_synchronised": account.is_synchronised,
    }
    if account.token_url is not None:
        known["token_url"] = account.token_url
    if account.practice_id:
        known["practice_id"] = account.practice_id
    return known


def wanted_service(body: BillingServiceRequest, known: BillingAccount | None) -> WantedAccount:
    """Read what a registration is to be.

    Args:
        body: As asked for.
        known: As it is; ``None`` for a new one, which needs its secret.

    Raises:
        InputError: a member is missing for its way of authentication, or is not base64.
    """
    way = Authentication(body.authentication)
    is_new_way = known is None or known.authentication is not way
    missing = [
        Finding(pointer=f"/{name}", code="member_missing")
        for name in _needed(way, is_new_way=is_new_way)
        if not getattr(body, name)
    ]
    if missing:
        raise InputError(findings=tuple(missing))
    return WantedAccount(
        name=body.name,
        adapter=body.adapter,
        base_url=body.base_url,
        authentication=way,
        token_url=body.token_url,
        client_id=body.client_id,
        client_secret=body.client_secret if way is Authentication.CLIENT_CREDENTIALS else None,
        certificate_file=_file(body) if way is Authentication.MUTUAL_TLS else None,
        passphrase=body.certificate_passphrase or "",
        practice_id=body.practice_id or "",
        is_synchronised=body.is_synchronised,
    )


def _needed(way: Authentication, *, is_new_way: bool) -> tuple[str, ...]:
    if way is Authentication.MUTUAL_TLS:
        return ("certificate_base64",) if is_new_way else ()
    always = ("token_url", "client_id")
    return (*always, "client_secret") if is_new_way else always


def _file(body: BillingServiceRequest) -> bytes | None:
    if body.certificate_base64 is None:
        return None
    try:
        return base64.b64decode(body.certificate_base64, validate=True)
    except ValueError:
        finding = Finding(pointer="/certificate_base64", code="format_wrong")
        raise InputError(findings=(finding,)) from None


def stray_resource(stray: StrayInvoice) -> UnknownBillingInvoice:
    """Show an invoice that was not sent from here."""
    path = f"{service_path(stray.service_id)}/unknown-invoices"
    return UnknownBillingInvoice(
        id=stray.service_ref,
        object="unknown_billing_invoice",
        service_ref=stray.service_ref,
        raw_state=stray.raw_state or None,
        raw=stray.raw or json.dumps({}),
        changed_at=stray.changed_at,
        created_at=None,
        updated_at=stray.seen_at,
        links=Links(self=path),
    )
