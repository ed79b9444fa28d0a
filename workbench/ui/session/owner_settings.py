"""Settings that only the owner of a server chooses: how its machine computes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.ui.session.all_settings import SETTINGS
from workbench.ui.session.state import State


def kept_by_owner(state: State, settings: Mapping[str, Any]) -> list[str]:
    """Settings that would change how a machine computes which is not the user's."""
    if state.capabilities.machine:
        return []
    return [
        name
        for name, value in settings.items()
        if name in SETTINGS and SETTINGS[name].of_machine and value != getattr(state, name)
    ]
