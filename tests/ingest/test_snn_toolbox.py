"""Keys of snn_toolbox's configurations: which become settings, which are listed, which refused."""

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from networks import convolution_network
from toolbox_files import DEFAULTS, line, read, with_files

import workbench as wb
from workbench.errors import SettingsError, WorkbenchError
from workbench.ingest.snn_toolbox import from_snn_toolbox
from workbench.ingest.snn_toolbox_ini import literal
from workbench.ingest.snn_toolbox_keys import KEYS


@pytest.fixture
def folder(tmp_path):
    return with_files(tmp_path)


def test_a_file_that_names_a_model_alone_gets_the_defaults_of_snn_toolbox(folder):
    job = read(folder)
    assert job.model == folder / "net.h5"
    assert job.data == folder
    assert job.samples == 1000
    assert job.evaluate_ann
    assert job.conversion == wb.Conversion(percentile=99.9, threshold=1.0, max_pool="fir")
    assert job.simulation == wb.Simulation(steps=200, dt_ms=1.0, encoding="constant")
    assert not job.not_honoured
    assert [one.key for one in job.honoured if one.given] == ["filename_ann"]


def test_every_key_of_the_file_is_accounted_for_once(folder):
    (folder / "config.ini").write_text(DEFAULTS)
    job = from_snn_toolbox(folder / "config.ini")
    keys = [text.split("=")[0].strip().lower() for text in DEFAULTS.split("\n") if "=" in text]
    assert sorted(one.key for one in job.lines if one.given) == sorted(keys)
    assert not [one for one in job.not_honoured if not one.default and one.section != "spinnaker"]
    assert list(job.report.columns[:4]) == ["section", "key", "value", "honoured"]
    assert len(job.report) == len(job.lines)


def test_the_table_of_keys_knows_nothing_that_becomes_a_setting(folder):
    (folder / "config.ini").write_text(DEFAULTS)
    job = from_snn_toolbox(folder / "config.ini")
    settings = {(one.section, one.key) for one in job.lines if "Simulation." in one.note}
    settings |= {(one.section, one.key) for one in job.lines if "Conversion." in one.note}
    assert not settings & set(KEYS)


@pytest.mark.parametrize(
    ("text", "setting", "value"),
    [
        ("[normalization]\npercentile = 99.5", "percentile", 99.5),
        ("[normalization]\npercentile = 100", "percentile", 100),
        ("[conversion]\nmax2avg_pool = True", "max_pool", "average_pooling"),
        ("[conversion]\nmaxpool_type = fir_max", "max_pool", "fir"),
        ("[conversion]\nmaxpool_type = exp_max", "max_pool", "exp"),
        ("[conversion]\nmaxpool_type = avg_max", "max_pool", "recent"),
        ("[cell]\nreset = Reset by subtraction", "reset", "subtract"),
        ("[cell]\nreset = 'Reset to zero'", "reset", "zero"),
        ("[cell]\nreset = reset by modulo", "reset", "modulo"),
        ("[cell]\nv_thresh = 0.5", "threshold", 0.5),
        ("[cell]\nv_thresh = 2\n[simulation]\ndt = 0.5", "threshold", 4.0),
    ],
)
def test_keys_become_settings_of_the_conversion(folder, text, setting, value):
    job = read(folder, text)
    # A file that does not say how max pooling spikes means the toolbox's default, fir_max.
    assert job.conversion == wb.Conversion(**{"max_pool": "fir", setting: value})
    noted = [one for one in job.honoured if f"Conversion.{setting} = " in one.note and one.given]
    assert len(noted) == 1


@pytest.mark.parametrize(
    ("text", "settings"),
    [
        ("[simulation]\nduration = 50", {"steps": 50}),
        ("[simulation]\nduration = 50.0\ndt = 0.1", {"steps": 500, "dt_ms": 0.1}),
        ("[simulation]\nduration = 3\ndt = 0.3", {"steps": 10, "dt_ms": 0.3}),
        ("[simulation]\nduration = 10\ndt = 3", {"steps": 3, "dt_ms": 3.0}),
        ("[simulation]\nbatch_size = 20", {"steps": 200, "batch_size": 20}),
        ("[cell]\ntau_refrac = 1", {"steps": 200, "refractory_steps": 0}),
        ("[cell]\ntau_refrac = 1.5", {"steps": 200, "refractory_steps": 1}),
        ("[cell]\ntau_refrac = 5", {"steps": 200, "refractory_steps": 4}),
        (
            "[cell]\ntau_refrac = 1\n[simulation]\ndt = 0.1",
            {"steps": 2000, "dt_ms": 0.1, "refractory_steps": 9},
        ),
        ("[cell]\nleak = True", {"steps": 200, "leak": 0.1}),
        (
            "[cell]\nleak = True\nv_thresh = 2\n[simulation]\ndt = 0.5",
            {"steps": 400, "dt_ms": 0.5, "leak": 0.025},
        ),
        (
            "[input]\npoisson_input = yes\ninput_rate = 200",
            {"steps": 200, "encoding": "poisson", "input_rate_hz": 200.0},
        ),
        (
            "[input]\npoisson_input = True\ninput_rate = 5000\n[simulation]\ndt = 0.5",
            {"steps": 400, "dt_ms": 0.5, "encoding": "poisson", "input_rate_hz": 2000.0},
        ),
    ],
)
def test_keys_become_settings_of_the_simulation(folder, text, settings):
    assert read(folder, text).simulation == wb.Simulation(**settings)


def test_samples_are_the_first_ones_or_chosen(folder):
    assert read(folder, "[simulation]\nnum_to_test = 7").samples == 7
    job = read(folder, "[simulation]\nnum_to_test = 7\nsample_idxs_to_test = [3, 1, 4]")
    assert job.samples == (3, 1, 4)
    assert "chooses the samples" in line(job, "num_to_test").note
    assert not read(folder, "[tools]\nevaluate_ann = False").evaluate_ann


@pytest.mark.parametrize(
    ("text", "key", "reason"),
    [
        ("[cell]\npayloads = True", "payloads", "spikes carry no numbers"),
        ("[cell]\ntau_m = 20", "tau_m", "other simulators"),
        ("[cell]\nv_thresh = 0.01\n[simulation]\nsimulator = nest", "v_thresh", "units of nest"),
        ("[simulation]\nsimulator = brian2", "simulator", "snn-workbench export"),
        ("[simulation]\ntop_k = 3", "top_k", "first guess only"),
        ("[conversion]\nspike_code = ttfs", "spike_code", "rate code is simulated instead"),
        ("[conversion]\nspike_code = temporal_pattern", "spike_code", "rate code"),
        ("[tools]\nnormalize = False", "normalize", "normalized by a percentile"),
        ("[tools]\nconvert = False", "convert", "converted again"),
        ("[normalization]\nonline_normalization = True", "online_normalization", "do not change"),
        (
            "[parameter_sweep]\nparam_values = [1, 2]\nparam_name = tau_refrac",
            "param_values",
            "one run for every value, or wb.sweep",
        ),
        (
            "[parameter_sweep]\nparam_values = [1, 2]\n[cell]\nleak = True",
            "param_values",
            "one run for every value",
        ),
        ("[parameter_sweep]\nparam_values = [1, 2]", "param_values", "job.grid holds all 2"),
        ("[output]\nplot_vars = {'spikerates'}", "plot_vars", "nothing is plotted"),
        ("[input]\nnum_poisson_events_per_sample = 9", "num_poisson_events_per_sample", "limited"),
        ("[loihi]\npartition = x", "partition", "simulator loihi"),
        ("[simulation]\nduratoin = 20", "duratoin", "did you mean duration?"),
        ("[tools]\nevaluateANN = False", "evaluateann", "did you mean evaluate_ann?"),
        ("[cell]\nduration = 20", "duration", r"snn_toolbox has it in \[simulation\]"),
        ("[mine]\nanything = 1", "anything", "not a key of snn_toolbox"),
        ("[DEFAULT]\ndt = 0.1", "dt", "only other keys refer to it"),
    ],
)
def test_what_is_not_honoured_is_listed_with_the_reason(folder, text, key, reason):
    job = read(folder, text)
    (found,) = [one for one in job.not_honoured if one.key == key]
    assert not found.default
    assert re.search(reason, found.note)
    assert f"  [{found.section}] {key} = " in str(job).split("Not honoured\n")[1]


def test_a_parameter_sweep_of_thresholds_is_a_grid_for_wb_sweep(folder):
    text = "[parameter_sweep]\nparam_values = [1, 2.5, 1]\n[simulation]\ndt = 0.5"
    job = read(folder, text)
    assert job.grid == {"threshold": [2.0, 5.0]} and job.conversion.threshold == 2.0
    assert read(folder).grid == read(folder, "[parameter_sweep]\nparam_values = []").grid == {}
    for values in ("['a']", "[0]", "[-1]", "[True]", "[1e-3]", "[1e999]", f"[{10**400}]"):
        with pytest.raises(
            SettingsError, match=r"\[parameter_sweep\] param_values is .*; accepted"
        ):
            read(folder, f"[parameter_sweep]\nparam_values = {values}")
    x = np.random.default_rng(0).random((12, 5, 5, 1), np.float32)
    net = convolution_network()
    for name, values in {"x_test": x, "y_test": net.predictions(x), "x_norm": x}.items():
        np.savez(folder / f"{name}.npz", values)
    data = wb.datasets.from_snn_toolbox(job.data, samples=10, input_shape=net.input_shape)
    run = replace(job.simulation, steps=4, threads=1)
    table = wb.sweep(net, data, job.grid, conversion=job.conversion, simulation=run, part="test")
    assert table["threshold"].tolist() == [2, 5] and table["accuracy"].notna().all()


def test_files_of_clamped_layers_and_of_code_are_not_opened(folder):
    names = "filename_ann = net\nfilename_clamp_indices = a.json\nfilepath_custom_objects = b.py"
    job = read(folder, paths=names)
    assert "Simulation.clamp_steps takes" in line(job, "filename_clamp_indices").note
    assert "code beside a model is never run" in line(job, "filepath_custom_objects").note
    assert len(job.not_honoured) == 2


def test_what_is_off_as_here_is_honoured(folder):
    job = read(
        folder, "[cell]\npayloads = off\nv_thresh = 1.0\n[parameter_sweep]\nparam_values = []"
    )
    assert not job.not_honoured
    assert line(job, "payloads").note == "spikes carry no numbers"


def test_the_account_groups_what_asks_for_nothing(folder):
    (folder / "config.ini").write_text(DEFAULTS + "[stdp]\ngmax = 2\n")
    text = str(from_snn_toolbox(folder / "config.ini"))
    settings, rest = text.split("Not honoured\n")
    listed, defaults = rest.split("Not honoured, but at snn_toolbox's defaults\n")
    assert settings.startswith("Settings from config.ini\n")
    assert "[simulation] duration = 200: Simulation.steps = 200 (duration / dt)" in settings
    assert "[stdp] gmax = 2: nothing is learned during a run" in listed
    assert "v_reset, v_rest, cm, tau_m, tau_syn_e, tau_syn_i, delay, scaling_factor: " in defaults
    assert len(text.split("\n")) < 75


def test_older_defaults_are_defaults_too(folder):
    job = read(folder, "[cell]\ncm = 0.09\ndelay = 1\n[simulation]\ntop_k = 5\n")
    assert all(one.default for one in job.not_honoured)
    assert len(job.not_honoured) == 3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[simulation]\nduration = long", r"\[simulation\] duration is 'long'; accepted: a number"),
        (
            "[simulation]\nduration = 0.5",
            r"\[simulation\] duration is '0.5': Simulation.steps is 0",
        ),
        ("[simulation]\nduration = 1e400", "accepted: a number"),
        ("[simulation]\nduration = nan", "accepted: a number"),
        ("[simulation]\ndt = 0", r"dt is '0'; accepted: milliseconds above 0"),
        ("[simulation]\ndt = 1  # ms", "accepted: a number"),
        ("[simulation]\nnum_to_test = 0", "num_to_test is '0'; accepted: integers from 1"),
        ("[simulation]\nnum_to_test = 2.5", "accepted: integers from 1"),
        ("[simulation]\nbatch_size = -1", "accepted: integers from 1"),
        ("[simulation]\nsample_idxs_to_test = range(3)", "accepted: a list of plain values"),
        ("[simulation]\nsample_idxs_to_test = [1, 'a']", r"as in \[0, 5, 7\]"),
        ("[simulation]\nsample_idxs_to_test = [-1]", r"as in \[0, 5, 7\]"),
        ("[input]\npoisson_input = maybe", "poisson_input is 'maybe'; accepted: True, False"),
        ("[input]\npoisson_input = on\ninput_rate = -3", r"input_rate is '-3': Simulation.input"),
        ("[input]\ndataset_format = png", "dataset_format is 'png'; accepted: npz, jpg. Write"),
        (
            "[input]\ndataset_format = aedat",
            r"accepted: npz, jpg\. Read recordings of events .*wb\.datasets\.from_events\(",
        ),
        (
            "[input]\ndataset_format = jpg\ndatagen_kwargs = {'rescale': 1/255}",
            r"datagen_kwargs is .*accepted: a dictionary of plain values",
        ),
        ("[input]\nmodel_lib = caffe", "model_lib is 'caffe'; accepted: keras, and pytorch"),
        ("[normalization]\npercentile = 40", r"percentile is '40': .*accepted: 50 to 100"),
        ("[cell]\nreset = Reset to mean", "accepted: Reset by subtraction, Reset to zero, Reset"),
        ("[cell]\nv_thresh = -1", r"\[cell\] v_thresh is '-1': Conversion.threshold"),
        ("[cell]\nv_thresh = __import__('os').getcwd()", "v_thresh is .*accepted: a number"),
        ("[conversion]\nmaxpool_type = max", "accepted: fir_max, avg_max, exp_max"),
        ("[tools]\nevaluate_ann = 2", "accepted: True, False"),
        ("[cell]\nleak = maybe", "leak is 'maybe'; accepted: True, False"),
        ("[cell]\npayloads = maybe", "payloads is 'maybe'; accepted: True, False"),
        ("[cell]\ntau_refrac = -1", "tau_refrac is '-1'; accepted: milliseconds from 0"),
        ("[simulation]\ndt = %(missing)s", r"accepted: references, as %\(path_wd\)s"),
        ("[simulation]\ndt = %(dt)s", "accepted: references"),
        ("[simulation]\ndt = %(a)s", "accepted: references"),
        ("[cell]\nleak = 1\nleak = 0", "option 'leak' in section 'cell' already exists"),
    ],
)
def test_wrong_values_are_refused_by_section_and_key(folder, text, words):
    with pytest.raises(SettingsError, match=words) as refusal:
        read(folder, text)
    assert "config.ini" in str(refusal.value)


@pytest.mark.parametrize(
    "text",
    ["print(1)", "a", "[x for x in (1,)]", "1 if 1 else 2", "f'{1}'", "(" * 5000, "9" * 5000],
)
def test_only_constants_are_read(text):
    assert literal(text) is None


@given(
    st.sampled_from(
        sorted({*KEYS, ("simulation", "dt"), ("cell", "reset"), ("input", "input_rate")})
    ),
    st.text(max_size=30).filter(lambda text: not set(text) & set("\r\n")),
)
def test_any_value_is_read_or_refused_by_name(tmp_path_factory, where, text):
    folder = tmp_path_factory.getbasetemp() / "any"
    folder.mkdir(exist_ok=True)
    for name in ("net.h5", "x_norm.npz"):
        (folder / name).touch()
    section, key = where
    extra = f"{key} = {text}" if section == "paths" else f"\n[{section}]\n{key} = {text}"
    try:
        job = read(folder, paths=f"filename_ann = net\n{extra}")
    except WorkbenchError as error:
        assert key in str(error) or "config" in str(error)
    else:
        assert [one for one in job.lines if one.key == key]
