"""Answers to the exercises: right ones in several forms, and wrong ones with their hints."""

import numpy as np

import workbench as wb


def neuron(reset=lambda u, theta: u - theta, fires=lambda u, theta: u >= theta):
    def step(potential, current, threshold):
        potential += current
        spike = int(fires(potential, threshold))
        return (reset(potential, threshold) if spike else potential), spike

    return step


def count(activation, steps, start):
    return min(max(int((activation * steps + start) // 1), 0), steps)


def synapses(size, kernel, filters):
    half = kernel // 2
    return (size * kernel - half * (half + 1)) ** 2 * filters


def fold(weight, bias, gamma, beta, mean, variance, epsilon):
    factor = gamma / np.sqrt(variance + epsilon)
    return weight * factor, (bias - mean) * factor + beta


def fold_in_place(weight, bias, gamma, beta, mean, variance, epsilon):
    variance += epsilon
    gamma /= np.sqrt(variance)
    weight *= gamma
    bias -= mean
    bias *= gamma
    bias += beta
    return weight, bias


def normalize_in_place(weight, bias, before, after):
    weight *= before / after
    bias /= after
    return weight, bias


def largest_loss(table):
    causes = table.set_index("layer")[["clipping", "quantization", "unevenness"]]
    return causes.stack().idxmin()


def first_spike(value, levels):
    level = int(value * levels + 0.5)
    return levels + 1 - level if level else None


def latency(right, analog, within):
    near = [count >= analog - within for count in right]
    stays = [step for step in range(1, len(right) + 1) if all(near[step - 1 :])]
    return stays[0] if stays else 0


def energy_uj(macs, synops, mac_pj, add_pj):
    return (macs * mac_pj + synops * add_pj) * 1e-6


def front(costs, right):
    kept, best = [], -1
    for i in sorted(range(len(costs)), key=lambda i: (costs[i], -right[i])):
        if right[i] > best:
            kept.append(i)
            best = right[i]
    return kept


def quantize(weights, bits):
    most = 2 ** (bits - 1) - 1
    step = np.abs(weights).max() / most
    return np.rint(weights / step), step


def quantize_by_floor(weights, bits):
    step = quantize(weights, bits)[1]
    return np.floor(weights / step + 0.5).astype(np.int8), step


def quantize_away_from_zero(weights, bits):
    step = quantize(weights, bits)[1]
    return [np.sign(weights) * np.floor(np.abs(weights) / step + 0.5), np.array(step)]


def first_difference(ours, theirs):
    different = (ours != theirs).any(axis=1)
    return int(different.argmax()) if different.any() else -1


COUNTS = {"parameters": 304, "neurons": 256, "synapses": 19_200}

RIGHT = {
    "1.1": (7, 7.0, np.int64(7)),
    "1.2": (neuron(), lambda *given: list(neuron()(*given))),
    "1.3": (0.84, 0.95, 0.99, 0.99999),
    "1.4": (0.11,),
    "2.1": (1.4,),
    "2.2": (50,),
    "2.3": (count,),
    "2.4": (0.5,),
    "3.1": (COUNTS,),
    "3.2": (2_808,),
    "3.3": (synapses,),
    "3.4": (15_000,),
    "4.1": (fold, fold_in_place, lambda *given: list(fold(*given))),
    "4.2": (lambda w, b, before, after: (w * before / after, b / after), normalize_in_place),
    "5.1": (latency, lambda *given: float(latency(*given))),
    "5.2": (energy_uj,),
    "5.3": (front, lambda *given: set(front(*given)), lambda *given: np.array(front(*given))),
    "6.1": (2,),
    "6.2": (largest_loss, lambda table: list(largest_loss(table))),
    "7.1": (1.25,),
    "7.2": (
        first_spike,
        lambda value, levels: (
            np.float64(first_spike(value, levels) or np.nan) if first_spike(value, levels) else None
        ),
    ),
    "7.3": (100,),
    "8.1": (quantize, quantize_by_floor, quantize_away_from_zero),
    "8.2": (508, 508.0),
    "8.4": ({"stride": 2}, {"kernel": 3, "filters": 32, "stride": 3, "outputs": 256}),
    "8.5": (first_difference,),
}

WRONG = [
    ("1.1", None, "no answer yet"),
    ("1.1", "7", "Expected a number, got a str"),
    ("1.1", True, "Expected a number, got a bool"),
    ("1.1", float("nan"), "finite"),
    ("1.1", 7.5, "integers"),
    ("1.1", 6, "reset to zero"),
    ("1.1", 3, "how much does one spike take away"),
    ("1.2", 3, "Expected a function, got a int"),
    ("1.1", 8, "How much has arrived"),
    ("1.1", 10**400, "finite"),
    ("1.2", lambda v, i, t: None, "returns None: fill in"),
    ("1.2", lambda v, i, t: v, "Return two values"),
    ("1.2", lambda v, i: (v, 0), "raises TypeError"),
    ("1.2", lambda v, i, t: (v, 0), "never spikes"),
    ("1.2", lambda v, i, t: (v, 2), "must be 1 or 0"),
    ("1.2", lambda v, i, t: (v, np.zeros(2)), "must be 1 or 0"),
    ("1.2", neuron(reset=lambda u, theta: 0.0), "reset to zero"),
    ("1.2", neuron(fires=lambda u, theta: u > theta), "at the threshold counts as a spike"),
    ("1.2", neuron(reset=lambda u, theta: u % theta), "must stay"),
    ("1.3", 1.2, "not between 0 and the threshold"),
    ("1.3", 0.51, "still sends 98 %"),
    ("1.3", 0.0047, "still sends 100 %"),
    ("1.3", 0.002, "not spike in 400 steps"),
    ("1.3", 1e-9, "not lost"),
    ("1.4", 0.1, "never spikes"),
    ("1.4", 0.2, "smaller input"),
    ("1.4", 0.12, "smaller input"),
    ("1.4", 1e6, "smaller input"),
    ("1.4", 0.103, "more than two decimals"),
    ("1.4", 0.1199, "more than two decimals"),
    ("2.1", 0.35, "rate"),
    ("2.2", 25, "one half"),
    ("2.2", 49, "How large can the error be"),
    ("2.2", 51, "How large can the error be"),
    ("2.3", lambda a, t, s: max(0, a * t), "integer"),
    ("2.3", lambda a, t, s: int((a * t + s) // 1), "only sinks"),
    ("2.3", lambda a, t, s: max(0, int((a * t + s) // 1)), "How often can a neuron spike"),
    ("2.3", lambda a, t, s: min(t, max(0, round(a * t))), "whole thresholds"),
    ("2.4", 0, "too low by"),
    ("2.4", 0.9, "too high by"),
    ("2.4", 4, "fraction"),
    ("3.1", 304, "Expected a dict"),
    ("3.1", {**COUNTS, "parameters": 300}, "biases"),
    ("3.1", {**COUNTS, "neurons": None}, "no number yet"),
    ("3.1", {**COUNTS, "synapses": 43_200}, "border-free"),
    ("3.2", 28_512, "how many exist"),
    ("3.3", lambda s, k, f: (s * k) ** 2 * f, "border-free"),
    ("3.3", lambda s, k, f: ((s - k + 1) * k) ** 2 * f, "valid"),
    ("3.3", lambda s, k, f: synapses(s, k, 1), "one filter"),
    ("3.3", lambda s, k, f: synapses(s, k, f) + 1, "too many"),
    ("3.4", 150_000, "rate is 0.1"),
    ("4.1", lambda *given: given[:2], "weights are not right"),
    ("4.1", lambda *given: given[0], "two values"),
    ("4.1", lambda w, b, g, be, m, v, e: (w * g / (v + e), b), "variance"),
    ("4.1", lambda w, b, g, be, m, v, e: (w * g / np.sqrt(v + e), b), "bias is not yet"),
    (
        "4.1",
        lambda w, b, g, be, m, v, e: (w * g / np.sqrt(v + e), b * g / np.sqrt(v + e) + be),
        "forgets the mean",
    ),
    ("4.1", lambda w, *rest: (w[0], rest[0]), "shape"),
    ("4.1", lambda w, *rest: ("weight", rest[0]), "weight is no array of numbers"),
    ("4.1", lambda w, b, *rest: (w * 1j, b), "weight is no array of numbers"),
    ("4.1", lambda w, b, *rest: (w, [[1], [2, 3]]), "bias is no array of numbers"),
    ("4.2", lambda w, b, before, after: (w * after / before, b / after), "wrong way round"),
    ("4.2", lambda w, b, before, after: (w * before / after, b * before / after), "no input"),
    ("4.3", {"percentile": 95}, "Expected wb.Conversion"),
    ("4.3", wb.Conversion(code="ttfs"), "leave `code`"),
    ("5.1", lambda r, a, w: "6", "Expected a number, got a str"),
    ("5.1", lambda r, a, w: next(i for i, n in enumerate(r, 1) if n >= a - w), "falls again"),
    ("5.1", lambda r, a, w: latency(r, a, w) - 1, "counted from 1"),
    ("5.1", lambda r, a, w: latency(r, a, w) or len(r), "until the end"),
    ("5.1", lambda r, a, w: latency([a - abs(n - a) for n in r], a, w), "near enough"),
    ("5.1", lambda r, a, w: len(r), "last step that is not near"),
    ("5.2", lambda m, s, mp, ap: m * mp + s * ap, "picojoules"),
    ("5.2", lambda m, s, mp, ap: (m * mp + s * ap) / 1e3, "1e-12 J"),
    ("5.2", lambda m, s, mp, ap: (m * ap + s * mp) / 1e6, "wrong way round"),
    ("5.2", lambda m, s, mp, ap: s * ap / 1e6, "not charged yet"),
    ("5.2", lambda m, s, mp, ap: (m + s) * mp / 1e6, "adds a weight"),
    ("5.2", lambda m, s, mp, ap: 7, "Each operation has its price"),
    ("5.3", lambda c, r: 3, "not a int"),
    ("5.3", lambda c, r: sorted(c), "places from 0"),
    ("5.3", lambda c, r: [True], "places from 0"),
    ("5.3", lambda c, r: range(len(c)), "not a range"),
    ("5.3", lambda c, r: list(range(len(c))), "point 4 is kept"),
    ("5.3", lambda c, r: [i for i in front(c, r) if r[i] != max(r)], "no other one beats it"),
    ("5.4", wb.Conversion(), "two values"),
    ("5.4", (12, wb.Conversion()), "first, got a int"),
    ("5.4", (wb.Conversion(), "7"), "Expected a number"),
    ("5.4", (wb.Conversion(), 7.5), "from 1 to 32"),
    ("5.4", (wb.Conversion(), 33), "from 1 to 32"),
    ("5.4", (wb.Conversion(code="ttfs"), 7), "leave `code`"),
    ("6.1", -2, "sign"),
    ("6.2", lambda table: "conv1", "two words"),
    ("6.2", lambda table: largest_loss(table)[::-1], "Layer first"),
    ("6.2", lambda table: ("conv1", "quantization"), "another cell loses more"),
    ("6.2", lambda table: table["nothing"], "raises KeyError"),
    (
        "6.2",
        lambda table: table.set_index("layer")[["quantization", "unevenness"]].stack().idxmax(),
        "largest gain",
    ),
    ("7.1", 0.625, "fraction of the scale"),
    ("7.1", 2.5, "wrong way round"),
    ("7.1", 0.5, "counted spikes"),
    ("7.2", 3, "Expected a function, got a int"),
    ("7.2", lambda value: 1, "raises TypeError"),
    ("7.2", lambda value, levels: "early", "Expected a number, got a str"),
    ("7.2", lambda value, levels: first_spike(value, levels) or "silence", "got a str"),
    ("7.2", lambda value, levels: first_spike(value, levels) or levels + 1, "return None"),
    ("7.2", lambda value, levels: None, "but the neuron spikes"),
    ("7.2", lambda value, levels: int(value * levels + 0.5) or None, "the earlier"),
    ("7.2", lambda value, levels: (first_spike(value, levels) or 1) - 1 or None, "too early"),
    ("7.3", 10, "constant input"),
    ("7.3", 25, "twice as large"),
    ("7.3", 20, "as a root"),
    ("7.4", {"neurons": "one_shot"}, "Expected wb.Conversion"),
    ("7.4", wb.Conversion(code="ttfs"), "this code has none"),
    ("8.1", lambda w, bits: w, "two values"),
    ("8.1", lambda w, bits: ("w", 1), "no array of numbers"),
    ("8.1", lambda w, bits: (w, 1), "round what you divided"),
    ("8.1", lambda w, bits: (quantize(w, bits)[0][:1], 1), "shape"),
    ("8.1", lambda w, bits: quantize(w, bits + 1), "One bit is the sign"),
    ("8.1", lambda w, bits: (-quantize(w, bits)[0], quantize(w, bits)[1]), "signs"),
    ("8.1", lambda w, bits: (np.trunc(0.6 * quantize(w, bits)[0]), 1.0), "largest weight, of"),
    ("8.1", lambda w, bits: (quantize(w, bits)[0], 1 / quantize(w, bits)[1]), "integers x step"),
    ("8.1", lambda w, bits: (quantize(w, bits)[0], "step"), "The step: Expected a number"),
    (
        "8.1",
        lambda w, bits: (np.trunc(w / quantize(w, bits)[1] * (1 + 1e-12)), quantize(w, bits)[1]),
        "nearest",
    ),
    ("8.2", 127, "threshold is larger"),
    ("8.2", 512, "not 128"),
    ("8.3", "percentile", "Expected wb.Conversion"),
    ("8.3", wb.Conversion(code="ttfs"), "leave `code`"),
    ("8.3", wb.Conversion(resolution_bits=12), "leave `resolution_bits`"),
    ("8.4", {}, "input axons per core 9,216, allowed 4,096"),
    ("8.4", 2, "Expected a dict"),
    ("8.4", {"size": 14}, "Names: kernel, filters"),
    ("8.4", {"stride": 0.5}, "stride is 0.5"),
    ("8.4", {"stride": 2, "filters": 8}, "at least 16 filters"),
    ("8.5", lambda a, b: 0, "Compare step by step"),
    ("8.5", lambda a, b: first_difference(a, b) + 1, "count from 0"),
    ("8.5", lambda a, b: max(np.flatnonzero((a != b).any(1)), default=-1), "last difference"),
    ("8.5", lambda a, b: int((a != b).any(1).argmax()), "return -1"),
    (
        "8.5",
        lambda a, b: next((t for t in range(20) if a[t].sum() != b[t].sum()), -1),
        "not the same spikes",
    ),
]
