"""Values of an axis as they are typed: the command line and the workbench read them alike."""

import pytest
from example_counts import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.errors import SettingsError
from workbench.setting import settings_of
from workbench.settings import Conversion, Simulation
from workbench.sweeps.typed_values import can_be_typed, typed, typed_values

SETTINGS = {**settings_of(Conversion), **settings_of(Simulation)}


@pytest.mark.parametrize(
    ("name", "text", "values"),
    [
        ("percentile", " 99, 99.9,1e2 ,", [99.0, 99.9, 100.0]),
        ("steps", "1..3, 8..16..4", [1, 2, 3, 8, 12, 16]),
        ("percentile", "90..92", [90, 91, 92]),
        ("per_channel", "Yes, off", [True, False]),
        ("threads", "auto, 2", [None, 2]),
        ("reset", "subtract, zero", ["subtract", "zero"]),
        ("steps", "", []),
        ("steps", "-3", [-3]),  # which the setting refuses
    ],
)
def test_words_are_read_as_the_setting_has_them(name, text, values):
    assert typed_values(text, SETTINGS[name]) == values


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("percentile", "99, high", r"'high' is not a number; accepted: 50 to 100\."),
        ("percentile", "1_0_0", "'1_0_0' is not a number"),  # which `float` reads
        ("percentile", "٩٩", "'٩٩' is not a number"),
        ("steps", "2.5", "'2.5' is not an integer; accepted: integers from 1"),
        ("steps", "9" * 5000, r"'9{40}…' is not an integer"),
        ("steps", "³", "'³' is not an integer"),
        ("per_channel", "maybe", "'maybe' is not one of true, on"),
        ("steps", "9..2", r"'9..2' has no values, or too many\."),
        ("steps", "1..99999999", "has no values, or too many"),
        ("steps", "1..2..x", "is not FIRST..LAST of integers"),
        ("steps", "1..6", r"More than 5 values; accepted: up to 5\."),
    ],
)
def test_what_is_no_value_is_refused_by_name(name, text, message):
    with pytest.raises(SettingsError, match=message):
        typed_values(text, SETTINGS[name], most=5 if text == "1..6" else 100_000)


def test_values_of_single_layers_cannot_be_typed():
    assert not can_be_typed(SETTINGS["thresholds"]) and not can_be_typed(SETTINGS["record"])
    assert can_be_typed(SETTINGS["leak"]) and can_be_typed(None)


@settings(max_examples=examples(50))
@given(st.lists(st.floats(50, 100).map(lambda x: float(f"{x:.10g}")), max_size=5),
       st.lists(st.booleans(), max_size=3))  # fmt: skip
def test_what_is_written_is_read_again(numbers, truths):
    assert typed_values(typed(numbers), SETTINGS["percentile"]) == numbers
    assert typed_values(typed(truths), SETTINGS["per_channel"]) == truths


@settings(max_examples=examples(50))
@given(st.text("0123456789.,-+e naitrufs\0²٣", max_size=60))
def test_any_text_is_read_or_refused(text):
    for name in ("percentile", "steps", "per_channel", "reset"):
        try:
            typed_values(text, SETTINGS[name])
        except SettingsError as error:
            assert len(str(error)) < 300
