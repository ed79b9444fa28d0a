"""From the keys of an snn_toolbox configuration file to settings, with an account of each."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from workbench.errors import ModelFileError, SettingsError
from workbench.ingest.snn_toolbox_ini import IniFile, Value
from workbench.ingest.snn_toolbox_keys import KEYS, SECTIONS, unknown
from workbench.ingest.snn_toolbox_report import Line
from workbench.settings import Conversion, Simulation

MODEL_SUFFIXES = {"keras": (".h5", ".hdf5", ".keras", ".json"), "pytorch": (".onnx",)}
"""Endings of files that are looked for, by `model_lib`."""

RESETS = {
    "reset by subtraction": "subtract",
    "reset to zero": "zero",
    "reset by modulo": "modulo",
}
LEAK = 0.1
"""What a positive potential of snn_toolbox loses per ms, in units of the normalized threshold."""

MAX_POOLS = {"fir_max": "fir", "avg_max": "recent", "exp_max": "exp"}


class Reader:
    """Turns keys into settings, and keeps account of them."""

    def __init__(self, ini: IniFile) -> None:
        self.ini = ini
        self.lines: list[Line] = []
        self._taken: dict[str, tuple[Value, str]] = {}

    def take(self, section: str, key: str, default: str, read: Callable[[Value], Any]) -> Any:
        """Read a key that has a setting."""
        value = self.ini.get(section, key, default)
        self._taken[key] = value, default
        return read(value)

    def note(self, key: str, note: str, *, honoured: bool = True) -> None:
        """Say what became of a key that was taken; one left out without effect is not told."""
        value, default = self._taken[key]
        if value.given or honoured:
            self._add(value, honoured, note, default)

    def _add(self, value: Value, honoured: bool, note: str, *defaults: str | None) -> None:
        usual = [replace(value, text=text).plain() for text in defaults if text is not None]
        default = any(_same(value.plain(), one) for one in usual)
        self.lines.append(
            Line(value.section, value.key, value.text, honoured, note, value.given, default)
        )

    def _refused(self, key: str, accepted: str) -> SettingsError:
        return self._taken[key][0].refused(accepted)

    def setting(self, target: Any, name: str, setting: Any, key: str, why: str = "") -> Any:
        """Return settings with one replaced, naming the key where the value is refused."""
        try:
            changed = replace(target, **{name: setting})
        except SettingsError as error:
            raise SettingsError(f"{self._where(key)}: {error}") from error
        shown = f"{setting:g}" if isinstance(setting, float) else repr(setting)
        self.note(key, f"{type(target).__name__}.{name} = {shown}{why}")
        return changed

    def _where(self, key: str) -> str:
        value, _ = self._taken[key]
        return f"{value.file}: [{value.section}] {key} is {value.text!r}"

    def paths(self) -> tuple[Path, Path, float | None]:
        """Find the model's file and the folder of the samples; the scale of pixels of images."""
        home = self.ini.path.parent
        work = _beside((home,), self.take("paths", "path_wd", "", Value.path))
        self.note("path_wd", f"the folder {work}")
        model = self._model(work)
        name = self.take("paths", "dataset_path", "", Value.path)
        data = work if name == Path() else _beside((home, work), name)
        if not _there(data.is_dir):
            raise self._refused(
                "dataset_path",
                "a folder with x_test.npz and y_test.npz, or with images in a subfolder for every "
                f"class; there is no folder {data}",
            )
        self.note("dataset_path", f"the folder {data}")
        return model, data, self._rescale(data)

    def _rescale(self, data: Path) -> float | None:
        """Read in which form samples lie, and what pixels of images are multiplied by."""
        form = self.take("input", "dataset_format", "npz", Value.word)
        options = self.take("input", "datagen_kwargs", "{}", Value.plain)
        if form == "npz":
            self.note("dataset_format", "x_test.npz, y_test.npz and x_norm.npz are read")
            self.note("datagen_kwargs", "belongs to dataset_format = jpg", honoured=False)
            return None
        if form == "aedat":
            raise self._refused(
                "dataset_format",
                "npz, jpg. Read recordings of events in Python, data = wb.datasets.from_events("
                f"{str(data)!r}, window_events=2000), and simulate data.x_test with "
                'wb.Simulation(encoding="events")',
            )
        if form != "jpg":
            raise self._refused(
                "dataset_format",
                "npz, jpg. Write the samples with np.savez('x_test.npz', x) and their labels with "
                "np.savez('y_test.npz', y)",
            )
        self.note("dataset_format", "wb.datasets.from_folder reads images, a subfolder a class")
        rescale = options.get("rescale", 1) if isinstance(options, dict) else None
        if not isinstance(rescale, (int, float)) or not math.isfinite(rescale):
            accepted = "a dictionary of plain values, as in {'rescale': 0.00392156862745098}"
            raise self._refused("datagen_kwargs", accepted)
        rest = ", ".join(str(key) for key in options if key != "rescale")
        left = f"; {rest} without effect, pixels are not changed otherwise" if rest else ""
        self.note("datagen_kwargs", f"pixels from 0 to 255 times {rescale:g}{left}")
        return float(rescale)

    def _model(self, work: Path) -> Path:
        library = self.take("input", "model_lib", "keras", Value.word)
        if library not in MODEL_SUFFIXES:
            raise self._refused(
                "model_lib",
                "keras, and pytorch with the model exported to ONNX. Export the model in one of "
                "these forms",
            )
        name = self.take("paths", "filename_ann", "", Value.word)
        if not name:
            raise ModelFileError(
                f"{self.ini.path.name}: [paths] filename_ann names no model; accepted: the name of "
                "a model's file in path_wd, without its ending."
            )
        suffixes = MODEL_SUFFIXES[library]
        endings = () if Path(name).suffix in suffixes else suffixes
        found = [file for file in _named(work, name, endings) if _there(file.is_file)]
        if not found:
            tried = ", ".join(file.name for file in _named(work, name, endings))
            raise ModelFileError(
                f"{self._where('filename_ann')}, but {work} holds none of {tried}. Check path_wd "
                "and the name."
            )
        self.note("model_lib", f"a file that ends in {', '.join(suffixes)}")
        self.note("filename_ann", f"the model {found[0].name}")
        return found[0]

    def conversion(self) -> Conversion:
        """Read how the network is converted."""
        made = Conversion()
        percentile = self.take("normalization", "percentile", "99.9", Value.number)
        made = self.setting(made, "percentile", percentile, "percentile")
        made = self._max_pool(made)
        reset = self.take("cell", "reset", "Reset by subtraction", Value.word)
        if reset.lower() not in RESETS:
            raise self._refused("reset", "Reset by subtraction, Reset to zero, Reset by modulo")
        made = self.setting(made, "reset", RESETS[reset.lower()], "reset")
        return self._threshold(made)

    def _max_pool(self, made: Conversion) -> Conversion:
        average = self.take("conversion", "max2avg_pool", "False", Value.boolean)
        kind = self.take("conversion", "maxpool_type", "fir_max", Value.word)
        if kind not in MAX_POOLS:
            raise self._refused("maxpool_type", ", ".join(MAX_POOLS))
        if average:
            self.note("maxpool_type", "max2avg_pool leaves no max pooling", honoured=False)
            return self.setting(made, "max_pool", "average_pooling", "max2avg_pool")
        self.note("max2avg_pool", "max pooling stays")
        return self.setting(made, "max_pool", MAX_POOLS[kind], "maxpool_type")

    def _threshold(self, made: Conversion) -> Conversion:
        simulator = self.ini.get("simulation", "simulator", "INI").word()
        threshold = self.take("cell", "v_thresh", "1", Value.number)
        if simulator != "INI":
            why = f"a potential in the units of {simulator}; here it is 1, the normalized one"
            self.note("v_thresh", why, honoured=False)
            return made
        dt_ms = self._step()
        why = " (v_thresh / dt: a step of snn_toolbox takes dt times the current in)"
        why = "" if dt_ms == 1 else why
        return self.setting(made, "threshold", threshold / dt_ms, "v_thresh", why)

    def _step(self) -> float:
        dt_ms: float = self.take("simulation", "dt", "1", Value.number)
        if dt_ms <= 0:
            raise self._refused("dt", "milliseconds above 0")
        return dt_ms

    def simulation(self, conversion: Conversion) -> Simulation:
        """Read how the network is run, with the thresholds that its conversion makes."""
        dt_ms = self._step()
        made = self.setting(Simulation(), "dt_ms", dt_ms, "dt")
        duration = self.take("simulation", "duration", "200", Value.number)
        steps = math.floor(duration / dt_ms + 1e-6)
        made = self.setting(made, "steps", steps, "duration", " (duration / dt)")
        batch = self.take("simulation", "batch_size", "100", lambda value: value.whole(1))
        if self._taken["batch_size"][0].given:
            made = self.setting(made, "batch_size", batch, "batch_size")
        return self._neurons(self._input(made), conversion.threshold)

    def _neurons(self, made: Simulation, threshold: float) -> Simulation:
        """Read what neurons do beside integrating, in steps and thresholds."""
        refractory = self.take("cell", "tau_refrac", "0", Value.number)
        if refractory < 0:
            raise self._refused("tau_refrac", "milliseconds from 0")
        # The period ends before the input of the step that lies its whole length after the spike.
        waiting = max(0, math.ceil(refractory / made.dt_ms - 1e-6) - 1)
        why = " (tau_refrac / dt, less the step in which it ends)" if refractory else ""
        made = self.setting(made, "refractory_steps", waiting, "tau_refrac", why)
        if not self.take("cell", "leak", "False", Value.boolean):
            return self.setting(made, "leak", 0.0, "leak")
        why = (
            f" of a threshold a step ({LEAK:g} per ms), taken off before a step's input, not after"
        )
        return self.setting(made, "leak", LEAK / threshold, "leak", why)

    def _input(self, made: Simulation) -> Simulation:
        poisson = self.take("input", "poisson_input", "False", Value.boolean)
        rate = self.take("input", "input_rate", "1000", Value.number)
        if not poisson:
            self.note("input_rate", "belongs to poisson_input, which is off", honoured=False)
            return self.setting(made, "encoding", "constant", "poisson_input")
        highest = 1000 / made.dt_ms
        why = "; spikes weigh so much that the mean current is that of a constant input"
        if rate > highest:
            why = f", one spike a step{why}"
        # The rate first: the encoding is checked together with it.
        made = self.setting(made, "input_rate_hz", min(rate, highest), "input_rate", why)
        return self.setting(made, "encoding", "poisson", "poisson_input")

    def samples(self) -> int | tuple[int, ...]:
        """Read which test samples are simulated."""
        count: int = self.take("simulation", "num_to_test", "1000", lambda value: value.whole(1))
        chosen = self.take("simulation", "sample_idxs_to_test", "[]", Value.items)
        if any(type(index) is not int or index < 0 for index in chosen):
            raise self._refused("sample_idxs_to_test", "a list of integers from 0, as in [0, 5, 7]")
        if not chosen:
            self.note("num_to_test", f"the first {count:,} samples, or all if there are fewer")
            self.note("sample_idxs_to_test", "leaves the choice to num_to_test", honoured=False)
            return count
        self.note("num_to_test", "sample_idxs_to_test chooses the samples", honoured=False)
        self.note("sample_idxs_to_test", f"these {len(chosen):,} samples")
        return tuple(chosen)

    def grid(self, conversion: Conversion, simulation: Simulation) -> dict[str, list[float]]:
        """Read the values of a parameter sweep as an axis for `wb.sweep`."""
        values = self.take("parameter_sweep", "param_values", "[]", Value.items)
        name = self.take("parameter_sweep", "param_name", "v_thresh", Value.word)
        if not values:
            if self._taken["param_values"][0].given:
                self.note("param_values", "one run")
            self.note("param_name", "belongs to param_values, which is empty", honoured=False)
            return {}
        simulator = self.ini.get("simulation", "simulator", "INI").word()
        if name != "v_thresh" or simulator != "INI" or simulation.leak:
            self.note("param_name", "belongs to param_values", honoured=False)
            told = "one run with the file's own values; start one run for every value, or wb.sweep"
            self.note("param_values", told, honoured=False)
            return {}
        accepted = "a list of thresholds, numbers above 0, as in [0.8, 1.0]"
        if any(isinstance(each, bool) or not isinstance(each, (int, float)) for each in values):
            raise self._refused("param_values", accepted)
        thresholds = []
        for each in dict.fromkeys(values):
            try:
                made = replace(conversion, threshold=each / simulation.dt_ms)
            except (SettingsError, OverflowError) as error:
                raise self._refused("param_values", f"{accepted}. {error}".rstrip(".")) from error
            thresholds.append(made.threshold)
        self.note("param_name", "the axis threshold of job.grid (v_thresh / dt)")
        told = (
            f"one run with the file's own v_thresh; job.grid holds all {len(thresholds)}: "
            "wb.sweep(net, data, job.grid, conversion=job.conversion, simulation=job.simulation, "
            'part="test")'
        )
        self.note("param_values", told, honoured=False)
        return {"threshold": thresholds}

    def evaluate_ann(self) -> bool:
        """Read whether the analog network's accuracy is wanted."""
        wanted: bool = self.take("tools", "evaluate_ann", "True", Value.boolean)
        self.note("evaluate_ann", f"the ANN's accuracy is {'' if wanted else 'not '}reported")
        return wanted

    def rest(self, data: Path, *, images: bool = False) -> None:
        """Account for all keys that have no setting."""
        normalize = self.ini.get("tools", "normalize", "True")
        if normalize.boolean() and not images and not _there((data / "x_norm.npz").is_file):
            raise normalize.refused(
                f"False, as {data} holds no x_norm.npz; then the test samples set the scales. It "
                "is better to add x_norm.npz, with typical inputs: np.savez('x_norm.npz', x_train)"
            )
        taken = {(value.section, value.key) for value, _ in self._taken.values()}
        known: dict[str, list[str]] = {}
        for section, key in (*KEYS, *taken):
            known.setdefault(section, []).append(key)
        for value in self.ini.values():
            if (value.section, value.key) not in taken:
                self._account(value, known)

    def _account(self, value: Value, known: dict[str, list[str]]) -> None:
        key = KEYS.get((value.section, value.key))
        if key is None:
            self._add(value, False, SECTIONS.get(value.section) or unknown(value, known))
            return
        met = key.met[0] if key.met else None
        found = value.boolean() if isinstance(met, bool) else value.plain()
        if key.met is not None and _same(found, met):
            self._add(value, True, key.met[1], key.default, key.older)
        else:
            self._add(value, False, key.reason, key.default, key.older)


def _same(one: Any, other: Any) -> bool:
    """Whether two plain values are one; an empty list, tuple or mapping is like any other."""
    empty: tuple[Any, ...] = ([], (), {})
    return one == other or (one in empty and other in empty)


def _beside(folders: tuple[Path, ...], path: Path) -> Path:
    """Return a path, looked for in folders if it is relative."""
    found = (folder / path for folder in folders if _there((folder / path).exists))
    return next(found, folders[0] / path)


def _there(check: Callable[[], bool]) -> bool:
    """Whether a file or folder is there; a name that no file can have is not."""
    try:
        return check()
    except (OSError, ValueError):
        return False


def _named(folder: Path, name: str, endings: tuple[str, ...]) -> list[Path]:
    """Return the files that a name may mean; a dot in it starts no ending."""
    return [folder / f"{name}{ending}" for ending in endings or ("",)]
