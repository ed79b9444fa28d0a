"""No writer leaves a file, or crashes, where the disk is full."""

import subprocess
import sys

import pytest

from exporters.export_cases import flat
from workbench import workflow
from workbench.network import storage

pytest.importorskip("resource", reason="the size of files is limited on Unix alone")


@pytest.fixture(scope="module")
def spiking_mlp(digits, tmp_path_factory):
    """The file of a network that fills a disk."""
    network = workflow.convert(workflow.load("mlp"), digits.calibration[:50])
    return storage.save(network, tmp_path_factory.mktemp("mlp") / "mlp.snn")


FULL = """
import resource, sys
from pathlib import Path
from workbench import load, save
from workbench.errors import WorkbenchError
from workbench.exporters import built_in, export

network, folder = load(Path(sys.argv[1])), Path(sys.argv[2])
writers = {name: lambda name=name: export(network, name, folder / "net") for name in built_in()}
writers["save"] = lambda: save(network, folder / "net.snn")
unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
for name, write in writers.items():
    write()  # imports what it needs
    sizes = [path.stat().st_size for path in folder.iterdir()]
    for path in folder.iterdir():
        path.unlink()
    for limit in (0, max(sizes) // 2, max(sizes) - 1):
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, unlimited[1]))
        try:
            write()
        except WorkbenchError as error:
            assert "File too large" in str(error), error
        else:
            print(f"{name}: no refusal at {limit} of {sizes} bytes")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
        for path in folder.iterdir():
            print(f"{name}: left {path.name} at {limit} bytes")
print("tried", len(writers))
"""


STAYS_FULL = """
import resource, sys
from pathlib import Path
from workbench import load
from workbench.errors import WorkbenchError
from workbench.exporters import export

network, folder, target = load(Path(sys.argv[1])), Path(sys.argv[2]), sys.argv[3]
export(network, target, folder / "net")
for path in folder.iterdir():
    path.unlink()
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[4]), resource.RLIM_INFINITY))
try:
    export(network, target, folder / "net")
except WorkbenchError as error:
    print("refused" if "File too large" in str(error) else error)
"""


@pytest.mark.parametrize(
    ("target", "limit"),
    [
        ("nir", 1000),
        ("loihi", 100_000),
        ("nir", 100_000),
        ("loihi", 1000),
    ],
)
@pytest.mark.slow
def test_a_program_ends_in_order_on_a_disk_that_stays_full(spiking_mlp, tmp_path, target, limit):
    """HDF5 ends it with a segmentation fault if a file is still open that it cannot write."""
    (tmp_path / "written").mkdir()
    arguments = [str(spiking_mlp), str(tmp_path / "written"), target, str(limit)]
    done = subprocess.run(
        [sys.executable, "-c", STAYS_FULL, *arguments], capture_output=True, text=True, timeout=500
    )
    assert (done.returncode, done.stderr, done.stdout) == (0, "", "refused\n")
    assert not list((tmp_path / "written").iterdir())


@pytest.mark.slow
def test_no_writer_leaves_anything_on_a_full_disk(tmp_path):
    network = storage.save(flat().convert(), tmp_path / "network.snn")
    (tmp_path / "written").mkdir()
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(network), str(tmp_path / "written")],
        capture_output=True,
        text=True,
        timeout=500,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "tried 7\n"
