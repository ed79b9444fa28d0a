"""Versions, bounds and clashes of names, with packages that are made for the test."""

import sys

import pytest

import workbench
from workbench.doctor import packages

OURS = """Metadata-Version: 2.1
Name: snn-workbench
Version: {version}
Requires-Python: {python}
Requires-Dist: numpy>=2
Requires-Dist: demo-old<2,>=1.5
Requires-Dist: demo-absent>=3
Requires-Dist: demo-broken
Requires-Dist: demo-windows; sys_platform == "nowhere"
Provides-Extra: fast
Requires-Dist: demo-fast>=1; extra == "fast"
Requires-Dist: demo-old<2,>=1.5; extra == "fast"
Requires-Dist: nest-simulator; extra == "fast"
Provides-Extra: test
Requires-Dist: demo-test; extra == "test"
"""


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A folder of packages that Python finds first; this package's metadata is in it."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)

    def install(name, metadata=None, **files):
        place = folder / f"{name}-1.0.dist-info"
        place.mkdir()
        if metadata is not None:
            (place / "METADATA").write_text(metadata)
        for file, content in files.items():
            (place / file.replace("_txt", ".txt")).write_text(content)

    return install


def ours(site, version=workbench.__version__, python=">=3.11"):
    site("snn_workbench", OURS.format(version=version, python=python))


def by_name(findings):
    return {finding.name: finding for finding in findings}


@pytest.mark.parametrize("finder", ["importlib.metadata", "importlib_metadata"])
def test_every_package_is_compared_with_what_is_accepted(site, finder):
    pytest.importorskip(finder, reason="takes over from importlib.metadata where it is installed")
    ours(site)
    site("demo_old", "Metadata-Version: 2.1\nName: demo-old\nVersion: 1.0\n")
    site("demo_broken")
    found = by_name(packages.examine_packages())
    assert found["numpy"].status == "ok"
    old = found["demo-old"]
    assert (old.status, old.value) == ("problem", "1.0")
    assert old.remedy.startswith("Accepted: <2,>=1.5.")
    assert f"{sys.executable} -m pip install 'demo-old<2,>=1.5'" in old.remedy
    absent = found["demo-absent"]
    assert (absent.status, absent.value) == ("problem", "not installed")
    assert absent.remedy.endswith("pip install 'demo-absent>=3'")
    assert found["demo-broken"].status == "problem"
    assert "metadata is damaged" in found["demo-broken"].remedy
    assert not {"demo-windows", "demo-fast", "demo-test"} & set(found)


def test_what_an_extra_adds_is_optional(site):
    ours(site)
    found = by_name(packages.examine_optional())
    assert set(found) == {"demo-fast", "torch"}
    fast = found["demo-fast"]
    assert (fast.status, fast.value) == ("note", "not installed (extra 'fast')")
    assert fast.remedy.endswith("pip install 'snn-workbench[fast]'")


def test_an_unusable_version_of_an_extra_is_a_problem(site):
    ours(site)
    site("demo_fast", "Metadata-Version: 2.1\nName: demo-fast\nVersion: 0.9\n")
    assert by_name(packages.examine_optional())["demo-fast"].status == "problem"


def test_a_python_that_is_not_accepted_is_a_problem(site):
    ours(site, python="<3")
    python = by_name(packages.examine_python())["python"]
    assert python.status == "problem"
    assert "Python <3" in python.remedy


def test_another_installed_version_of_the_workbench_is_told(site):
    ours(site, version="0.0.1")
    found = by_name(packages.examine_python())["snn-workbench"]
    assert found.status == "note"
    assert found.remedy.startswith("Version 0.0.1 is installed, but Python finds this copy first.")


@pytest.mark.parametrize(
    "files",
    [
        {"RECORD": "other-1.0.dist-info/METADATA,,\nworkbench/__init__.py,sha256=x,1\n"},
        {"RECORD": "workbench.py,,\n"},
        {"top_level_txt": "other\nworkbench\n"},
    ],
)
def test_another_package_of_the_same_import_name_is_a_problem(site, files):
    site("other", "Metadata-Version: 2.1\nName: Other.Bench\nVersion: 1.0\n", **files)
    (clash,) = [f for f in packages.examine_python() if f.name == "import name workbench"]
    assert (clash.status, clash.value) == ("problem", "also installed by Other.Bench")
    assert "pip uninstall Other.Bench &&" in clash.remedy
    assert "--force-reinstall --no-deps" in clash.remedy


def test_a_name_that_only_begins_alike_is_none(site):
    record = "workbench_tools/__init__.py,,\nmy/workbench/__init__.py,,\n"
    site("other", "Metadata-Version: 2.1\nName: other\nVersion: 1.0\n", RECORD=record)
    assert "other" not in packages.providers("workbench")


@pytest.mark.parametrize("name", ["workbench.py", "workbench/__init__.py"])
def test_a_file_of_the_working_folder_with_the_same_name_is_a_problem(name, tmp_path, monkeypatch):
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("")
    monkeypatch.chdir(tmp_path)
    clash = by_name(packages.examine_python())["import name workbench"]
    assert clash.status == "problem"
    assert str(tmp_path / name) in clash.value
    assert "Rename it" in clash.remedy


def test_the_own_sources_in_the_working_folder_are_no_clash(monkeypatch):
    monkeypatch.chdir(packages.Path(workbench.__file__).parents[1])
    clash = by_name(packages.examine_python())["import name workbench"]
    assert "also the name of" not in clash.value


def test_a_part_that_is_missing_says_what_needs_it():
    found = packages.optional("Group", "no_such_package", "Flying")
    assert (found.status, found.value) == ("note", "not installed")
    assert found.remedy.startswith("Flying needs the package no_such_package")
