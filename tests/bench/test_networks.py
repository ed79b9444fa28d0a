"""What is measured is what it is said to be."""

import numpy as np
import pytest

from workbench.bench import SUBJECT_NAMES
from workbench.bench.networks import SUBJECTS
from workbench.settings import Simulation
from workbench.simulation import simulate


def shapes(subject):
    return [population.shape for population in subject.spiking.populations]


def test_names_are_those_of_the_networks():
    assert tuple(SUBJECTS) == SUBJECT_NAMES


def test_lenet_is_the_bundled_network(lenet_subject):
    assert shapes(lenet_subject) == [(28, 28, 1), (28, 28, 16), (14, 14, 32), (128,), (10,)]
    kernels = [projection.maps[-1].kernel.shape for projection in lenet_subject.spiking.projections]
    assert kernels == [(5, 5, 1, 16), (5, 5, 16, 32), (1568, 128), (128, 10)]


@pytest.mark.slow
def test_vgg_has_six_convolutions_and_two_dense_layers(vgg_subject):
    assert shapes(vgg_subject) == [
        (32, 32, 3),
        *[(32, 32, 64)] * 2,
        *[(16, 16, 128)] * 2,
        *[(8, 8, 256)] * 2,
        (512,),
        (10,),
    ]


@pytest.mark.slow
def test_vgg_has_a_mean_activity_of_about_ten_percent(vgg_subject):
    run = simulate(vgg_subject.spiking, vgg_subject.x[:2], Simulation(steps=50))
    spikes = sum(int(total.sum()) for total in run.unit_totals.values())
    neurons = sum(population.neurons for population in vgg_subject.spiking.populations)
    assert spikes / (neurons * 50 * 2) == pytest.approx(0.10, abs=0.01)


@pytest.mark.slow
def test_vgg_is_the_same_each_time(vgg_subject):
    again = SUBJECTS["vgg"]()
    assert again.spiking.source_hash == vgg_subject.spiking.source_hash
    # The library that multiplies matrices may order its sums in another way each time.
    scales, others = (net.summary()["scale"] for net in (again.spiking, vgg_subject.spiking))
    assert scales.to_numpy() == pytest.approx(others.to_numpy(), rel=1e-4)
    assert np.array_equal(again.x, vgg_subject.x)


def test_the_keras_model_is_the_analog_form_of_the_spiking_network(lenet_subject):
    x = lenet_subject.x[:50]
    analog = np.asarray(lenet_subject.model.predict_on_batch(x)).argmax(axis=1)
    run = simulate(lenet_subject.spiking, x, Simulation(steps=100))
    assert (run.predictions[:, -1] == analog).mean() > 0.95


def test_there_are_samples_for_the_largest_batch(lenet_subject):
    assert len(lenet_subject.x) == max(lenet_subject.batches)
