"""Whatever a target cannot say is refused with the nearest setting that it can."""

import re

import pytest

import workbench as wb
from exporters.export_cases import RELU, Stack
from workbench.exporters import Abilities, Outcome, Parity, Target, all_targets, export
from workbench.exporters.abilities import nearest_code, nearest_neurons
from workbench.methods.presets import KNOWN_TARGETS, PRESETS
from workbench.neuron_rules import SPIKE_RULES
from workbench.spike_codes import CODES

NEURONS = {rule: "if" if rule == "plain" else rule for rule in SPIKE_RULES}
TARGETS = all_targets().by_name
REFUSED = [
    pytest.param(target, kind, name, id=f"{target.name}-{name}")
    for target in TARGETS.values()
    for kind, known in (("codes", CODES), ("neurons", SPIKE_RULES))
    for name in known
    if name not in getattr(target.abilities, kind)
]
PACKAGES = {"nir": "nir"}
"""What writing the files of a target takes."""

EVERYWHERE = (("plain", "rate"), ("signed", "rate"), ("plain", "phase"))


@pytest.fixture(scope="module")
def network():
    stack = Stack((12,), 4).dense("a", 9, RELU).dense("output", 4)
    return stack.network(), stack.random.random((40, 12))


def write(request, options):
    request.destination.file(".txt").write_text("Done.")
    return Outcome(Parity("exact", "nothing to compare"), (), "")


def other(**fields):
    """A target of another package."""
    return Target("other", "Other chip", "A chip.", (".txt",), write, **fields)


@pytest.mark.parametrize(("target", "kind", "name"), REFUSED)
def test_every_refusal_names_a_setting_that_the_target_can_say(
    target, kind, name, network, tmp_path
):
    pytest.importorskip(PACKAGES.get(target.name, "numpy"), reason="files cannot be written")
    fields = {"code": name} if kind == "codes" else {"neurons": NEURONS[name]}
    spiking = wb.convert(*network, wb.Conversion(**fields))
    with pytest.raises(wb.WorkbenchError) as refusal:
        export(spiking, target, tmp_path / "net")
    assert not list(tmp_path.iterdir())
    told = str(refusal.value)
    subject = f"has code='{name}'" if kind == "codes" else SPIKE_RULES[name].label
    title = target.abilities.title
    assert re.search(re.escape(subject) + f", which {title} cannot express", told)
    says, call = re.search(r"; ([^;]*) can\. Convert again with (wb\..*?\)), or use", told).groups()
    able = [each.name for each in TARGETS.values() if name in getattr(each.abilities, kind)]
    assert told.endswith("or use the target " + " or ".join(f'"{each}"' for each in able) + ".")
    # What it names does what it says, and the target takes it.
    given = eval(call, {"wb": wb})
    conversion, simulation = given if isinstance(given, tuple) else (given, wb.Simulation())
    for setting in says.split(" with "):
        field, value = setting.split("=")
        owner = simulation if field == "steps" else conversion
        assert repr(getattr(owner, field)) == value, setting
    again = wb.convert(*network, conversion)
    assert export(again, target, tmp_path / "net").files


def test_targets_of_other_packages_are_refused_in_the_same_way(network, tmp_path):
    """Before they write anything; what they do not declare is what every target has."""
    for neurons, code in EVERYWHERE:
        spiking = wb.convert(*network, wb.Conversion(neurons=NEURONS[neurons], code=code))
        if (neurons, code) == ("plain", "rate"):
            assert export(spiking, other(), tmp_path / "net").files
            continue
        with pytest.raises(
            wb.WorkbenchError, match=r"Other chip cannot express.* with steps=\d+ can"
        ):
            export(spiking, other(), tmp_path / "new")
    able = other(abilities=Abilities("other", "Other chip", tuple(CODES), tuple(SPIKE_RULES)))
    assert export(spiking, able, tmp_path / "able").files


def test_the_nearest_is_what_is_most_alike():
    for code, codes, wanted in (
        ("ttfs", ("rate", "phase"), "code='phase' with levels=6"),
        ("ttfs", ("rate", "phase", "ttfs_steps"), "code='ttfs_steps' with levels=6"),
        ("phase", ("rate", "ttfs"), "code='rate' with steps=12"),
        ("ttfs", ("rate",), "code='rate' with steps=32"),
    ):
        assert nearest_code(code, 6, Abilities("x", "X", codes)).says == wanted
    for rule, neurons, wanted in (
        ("one_shot", ("plain", "signed"), "neurons='signed' with steps=8"),
        ("one_shot", ("plain", "multi_threshold"), "neurons='multi_threshold' with steps=4"),
        ("signed", ("plain",), "neurons='if' with steps=8"),
    ):
        assert nearest_neurons(rule, Abilities("x", "X", neurons=neurons)).says == wanted


@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_offered_for_the_targets_that_express_them(name):
    conversion, _ = wb.preset(name)
    rule = "plain" if conversion.neurons == "if" else conversion.neurons
    able = {
        target.name
        for target in TARGETS.values()
        if conversion.code in target.abilities.codes and rule in target.abilities.neurons
    }
    assert set(PRESETS[name].targets) == able & set(KNOWN_TARGETS)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"codes": ("phase",)}, r"codes of 'x' are \('phase',\); accepted: 'rate', and any of 'ph"),
        ({"neurons": ("plain", "loud")}, r"neurons of 'x' are \('plain', 'loud'\); accepted: 'pl"),
    ],
)
def test_abilities_that_do_not_exist_are_refused(fields, words):
    with pytest.raises(ValueError, match=words):
        Abilities("x", "X", **fields)
    with pytest.raises(ValueError, match="abilities of 'other' are those of 'x'; accepted: its"):
        other(abilities=Abilities("x", "X"))
