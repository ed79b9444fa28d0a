"""Values that settings accept, beside those that the tests of all settings try."""

import numpy as np
import pytest

from workbench.errors import SettingsError
from workbench.neuron_rules import Reset
from workbench.setting import did_you_mean
from workbench.setting_values import Choice, Program


@pytest.mark.parametrize("value", [None, 3, ["subtract"], np.array(["zero", "subtract"])])
def test_what_is_no_word_is_no_choice(value):
    with pytest.raises(SettingsError, match=r"^reset is .*; accepted: subtract, zero, modulo\."):
        Choice(Reset).check("reset", value)


@pytest.mark.parametrize("value", ["", None, 3, b"/bin/true"])
def test_a_program_is_a_path(value):
    with pytest.raises(SettingsError, match=r"^pen is .*; accepted: the path of a program\."):
        Program().check("pen", value)
    assert Program().check("pen", "/bin/true") == "/bin/true"


def test_a_program_may_be_left_to_be_found():
    assert Program(none="the usual one").check("pen", "") == ""
    with pytest.raises(SettingsError, match="a program, or empty: the usual one"):
        Program(none="the usual one").check("pen", None)


def test_the_nearest_names_are_proposed():
    known = ["steps", "percentile", "threshold"]
    assert did_you_mean(["step", "treshold"], known) == " Did you mean steps, threshold?"
    assert did_you_mean(["x" * 10_000], known) == ""
