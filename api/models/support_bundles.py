"""Support bundles as callers see them (SEC-146)."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from api.models.common import AnswerModel, Moment
from bridge.service.supportdesk import PATH, SupportBundle

__all__ = ["PATH", "SupportBundleResource", "bundle_path", "bundle_resource"]

MEDIA_TYPE: Final = "application/zip"


class BundledFile(AnswerModel):
    """One file of a bundle."""

    name: str
    size_bytes: int


class SupportBundleLinks(AnswerModel):
    """Paths that belong to a bundle."""

    self: str
    content: str


class SupportBundleResource(AnswerModel):
    """One bundle; it is forgotten when it expires, and nothing is uploaded."""

    id: str
    object: Literal["support_bundle"]
    reference: str = Field(description="Six characters to read out on the phone.")
    files: list[BundledFile]
    size_bytes: int
    sha256: str
    created_at: Moment
    updated_at: Moment
    expires_at: Moment
    links: SupportBundleLinks


def bundle_path(bundle_id: str) -> str:
    """Give the path of a bundle."""
    return f"{PATH}/{bundle_id}"


def bundle_resource(bundle: SupportBundle) -> SupportBundleResource:
    """Show a bundle."""
    path = bundle_path(bundle.id)
    return SupportBundleResource(
        id=bundle.id,
        object="support_bundle",
        reference=bundle.reference,
        files=[BundledFile(name=name, size_bytes=size) for name, size in bundle.files.items()],
        size_bytes=len(bundle.content),
        sha256=bundle.sha256,
        created_at=bundle.created_at,
        updated_at=bundle.created_at,
        expires_at=bundle.expires_at,
        links=SupportBundleLinks(self=path, content=f"{path}/content"),
    )
