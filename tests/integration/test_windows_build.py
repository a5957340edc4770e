"""Program folder and installers are really built, twice, and judged by other people's tools."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import re
import shutil
import struct
import subprocess
import tarfile
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bridge import __version__
from installer.builds import PRODUCTION, SIMULATOR, SIMULATOR_ONLY
from installer.windows import nsis, program
from installer.windows.layout import APP, CONSOLE, LAUNCHERS, PROGRAM, SITE, STDLIB, faults
from installer.windows.runtime import Runtime, fetch
from tools import packages

TOOLS = ("makensis", "osslsigncode", "x86_64-w64-mingw32-gcc", "x86_64-w64-mingw32-windres")
missing = [name for name in TOOLS if not shutil.which(name)]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(3600),
    pytest.mark.skipif(bool(missing), reason=f"not installed: {', '.join(missing)}"),
]
GUI, CONSOLE_PROGRAM = 2, 3


def digests(folder: Path) -> dict[str, str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


@pytest.fixture(scope="module")
def downloads(tmp_path_factory) -> Path:
    """Where the archive with Python is fetched once."""
    kept = os.environ.get("CAREBRIDGE_DOWNLOADS")
    return Path(kept) if kept else tmp_path_factory.mktemp("downloads")


def built(name: str, to: Path, downloads: Path, *more: str) -> Path:
    to.mkdir(parents=True, exist_ok=True)
    downloads.mkdir(parents=True, exist_ok=True)
    (to / "downloads").symlink_to(downloads)
    words = ["windows", "--build", name, "--quick", "--to", str(to), *more]
    assert packages.main(words) == 0
    return to / name


@pytest.fixture(scope="module")
def production(tmp_path_factory, downloads) -> Path:
    return built("production", tmp_path_factory.mktemp("first"), downloads)


def test_two_builds_are_the_same_bit_for_bit(production, tmp_path, downloads):
    again = built("production", tmp_path / "elsewhere" / "deeper", downloads)
    assert digests(again) == digests(production)


def test_contents_are_those_of_production(production):
    folder = production / PROGRAM
    names = program.names_in(folder)
    assert faults(PRODUCTION, names, program.library_names(folder)) == []
    held = [name for name in names if any(f"{APP}/{part}" in name for part in SIMULATOR_ONLY)]
    assert held == []
    compiled = [
        name
        for name in names
        if name.startswith(APP)
        and name.endswith(".pyc")
        and b"/v1/simulator" in (folder / name).read_bytes()
    ]
    assert [name for name in compiled if name.startswith(f"{APP}/api/")] == []


def test_contents_are_those_of_the_simulator(tmp_path, downloads):
    folder = built("simulator", tmp_path, downloads, "--folder-only") / PROGRAM
    names = program.names_in(folder)
    assert faults(SIMULATOR, names, program.library_names(folder)) == []
    assert f"{APP}/bridge/sandbox/__init__.py" in names
    facts = (folder / APP / f"carebridge-{__version__}+simulator.dist-info" / "METADATA").read_text(
        "utf-8"
    )
    assert f"\nVersion: {__version__}+simulator\n" in facts


def test_every_module_is_compiled_and_none_is_compared_with_its_source(production):
    folder = production / PROGRAM
    names = set(program.names_in(folder))
    sources = [name for name in names if name.startswith("_internal/") and name.endswith(".py")]
    assert len(sources) > 1000
    for name in sources:
        parent, _, module = name.rpartition("/")
        compiled = f"{parent}/__pycache__/{module.removesuffix('.py')}.cpython-312.pyc"
        assert compiled in names
        assert (folder / compiled).read_bytes()[4:8] == b"\x01\0\0\0"
    assert all(each.endswith(".pyc") for each in program.library_names(folder))


def test_programs_and_libraries_are_all_for_64_bit_windows(production):
    folder = production / PROGRAM
    found = [path for path in folder.rglob("*") if path.suffix in {".exe", ".dll", ".pyd"}]
    assert len(found) > 40
    assert {path.name: machine(path) for path in found if machine(path) != 0x8664} == {}


def test_nothing_of_the_building_computer_is_left(production):
    folder = production / PROGRAM
    places = {
        str(production).encode(),
        str(program.ROOT).encode(),
        str(Path.home()).encode() + b"/",
    }
    ours = [folder / f"{name}.exe" for name in LAUNCHERS] + [folder / STDLIB]
    ours += list((folder / APP).rglob("*.pyc")) + list((folder / SITE).rglob("*.pyc"))
    found = [path for path in ours if any(place in path.read_bytes() for place in places)]
    assert found == []


@pytest.mark.parametrize(("name", "subsystem"), [(PROGRAM, GUI), (CONSOLE, CONSOLE_PROGRAM)])
def test_each_launcher_has_its_subsystem_and_no_time(production, name, subsystem):
    content = (production / PROGRAM / f"{name}.exe").read_bytes()
    (start,) = struct.unpack_from("<I", content, 0x3C)
    (stamp,) = struct.unpack_from("<I", content, start + 8)
    (found,) = struct.unpack_from("<H", content, start + 24 + 68)
    (hardening,) = struct.unpack_from("<H", content, start + 24 + 70)
    assert (stamp, found) == (0, subsystem)
    assert hardening & 0x0160 == 0x0160  # addresses that cannot be guessed, no code in data
    assert b'level="asInvoker"' in content
    assert f"{name}.exe".encode("utf-16-le") in content


def test_installers_have_sums_that_hold(production):
    done = subprocess.run(
        ["sha256sum", "--check", packages.SUMS],
        cwd=production,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert set(re.findall(r"^(\S+): OK", done.stdout, re.MULTILINE)) == {
        "bom.cdx.json",
        *(nsis.setup_name(PRODUCTION, variant) for variant in nsis.VARIANTS),
    }


# -- signatures, on an installer with next to nothing in it ----------------------------------------


@pytest.fixture(scope="module")
def signing(tmp_path_factory) -> Path:
    """A throw-away certificate for signing programs, and the options that use it."""
    folder = tmp_path_factory.mktemp("signing")
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Carebridge")])
    now = dt.datetime.now(dt.UTC)
    usage = x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.CODE_SIGNING])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(usage, critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "key.pem").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(pem))
    lines = ("-key", str(folder / "key.pem"), "-certs", str(folder / "certificate.pem"))
    (folder / "options.txt").write_text("\n".join(lines), "utf-8")
    return folder


def verdict(file: Path, signing: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            "osslsigncode",
            "verify",
            "-ignore-cdp",
            "-CAfile",
            str(signing / "certificate.pem"),
            "-in",
            str(file),
        ],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def small(tmp_path) -> Path:
    """A program folder with next to nothing in it."""
    folder = tmp_path / "Carebridge"
    (folder / "_internal").mkdir(parents=True)
    (folder / "_internal" / "x.py").write_text("", "utf-8")
    return folder


@pytest.mark.parametrize("variant", nsis.VARIANTS, ids=["per-user", "all-users"])
def test_sec_182_everything_of_ours_is_signed_where_a_key_is_configured(
    small, signing, variant, tmp_path, monkeypatch
):
    monkeypatch.setenv("CAREBRIDGE_SIGNING", str(signing / "options.txt"))
    said = program.build_launcher(PROGRAM, "1.2.0", small)
    assert said == "signed Carebridge.exe"
    setup, lines = nsis.build_setup(PRODUCTION, "1.2.0", small, variant=variant, to=tmp_path)
    assert lines == ["signed uninstall.exe", f"signed {setup.name}"]
    for file in (small / "Carebridge.exe", setup):
        judged = verdict(file, signing)
        assert judged.returncode == 0, judged.stdout
        assert "Signature verification: ok" in judged.stdout
    spoilt = bytearray(setup.read_bytes())
    spoilt[len(spoilt) // 2] ^= 1
    setup.write_bytes(spoilt)
    assert verdict(setup, signing).returncode != 0


def test_what_is_not_signed_says_so(small, tmp_path, monkeypatch):
    monkeypatch.delenv("CAREBRIDGE_SIGNING", raising=False)
    assert program.build_launcher(CONSOLE, "1.2.0", small) == "UNSIGNED Carebridge-console.exe"
    setup, lines = nsis.build_setup(
        PRODUCTION, "1.2.0", small, variant=nsis.PER_USER, to=tmp_path, is_quick=True
    )
    assert lines == ["UNSIGNED uninstall.exe", f"UNSIGNED {setup.name}"]


def test_a_signature_that_cannot_be_made_ends_the_build(small, tmp_path, monkeypatch, capfd):
    options = tmp_path / "options.txt"
    options.write_text("-pkcs12\nno-such-file.p12\n", "utf-8")
    monkeypatch.setenv("CAREBRIDGE_SIGNING", str(options))
    with pytest.raises(program.BuildFailed, match=r"makensis|osslsigncode"):
        nsis.build_setup(PRODUCTION, "1.2.0", small, variant=nsis.PER_USER, to=tmp_path)
    with pytest.raises(program.BuildFailed, match="osslsigncode"):
        program.build_launcher(PROGRAM, "1.2.0", small)


# -- fetching --------------------------------------------------------------------------------------


@pytest.fixture
def index(tmp_path, monkeypatch) -> tuple[Path, Runtime]:
    """A folder that pip finds one source distribution in, whose setup would leave a mark."""
    folder = tmp_path / "index"
    folder.mkdir()
    inner = tmp_path / "made_up-1.0"
    inner.mkdir()
    mark = tmp_path / "setup-was-run"
    (inner / "setup.py").write_text(f"open({str(mark)!r}, 'w').close()\n", "utf-8")
    (inner / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: made-up\nVersion: 1.0\n", "utf-8")
    archive = folder / "made_up-1.0.tar.gz"
    with tarfile.open(archive, "w:gz") as packed:
        packed.add(inner, inner.name)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    return mark, Runtime(python="3.12.9", sha256=digest, distribution=("made-up", "1.0"))


def test_a_distribution_is_fetched_and_its_setup_is_not_run(index, tmp_path, monkeypatch):
    mark, runtime = index
    monkeypatch.chdir(tmp_path)
    archive = fetch(runtime, Path("downloads"))
    assert hashlib.sha256(archive.read_bytes()).hexdigest() == runtime.sha256
    assert not mark.exists()


def test_a_distribution_with_another_hash_is_not_fetched(index, tmp_path):
    mark, runtime = index
    other = Runtime(python="3.12.9", sha256="0" * 64, distribution=runtime.distribution)
    with pytest.raises(program.BuildFailed, match=r"(?i)hash"):
        fetch(other, tmp_path / "downloads")
    assert not mark.exists()


def machine(file: Path) -> int:
    content = file.read_bytes()
    (start,) = struct.unpack_from("<I", content, 0x3C)
    return struct.unpack_from("<H", content, start + 4)[0]
