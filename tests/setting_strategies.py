"""Values that settings accept, for hypothesis, from the declarations of the settings."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from workbench.errors import SettingsError
from workbench.setting import Setting, Settings, settings_of
from workbench.setting_values import Choice, Integer, LayerNames, Number, PerLayer, Truth, Values

Strategy = st.SearchStrategy[Any]

odd_names = st.text(
    st.characters(exclude_categories=("Cs",)), min_size=1, max_size=8
) | st.sampled_from(["dense.1", 'a"b', "a b", "#", "[x]", "'", "é", "a\nb", "all", "output"])


def accepted(values: Values, layers: Strategy = odd_names) -> Strategy:
    """Every value that a setting keeps as it is."""
    match values:
        case Number(low=low, high=high):
            # Bounds of integers lie within those of numbers.
            integers = st.integers(-int(-low // 1), int(high // 1))
            return st.floats(low, high) | integers
        case Integer(low=low, high=high, none=none):
            return st.integers(low, high) | (st.none() if none else st.nothing())
        case Truth():
            return st.booleans()
        case Choice(words=words):
            return st.sampled_from(words)
        case PerLayer(each=each):
            return st.dictionaries(layers, accepted(each), max_size=3)
        case LayerNames():
            return st.just("all") | st.lists(layers, max_size=3, unique=True).map(tuple)
    raise TypeError(f"no strategy for {values}")


def by_name(declared: dict[str, Setting], layers: Strategy = odd_names) -> dict[str, Strategy]:
    """A strategy for each of some settings."""
    return {name: accepted(each.values, layers) for name, each in declared.items()}


def settings_objects(kind: type[Settings]) -> Strategy:
    """Settings of a class, any of them changed; pairs that do not go together are left out."""

    def made(values: dict[str, Any]) -> Settings | None:
        try:
            return kind(**values)
        except SettingsError:
            return None

    optional = by_name(settings_of(kind))
    return st.fixed_dictionaries({}, optional=optional).map(made).filter(lambda each: each)
