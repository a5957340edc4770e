"""The bill of materials, judged by the schema of CycloneDX and by OpenSSL (SUP-02, SEC-186)."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import cyclonedx.schema
import jsonschema_rs
import pytest

from bridge import __version__
from bridge.domain.updates import ROOT_FILE
from installer.builds import PRODUCTION
from tools import bill_of_materials
from tools.bill_of_materials import NAME, is_signed, public_key, signature_of
from tools.release_metadata import make_key
from tools.requirement_lists import list_of
from tools.wheels import build_wheel

pytestmark = pytest.mark.timeout(60)
SCHEMAS = Path(cyclonedx.schema.__file__).parent / "_res"
PASSPHRASE = b"of the test"


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """A signed bill, and the key beside it."""
    folder = tmp_path_factory.mktemp("bill")
    make_key(folder / "key.pem", PASSPHRASE)
    key = bill_of_materials.private_key(folder / "key.pem", PASSPHRASE)
    bill_of_materials.write(folder, __version__, key=key)
    return folder


@pytest.fixture(scope="module")
def document(made) -> dict:
    return json.loads((made / NAME).read_bytes())


def test_sup_02_every_shipped_component_is_listed_with_version_and_hash(document):
    text = list_of("runtime").read_text("utf-8")
    pins = set(re.findall(r"^([a-z0-9-]+)==([^ ;\\]+)", text, re.MULTILINE))
    listed = {(each["name"], each["version"]) for each in document["components"]}
    assert listed == pins
    hashes = {each["content"] for part in document["components"] for each in part["hashes"]}
    assert hashes == set(re.findall(r"sha256:([0-9a-f]{64})", text))
    assert all(each["purl"].startswith("pkg:pypi/") for each in document["components"])
    product = document["metadata"]["component"]
    assert (product["name"], product["version"]) == ("carebridge", __version__)
    (whole,) = [each for each in document["dependencies"] if each["ref"] == product["bom-ref"]]
    assert len(whole["dependsOn"]) == len(listed)


def test_sup_02_what_is_installed_on_some_systems_only_says_so(document):
    marked = {
        each["name"]: each["properties"][0]["value"]
        for each in document["components"]
        if "properties" in each
    }
    assert 'sys_platform == "win32"' in marked["pywin32-ctypes"]


def test_sup_02_the_schema_of_the_format_accepts_it(document):
    def schema(name: str) -> dict:
        return json.loads((SCHEMAS / f"{name}.SNAPSHOT.schema.json").read_bytes())

    base = "http://cyclonedx.org/schema/{}.SNAPSHOT.schema.json"
    others = {base.format(name): schema(name) for name in ("spdx", "jsf-0.82")}
    registry = jsonschema_rs.Registry(list(others.items()), draft=jsonschema_rs.Draft7)
    validator = jsonschema_rs.Draft7Validator(schema("bom-1.6"), registry=registry)
    assert [str(error) for error in validator.iter_errors(document)] == []
    assert not validator.is_valid({**document, "components": [{"name": "no type"}]})


def test_sup_02_the_signature_verifies_and_covers_every_byte(made, tmp_path):
    key = public_key(made / "key.pem.pub")
    assert is_signed(made / NAME, key)
    copy = tmp_path / NAME
    copy.write_bytes((made / NAME).read_bytes().replace(b'"alembic"', b'"alembik"'))
    assert not is_signed(copy, key)
    shutil.copy(signature_of(made / NAME), signature_of(copy))
    assert not is_signed(copy, key)
    make_key(tmp_path / "other.pem", PASSPHRASE)
    assert not is_signed(made / NAME, public_key(tmp_path / "other.pem.pub"))
    words = ["verify", str(made / NAME), "--key"]
    assert bill_of_materials.main([*words, str(made / "key.pem.pub")]) == 0
    assert bill_of_materials.main([*words, str(tmp_path / "other.pem.pub")]) == 1


@pytest.mark.skipif(shutil.which("openssl") is None, reason="OpenSSL is not installed")
def test_sup_02_openssl_verifies_the_signature_too(made):
    command = [
        "openssl", "pkeyutl", "-verify", "-pubin", "-inkey", str(made / "key.pem.pub"),
        "-rawin", "-in", str(made / NAME), "-sigfile", str(signature_of(made / NAME)),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_same_tree_gives_the_same_bill_and_an_old_signature_never_stays(made, tmp_path):
    shutil.copy(signature_of(made / NAME), signature_of(tmp_path / NAME))
    assert bill_of_materials.main(["write", str(tmp_path), "--version", __version__]) == 0
    assert (tmp_path / NAME).read_bytes() == (made / NAME).read_bytes()
    assert not signature_of(tmp_path / NAME).exists()


def test_sup_02_the_wheel_carries_the_bill_and_whom_to_trust_about_updates(made, tmp_path):
    root = tmp_path / "7.root.json"
    root.write_bytes(b"{}")
    wheel = build_wheel(PRODUCTION, tmp_path / "dist", bill=made / NAME, update_root=root)
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        (shipped,) = [name for name in names if name.endswith(f".dist-info/sboms/{NAME}")]
        assert archive.read(shipped) == (made / NAME).read_bytes()
        assert archive.read(f"bridge/{ROOT_FILE}") == b"{}"
    assert PRODUCTION.faults(names) == []
