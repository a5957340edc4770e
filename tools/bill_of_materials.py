"""Write the bill of materials of a release, sign it, and check such a signature (SEC-186).

The bill is CycloneDX 1.6 in JSON and lists every package of ``requirements/runtime.txt`` with its
version and the hash of each file of it that may be installed.
It says the same for the same tree: its serial number follows from its content, and it has no time.
The signature is the 64 raw bytes of Ed25519 over the file, so that OpenSSL can check it too::

    openssl pkeyutl -verify -pubin -inkey KEY.pub -rawin -in bom.cdx.json -sigfile bom.cdx.json.sig

::

    write FOLDER [--sign-with KEY.pem]   write bom.cdx.json, and bom.cdx.json.sig
    verify BOM --key KEY.pub             exit status 1 when the signature does not hold
"""

from __future__ import annotations

import argparse
import json
import sys
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    load_pem_private_key,
    load_pem_public_key,
)
from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import DisjunctiveLicense
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from tools.release_metadata import ask
from tools.requirement_lists import Pin, list_of, pins_of

NAME: Final = "bom.cdx.json"
PRODUCT: Final = "carebridge"
_SPACE: Final = uuid.UUID("2a8c6b58-59f5-5d2e-9f0c-0a6c5d0f3c11")


@dataclass(frozen=True, kw_only=True)
class Foreign:
    """What is packed beside packages of the list, such as Python itself.

    Attributes:
        name: What it is.
        version: Of it.
        sha256: Of the archive it was taken from.
        licence: SPDX identifier.
        about: What it brings along.
    """

    name: str
    version: str
    sha256: str
    licence: str
    about: str


def bill(version: str, pins: Iterable[Pin], others: Iterable[Foreign] = ()) -> bytes:
    """Give the bill of a version of the program.

    Args:
        version: Of the program.
        pins: Packages of the list.
        others: What is packed beside them.
    """
    listed = [*map(_component, pins), *map(_foreign, others)]
    made = Bom(components=listed)
    made.metadata.component = Component(
        name=PRODUCT,
        version=version,
        type=ComponentType.APPLICATION,
        bom_ref=f"{PRODUCT}@{version}",
        purl=PackageURL("pypi", None, PRODUCT, version),
        licenses=[DisjunctiveLicense(id="Apache-2.0")],
    )
    made.register_dependency(made.metadata.component, made.components)
    document: dict[str, Any] = json.loads(JsonV1Dot6(made).output_as_string())
    document["metadata"].pop("timestamp", None)
    document["serialNumber"] = ""
    content = json.dumps(document, sort_keys=True)
    document["serialNumber"] = f"urn:uuid:{uuid.uuid5(_SPACE, content)}"
    return json.dumps(document, indent=2, sort_keys=True).encode() + b"\n"


def _component(pin: Pin) -> Component:
    version = str(pin.version)
    marker = [Property(name="carebridge:marker", value=pin.marker)] if pin.marker else []
    return Component(
        name=pin.name,
        version=version,
        type=ComponentType.LIBRARY,
        bom_ref=f"{pin.name}@{version}",
        purl=PackageURL("pypi", None, pin.name, version),
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=each) for each in pin.hashes],
        properties=marker,
    )


def _foreign(other: Foreign) -> Component:
    return Component(
        name=other.name,
        version=other.version,
        type=ComponentType.LIBRARY,
        bom_ref=f"{other.name}@{other.version}",
        purl=PackageURL("generic", None, other.name, other.version),
        description=other.about,
        licenses=[DisjunctiveLicense(id=other.licence)],
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=other.sha256)],
    )


def write(folder: Path, version: str, *, key: Ed25519PrivateKey | None = None) -> Path:
    """Write the bill of the runtime list into a folder, and its signature when there is a key."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / NAME
    content = bill(version, pins_of(list_of("runtime")))
    file.write_bytes(content)
    signature_of(file).unlink(missing_ok=True)  # one of an earlier bill would be a wrong one
    if key is not None:
        signature_of(file).write_bytes(key.sign(content))
    return file


def signature_of(file: Path) -> Path:
    """Say where the signature of a bill lies."""
    return file.with_name(file.name + ".sig")


def is_signed(file: Path, key: Ed25519PublicKey) -> bool:
    """Tell whether a bill has a signature of a key that holds."""
    try:
        key.verify(signature_of(file).read_bytes(), file.read_bytes())
    except (InvalidSignature, OSError):
        return False
    return True


def private_key(file: Path, passphrase: bytes) -> Ed25519PrivateKey:
    """Open a signing key, such as ``tools.release_metadata key`` makes.

    Raises:
        ValueError: it is no Ed25519 key, or the pass phrase is wrong.
    """
    key = load_pem_private_key(file.read_bytes(), passphrase or None)
    if not isinstance(key, Ed25519PrivateKey):
        raise TypeError("no Ed25519 key")
    return key


def public_key(file: Path) -> Ed25519PublicKey:
    """Read the public half.

    Raises:
        ValueError: it is no Ed25519 key.
    """
    key = load_pem_public_key(file.read_bytes())
    if not isinstance(key, Ed25519PublicKey):
        raise TypeError("no Ed25519 key")
    return key


def main(arguments: Sequence[str]) -> int:
    """Write or verify; 1 when a signature does not hold."""
    parser = argparse.ArgumentParser(description="The bill of materials of a release.")
    verbs = parser.add_subparsers(required=True, dest="verb")
    writing = verbs.add_parser("write")
    writing.add_argument("folder", type=Path)
    writing.add_argument("--version", required=True)
    writing.add_argument("--sign-with", type=Path)
    verifying = verbs.add_parser("verify")
    verifying.add_argument("file", type=Path)
    verifying.add_argument("--key", type=Path, required=True)
    words = parser.parse_args(arguments)
    if words.verb == "verify":
        is_good = is_signed(words.file, public_key(words.key))
        print("the signature holds" if is_good else "the signature does not hold")
        return int(not is_good)
    key = None if words.sign_with is None else private_key(words.sign_with, ask("the key"))
    print(write(words.folder, words.version, key=key))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
