"""The configuration file's JSON Schema, which every file is held to when it is written."""

from __future__ import annotations

import functools
import json
from importlib import resources
from typing import Any

from workbench.errors import ExportError


@functools.cache
def schema() -> dict[str, Any]:
    """Return the schema, as it is shipped beside this module."""
    text = resources.files(__package__).joinpath("schema.json").read_text("utf-8")
    return dict(json.loads(text))


def check_configuration(values: dict[str, Any]) -> None:
    """Refuse a configuration that does not fit the schema: nothing wrong is exported silently.

    Raises
    ------
    ExportError
        Naming the place in the configuration, and what is wrong there.
    """
    import jsonschema

    # As it is read back: tuples are lists then, and numbers plain.
    plain = json.loads(json.dumps(values))
    for error in jsonschema.Draft202012Validator(schema()).iter_errors(plain):
        raise ExportError(
            f"The configuration does not fit its schema at {error.json_path}: {error.message}. "
            "Nothing was exported. Please report this network."
        )
