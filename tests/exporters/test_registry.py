"""Targets of other packages are found by their metadata, and change nothing of this one's."""

import pytest

from exporters.export_cases import flat
from exporters.foreign_packages import foreign_packages
from workbench.errors import ExportError, WorkbenchWarning
from workbench.exporters import Outcome, Parity, Target, all_targets, built_in, export, find_target
from workbench.exporters.registry import modules_of_scripts, suffixes_left_off

MODULE = """
from workbench.exporters import Outcome, Parity, Target

def write(request, options):
    request.destination.file(".txt").write_text(request.network.name)
    return Outcome(Parity("not run", "nothing runs it"), (), "cat it")

def target(name, **more):
    return Target(name, "Name", "Writes its name.", (".txt",), write, **more)

TARGET = target("{name}", imports=("strange",))
"""


@pytest.fixture
def install(tmp_path):
    folder = tmp_path / "site"
    folder.mkdir()
    with foreign_packages(folder) as install:
        yield install


@pytest.fixture(scope="module")
def network():
    return flat().convert()


def test_targets_are_found_without_any_metadata(monkeypatch):
    monkeypatch.setattr("importlib.metadata.entry_points", lambda **_: ())
    all_targets.cache_clear()
    assert dict(all_targets().by_name) == built_in()
    assert "brian2" in built_in()
    all_targets.cache_clear()


def test_old_metadata_of_this_package_is_no_other_package(install):
    install("older", "", brian2="workbench.exporters.old:X", gone="workbench.exporters.gone:X")
    assert dict(all_targets().by_name) == built_in()
    assert not all_targets().problems


def test_a_target_of_another_package_is_used_by_its_name(install, network, tmp_path):
    install("kind", MODULE.format(name="named"), named="kind:TARGET")
    report = export(network, "named", tmp_path / "net.txt")
    assert report.files == (tmp_path / "net.txt",)
    assert str(report.parity) == "Not checked: nothing runs it"
    assert not all_targets().problems


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("raise SystemExit('bye')", "SystemExit: bye"),
        ("def f(:", "SyntaxError: "),
        ("", "AttributeError: "),
        ("TARGET = print", "TypeError: it is a builtin_function_or_method; accepted: workbench"),
        (MODULE.format(name="other"), "ValueError: its own name is 'other'; both must be equal"),
    ],
)
def test_a_broken_one_is_told_by_name_and_hides_no_other(install, network, tmp_path, source, why):
    install("kind", MODULE.format(name="named"), named="kind:TARGET")
    install("bad", source, broken="bad:TARGET")
    assert set(all_targets().by_name) == {*built_in(), "named"}
    with pytest.raises(ExportError) as refusal:
        export(network, "broken", tmp_path / "net")
    words = str(refusal.value)
    beginning = "The export target 'broken' of bad 1.5 (bad:TARGET) cannot be loaded: "
    assert words.startswith(f"{beginning}{why}")
    assert words.endswith(". Update that package, or uninstall it.")
    export(network, "builtin", tmp_path / "net")  # without a warning, which would be an error


def test_a_target_of_this_package_is_not_replaced(install, network, tmp_path):
    install("evil", MODULE.format(name="builtin"), builtin="evil:TARGET")
    assert find_target("builtin") is built_in()["builtin"]
    words = r"'builtin' of evil 1\.5 \(evil:TARGET\) is not used: the workbench has one of that"
    with pytest.warns(WorkbenchWarning, match=words):
        report = export(network, "builtin", tmp_path / "net")
    assert report.files[0].suffix == ".snn"


def test_two_packages_with_one_name_are_both_told(install):
    for name in ("one", "two"):
        install(name, MODULE.format(name="named"), named=f"{name}:TARGET")
    words = r"several packages declare it: one 1\.5 \(one:TARGET\), two 1\.5 \(two:TARGET\)\. Un"
    with pytest.raises(ExportError, match=words):
        find_target("named")


def test_what_is_installed_besides_changes_no_name_of_a_file(install, network, tmp_path):
    install("kind", MODULE.format(name="named"), named="kind:TARGET")
    named, brian2 = find_target("named"), built_in()["brian2"]
    assert ".txt" in suffixes_left_off(named)
    assert ".txt" not in suffixes_left_off(brian2)
    assert "strange" in modules_of_scripts(named)
    assert "strange" not in modules_of_scripts(brian2)
    assert export(network, "builtin", tmp_path / "net.txt").files[0].name == "net.txt.snn"


@pytest.mark.parametrize("target", [None, 3, ["brian2"], "", "Brian2"])
def test_what_names_no_target_is_refused(target):
    with pytest.raises(ExportError, match=r"There is no export target .*; accepted: brian2, "):
        find_target(target)


def nothing(request, options):
    return Outcome(Parity("exact", "nothing differs"), (), "")


def close(request, options):
    request.destination.file(".txt").write_text("")
    return Outcome(Parity("approximate", "all but one"), (), "")


def another(request, options):
    request.destination.file(".csv").write_text("")
    return Outcome(Parity("not run", "no reason"), (), "")


@pytest.mark.parametrize(
    ("write", "fault"),
    [
        (nothing, r"wrote no file; its suffixes are \.txt"),
        (close, "promises exact parity and is approximate: all but one"),
        (another, r"wrote \.csv; its suffixes are \.txt"),
        (lambda *_: None, "returned NoneType; accepted: an Outcome"),
    ],
)
def test_a_target_does_what_it_declares(network, tmp_path, write, fault):
    target = Target("mine", "Mine", "Mine.", (".txt",), write, parity="exact")
    with pytest.raises(ExportError, match=f"'mine' {fault}. Nothing was exported"):
        export(network, target, tmp_path / "net")
    assert not list(tmp_path.iterdir())
