"""Adapters for billing services that others install, by entry point.

A vendor's package names its connector in the group ``carebridge.billing_services``; it is loaded
when the first account with that adapter is used, not before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import EntryPoint, entry_points

from bridge.adapters.billing.rest import connect
from bridge.domain.billingservices import ENTRY_POINTS, OWN_ADAPTER
from bridge.errors import InputError
from bridge.ports.billing import BillingConnector


class InstalledConnectors(Mapping[str, BillingConnector]):
    """Our own connector, and those of installed packages by the name of their entry point.

    Nobody replaces our own: an entry point of that name is ignored.
    """

    def __init__(self, found: Iterable[EntryPoint] | None = None) -> None:
        """Look for entry points, or take the given ones; nothing is loaded yet."""
        installed = entry_points(group=ENTRY_POINTS) if found is None else found
        self._found = {each.name: each for each in installed}
        self._found.pop(OWN_ADAPTER, None)

    def __getitem__(self, name: str) -> BillingConnector:
        """Load a connector.

        Raises:
            KeyError: there is none of that name.
            InputError: it cannot be loaded (``billing_adapter_unknown``).
        """
        if name == OWN_ADAPTER:
            return connect
        try:
            loaded: BillingConnector = self._found[name].load()
        except (ImportError, AttributeError) as error:
            raise InputError(code="billing_adapter_unknown") from error
        return loaded

    def __iter__(self) -> Iterator[str]:
        yield OWN_ADAPTER
        yield from self._found

    def __len__(self) -> int:
        return 1 + len(self._found)
