import os
import sys

import numpy as np
import pytest
from exporters.export_cases import convolutions, flat, rearranged

from workbench.errors import ExportError
from workbench.exporters import export

LAVA_PYTHON = os.environ.get("TEST_LAVA_PYTHON", "")


def export_to(folder, build, python, **options):
    network = build().convert(percentile=90.0, reset="zero")
    return export(network, "loihi", folder / "net", lava_python=str(python), **options)


@pytest.mark.slow
@pytest.mark.skipif(not LAVA_PYTHON, reason="TEST_LAVA_PYTHON names no Python 3.10 with Lava")
@pytest.mark.parametrize("build", [convolutions, flat, rearranged])
def test_lavas_own_loader_gives_the_same_spikes(build, tmp_path):
    report = export_to(tmp_path, build, LAVA_PYTHON)
    assert "Lava, unmodified, gave the integer simulator's" in report.parity.words


def stand_in(folder, body):
    """A program in Lava's place that says what it is told to."""
    path = folder / "lava_python"
    path.write_text(f"#!{sys.executable}\nimport sys, time\nimport numpy as np\n{body}\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("sys.exit('no module named lava')", "could not run the file: no module named lava. lava_"),
        ("", "which ran the file and gave no spikes; accepted: the path of a Python 3.10 with"),
        ("time.sleep(600)", r"took longer than 1 s. Set lava_timeout_s"),
        (
            "np.savez(sys.argv[4], layer0=np.zeros((50, 9), bool), layer1=np.zeros((50, 4), bool))",
            "Lava's spikes differ from the integer simulator's in layer 1 of the file",
        ),
    ],
)
def test_what_goes_wrong_in_lava_is_told_and_leaves_no_files(body, message, tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    with pytest.raises(ExportError, match=message):
        export_to(
            folder, flat, stand_in(tmp_path, body), lava_timeout_s=1 if "sleep" in body else 300
        )
    assert not list(folder.iterdir())


@pytest.mark.parametrize(("has_lava", "asked"), [(True, True), (False, False)])
def test_a_python_of_the_search_path_that_has_lava_is_found(has_lava, asked, tmp_path, monkeypatch):
    answer = 0 if has_lava else 1
    body = f"sys.exit({answer}) if sys.argv[1] == '-c' else sys.exit('asked')"
    stand_in(tmp_path, body).rename(tmp_path / "python3.10")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("LAVA_PYTHON", raising=False)
    if asked:
        with pytest.raises(ExportError, match=r"could not run the file: asked\. lava_python is"):
            export_to(tmp_path, flat, "")
        return
    assert "Not checked with Lava" in export_to(tmp_path, flat, "").parity.words


def test_the_environment_may_name_the_python(tmp_path, monkeypatch):
    monkeypatch.setenv("LAVA_PYTHON", "/no/python")
    with pytest.raises(ExportError, match="lava_python is '/no/python', which cannot be run"):
        export_to(tmp_path, flat, "")


def test_a_missing_python_is_told(tmp_path):
    with pytest.raises(ExportError, match="lava_python is '/no/python', which cannot be run"):
        export_to(tmp_path, flat, "/no/python")


def test_equal_spikes_are_told(tmp_path, monkeypatch):
    spikes = [np.ones((50, 1, 9), bool), np.ones((50, 1, 4), bool)]
    lava = sys.modules["workbench.exporters.loihi.lava"]
    monkeypatch.setattr(lava, "simulate_spikes", lambda *_: spikes)
    body = "np.savez(sys.argv[4], layer0=np.ones((50, 9), bool), layer1=np.ones((50, 4), bool))"
    report = export_to(tmp_path, flat, stand_in(tmp_path, body))
    assert report.parity.words.endswith("the integer simulator's 650 spikes (50 steps)")
