"""What a declaration of a setting gives, for those that exist."""

import re
import typing
from collections.abc import Mapping

import pytest

from workbench.errors import SettingsError
from workbench.setting import Setting, Settings, settings_of
from workbench.setting_values import Choice, Integer, LayerNames, Number, PerLayer, Truth
from workbench.settings import Conversion, Simulation

KINDS = (Conversion, Simulation)
ALL = [
    pytest.param(kind, each, id=f"{kind.__name__}.{each.name}")
    for kind in KINDS
    for each in settings_of(kind).values()
]


@pytest.mark.parametrize(("kind", "each"), ALL)
def test_every_setting_says_all_there_is_to_know(kind: type[Settings], each: Setting) -> None:
    assert each.values.check(each.name, each.default) == each.default
    assert getattr(kind(), each.name) == each.default
    assert re.fullmatch(r"--[a-z][a-z-]+", each.flag)
    assert re.fullmatch(r"[A-Z].*\.", each.help) and each.help.count(". ") < 2
    assert not each.details or each.details.endswith(".")
    assert all(each.values.check(each.name, place) == place for place in each.places)
    assert list(each.places) == sorted(set(each.places))


@pytest.mark.parametrize(("kind", "each"), ALL)
def test_a_label_is_the_name_in_words(kind: type[Settings], each: Setting) -> None:
    units = {"_ms": "ms", "_hz": "Hz", "_bits": "bits", "_steps": "steps"}
    name = each.name
    for ending, unit in units.items():
        if name.endswith(ending):
            name = name.removesuffix(ending)
            assert each.unit == unit
    assert name.replace("_", " ") in each.label.lower()


@pytest.mark.parametrize(("kind", "each"), ALL)
def test_a_declaration_agrees_with_the_type_that_mypy_sees(
    kind: type[Settings], each: Setting
) -> None:
    hint = typing.get_type_hints(kind)[each.name]
    match each.values:
        case Number():
            assert hint is float
        case Integer(none=none):
            assert hint == (int | None if none else int)
        case Truth():
            assert hint is bool
        case Choice(literal=literal, words=words, names=names, older=older):
            assert hint == literal
            assert set(names) <= set(words)
            assert set(older.values()) <= set(words)
        case PerLayer(each=Number()):
            assert hint == Mapping[str, float]
        case PerLayer(each=Integer()):
            assert hint == Mapping[str, int]
        case LayerNames():
            assert hint == tuple[str, ...] | str
        case _:
            pytest.fail(f"{each.values} is of no known kind")


def test_names_and_flags_are_unique() -> None:
    every = [each for kind in KINDS for each in settings_of(kind).values()]
    assert len({each.name for each in every}) == len({each.flag for each in every}) == len(every)


@pytest.mark.parametrize("kind", KINDS)
def test_the_docstring_tells_every_setting(kind: type[Settings]) -> None:
    text = kind.__doc__ or ""
    for each in settings_of(kind).values():
        assert f"\n{each.name} : {each.values.type_words}\n    {each.help[:60]}" in text
    assert all(len(line) <= 96 for line in text.splitlines() if " : " not in line)


@pytest.mark.parametrize(
    "text",
    ["a = " + "[" * 100_000, "a = " + "9" * 100_000, "a = \x00", "a = 1\na = 2", "[a]\n[a]"],
    ids=["deep", "long", "null", "twice", "tables"],
)
@pytest.mark.parametrize("kind", KINDS)
def test_texts_made_to_break_readers_are_refused(kind: type[Settings], text: str) -> None:
    with pytest.raises(SettingsError, match="not valid TOML"):
        kind.from_toml(text)


@pytest.mark.parametrize(
    "text",
    [
        "steps = 0x" + "f" * 100_000,
        "steps = '" + "x" * 100_000 + "'",
        "steps = [" + "1," * 100_000 + "]",
        "[clamp_steps]\n" + "x" * 100_000 + " = -1",
        "x" * 100_000 + " = 1",
        "\n".join(f"x{i} = 1" for i in range(10_000)),
    ],
    ids=["digits", "text", "list", "key", "name", "names"],
)
def test_refusals_stay_short_whatever_is_refused(text: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        Simulation.from_toml(text)
    assert len(str(refusal.value)) < 1_000
