"""The verbs ``billing …``: where invoices at billing services stand, over the running daemon.

Patients are shown by the reference of the front end; their names and numbers only where they are
asked for (SEC-165).
"""

from __future__ import annotations

from typing import Annotated, Any, Final
from urllib.parse import quote, urlencode

import typer

from bridge import i18n
from bridge.cli.app import AsJson, Folder
from bridge.cli.billinglines import (
    branch_lines,
    detail_lines,
    invoice_line,
    service_line,
    without_names,
)
from bridge.cli.connection import Connection, connect
from bridge.cli.speech import checked, give, language, speaks_problems

billing = typer.Typer(no_args_is_help=True, help="Invoices at billing services.")
_INVOICES: Final = "/v1/billing-invoices"
_SERVICES: Final = "/v1/billing-services"
_TREE: Final = "/v1/billing-tree"
_PAGE: Final = 200

Names = Annotated[bool, typer.Option("--names", help="Show names and numbers of patients too.")]
Treatment = Annotated[str | None, typer.Option(help="Only of this treatment.")]


def add_to(app: typer.Typer) -> None:
    """Add the verbs to the command."""
    app.add_typer(billing, name="billing")


@billing.command("list")
@speaks_problems
def show(
    *,
    state: Annotated[
        list[str] | None, typer.Option(help="Such as open or reminded; may be repeated.")
    ] = None,
    service: Annotated[str | None, typer.Option(help="Only at this billing service.")] = None,
    treatment: Treatment = None,
    names: Names = False,
    json: AsJson = False,
    folder: Folder = None,
) -> None:
    """List invoices, newest first."""
    wanted = {
        "state": ",".join(state or []),
        "billing_service_id": service,
        "treatment_ref": treatment,
        "fields": "*,patient" if names else None,
    }
    with connect(folder, language()) as daemon:
        found = _all(daemon, _INVOICES, wanted)
    lines = [invoice_line(each) for each in found]
    give({"items": found}, as_json=json, lines=lines or [_phrase("none")])


@billing.command("show")
@speaks_problems
def one(
    invoice_id: Annotated[str, typer.Argument(help="Identifier, as `billing list` shows it.")],
    *,
    live: Annotated[bool, typer.Option("--live", help="Ask the billing service now.")] = False,
    names: Names = False,
    json: AsJson = False,
    folder: Folder = None,
) -> None:
    """Show one invoice with its history, its instalments and what cannot be."""
    path = f"{_INVOICES}/{quote(invoice_id, safe='')}"
    with connect(folder, language()) as daemon:
        document = _get(daemon, f"{path}/service-information" if live else path)
    invoice = document["invoice"] if live else document
    if not names:
        invoice["patient"] = None
    heard = [_phrase("fetched", moment=document["fetched_at"])] if live else []
    give(document, as_json=json, lines=[*detail_lines(invoice), *heard])


@billing.command()
@speaks_problems
def tree(
    *,
    treatment: Treatment = None,
    refresh: Annotated[
        bool, typer.Option("--refresh", help="Ask the service first; needs a treatment.")
    ] = False,
    names: Names = False,
    json: AsJson = False,
    folder: Folder = None,
) -> None:
    """Show patients with their treatments, estimates and invoices."""
    wanted = {"treatment_ref": treatment, "fields": "*,patient" if names else None}
    with connect(folder, language()) as daemon:
        if refresh:
            _post(daemon, f"{_TREE}/refresh", {"treatment_ref": treatment})
        found = _all(daemon, _TREE, wanted)
    lines = [line for each in found for line in branch_lines(each)]
    give({"items": found}, as_json=json, lines=lines or [_phrase("none")])


@billing.command()
@speaks_problems
def services(*, json: AsJson = False, folder: Folder = None) -> None:
    """List the registrations with billing services, and how far each is kept in step."""
    with connect(folder, language()) as daemon:
        found = _all(daemon, _SERVICES, {})
    lines = [service_line(each) for each in found]
    give({"items": found}, as_json=json, lines=lines or [_phrase("no_services")])


@billing.command()
@speaks_problems
def sync(
    service_id: Annotated[
        str | None, typer.Argument(help="One billing service; default: all of them.")
    ] = None,
    *,
    json: AsJson = False,
    folder: Folder = None,
) -> None:
    """Ask billing services now what changed."""
    with connect(folder, language()) as daemon:
        ids = [service_id] if service_id else [each["id"] for each in _all(daemon, _SERVICES, {})]
        found = [_post(daemon, f"{_SERVICES}/{quote(each, safe='')}/refresh", {}) for each in ids]
    lines = [service_line(each) for each in found]
    give({"items": found}, as_json=json, lines=lines or [_phrase("no_services")])


def _all(daemon: Connection, path: str, wanted: dict[str, str | None]) -> list[Any]:
    """Read all pages of a list; without a wish for names there are none."""
    query = {name: value for name, value in wanted.items() if value}
    found: list[Any] = []
    cursor: str | None = None
    while True:
        page = {"limit": str(_PAGE), **({"cursor": cursor} if cursor else {})}
        document = _get(daemon, f"{path}?{urlencode({**query, **page})}")
        found += document["items"]
        cursor = document["page"]["next_cursor"]
        if cursor is None:
            return found if "fields" in query else [without_names(each) for each in found]


def _get(daemon: Connection, path: str) -> Any:
    answer = daemon.request("GET", path)
    return checked(answer.status, answer.document)


def _post(daemon: Connection, path: str, body: dict[str, Any]) -> Any:
    answer = daemon.request("POST", path, body=body)
    return checked(answer.status, answer.document)


def _phrase(name: str, **values: str) -> str:
    return i18n.phrase("billing", name, language(), values)
