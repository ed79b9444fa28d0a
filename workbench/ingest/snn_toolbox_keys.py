"""Keys of snn_toolbox that correspond to no setting of the workbench.

The names, defaults and meanings are those of snn_toolbox 0.6 and, where a key was dropped on the
way there, of the last version that had it.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from workbench.ingest.snn_toolbox_ini import Value


@dataclass(frozen=True)
class Key:
    """A key without a setting of its own.

    Parameters
    ----------
    default : str
        What snn_toolbox takes where a file leaves the key out.
    reason : str
        Why another value is not honoured.
    met : tuple of value, str or None
        The value that the workbench meets without a setting, and how.
    older : str or None
        What versions before 0.6 took.
    """

    default: str
    reason: str
    met: tuple[object, str] | None = None
    older: str | None = None


_OTHER_SIMULATOR = "a parameter of other simulators; snn_toolbox's own, INI, does not read it"
_EVENTS = "belongs to files of address events, which wb.datasets.from_events reads"
_IMAGES = "belongs to folders of images; their subfolders name the classes"
_SIZES = "images are resized to what the network takes; their channels come from the files"
_NO_FILES = "the command run writes no files; snn-workbench convert writes the spiking network"
_TABLES = "nothing is plotted or logged; plots are in snn-workbench lab, tables in wb.simulate(...)"
_ONLINE = "belongs to online_normalization"


def _off(reason: str, how: str, default: str = "False") -> Key:
    return Key(default, reason, (False, how))


KEYS: dict[tuple[str, str], Key] = {
    ("paths", "log_dir_of_current_run"): Key("", _NO_FILES),
    ("paths", "runlabel"): Key("test", "names a folder of logs; no logs are written"),
    ("paths", "filename_parsed_model"): Key("", _NO_FILES),
    ("paths", "filename_snn"): Key("", _NO_FILES),
    ("paths", "filename_clamp_indices"): Key(
        "",
        "the file counts layers as snn_toolbox does; Simulation.clamp_steps takes their names",
        ("", "nothing is clamped"),
    ),
    ("paths", "filepath_custom_objects"): Key(
        "", "code beside a model is never run", ("", "no code is run")
    ),
    ("paths", "class_idx_path"): Key("", _IMAGES),
    ("input", "dataflow_kwargs"): Key("{}", _SIZES),
    ("input", "num_poisson_events_per_sample"): Key(
        "-1", "the number of input spikes is not limited", (-1, "input spikes are not limited")
    ),
    ("input", "num_dvs_events_per_sample"): Key("2000", _EVENTS),
    ("input", "eventframe_width"): Key("10", _EVENTS),
    ("input", "label_dict"): Key("{}", _EVENTS),
    ("input", "chip_size"): Key("None", _EVENTS),
    ("input", "frame_gen_method"): Key("", _EVENTS),
    ("input", "is_x_first"): Key("", _EVENTS),
    ("input", "is_x_flipped"): Key("", _EVENTS),
    ("input", "is_y_flipped"): Key("", _EVENTS),
    ("input", "maxpool_subsampling"): Key("True", _EVENTS),
    ("input", "do_clip_three_sigma"): Key("True", _EVENTS),
    ("input", "keras_dataset"): Key(
        "", "samples are read from dataset_path only", ("", "samples come from dataset_path")
    ),
    ("tools", "parse"): Key(
        "True", "the model is read again every time", (True, "the model is read again")
    ),
    ("tools", "normalize"): Key(
        "True",
        "every layer is normalized by a percentile of its activations; a network that was "
        "normalized before comes out much the same",
        (True, "every layer is normalized"),
    ),
    ("tools", "convert"): Key(
        "True",
        "the model is converted again every time; spiking networks of snn_toolbox are not read",
        (True, "the model is converted"),
    ),
    ("tools", "simulate"): Key(
        "True", "the command run simulates; inspect and convert do not", (True, "simulated")
    ),
    ("tools", "serialise_only"): _off("nothing is written for SpiNNaker", "simulated"),
    ("normalization", "normalization_schedule"): _off(
        "the scales do not shrink from layer to layer", "no schedule"
    ),
    ("normalization", "online_normalization"): _off(
        "thresholds do not change during a run", "thresholds do not change during a run"
    ),
    ("normalization", "diff_to_max_rate"): Key("200", _ONLINE),
    ("normalization", "diff_to_min_rate"): Key("100", _ONLINE),
    ("normalization", "timestep_fraction"): Key("10", _ONLINE),
    ("conversion", "softmax_to_relu"): Key(
        "False",
        "the neurons of a softmax output integrate its inputs, as with True; there is no "
        "spiking softmax",
        (True, "the neurons of a softmax output integrate its inputs"),
    ),
    ("conversion", "spike_code"): Key(
        "temporal_mean_rate",
        "the rate code is simulated instead",
        ("temporal_mean_rate", "values are rates"),
    ),
    ("conversion", "num_bits"): Key("32", "belongs to spike_code = temporal_pattern"),
    ("conversion", "use_isi_code"): _off("values are rates, not intervals", "values are rates"),
    ("simulation", "simulator"): Key(
        "INI",
        "the workbench's own engine runs the neurons of snn_toolbox's INI simulator; "
        "snn-workbench export writes networks for other simulators",
        ("INI", "the workbench's engine runs the same neurons"),
    ),
    ("simulation", "reset_between_nth_sample"): Key(
        "1",
        "every sample starts from the initial potential",
        (1, "every sample starts from the initial potential"),
    ),
    ("simulation", "top_k"): Key(
        "1", "the reported accuracy counts the first guess only", older="5"
    ),
    ("simulation", "keras_backend"): Key(
        "tensorflow",
        "no Keras backend takes part in a run; max pooling stays max pooling, which snn_toolbox "
        "runs as average pooling with tensorflow",
        older="theano",
    ),
    ("simulation", "early_stopping"): _off("every run has all its steps", "all steps are run"),
    ("cell", "v_reset"): Key("0", _OTHER_SIMULATOR),
    ("cell", "v_rest"): Key("0", _OTHER_SIMULATOR),
    ("cell", "e_rev_e"): Key("10", _OTHER_SIMULATOR),
    ("cell", "e_rev_i"): Key("-10", _OTHER_SIMULATOR),
    ("cell", "i_offset"): Key("0", _OTHER_SIMULATOR),
    ("cell", "cm"): Key("1", _OTHER_SIMULATOR, older="0.09"),
    ("cell", "tau_m"): Key("1000", _OTHER_SIMULATOR),
    ("cell", "tau_syn_e"): Key("0.01", _OTHER_SIMULATOR),
    ("cell", "tau_syn_i"): Key("0.01", _OTHER_SIMULATOR),
    ("cell", "delay"): Key("0", _OTHER_SIMULATOR, older="1"),
    ("cell", "scaling_factor"): Key("10000000", _OTHER_SIMULATOR),
    ("cell", "binarize_weights"): _off("weights are not binarized", "weights stay as they are"),
    ("cell", "quantize_weights"): _off(
        "weights have 16 fractional bits; snn-workbench export loihi takes 8",
        "weights stay as they are",
    ),
    ("cell", "payloads"): _off("spikes carry no numbers", "spikes carry no numbers"),
    ("cell", "bias_relaxation"): _off("biases do not change during a run", "biases stay"),
    ("parameter_sweep", "param_logscale"): Key("False", "scales a plot's axis; nothing is plotted"),
    ("output", "log_vars"): Key("{}", _TABLES),
    ("output", "plot_vars"): Key("{}", _TABLES),
    ("output", "plotproperties"): Key("", _TABLES),
    ("output", "use_simple_labels"): Key("True", _TABLES),
    ("output", "verbose"): Key("1", "a progress bar is shown in a terminal"),
    ("output", "overwrite"): Key("True", "the command run writes no files"),
}
"""Keys without a setting of their own."""

SECTIONS: dict[str, str] = {
    "DEFAULT": "only other keys refer to it",
    "restrictions": "lists what snn_toolbox accepts",
    "loihi": "belongs to the simulator loihi; snn-workbench export loihi has options of its own",
    "spinnaker": "belongs to the simulator spiNNaker",
    "stdp": "nothing is learned during a run",
}
"""Sections none of whose keys has a setting."""


def unknown(value: Value, known: dict[str, list[str]]) -> str:
    """Say why a key is not honoured that snn_toolbox does not have."""
    homes = [section for section, keys in known.items() if value.key in keys]
    if homes:
        return f"not a key of this section; snn_toolbox has it in [{homes[0]}]"
    close = difflib.get_close_matches(value.key, known.get(value.section, []), n=1)
    hint = f"; did you mean {close[0]}?" if close else ""
    return f"not a key of snn_toolbox{hint}"
