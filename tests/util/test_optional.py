import importlib
import re
import subprocess
import sys

import pytest

from workbench.util.optional import importing, installed, require


def test_what_can_be_imported_is_installed():
    assert installed("numpy")
    assert installed("json")
    assert not installed("no_package_of_this_name")


def test_a_folder_of_that_name_is_no_package(tmp_path, monkeypatch):
    (tmp_path / "no_package_of_this_name").mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    assert not installed("no_package_of_this_name")
    (tmp_path / "no_package_of_this_name" / "__init__.py").write_text("")
    assert installed("no_package_of_this_name")


class Refused(Exception):
    pass


@pytest.mark.parametrize(
    ("package", "command"),
    [
        ("onnx", r"python -m pip install 'snn-workbench\[onnx\]'"),
        ("lz4", r"python -m pip install 'snn-workbench\[events\]'"),
        ("tensorflow", "python -m pip install tensorflow"),
        ("nest", "python -m pip install nest-simulator"),
    ],
)
def test_a_missing_package_is_named_with_the_command(monkeypatch, package, command):
    monkeypatch.setitem(sys.modules, package, None)
    message = f"Reading it needs the package {package}, which is not installed. Install it: "
    with pytest.raises(Refused, match=re.escape(message) + f"{command}$"):
        require(package, "Reading it", Refused)
    with (
        pytest.raises(Refused, match=re.escape(message) + f"{command}$"),
        importing("Reading it", Refused),
    ):
        importlib.import_module(package)


def test_what_an_imported_package_lacks_itself_is_named(tmp_path, monkeypatch):
    (tmp_path / "lacks_another.py").write_text("import no_package_of_this_name.part\n")
    monkeypatch.syspath_prepend(tmp_path)
    with (
        pytest.raises(Refused, match="needs the package no_package_of_this_name, which"),
        importing("Reading it", Refused),
    ):
        importlib.import_module("lacks_another")


def test_keras_files_without_tensorflow_are_refused_with_the_command(tmp_path):
    """In a process of its own: here tensorflow may be imported already."""
    (tmp_path / "model.h5").write_bytes(b"")
    code = (
        "import sys; sys.modules['tensorflow'] = None\n"
        "import workbench as wb\n"
        f"try: wb.load({str(tmp_path / 'model.h5')!r})\n"
        "except wb.WorkbenchError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "Reading Keras models needs the package tensorflow, which is" in done.stdout
    assert "python -m pip install tensorflow" in done.stdout
