"""Which tests stand for which attack is read from their source."""

from __future__ import annotations

import pytest

from tools.attack_list import ATTACKS, FAMILIES
from tools.security_table import (
    MISSING,
    PASSES,
    UNKNOWN,
    Proof,
    document_text,
    main,
    outcomes,
    proofs,
    proofs_in,
    result_of,
    strays,
)

PLACE = "unit/test_x.py"


def found(source: str) -> dict[str, tuple[set[str], str]]:
    """Give the attacks and the tier of each test of a module that stands for any."""
    return {
        proof.place.rpartition("::")[2]: (set(proof.attacks), proof.tier)
        for proof in proofs_in(source, PLACE)
    }


@pytest.mark.parametrize(
    ("source", "attacks"),
    [
        pytest.param("def test_bind_01_a(): ...", {"BIND-01"}, id="at-the-beginning"),
        pytest.param("def test_a_bind_01(): ...", {"BIND-01"}, id="at-the-end"),
        pytest.param("def test_bind_01_and_ct_02(): ...", {"BIND-01", "CT-02"}, id="two"),
        pytest.param("async def test_ws_01(): ...", {"WS-01"}, id="async"),
        pytest.param("def test_rebind_01(): ...", set(), id="part-of-a-word"),
        pytest.param("def test_bind_011(): ...", set(), id="three-digits"),
        pytest.param("def helper_bind_01(): ...", set(), id="no-test"),
        pytest.param("def test_a():\n  'BIND-01'", set(), id="only-said"),
        pytest.param("class TestA:\n  def test_bind_01(self): ...", {"BIND-01"}, id="in-a-class"),
        pytest.param(
            "@p.mark.parametrize('a', ['x'], ids=['BIND-01'])\ndef test_a(a): ...",
            {"BIND-01"},
            id="ids",
        ),
        pytest.param(
            "@p.mark.parametrize('a', [p.param('x', id='HOST-02-http')])\ndef test_a(a): ...",
            {"HOST-02"},
            id="param",
        ),
        pytest.param(
            "ROWS = [A('HOST-02')]\nCASES: L = [p.param(r, id=r.n) for r in ROWS]\n"
            "@p.mark.parametrize('a', CASES)\ndef test_a(a): ...",
            {"HOST-02"},
            id="through-two-names",
        ),
        pytest.param(
            "CASES = [p.param(CASES, id='HOST-02')]\n"
            "@p.mark.parametrize('a', CASES)\ndef test_a(a): ...",
            {"HOST-02"},
            id="a-name-of-itself",
        ),
        pytest.param("CASES = ['HOST-02']\ndef test_a(): ...", set(), id="not-used"),
    ],
)
def test_attacks_stand_in_names_and_parameters(source, attacks):
    named = [each for each, _ in found(source).values()]
    assert named == ([attacks] if attacks else [])


@pytest.mark.parametrize(
    ("marks", "tier"),
    [
        pytest.param("", "fast", id="none"),
        pytest.param("@pytest.mark.slow\n", "slow", id="slow"),
        pytest.param("@pytest.mark.skipif(sys.platform == 'win32', r='')\n", "fast", id="posix"),
        pytest.param("@pytest.mark.skipif(sys.platform != 'win32', r='')\n", "windows", id="win"),
        pytest.param("@pytest.mark.skipif(sys.platform != 'darwin', r='')\n", "macos", id="mac"),
    ],
)
@pytest.mark.parametrize("way", ["decorator", "name", "module"])
def test_the_tier_follows_from_the_marks(marks, tier, way):
    mark = marks.removeprefix("@").strip() or "pytest.mark.timeout(60)"
    source = {
        "decorator": f"{marks}def test_bind_01(): ...",
        "name": f"only = {mark}\n@only\ndef test_bind_01(): ...",
        "module": f"pytestmark = [{mark}]\ndef test_bind_01(): ...",
    }[way]
    assert found(source) == {"test_bind_01": ({"BIND-01"}, tier)}


JUNIT = """\
<testsuites><testsuite>
<testcase classname="tests.unit.test_x" name="test_a[HOST-02-x]"/>
<testcase classname="tests.unit.test_x" name="test_a[HOST-03]"><failure>no</failure></testcase>
<testcase classname="tests.unit.test_x" name="test_b"><skipped>no</skipped></testcase>
<testcase classname="tests.unit.test_x" name="test_c"><properties/></testcase>
</testsuite></testsuites>
"""


def proof(name: str, *attacks: str) -> Proof:
    return Proof(f"{PLACE}::{name}", "fast", frozenset(attacks))


def test_a_report_says_how_each_run_ended():
    assert [(each.parameters, each.kind) for each in outcomes(JUNIT)] == [
        ("HOST-02-x]", PASSES),
        ("HOST-03]", "failure"),
        ("", "skipped"),
        ("", PASSES),
    ]


@pytest.mark.parametrize(
    ("attack", "names", "result"),
    [
        pytest.param("HOST-02", ["test_a"], "passes", id="own-parameter"),
        pytest.param("HOST-03", ["test_a"], "**fails**", id="own-parameter-fails"),
        pytest.param("HOST-04", ["test_a"], "**fails**", id="any-parameter"),
        pytest.param("HOST-04", ["test_b"], "skipped", id="skipped"),
        pytest.param("HOST-04", ["test_d"], "not run", id="not-run"),
        pytest.param("HOST-04", ["test_c"], "passes", id="passes"),
        pytest.param("HOST-04", ["test_b", "test_c"], "passes, the others did not run", id="some"),
    ],
)
def test_the_result_of_an_attack_is_that_of_its_tests(attack, names, result):
    assert result_of(attack, [proof(name, attack) for name in names], outcomes(JUNIT)) == result


def row(text: str, attack: str) -> list[str]:
    (line,) = [each for each in text.splitlines() if each.startswith(f"| {attack} |")]
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_a_page_has_a_row_for_each_attack():
    text = document_text([])
    for attack, title in ATTACKS.items():
        assert row(text, attack)[:3] == [attack, title, MISSING]


def test_results_are_kept_until_the_tests_of_a_row_change():
    tests = [proof("test_c", "HOST-02"), proof("test_b", "HOST-03")]
    unknown = document_text(tests)
    assert row(unknown, "HOST-02") == [
        "HOST-02",
        ATTACKS["HOST-02"],
        f"`{PLACE}::test_c`",
        "fast",
        UNKNOWN,
    ]
    known = document_text(tests, before=unknown, ended=outcomes(JUNIT))
    assert (row(known, "HOST-02")[-1], row(known, "HOST-03")[-1]) == (PASSES, "skipped")
    assert document_text(tests, before=known) == known
    more = document_text([*tests, proof("test_d", "HOST-02")], before=known)
    assert (row(more, "HOST-02")[-1], row(more, "HOST-03")[-1]) == (UNKNOWN, "skipped")
    assert row(document_text(tests[1:], before=known), "HOST-02")[2:] == [MISSING, "–", "–"]  # noqa: RUF001  # as the page writes it


def test_a_number_that_is_not_on_the_list_is_named():
    assert strays([proof("test_a", "HOST-01")]) == []
    (line,) = strays([proof("test_a", "HOST-01", "HOST-99")])
    assert line.startswith(f"{PLACE}::test_a stands for HOST-99")


def test_each_attack_has_a_family_and_a_title_of_one_line():
    assert {attack.partition("-")[0] for attack in ATTACKS} == set(FAMILIES)
    assert not [title for title in ATTACKS.values() if "|" in title or "\n" in title or not title]


def test_the_check_notices_a_new_test_and_writing_settles_it(tmp_path, capsys):
    tests = tmp_path / "tests"
    tests.mkdir()
    (tmp_path / "docs").mkdir()
    page = tmp_path / "docs" / "security-tests.md"
    assert main([], root=tmp_path) == 0
    assert main(["--check"], root=tmp_path) == 0
    (tests / "test_x.py").write_text("def test_bind_01_x(): ...\n", "utf-8")
    assert main(["--check"], root=tmp_path) == 1
    assert "run python tools/security_table.py" in capsys.readouterr().err
    assert main([], root=tmp_path) == 0
    assert main(["--check"], root=tmp_path) == 0
    report = tmp_path / "report.xml"
    report.write_text(
        '<testsuite><testcase classname="tests.test_x" name="test_bind_01_x"/></testsuite>', "utf-8"
    )
    assert main([f"--results={report}"], root=tmp_path) == 0
    assert row(page.read_text("utf-8"), "BIND-01")[-1] == PASSES
    (tests / "test_x.py").write_text("def test_bind_99_x(): ...\n", "utf-8")
    assert main([], root=tmp_path) == 1
    assert "BIND-99" in capsys.readouterr().err


def test_a_test_of_a_class_is_reported_with_its_class():
    (one,) = proofs_in("class TestA:\n  def test_bind_01(self): ...", PLACE)
    assert one.place == f"{PLACE}::TestA::test_bind_01"
    assert one.reported == "tests.unit.test_x.TestA::test_bind_01"


def test_proofs_are_found_in_folders_below(tmp_path):
    (tmp_path / "unit" / "api").mkdir(parents=True)
    (tmp_path / "unit" / "api" / "test_x.py").write_text("def test_ws_01(): ...\n", "utf-8")
    (tmp_path / "unit" / "support.py").write_text("def test_ws_02(): ...\n", "utf-8")
    assert [each.place for each in proofs(tmp_path)] == ["unit/api/test_x.py::test_ws_01"]
