"""Session 3: counting."""

from __future__ import annotations

from typing import Any

from workbench.teaching.counting_explorer import convolution_network
from workbench.teaching.judging import Exercise, as_number, called, number_judge
from workbench.teaching.predicting import Question

QUESTIONS = (
    Question(
        "3.a",
        "Keras prints 20,820 for a network of two layers. A converter prints 888 for the same "
        "file. Which one is wrong?",
        ("Keras.", "The converter.", "Neither.", "Both."),
        2,
        "Keras counts parameters, stored weights and biases. The converter counts neurons, units "
        "with a membrane. Both are right about different things.",
    ),
    Question(
        "3.b",
        "You change the padding of a convolution from valid to same. Which count of the "
        "convolution stays the same?",
        ("Parameters.", "Neurons.", "Synapses.", "None of them."),
        0,
        "The kernel is the same, so the stored weights are. But it stands at more places, and each "
        "place is a neuron with synapses of its own.",
    ),
    Question(
        "3.c",
        "In lenet, the layer dense1 has 93 % of all parameters. Which layer has most synapses?",
        ("conv1", "conv2", "dense1", "output"),
        1,
        "conv2 stores only 12,832 numbers, but uses each of them at every position of the image: "
        "2,097,152 synapses, 80 % of all in the analog network. The converted one has 8,388,608 "
        "there: the average pooling before it is folded in, and makes four of each. Spikes are "
        "paid for by synapses, not by parameters.",
    ),
)

_SHAPE_ANSWERS = {"parameters": 304, "neurons": 256, "synapses": 19_200}
_SHAPE_HINTS: dict[str, dict[float, str]] = {
    "parameters": {
        300: "biases are stored, too.",
        104: "a kernel reaches through all three colours.",
        100: "a kernel reaches through all three colours, and there are biases.",
        76: "there are four filters, each with its own weights and bias.",
    },
    "neurons": {
        576: "a valid 5 x 5 kernel does not fit at all 12 x 12 places.",
        64: "each filter has neurons of its own.",
        688: "input pixels have no membrane; do not count them.",
        432: "these are the input pixels. Which units have a membrane?",
    },
    "synapses": {
        43_200: "this is the border-free estimate. Count from the neurons: what does each one see?",
        6_400: "a neuron sees all three colours.",
        19_456: "a bias is no synapse: it comes from no neuron.",
        300: "a shared weight counts once for each place where it is used.",
    },
}
_SHAPE_OTHERWISE = {
    "parameters": "kernel height x width x colours x filters, and one bias per filter.",
    "neurons": "how many places are there for the kernel, and how many filters?",
    "synapses": "multiply the neurons by what each of them sees.",
}


def _judge_counts(answer: Any) -> str:
    if not isinstance(answer, dict) or set(answer) != set(_SHAPE_ANSWERS):
        return "Expected a dict with the keys parameters, neurons and synapses."
    for name, right in _SHAPE_ANSWERS.items():
        if answer[name] is None:
            return f"{name}: there is no number yet."
        hint = number_judge(right, _SHAPE_HINTS[name], _SHAPE_OTHERWISE[name])(answer[name])
        if hint:
            return f"{name}: {hint}"
    return ""


def _judge_synapses(answer: Any) -> str:
    for size, kernel, filters in ((14, 1, 6), (14, 3, 6), (10, 5, 4), (9, 7, 3)):
        network = convolution_network(size, kernel, filters, 1, "same", 1)
        right = network["conv"].layer.synapse_count
        value, hint = called(answer, size, kernel, filters)
        if not hint:
            value, hint = as_number(value)
        if hint:
            return hint
        if value == right:
            continue
        where = f"For size {size}, kernel {kernel} and {filters} filters"
        if value == (size * kernel) ** 2 * filters:
            return f"{where} you have the border-free estimate. Which taps fall outside the image?"
        if value == ((size - kernel + 1) * kernel) ** 2 * filters:
            return f"{where} you have padding valid: the kernel also stands at the border here."
        if value * filters == right:
            return f"{where} you have the synapses of one filter."
        much = "many" if value > right else "few"
        return (
            f"{where} there are too {much}. Think of one row first: how many pairs of a position "
            "and a tap lie inside it? Rows and columns multiply."
        )
    return ""


EXERCISES = (
    Exercise(
        "3.1",
        "Counts of a convolution: image 12 x 12 with 3 colours, 4 filters of 5 x 5, padding valid.",
        _judge_counts,
        "304 numbers are stored, and used 19,200 times.",
    ),
    Exercise(
        "3.2",
        "Synapses among the 31,320 of the border-free estimate that do not exist.",
        number_judge(
            2_808,
            {
                28_512: "That is how many exist.",
                7_776: "That is how many synapses the convolution has.",
                10_584: "That is the estimate of the convolution alone.",
                30_432: "Do not subtract the neurons: compare the two counts of synapses.",
            },
            "Compare the estimate with the exact count.",
        ),
        "All of them would begin at pixels near the border.",
    ),
    Exercise(
        "3.3",
        "A function that counts the synapses of a convolution with padding same and stride 1.",
        _judge_synapses,
        "The border counts in each direction, and the two directions multiply.",
    ),
    Exercise(
        "3.4",
        "Synaptic operations of 100 neurons with rate 0.1 and 50 outgoing synapses, in 30 steps.",
        number_judge(
            15_000,
            {
                150_000: "Not every neuron spikes in every step: the rate is 0.1.",
                500: "That is one step.",
                300: "These are the spikes. How many synapses does each of them reach?",
                5_000: "These are the synapses. How often is each of them used?",
            },
            "Neurons x rate x steps are the spikes. Each one costs one operation per synapse.",
        ),
        "Three times the 5,000 multiply-accumulates of the analog layer: few spikes matter.",
    ),
)
