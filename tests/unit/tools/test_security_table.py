"""Which tests stand for which attack is read from their source."""

from __future__ import annotations

import pytest

from tools.attack_list import ATTACKS, FAMILIES
from tools.rule_list import RULES
from tools.security_proofs import PASSES, Proof, outcomes, proofs, proofs_in, result_of
from tools.security_table import MISSING, UNKNOWN, document_text, main, strays, without_results

PLACE = "unit/test_x.py"


def found(source: str) -> dict[str, tuple[set[str], str]]:
    """Give the claims and the tier of each test of a module that has any."""
    return {
        proof.place.rpartition("::")[2]: (set(proof.claims), proof.tier)
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
        pytest.param("def test_a():\n  'As BIND-01.'", {"BIND-01"}, id="in-its-docstring"),
        pytest.param("def test_a():\n  a = 'BIND-01'", set(), id="only-said"),
        pytest.param("def test_sec_91_x(): ...", {"SEC-91"}, id="rule"),
        pytest.param("def test_x_sec_104(): ...", {"SEC-104"}, id="rule-of-three-digits"),
        pytest.param("def test_sec_1_x(): ...", set(), id="no-rule"),
        pytest.param("def test_a():\n  'SEC-0000'", set(), id="support-reference"),
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
def test_claims_stand_in_names_parameters_and_docstrings(source, attacks):
    named = [each for each, _ in found(source).values()]
    assert named == ([attacks] if attacks else [])


@pytest.mark.parametrize(
    ("marks", "tier"),
    [
        pytest.param("", "fast", id="none"),
        pytest.param("@pytest.mark.slow\n", "slow", id="slow"),
        pytest.param("@pytest.mark.skipif(sys.platform == 'win32', r='')\n", "fast", id="posix"),
        pytest.param("@pytest.mark.windows\n", "windows", id="win"),
        pytest.param("@pytest.mark.macos\n", "macos", id="mac"),
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


def proof(name: str, *claims: str, tier: str = "fast") -> Proof:
    return Proof(f"{PLACE}::{name}", tier, frozenset(claims))


def test_a_module_stands_for_rules_with_all_its_tests():
    source = "'About SEC-91 and BIND-01.'\ndef test_sec_91_a(): ...\ndef test_bind_01(): ..."
    module, test = proofs_in(source, PLACE)
    assert (module.place, module.claims) == (PLACE, {"SEC-91"})
    assert (test.place, test.claims) == (f"{PLACE}::test_bind_01", {"BIND-01"})
    assert [module.is_of(each) for each in outcomes(JUNIT)] == [True] * 4
    (other,) = outcomes('<a><testcase classname="tests.unit.test_xy" name="test_a"/></a>')
    assert not module.is_of(other)
    assert result_of("SEC-91", [module], outcomes(JUNIT)) == "**fails**"


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


@pytest.mark.parametrize(
    ("name", "result"),
    [
        pytest.param("test_b", "passes; Windows: in the workflow for that system", id="skipped"),
        pytest.param("test_d", "passes; Windows: in the workflow for that system", id="not-run"),
        pytest.param("test_c", "passes; Windows: passes", id="its-own-report"),
        pytest.param("test_a", "passes; Windows: **fails**", id="fails-there"),
    ],
)
def test_what_runs_on_another_system_has_a_result_of_its_own(name, result):
    tests = [proof("test_c", "HOST-04"), proof(name, "HOST-04", tier="windows")]
    assert result_of("HOST-04", tests, outcomes(JUNIT)) == result
    assert result_of("HOST-04", tests[1:], outcomes(JUNIT)) == result.partition("; ")[2]


def row(text: str, attack: str) -> list[str]:
    (line,) = [each for each in text.splitlines() if each.startswith(f"| {attack} |")]
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_a_page_has_a_row_for_each_attack_and_rule():
    text = document_text([])
    for claim, title in (ATTACKS | RULES).items():
        assert row(text, claim)[:3] == [claim, title, MISSING]


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
    for wrong in ("HOST-99", "SEC-99"):
        (line,) = strays([proof("test_a", "HOST-01", wrong)])
        assert line.startswith(f"{PLACE}::test_a stands for {wrong}")


def test_each_attack_has_a_family_and_a_title_of_one_line():
    assert {attack.partition("-")[0] for attack in ATTACKS} == set(FAMILIES)
    titles = [*ATTACKS.values(), *RULES.values()]
    assert not [title for title in titles if "|" in title or "\n" in title or not title]


def test_the_check_notices_a_new_test_and_writing_settles_it(tmp_path, capsys):
    tests = tmp_path / "tests"
    tests.mkdir()
    (tmp_path / "docs").mkdir()
    page = tmp_path / "docs" / "security-tests.md"
    assert main([], root=tmp_path) == 0
    assert main(["--check"], root=tmp_path) == 0
    (tests / "test_x.py").write_text("def test_bind_01_x(): ...\n", "utf-8")
    assert main(["--check"], root=tmp_path) == 1
    assert "run python -m tools.security_table" in capsys.readouterr().err
    assert main([], root=tmp_path) == 0
    assert main(["--check"], root=tmp_path) == 0
    reports = [tmp_path / "slow.xml", tmp_path / "fast.xml"]
    for report, test in zip(reports, ("y", "bind_01_x"), strict=True):
        case = f'<testcase classname="tests.test_x" name="test_{test}"/>'
        report.write_text(f"<testsuite>{case}</testsuite>", "utf-8")
    assert main([f"--results={report}" for report in reports], root=tmp_path) == 0
    filled = page.read_text("utf-8")
    assert row(filled, "BIND-01")[-1] == PASSES
    page.write_text(filled.replace(f" {PASSES} |", " **fails** |"), "utf-8")
    assert main(["--check"], root=tmp_path) == 0  # results are not compared, tests are
    assert "**fails**" in page.read_text("utf-8")
    page.write_text(filled.replace("test_bind_01_x", "test_bind_01_y"), "utf-8")
    assert main(["--check"], root=tmp_path) == 1
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


def test_results_are_no_part_of_what_is_compared():
    tests = [proof("test_c", "HOST-02", "SEC-91")]
    known = document_text(tests, ended=outcomes(JUNIT))
    assert row(known, "SEC-91")[-1] == PASSES
    assert without_results(known) == without_results(document_text(tests))
    assert without_results(known) != without_results(document_text([]))
