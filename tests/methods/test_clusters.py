"""What fails on a worker of a cluster is told with the settings that it was computing."""

import pytest

import workbench as wb
from workbench.errors import SimulationError
from workbench.methods import clusters
from workbench.methods.candidates import Candidate
from workbench.methods.measuring import Job


def test_what_fails_on_a_worker_names_the_settings_and_a_remedy(monkeypatch):
    def fails(task, job):
        assert job.candidate.simulation.threads == 1
        raise MemoryError("Unable to allocate 9 GiB")

    monkeypatch.setattr(clusters, "outcome_of", fails)
    candidate = Candidate('{"steps": 7}', wb.Conversion(), wb.Simulation(steps=7))
    with pytest.raises(SimulationError) as failed:
        clusters._measured(None, Job(candidate, (7,), slice(0, 50)))
    told = str(failed.value)
    assert 'the settings {"steps": 7} on samples 0 to 49: MemoryError: Unable to' in told
    assert "smaller Simulation.batch_size" in told
