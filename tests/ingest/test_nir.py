"""NIR graphs written by hand, as other frameworks write them, against NumPy; and refusals."""

import importlib.util

import numpy as np
import pytest

import workbench as wb
from workbench.errors import ModelFileError, UnsupportedLayerError
from workbench.settings import Simulation

nir = pytest.importorskip("nir", reason="graphs are read with the nir package")

RNG = np.random.default_rng(3)
SUBTRACT = {"reset": "subtract", "threshold": ">="}


def neurons(*shape, threshold=1.0, r=1.0, v_reset=0.0, metadata=None):
    ones = np.ones(shape)
    return nir.IF(r * ones, threshold * ones, v_reset * ones, metadata=metadata or {})


def loaded(folder, nodes, edges=None, **metadata):
    edges = edges or list(zip(nodes, list(nodes)[1:], strict=False))
    nir.write(folder / "net.nir", nir.NIRGraph(nodes, edges, metadata=metadata))
    return wb.load(folder / "net.nir")


def ends(shape, classes):
    given = nir.Input({"input": np.array(shape)})
    return given, nir.Output({"output": np.array([classes])})


def run(current, steps, threshold, *, reset, strict=True):
    """Spike counts of IF neurons under a constant current, as NIR words it."""
    v, counts = np.zeros_like(current), np.zeros(current.shape, int)
    for _ in range(steps):
        v = v + current
        fired = v > threshold if strict else v >= threshold
        v = np.where(fired, v - threshold if reset == "subtract" else 0, v)
        counts += fired
    return counts


@pytest.mark.parametrize("metadata", [{}, SUBTRACT], ids=["NIR's own reset", "by subtraction"])
@pytest.mark.parametrize(("threshold", "r"), [(1.0, 1.0), (0.375, 2.0), (0.3, 1.7)])
def test_dense_neurons(tmp_path, metadata, threshold, r):
    given, output = ends((4,), 3)
    weight, bias = RNG.normal(size=(3, 4)), RNG.normal(size=3) * 0.2
    weight, bias = np.round(weight * 64) / 64, np.round(bias * 64) / 64
    population = neurons(3, threshold=threshold, r=r, metadata=metadata)
    affine = nir.Affine(weight.astype(np.float32), bias.astype(np.float32))
    network = loaded(tmp_path, {"in": given, "fc": affine, "spikes": population, "out": output})
    x = np.array([[0, 1, 1, 0], [1, 1, 0, 1], [0.5, 0.25, 0, 1]])
    counts = wb.simulate(network, x, Simulation(steps=60)).output_counts
    reset = metadata.get("reset", "zero")
    current = (x @ weight.T + bias) * np.float32(r)
    limit = float(np.float32(threshold))
    expected = run(current, 60, limit, reset=reset, strict=not metadata)
    # Numbers that lie on the grid are kept; others move by less than a spike in so short a run.
    assert np.abs(counts - expected).max() <= (0 if threshold * r in (1.0, 0.75) else 1)
    assert network.trace.iloc[0]["deviation"] <= (0 if threshold * r in (1.0, 0.75) else 1e-5)


@pytest.mark.parametrize("pool", ["SumPool2d", "AvgPool2d"])
def test_images_with_pooling_and_flatten(tmp_path, pool):
    given, output = ends((2, 6, 6), 5)
    kernel = np.round(RNG.normal(size=(4, 2, 3, 3)) * 32) / 32
    bias = np.round(RNG.normal(size=4) * 32) / 32
    weight = np.round(RNG.normal(size=(5, 4 * 3 * 3)) * 32) / 32
    nodes = {
        "in": given,
        "conv": nir.Conv2d((6, 6), kernel, 1, 1, 1, 1, bias),
        "a": neurons(4, 6, 6, metadata=SUBTRACT),
        "pool": getattr(nir, pool)(np.array([2, 2]), np.array([2, 2]), np.array([0, 0])),
        "flat": nir.Flatten({"input": np.array([4, 3, 3])}, 0, -1),
        "fc": nir.Linear(weight),
        "b": neurons(5, metadata=SUBTRACT),
        "out": output,
    }
    network = loaded(tmp_path, nodes)
    assert network.input_shape == (6, 6, 2)
    x = RNG.integers(0, 2, (3, 6, 6, 2)).astype(float)
    steps = 15
    result = wb.simulate(network, x, Simulation(steps=steps, record="all"))
    padded = np.pad(x.transpose(0, 3, 1, 2), ((0, 0), (0, 0), (1, 1), (1, 1)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(2, 3))
    current = np.einsum("nchwij,fcij->nfhw", windows, kernel) + bias[:, None, None]
    v, u = np.zeros_like(current), np.zeros((3, 5))
    counts, output_counts = np.zeros_like(current), np.zeros((3, 5))
    for _ in range(steps):
        v = v + current
        fired = v >= 1
        v -= fired
        counts += fired
        sums = fired.reshape(3, 4, 3, 2, 3, 2).sum(axis=(3, 5)) / (4 if pool == "AvgPool2d" else 1)
        u = u + sums.reshape(3, -1) @ weight.T
        output_counts += u >= 1
        u -= u >= 1
    assert np.array_equal(result.counts("a"), counts.transpose(0, 2, 3, 1))
    assert np.array_equal(result.output_counts, output_counts)


def test_a_sequence_and_a_scale_and_a_sum_of_two_ways(tmp_path):
    given, _ = ends((2, 8), 12)
    output = nir.Output({"output": np.array([3, 4])})
    nodes = {
        "in": given,
        "conv": nir.Conv1d(8, np.ones((3, 2, 3)) / 2, 2, 1, 1, 1, np.zeros(3)),
        "a": neurons(3, 4, metadata=SUBTRACT),
        "scale": nir.Scale(np.full((3, 4), 0.5)),
        "b": neurons(3, 4, metadata=SUBTRACT),
        "out": output,
    }
    edges = [*zip(nodes, list(nodes)[1:], strict=False), ("a", "b")]
    network = loaded(tmp_path, nodes, edges)
    assert network.input_shape == (1, 8, 2)
    x = np.zeros((1, 1, 8, 2))
    x[0, 0, 4, 0] = 1.0  # Tap 1 of place 2 alone: a current of 1/2.
    result = wb.simulate(network, x, Simulation(steps=8, record="all"))
    assert result.counts("a")[0, 0, 2].tolist() == [4, 4, 4]
    # Each of the four brings 1 + 1/2; the last leaves a spike for the step after the end.
    assert result.counts("b")[0, 0, 2].tolist() == [5, 5, 5]
    assert result.counts("b").sum() == 15


def test_a_scale_of_inputs_is_kept(tmp_path):
    given, output = ends((2,), 2)
    nodes = {"in": given, "fc": nir.Linear(np.eye(2)), "a": neurons(2), "out": output}
    assert loaded(tmp_path, nodes, input_scale=255.0).input_scale == 255.0


def test_a_loaded_graph_is_saved_and_exported_like_any_network(tmp_path):
    given, output = ends((2,), 2)
    metadata = SUBTRACT | {"initial_potential": 0.25}
    nodes = {"in": given, "fc": nir.Linear(np.eye(2)), "a": neurons(2, metadata=metadata)}
    network = loaded(tmp_path, nodes | {"out": output})
    assert network.output.initial_potential == 2**14
    wb.save(network, tmp_path / "net.snn")
    assert wb.load(tmp_path / "net.snn") == network
    assert wb.export(network, "nir", tmp_path / "again").parity.status == "exact"
    again = wb.load(tmp_path / "again.nir")
    assert again.output.threshold == network.output.threshold
    assert again.report["layer"].tolist() == ["input", "a_in_affine", "a", "output"]


LIF = nir.LIF(np.ones(2), np.ones(2), np.zeros(2), np.ones(2), np.zeros(2))
EYE = nir.Linear(np.eye(2))


@pytest.mark.parametrize(
    ("middle", "message"),
    [
        ({"lif": LIF}, r"lif \(LIF\) has leaky neurons: tau is 1 s, .*IF.*Train with IF neurons"),
        ({"fc": EYE}, r"out \(Output\) reads fc \(Linear\); supported: one node of neurons"),
        (
            {"one": EYE, "two": EYE, "a": neurons(2)},
            r"through several weighted nodes in a row \(one, two\)",
        ),
        (
            {"fc": EYE, "a": nir.IF(np.ones(2), np.array([1.0, 2.0]), np.zeros(2))},
            r"a \(IF\) has v_threshold from 1 to 2; supported: one for all",
        ),
        (
            {"fc": EYE, "a": neurons(2, metadata={"initial_potential": np.ones(3)})},
            r"a \(IF\) has the metadata initial_potential .*; supported: a number, or one for each",
        ),
        (
            {"fc": EYE, "a": neurons(2, metadata={"initial_potential": 1e300})},
            r"a \(IF\) has numbers of up to 1e\+300; supported: below 7\.04e\+13",
        ),
        (
            {"fc": EYE, "a": neurons(2, metadata={"initial_potential": "high"})},
            r"a \(IF\) has the metadata initial_potential .*high.*; supported: a number",
        ),
        ({"fc": EYE, "a": neurons(2, threshold=0.0)}, r"a \(IF\) has no positive v_threshold"),
        ({"fc": EYE, "a": neurons(2, v_reset=-1.0)}, r"a \(IF\) resets to potentials other than 0"),
    ],
)
def test_what_cannot_be_expressed_is_refused_by_name(tmp_path, middle, message):
    given, output = ends((2,), 2)
    with pytest.raises(UnsupportedLayerError, match=message):
        loaded(tmp_path, {"in": given, **middle, "out": output})


def test_all_problems_are_told_at_once(tmp_path):
    given, output = ends((2,), 2)
    nodes = {"in": given, "a": LIF, "fc": EYE, "b": neurons(2, threshold=-1.0), "out": output}
    edges = [("in", "a"), ("in", "fc"), ("a", "b"), ("fc", "b"), ("b", "out")]
    with pytest.raises(UnsupportedLayerError) as caught:
        loaded(tmp_path, nodes, edges)
    assert len(caught.value.problems) == 2


def test_loops_are_refused(tmp_path):
    given, output = ends((2,), 2)
    nodes = {"in": given, "fc": EYE, "a": neurons(2), "back": EYE, "out": output}
    edges = [("in", "fc"), ("fc", "a"), ("a", "back"), ("back", "a"), ("a", "out")]
    with pytest.raises(UnsupportedLayerError, match="feed back into each other"):
        loaded(tmp_path, nodes, edges)


@pytest.mark.parametrize("content", [b"", b"no graph", b"\x89HDF\r\n\x1a\n" + bytes(200)])
def test_files_that_are_no_graphs_are_refused(tmp_path, content):
    path = tmp_path / "net.nir"
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match=r"net\.nir is not an HDF5 file, or is damaged"):
        wb.load(path)


def test_a_truncated_file_is_refused(tmp_path):
    given, output = ends((2,), 2)
    loaded(tmp_path, {"in": given, "fc": EYE, "a": neurons(2), "out": output})
    whole = (tmp_path / "net.nir").read_bytes()
    for share in (0.2, 0.6, 0.9):
        (tmp_path / "net.nir").write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(ModelFileError, match="is not an HDF5 file, or is damaged"):
            wb.load(tmp_path / "net.nir")


def test_a_missing_file_or_package_is_told(tmp_path, monkeypatch):
    with pytest.raises(ModelFileError, match=r"none\.nir does not exist"):
        wb.load(tmp_path / "none.nir")
    (tmp_path / "net.nir").write_bytes(b"")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *rest: None)
    with pytest.raises(ModelFileError, match=r"needs the package nir, .*pip install nir"):
        wb.load(tmp_path / "net.nir")


DT = 1e-4


def leaky(kind, beta, alpha=0.0, threshold=1.0, count=3, **changed):
    """Neurons as snnTorch's Leaky(beta) and Synaptic(alpha, beta) are written."""
    with np.errstate(divide="ignore"):
        tau, syn = (np.full(count, DT) / (1 - np.full(count, keep)) for keep in (beta, alpha))
    zeros, given = np.zeros(count), {"r": tau / DT, "v_leak": np.zeros(count)} | changed
    given |= {"v_threshold": np.full(count, threshold), "v_reset": zeros}
    if kind == "LIF":
        return nir.LIF(tau=tau, **given)
    return nir.CubaLIF(tau_syn=syn, tau_mem=tau, **({"w_in": syn / DT} | given))


def euler(current, steps, tau, r, *, tau_syn=None, w_in=1.0, threshold=1.0):
    """Spike counts of LIF and CubaLIF neurons in float32, by forward Euler as in snnTorch."""
    one = np.float32(1)
    beta = one - np.float32(DT / tau)
    gain = np.float32(1 if np.isinf(r) else r * DT / tau)
    alpha = np.float32(0) if tau_syn is None else one - np.float32(DT / tau_syn)
    v = np.zeros_like(current, np.float32)
    syn, counts = v.copy(), np.zeros(current.shape, int)
    for _ in range(steps):
        syn = alpha * syn + np.float32(w_in) * (one - alpha) * current.astype(np.float32)
        v = beta * v + gain * syn
        fired = v > threshold
        v[fired] = 0
        counts += fired
    return counts


@pytest.mark.parametrize("kind", ["LIF", "CubaLIF"])
@pytest.mark.parametrize("beta", [1.0, 1 - 2.0**-26])
def test_neurons_that_do_not_leak_are_integrate_and_fire(tmp_path, kind, beta):
    given, output = ends((4,), 3)
    weight = np.round(RNG.normal(size=(3, 4)) * 64) / 64
    nodes = {"in": given, "fc": nir.Linear(weight), "lif": leaky(kind, beta), "out": output}
    network = loaded(tmp_path, nodes)
    x = np.array([[0, 1, 1, 0], [1, 1, 0, 1], [0.5, 0.25, 0, 1]])
    counts = wb.simulate(network, x, Simulation(steps=200)).output_counts
    tau = np.inf if beta == 1 else DT / (1 - beta)
    expected = euler(x @ weight.T, 200, tau, tau / DT)
    assert expected.any()
    assert np.array_equal(counts, expected)
    report = network.report.set_index(network.report.columns[0])
    assert "kept as IF, without a leak" in report.loc["lif"].tolist()


def test_the_input_of_cuba_neurons_is_scaled_by_w_in(tmp_path):
    given, output = ends((3,), 3)
    lif = leaky("CubaLIF", 1.0, w_in=np.full(3, 0.5), threshold=0.75)
    nodes = {"in": given, "fc": nir.Linear(np.eye(3)), "lif": lif, "out": output}
    x = np.array([[0.25, 0.5, 1.0]])
    counts = wb.simulate(loaded(tmp_path, nodes), x, Simulation(steps=90)).output_counts
    expected = euler(x, 90, np.inf, np.inf, tau_syn=DT, w_in=0.5, threshold=0.75)
    assert np.array_equal(counts, expected)


@pytest.mark.parametrize(
    ("node", "message"),
    [
        (leaky("LIF", 0.9), r"lif \(LIF\) has leaky neurons: tau is 0\.001 s, and a step 0\.1 ms"),
        (leaky("LIF", 1 - 1e-6), r"supported: IF, or tau of 3,355 s and more"),
        (leaky("LIF", 1.0, v_leak=np.full(3, 2.0)), "resting potential v_leak of 2; supported: IF"),
        (leaky("LIF", 1.0, r=np.ones(3)), r"lif \(LIF\) has no positive r"),
        (leaky("CubaLIF", 0.9), r"lif \(CubaLIF\) has leaky neurons"),
        (
            leaky("CubaLIF", 1.0, 0.5),
            r"synaptic currents that last longer than a step: tau_syn is 0\.0002 s",
        ),
        (leaky("CubaLIF", 1.0, 0.5), r"snnTorch's Leaky\(beta=1\.0\), SpikingJelly's IFNode"),
    ],
)
def test_neurons_that_forget_are_refused_and_if_is_named(tmp_path, node, message):
    given, output = ends((3,), 3)
    with pytest.raises(UnsupportedLayerError, match=message):
        loaded(tmp_path, {"in": given, "fc": nir.Linear(np.eye(3)), "lif": node, "out": output})


@pytest.mark.parametrize(("r", "dt_ms"), [(1.0, None), (1e4, None), (1e3, 1.0), (250.0, 4.0)])
def test_resistances_count_per_step_or_per_second(tmp_path, r, dt_ms):
    """SpikingJelly writes r = 1 / dt for the neurons that others write with r = 1."""
    given, output = ends((3,), 3)
    nodes = {"in": given, "fc": nir.Linear(np.eye(3) / 4), "a": neurons(3, r=r), "out": output}
    loaded(tmp_path, nodes)
    network = wb.load(tmp_path / "net.nir", dt_ms=dt_ms)
    x = np.array([[0.5, 1.0, 2.0]])
    counts = wb.simulate(network, x, Simulation(steps=80)).output_counts
    assert np.array_equal(counts, run(x / 4, 80, 1.0, reset="zero"))


def test_a_step_takes_time(tmp_path):
    (tmp_path / "net.nir").write_bytes(b"")
    with pytest.raises(ModelFileError, match="dt_ms is 0; accepted: milliseconds above 0"):
        wb.load(tmp_path / "net.nir", dt_ms=0)


def test_ways_that_multiply_are_refused_in_time(tmp_path):
    """Forty pairs of nodes in parallel make 2**40 ways."""
    given, output = ends((2,), 2)
    nodes, edges, last = {"in": given}, [], "in"
    for stage in range(40):
        join = f"join{stage}"
        nodes[join] = nir.Flatten({"input": np.array([2])}, 0, -1)
        for side in "ab":
            nodes[f"{side}{stage}"] = nir.Flatten({"input": np.array([2])}, 0, -1)
            edges += [(last, f"{side}{stage}"), (f"{side}{stage}", join)]
        last = join
    nodes |= {"spikes": neurons(2), "out": output}
    edges += [(last, "spikes"), ("spikes", "out")]
    with pytest.raises(
        UnsupportedLayerError, match=r"in more than 1,000 ways through parallel nodes"
    ):
        loaded(tmp_path, nodes, edges)


def test_graphs_of_more_neurons_than_memory_are_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_MEMORY", "100 MB")
    given = nir.Input({"input": np.array([1, 10**5, 10**5])})
    output = nir.Output({"output": np.array([1, 1, 1])})
    side, none = np.array([10**5, 10**5]), np.array([0, 0])
    pool = nir.SumPool2d(side, side, none)
    nodes = {"in": given, "pool": pool, "spikes": neurons(1, 1, 1), "out": output}
    with pytest.raises(ModelFileError, match=r"in \(Input\) of graph 'net' is too large: it takes"):
        loaded(tmp_path, nodes)
