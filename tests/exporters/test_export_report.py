import dataclasses
from pathlib import Path

import pytest

from workbench.exporters.export_report import ExportReport, Parity


def test_report_reads_as_text(tmp_path):
    file = tmp_path / "net.py"
    file.write_bytes(b"x" * 1234)
    report = ExportReport("brian2", (file,), Parity("exact", "all spikes"), ("Take care.",))
    text = str(report)
    assert text.splitlines()[0] == "Exported for brian2:"
    assert "net.py (1.23 kB)" in text
    assert "Exact, compared with the simulator: all spikes" in text
    assert text.endswith("Note: Take care.")
    assert repr(report) == text
    lines = dataclasses.replace(report, run="import a\n\na.run()")
    assert str(lines) == f"{text}\nRun or load it:\n\n    import a\n\n    a.run()"


def test_report_survives_that_its_files_are_moved():
    report = ExportReport("builtin", (Path("gone.snn"),), Parity("not run", "why"))
    assert "gone.snn (no longer there)" in str(report)


def test_parity_knows_three_outcomes():
    with pytest.raises(ValueError, match="accepted: exact, approximate, not run"):
        Parity("fine", "")
