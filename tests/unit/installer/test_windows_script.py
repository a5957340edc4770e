"""What NSIS and the resource compiler are told, and the icon, without running either."""

from __future__ import annotations

import re
import struct
from pathlib import Path

import pytest
from lxml import etree

from bridge import __main__ as entry
from bridge.adapters.urischeme import registry_values
from bridge.settings import Settings
from installer.builds import BUILDS, PRODUCTION, SIMULATOR
from installer.windows import nsis, signing
from installer.windows.icon import icon
from installer.windows.layout import LAUNCHERS, OURS
from installer.windows.resources import PUBLISHER, resource_script, version_strings

HERE = Path(nsis.__file__).parent
SCRIPT = (HERE / "setup.nsi").read_text("utf-8")
TEXTS = (HERE / "texts.nsh").read_text("utf-8")
LANGUAGES = ("English", "French", "Dutch", "German")


def calls_of_the_program():
    """Every argument the script gives to the program, joined by blanks."""
    return set(re.findall(r"'\"\$\{PROGRAM\}\" ([^'$]*?)(?: \"%1\"| \$\{SCOPE\})?'", SCRIPT))


def effective_lines(*, is_machine_wide):
    """The lines that are compiled for a variant."""
    kept, within = [], []
    for line in map(str.strip, SCRIPT.splitlines()):
        word, _, name = line.partition(" ")
        if word in {"!ifdef", "!ifndef"}:
            is_set = is_machine_wide and name == "ALLUSERS"
            within.append(is_set is (word == "!ifdef"))
        elif word == "!else":
            within[-1] = not within[-1]
        elif word == "!endif":
            within.pop()
        elif all(within):
            kept.append(line)
    assert within == []
    return kept


class TestScript:
    def test_it_calls_the_program_as_it_can_be_called(self):
        known = {
            *entry._CALLS,
            entry._STARTER,
            entry._LINK,
            "--check-installation",
            "uninstall-data erase --yes",
            "uninstall-data keep",
        }
        used = calls_of_the_program() - {""}
        assert used == {
            "--autostart",
            "--quit",
            "--url",
            "--check-installation",
            "uninstall-data erase --yes",
            "uninstall-data keep",
        }
        assert used <= known
        for scope in re.findall(r"!define SCOPE (\w+)", SCRIPT):
            assert f"--check-installation {scope}" in entry._CHILDREN

    def test_the_scheme_is_the_one_the_program_registers_itself(self):
        values = registry_values(["X", "--url"])
        for key, _ in values:
            inner = key.removeprefix(r"Software\Classes\carebridge")
            assert f'"${{SCHEME_KEY}}{inner}"' in SCRIPT
        assert values[(r"Software\Classes\carebridge", "")] in SCRIPT

    def test_each_exit_code_is_documented(self):
        codes = dict(re.findall(r"!define (EXIT_\w+) (\d+)", SCRIPT))
        document = (HERE.parents[1] / "docs" / "installing.md").read_text("utf-8")
        listed = set(re.findall(r"^\| (\d+) \|", document, re.MULTILINE))
        assert listed == {"0", "1", *codes.values()}
        assert len(set(codes.values())) == len(codes)

    def test_each_switch_is_documented(self):
        switches = set(re.findall(r'"/([A-Z]+)="', SCRIPT))
        document = (HERE.parents[1] / "docs" / "installing.md").read_text("utf-8")
        assert switches == {"AUTOSTART", "LAUNCH", "PURGE"}
        assert all(f"`/{switch}=" in document for switch in switches)

    def test_every_key_that_is_written_is_removed_and_documented(self):
        document = (HERE.parents[1] / "docs" / "installing.md").read_text("utf-8")
        keys = dict(re.findall(r'!define (\w+_KEY) "([^"]+)"$', SCRIPT, re.MULTILINE))
        assert len(keys) == 4
        removal = SCRIPT.split("Section Uninstall")[1]
        for name, key in keys.items():
            assert f"${{{name}}}" in removal
            assert f"`{key}" in document

    def test_no_other_key_is_written(self):
        written = set(re.findall(r"WriteReg\w+ SHCTX \"\$\{(\w+)\}", SCRIPT))
        assert written == {"UNINSTALL_KEY", "RUN_KEY", "SCHEME_KEY"}
        assert len(re.findall(r"WriteReg[A-Z]\w* SHCTX|WriteReg[A-Z]\w* HK", SCRIPT)) == len(
            re.findall(r"WriteReg\w+ SHCTX \"\$\{", SCRIPT)
        )

    def test_every_dialogue_has_an_answer_for_silent_runs(self):
        dialogues = [line for line in SCRIPT.splitlines() if "MessageBox" in line]
        assert dialogues
        assert all(" /SD ID" in line for line in dialogues)

    def test_the_machine_wide_removal_knows_no_purge(self):
        on_init = SCRIPT.split("Function un.onInit")[1].split("FunctionEnd")[0]
        guarded = on_init.split("!ifndef ALLUSERS")[1].split("!endif")[0]
        assert "/PURGE=" in guarded
        assert on_init.count("/PURGE=") == 1

    def test_a_silent_removal_has_windows_ask_nothing_about_certificates(self):
        lines = effective_lines(is_machine_wide=False)
        (place,) = [n for n, line in enumerate(lines) if "uninstall-data keep" in line]
        before = [line for line in lines[:place] if not line.startswith(";")]
        assert before[-2:] == ["${IfNot} ${Silent}", "${AndIf} $Purge != 1"]
        assert not [one for one in effective_lines(is_machine_wide=True) if "data keep" in one]

    @pytest.mark.parametrize(("is_machine_wide", "starts"), [(False, 3), (True, 0)])
    def test_the_daemon_is_never_started_elevated(self, is_machine_wide, starts):
        lines = effective_lines(is_machine_wide=is_machine_wide)
        found = [line for line in lines if re.search(r"Exec '.*(--autostart|START_WORDS)", line)]
        assert len(found) == starts

    def test_what_is_used_is_translated(self):
        defined = set(re.findall(r"!insertmacro Text (\w+)", TEXTS))
        used = set(re.findall(r"\$\((\w+)\)", SCRIPT))
        assert used == defined

    def test_each_text_is_in_four_languages(self):
        assert re.findall(r'MUI_LANGUAGE "(\w+)"', TEXTS) == list(LANGUAGES)
        texts = re.findall(r"!insertmacro Text (\w+) \\\n((?:\s+\".*\"(?: \\)?\n)+)", TEXTS)
        assert len(texts) == TEXTS.count("!insertmacro Text ")
        for name, block in texts:
            spoken = re.findall(r'"(.*)"', block)
            assert len(set(spoken)) == len(LANGUAGES), name


class TestFacts:
    @pytest.mark.parametrize("word", ["connect", "eHealth", "MyCareNet"])
    def test_the_start_menu_finds_it_by(self, word):
        assert word in nsis.SHORTCUT.split()

    def test_a_shortcut_is_a_file_name(self):
        assert not set('\\/:*?"<>|') & set(nsis.SHORTCUT)

    def test_builds_and_variants_have_names_of_their_own(self):
        names = [nsis.setup_name(each, variant) for each in BUILDS for variant in nsis.VARIANTS]
        assert names == [
            "carebridge-setup.exe",
            "carebridge-setup-allusers.exe",
            "carebridge-simulator-setup.exe",
            "carebridge-simulator-setup-allusers.exe",
        ]

    def test_the_simulator_says_what_it_is_and_starts_its_demo(self):
        facts = nsis.product_facts(SIMULATOR, "1.2.0+simulator", 7)
        assert facts["DISPLAY_NAME"] == "Carebridge (simulator)"
        assert (facts["START_WORDS"], facts["BUILD"]) == ("demo", "simulator")

    def test_production_starts_the_daemon(self):
        facts = nsis.product_facts(PRODUCTION, "1.2.0", 7)
        assert (facts["DISPLAY_NAME"], facts["START_WORDS"]) == ("Carebridge", "")
        assert (facts["NUMBERS"], facts["SIZE_KIB"]) == ("1.2.0.0", "7")

    def test_files_have_one_order_whatever_the_disk_says(self):
        names = ["b/x.py", "Carebridge.exe", "a/y.py", "a/x.py"]
        one = nsis.product_script({}, names, Path("/made"))
        assert one == nsis.product_script({}, reversed(names), Path("/made"))
        assert re.findall(r'File "/made/(.+)"', one) == [
            "Carebridge.exe",
            "a/x.py",
            "a/y.py",
            "b/x.py",
        ]

    def test_files_land_in_their_folders(self):
        script = nsis.product_script({}, ["a/b/x.py"], Path("/made"))
        assert '  SetOutPath "$INSTDIR\\a\\b"\n  File "/made/a/b/x.py"\n' in script

    def test_names_cannot_be_mistaken_for_variables(self):
        script = nsis.product_script({"FACT": '"x"'}, ["a$b.py"], Path("/made"))
        assert 'File "/made/a$$b.py"' in script
        assert '!define FACT "$\\"x$\\""' in script

    def test_every_piece_can_be_moved_aside(self):
        script = nsis.product_script({}, [], Path("/made"))
        assert re.findall(r'\$\{Do\} "(.+)"', script) == list(OURS)

    def test_what_was_said_of_signatures(self):
        said = "MakeNSIS\nUNSIGNED makensisAbC\n  x\nsigned setup.exe\n"
        assert nsis.signature_lines(said, "setup.exe") == [
            "UNSIGNED uninstall.exe",
            "signed setup.exe",
        ]


class TestResources:
    def test_the_manifest_asks_for_no_rights_and_knows_every_screen(self):
        root = etree.XML((HERE / "launcher.manifest").read_bytes())
        found = {etree.QName(each).localname: each for each in root.iter()}
        assert dict(found["requestedExecutionLevel"].attrib) == {
            "level": "asInvoker",
            "uiAccess": "false",
        }
        assert found["dpiAwareness"].text == "PerMonitorV2, PerMonitor"
        assert found["longPathAware"].text == "true"
        assert found["activeCodePage"].text == "UTF-8"

    @pytest.mark.parametrize("name", LAUNCHERS)
    def test_the_version_resource(self, name):
        script = resource_script(name, "1.2.0+simulator")
        assert "FILEVERSION 1,2,0,0\n" in script
        assert f'VALUE "OriginalFilename", "{name}.exe\\0"' in script
        assert 'VALUE "ProductVersion", "1.2.0+simulator\\0"' in script

    def test_the_publisher_is_the_one_updates_ask_for(self):
        assert version_strings("X", "1.0.0")["CompanyName"] == PUBLISHER
        assert Settings().updates.publisher == PUBLISHER

    def test_the_icon_holds_its_pictures(self):
        made = icon((8, 16))
        assert struct.unpack_from("<HHH", made) == (0, 1, 2)
        for number, side in enumerate((8, 16)):
            width, height, *_, length, offset = struct.unpack_from(
                "<BBBBHHII", made, 6 + 16 * number
            )
            assert (width, height) == (side, side)
            header = struct.unpack_from("<IiiHHI", made, offset)
            assert header == (40, side, side * 2, 1, 32, 0)
            assert length == 40 + side * side * 4 + (side + 31) // 32 * 4 * side
        assert offset + length == len(made)

    def test_the_icon_is_a_green_card_on_nothing(self):
        made = icon((20,))
        pixels = made[22 + 40 :]
        corner, middle = pixels[:4], pixels[(5 * 20 + 3) * 4 :][:4]
        assert corner == bytes(4)
        assert middle == bytes((92, 122, 0, 255))


class TestSignatureOptions:
    def test_lines_become_words(self):
        text = "# the release key\n-pkcs12\nrelease.p12\n\n-readpass\nrelease.pass\n"
        assert signing.sign_options(text) == ["-pkcs12", "release.p12", "-readpass", "release.pass"]

    def test_a_pass_phrase_among_them_is_refused(self):
        with pytest.raises(ValueError, match="readpass"):
            signing.sign_options("-pass\nsecret\n")

    def test_without_options_nothing_is_signed(self, tmp_path):
        file = tmp_path / "x.exe"
        file.write_bytes(b"MZ")
        assert signing.sign(file, {}) is False
        assert file.read_bytes() == b"MZ"
