"""The rules of the house hold on this tree, and each of them sees what it is for."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tools import house

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "data"
S = "packages/portal/src/sonae"
LONG_FUNCTION = "def planted():\n" + "    planted()\n" * 50
INDEX = house.INDEX_HOSTS[0]

PLANTED = [
    (house.slices_without_a_place, f"{S}/prevention/planted/__init__.py", "", "prevention.planted has no row"),
    (house.slices_without_a_place, f"{S}/recovery/planted/models.py", "", "planted/classification.toml is missing"),
    (house.slices_without_a_place, f"{S}/recovery/planted/models.py", "", "planted/README.md is missing"),
    (house.slices_without_a_place, f"{S}/recovery/planted/models.py", "", "missing from ARCHITECTURE.md"),
    (house.packages_unseen_by_the_linter, f"{S}/core/planted/rules.py", "", "core/planted holds modules"),
    (house.names_that_say_nothing, f"{S}/core/audit/utils.py", "", "audit/utils.py"),
    (house.names_that_say_nothing, f"{S}/core/audit/manager/__init__.py", "", "audit/manager"),
    (house.too_long, f"{S}/core/audit/planted.py", "x = 1\n" * 501, "501 lines, more than 500"),
    (house.too_long, "packages/engine/src/sonae_engine/planted.py", "x = 1\n" * 501, "501 lines, more than 500"),
    (house.too_long, f"{S}/core/audit/tests/test_planted.py", "x = 1\n" * 801, "801 lines, more than 800"),
    (house.too_long, "tools/planted.py", "x = 1\n" * 801, "801 lines, more than 800"),
    (house.too_long, f"{S}/core/audit/planted.py", LONG_FUNCTION, "planted has 51 lines"),
    (
        house.unlisted_modules_above_edges,
        f"{S}/core/audit/planted.py",
        "from sonae.core.audit import tasks\n",
        "planted.py:1 imports sonae.core.audit.tasks",
    ),
    (
        house.unlisted_modules_above_edges,
        f"{S}/core/duties/planted.py",
        "from sonae.core.duties.views import index\n",
        "planted.py:1 imports sonae.core.duties.views.index",
    ),
    (
        house.edges_named_in_strings,
        f"{S}/core/audit/planted.py",
        'A = "sonae.core.web.views.x"\n',
        "sonae.core.web.views.x",
    ),
    (
        house.tests_that_look_up,
        f"{S}/core/audit/tests/test_planted.py",
        "import sonae.core.web.gate\n",
        "core.web.gate",
    ),
    (
        house.tests_that_look_up,
        f"{S}/core/audit/tests/test_planted.py",
        "from sonae.core import duties\n",
        "core.duties",
    ),
    (house.impure_rules, f"{S}/core/audit/rules.py", "\nmoment = datetime.now(UTC)\n", "calls now()"),
    (house.impure_rules, f"{S}/core/audit/vocabulary.py", '\ntext = open("x").read()\n', "calls open()"),
    (house.hosts_and_paths, f"{S}/core/audit/planted.txt", f"see https://{INDEX}/simple\n", INDEX),
    (house.hosts_and_paths, f"{S}/core/audit/planted.txt", "in " + house.THIS_MACHINE[0], house.THIS_MACHINE[0]),
    (house.generated_files, f"{S}/core/audit/locale/ja/LC_MESSAGES/django.mo", "x", "django.mo"),
    (house.inline_style_and_script, f"{S}/core/web/templates/planted.html", '<p style="color:red">', "style="),
    (house.inline_style_and_script, f"{S}/core/web/templates/planted.html", "<p onclick='x()'>", "onclick"),
    (house.inline_style_and_script, f"{S}/core/web/templates/planted.html", "<script>x()</script>", "<script"),
]


def test_this_tree_keeps_the_rules_of_the_house():
    assert "\n".join(house.problems(ROOT)) == ""


@pytest.mark.skipif(not SHARED.is_dir(), reason="the real public data (../shared/data) is not beside this clone")
def test_no_file_of_the_shared_data_is_in_this_tree():
    assert house.shared_data_files(house.Tree(ROOT), SHARED) == []


@pytest.fixture(scope="module")
def before(whole_copy):
    """What each rule says of the copy while nothing is planted."""
    return {rule: rule(house.Tree(whole_copy)) for rule in house.RULES}


@pytest.mark.parametrize("planted", PLANTED, ids=[f"{rule.__name__}-{said}" for rule, _, _, said in PLANTED])
def test_a_planted_violation_is_seen(whole_copy, before, plant, planted):
    rule, path, text, said = planted
    assert not any(said in problem for problem in before[rule])
    plant(path, text)
    assert any(said in problem for problem in rule(house.Tree(whole_copy)))


def test_every_rule_has_a_planted_violation():
    assert {rule for rule, *_ in PLANTED} == set(house.RULES)


def test_allowed_neighbours_of_a_violation_are_left_alone(whole_copy, plant):
    page = '<script src="x.js"></script><p class="style"></p>{# style="" #}<script type="application/json">{}</script>'
    plant(f"{S}/core/web/templates/planted.html", page)
    plant(f"{S}/core/web/tests/test_planted.py", "import sonae.core.access.rules\nimport sonae.testing.cast\n")
    plant(f"{S}/core/audit/planted.py", 'A = "sonae.core.audit.views.x"\n')
    tree = house.Tree(whole_copy)
    rules = (house.inline_style_and_script, house.tests_that_look_up, house.edges_named_in_strings)
    assert not [problem for rule in rules for problem in rule(tree) if "planted" in problem]


def test_the_host_of_the_local_lock_may_not_be_named_either(tmp_path):
    (tmp_path / "uv.lock").write_text('source = { registry = "https://mirror.example.org/simple" }', "utf-8")
    (tmp_path / "notes.txt").write_text("fetched from mirror.example.org", "utf-8")
    assert "notes.txt names mirror.example.org." in house.hosts_and_paths(house.Tree(tmp_path))


def test_a_file_of_the_shared_data_is_known_by_its_bytes(tmp_path):
    shared, clone = tmp_path / "shared", tmp_path / "clone"
    shared.mkdir()
    clone.mkdir()
    (shared / "real.csv").write_text("real,rows\n", "utf-8")
    (clone / "own.csv").write_text("own,words\n", "utf-8")
    assert house.shared_data_files(house.Tree(clone), shared) == []
    shutil.copyfile(shared / "real.csv", clone / "renamed.csv")
    assert house.shared_data_files(house.Tree(clone), shared) == ["renamed.csv is a file of the shared data."]


def test_the_tree_is_what_git_holds_or_would_hold(tmp_path):
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    for name, text in {".gitignore": "ignored.txt\n", "ignored.txt": "", "new.txt": ""}.items():
        (tmp_path / name).write_text(text, "utf-8")
    assert [str(path) for path in house.Tree(tmp_path).files] == [".gitignore", "new.txt"]
