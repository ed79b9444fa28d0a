"""A declaration that nobody could use is refused where it is made."""

from dataclasses import dataclass, field

import pytest

from workbench.exporters import NoOptions, Target
from workbench.setting import Settings, setting
from workbench.setting_values import Truth


@dataclass(frozen=True)
class Taken(Settings):
    overwrite: bool = setting(False, Truth(), "Overwrite", "Whether.")


@dataclass(frozen=True)
class Undeclared(Settings):
    count: int = field(default=3)


@dataclass(frozen=True)
class Short(Settings):
    fast: bool = setting(False, Truth(), "Fast", "Whether.", flag="-f")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"name": "Brian 2"}, r"Target\.name is 'Brian 2'; accepted: lower-case letters"),
        ({"suffixes": ()}, r"Target\.suffixes of 'mine' are \(\); accepted: one or more such as"),
        ({"suffixes": ("/../x.py",)}, r"Target\.suffixes of 'mine' are \('/\.\./x\.py',\)"),
        ({"parity": "good"}, r"Target\.parity of 'mine' is 'good'; accepted: exact, approximate"),
        ({"options": dict}, r"Target\.options of 'mine' is <class 'dict'>; accepted: a dataclass"),
        ({"options": NoOptions()}, r"Target\.options of 'mine' is NoOptions\(\); accepted"),
        ({"options": Undeclared}, "each field made by setting"),
        ({"options": Taken}, "options overwrite of the export target 'mine' have names that"),
        ({"options": Short}, "'mine' has an option with the flag '-f'; accepted: as '--option"),
    ],
)
def test_what_is_no_declaration_is_refused(wrong, words):
    right = {"name": "mine", "title": "Mine", "about": "Mine.", "suffixes": (".txt",)}
    with pytest.raises(ValueError, match=words):
        Target(**{**right, "write": print, **wrong})
