import re
import tomllib
from pathlib import Path

import numpy as np
import pytest

import workbench as wb
from exporters.export_cases import flat, reference
from workbench.errors import DataError, ExportError
from workbench.exporters import built_in, check_options, export
from workbench.exporters.registry import GROUP

TARGETS = tuple(built_in())
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def network():
    return flat().convert()


@pytest.fixture(scope="module")
def x():
    return np.random.default_rng(5).random((4, 12))


def test_the_targets_of_the_package_stand_in_its_metadata():
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert declared["entry-points"][GROUP] == {
        name: f"workbench.exporters.{name}:TARGET" for name in TARGETS
    }


def test_an_unknown_target_is_refused_by_name(network, tmp_path):
    message = r"no export target 'nestr'; accepted: brian2, builtin.*\. Did you mean nest\?"
    with pytest.raises(ExportError, match=message):
        export(network, "nestr", tmp_path / "net")


def test_an_unknown_option_is_refused_by_name(network, tmp_path):
    with pytest.raises(ExportError, match="'builtin' has no option chip; it has samples, labels"):
        export(network, "builtin", tmp_path / "net", chip="loihi1")


@pytest.mark.parametrize("target", ["brian2", "builtin", "nest", "pynn"])
def test_files_run_for_the_steps_that_were_chosen(network, tmp_path, target):
    given = {} if target == "builtin" else {"parity_samples": 1, "parity_steps": 1}
    report = export(network, target, tmp_path / "net", steps=7, **given)
    script = next(f for f in report.files if f.suffix == ".py").read_text("utf-8")
    assert re.search(r"^STEPS = 7 |steps=7\)", script, re.MULTILINE)
    assert "steps=7)" in report.run or report.run.endswith(" --steps 7")


def test_files_without_steps_say_so(network, tmp_path):
    """A graph holds a network alone."""
    told, plain = (
        export(network, "nir", tmp_path / name, parity_steps=1, **given)
        for name, given in (("told", {"steps": 7}), ("plain", {}))
    )
    (note,) = set(told.notes) - set(plain.notes)
    assert note.startswith("steps is 7, and files of NIR graph hold no number of steps.")
    assert "parity_steps sets that of the comparison" in note
    with pytest.raises(ExportError, match=r"steps is 0; accepted"):
        export(network, "nir", tmp_path / "none", steps=0)


def test_steps_that_no_run_can_have_are_refused(network, tmp_path):
    with pytest.raises(ExportError, match=r"Simulation\.steps is 0; accepted: integers from 1"):
        export(network, "builtin", tmp_path / "net", steps=0)


WRONG = [
    ("brian2", "parity_steps", "x"),
    ("brian2", "parity_samples", 2.5),
    ("brian2", "parity_steps", True),
    ("brian2", "parity_steps", None),
    ("brian2", "parity_timeout_s", "long"),
    ("brian2", "parity_timeout_s", 0),
    ("brian2", "parity_timeout_s", float("nan")),
    ("loihi", "parity_samples", "x"),
    ("loihi", "parity_steps", 10**7),
    ("loihi", "chip", ["loihi1"]),
    ("builtin", "samples", 3),
    ("builtin", "samples", "words"),
    ("builtin", "samples", [["a", "b"]]),
    ("builtin", "samples", [[1, 2], [3]]),
    ("builtin", "labels", 3),
    ("builtin", "labels", ["a"]),
]


@pytest.mark.parametrize(("target", "option", "value"), WRONG)
def test_options_of_a_wrong_kind_are_refused_by_name(network, x, tmp_path, target, option, value):
    with pytest.raises(ExportError, match=f"^{option} is .*; accepted: "):
        export(network, target, tmp_path / "net", **({"samples": x} | {option: value}))
    assert not list(tmp_path.iterdir())


def test_options_may_be_lists_and_numpy_numbers(network, tmp_path):
    report = export(
        network,
        "loihi",
        tmp_path / "net",
        samples=[[0.5] * 12] * 2,
        labels=[0.0, 3.0],
        parity_steps=np.int64(5),
        simulate=reference,
    )
    assert "of 2 (" in report.parity.words


def test_labels_without_an_output_are_refused(network, x, tmp_path):
    with pytest.raises(ExportError, match=r"labels\[3\] is 4 .*has classes 0 to 3"):
        export(network, "builtin", tmp_path / "net", samples=x, labels=[0, 1, 2, 4])


@pytest.mark.parametrize("target", built_in().values(), ids=TARGETS)
def test_the_options_of_every_target_are_checked(target):
    for option in ("samples", "labels", *target.declared):
        with pytest.raises(ExportError, match=f"^{option} is "):
            check_options(target, {option: 1j})


@pytest.mark.parametrize("target", built_in().values(), ids=TARGETS)
def test_an_unknown_option_comes_with_the_accepted_and_the_nearest_ones(target):
    for option in ("samples", "labels", *target.declared):
        accepted = re.escape(", ".join(("samples", "labels", *target.declared)))
        message = f"'{target.name}' has no option {option}x; it has {accepted}. Did you mean "
        with pytest.raises(ExportError, match=f"{message}{option}") as refusal:
            check_options(target, {f"{option}x": 1})
        assert type(refusal.value) is ExportError


def test_an_analog_network_is_refused(tmp_path):
    with pytest.raises(ExportError, match=r"not Network\. Convert the network first"):
        export(flat().network(), "builtin", tmp_path / "net")


@pytest.mark.parametrize("target", TARGETS)
def test_without_a_simulator_files_are_written_and_parity_says_so(network, tmp_path, target):
    report = export(network, target, tmp_path / "net")
    assert report.target == target
    assert all(file.is_file() for file in report.files)
    assert sorted(tmp_path.iterdir()) == sorted(report.files)
    if target != "builtin":
        assert str(report.parity) == "Not checked: no simulator was given to compare with" or (
            target == "loihi"
        )
        assert report.parity.status == "not run"
        assert "no simulator was given" in report.parity.words


@pytest.mark.parametrize("target", TARGETS)
def test_exporting_twice_gives_the_same_bytes(network, tmp_path, target):
    (tmp_path / "1").mkdir()
    (tmp_path / "2").mkdir()
    first = export(network, target, tmp_path / "1" / "net")
    second = export(network, target, tmp_path / "2" / "net")
    for a, b in zip(first.files, second.files, strict=True):
        assert a.read_bytes() == b.read_bytes()


@pytest.mark.parametrize("target", TARGETS)
def test_files_that_exist_are_kept(network, tmp_path, target):
    export(network, target, tmp_path / "net")
    before = {file: file.read_bytes() for file in tmp_path.iterdir()}
    with pytest.raises(ExportError, match="overwrite=True"):
        export(network, target, tmp_path / "net")
    assert {file: file.read_bytes() for file in tmp_path.iterdir()} == before
    export(network, target, tmp_path / "net", overwrite=True)


@pytest.mark.parametrize("target", TARGETS)
def test_samples_that_do_not_fit_are_refused(network, x, tmp_path, target):
    path = tmp_path / "net"
    with pytest.raises(DataError, match=r"takes \(samples, 12\)"):
        export(network, target, path, samples=x[:, :5])
    with pytest.raises(ExportError, match=r"labels have shape \(3,\); accepted for 4 samples"):
        export(network, target, path, samples=x, labels=np.zeros(3))
    with pytest.raises(ExportError, match="labels but no samples"):
        export(network, target, path, labels=np.zeros(3))
    with pytest.raises(ExportError, match="at least one sample"):
        export(network, target, path, samples=x[:0])
    assert not list(tmp_path.iterdir())


def test_no_file_names_a_folder_of_this_machine(network, x, tmp_path):
    for target in TARGETS:
        for file in export(network, target, tmp_path / f"{target}_net", samples=x).files:
            assert str(tmp_path).encode() not in file.read_bytes()


def test_whether_to_overwrite_is_yes_or_no(tmp_path):
    with pytest.raises(ExportError, match="overwrite is 'no'; accepted: True or False"):
        export(flat().convert(), "builtin", tmp_path / "net", overwrite="no")


@pytest.mark.parametrize("target", ["loihi", "nir"])
@pytest.mark.parametrize("asked", [{"parity_steps": 1_000_000}, {"parity_samples": 1_000_000}])
def test_a_check_that_memory_cannot_hold_is_refused(network, tmp_path, monkeypatch, target, asked):
    """Who looks at a dashboard chooses how much is checked."""
    pytest.importorskip("h5py" if target == "loihi" else "nir")
    monkeypatch.setenv("WORKBENCH_MEMORY", "10 MB")
    with pytest.raises(ExportError, match=r"A check .*parity_\w+.* is too large: it takes"):
        wb.export(network, target, tmp_path / "net", **asked)
    assert list(tmp_path.iterdir()) == []
