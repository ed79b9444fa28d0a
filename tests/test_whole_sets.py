"""Test sets larger than memory are simulated a batch at a time.

The system counts what a program of its own allocates, not the files that it maps: a limit on it
stands for a machine with less memory than the samples take.
"""

import subprocess
import sys

import numpy as np
import pytest

PROGRAM = """
import re, resource, sys
import numpy as np
import workbench as wb
from workbench.network.dense import Dense
from workbench.network.graph import Network, Node
from workbench.network.structure import Input, Reshape

kind, folder = sys.argv[1:]
shape = (128, 128, 3)
kernel = np.random.default_rng(0).normal(size=(128 * 128 * 3, 4)).astype(np.float32)
nodes = (
    Node("in", Input(shape)),
    Node("flat", Reshape(shape, (128 * 128 * 3,)), inputs=("in",)),
    Node("out", Dense(kernel), inputs=("flat",)),
)
network = Network("wide", nodes)
data = wb.datasets.from_folder(folder)
x = data.x_test if kind == "folder" else np.load(f"{folder}/x_test.npy", mmap_mode="r")
spiking = wb.convert(network, data.calibration)
settings = wb.Simulation(steps=2, batch_size=16, record=())
wb.simulate(spiking, x[:32], settings)

used = int(re.search(r"VmData:\\s+(\\d+) kB", open("/proc/self/status").read())[1]) * 1024
resource.setrlimit(resource.RLIMIT_DATA, (used + 120_000_000, resource.RLIM_INFINITY))
run = wb.simulate(spiking, x, settings)
table = run.accuracy(data.y_test, network)
print(run.recording.samples, table["ann"].iloc[0], table["snn"].iloc[-1])
try:
    np.array(x, np.float32)
except MemoryError:
    print("would not fit")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits and sizes are read from the kernel")
@pytest.mark.parametrize(
    ("kind", "dtype", "samples"),
    [
        ("folder", np.uint8, 6000),
        ("map", np.float32, 1500),
    ],
)
@pytest.mark.slow
def test_samples_on_disk_do_not_have_to_fit_into_memory(tmp_path, kind, dtype, samples):
    shape = (samples, 128, 128, 3)
    x = np.lib.format.open_memmap(tmp_path / "x_test.npy", "w+", dtype, shape)
    x[:2] = np.random.default_rng(1).random((2, *shape[1:])) * (255 if dtype == np.uint8 else 1)
    assert x.nbytes > 290_000_000  # of which the file system keeps what is not zero
    np.save(tmp_path / "x_train.npy", x[:2])
    np.save(tmp_path / "y_test.npy", np.zeros(samples, int))
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, kind, str(tmp_path)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    result, fits = done.stdout.splitlines()
    count, ann, snn = result.split()
    # Black images have no largest output and no output spike.
    assert int(count) == samples and float(ann) > 0.99 and float(snn) < 0.01
    assert fits == "would not fit"
