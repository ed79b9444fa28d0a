"""Nothing is fetched at run time: no network is asked by what people do with the package."""

import subprocess
import sys

import pytest

OFFLINE = """
import sys

ASKING = {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"}


def refuse(event, arguments):
    if event in ASKING:
        raise SystemExit(f"{event}: {arguments}")


sys.addaudithook(refuse)
import workbench as wb

data = wb.datasets.load("mnist14")
network = wb.load("counting")
network.summary(), network.forward(data.x_test[:2])
spiking = wb.convert(network, data.calibration[:20])
wb.simulate(spiking, data.x_test[:1], wb.Simulation(steps=3))
wb.save(spiking, "net.snn"), wb.load("net.snn")
wb.export(spiking, "builtin", "builtin")
from workbench.doctor import examine
examine()
print("done")
"""


@pytest.mark.slow
def test_no_network_is_asked(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", OFFLINE], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "done", done.stderr[-2000:]
