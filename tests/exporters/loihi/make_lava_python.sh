#!/bin/sh
# Make a Python 3.10 with Lava, for the tests that load exported files there:
#
#     tests/exporters/loihi/make_lava_python.sh FOLDER
#     TEST_LAVA_PYTHON=FOLDER/bin/python pytest -m slow tests/exporters/loihi/test_lava.py
#
# PYTHON names the interpreter (python3.10). lava-dl comes without its dependencies: its loader
# needs none of them for networks of plain neurons.
set -eu
"${PYTHON:-python3.10}" -m venv "$1"
"$1/bin/python" -m pip install --quiet lava-nc==0.10.0 h5py
"$1/bin/python" -m pip install --quiet --no-deps lava-dl==0.6.0
