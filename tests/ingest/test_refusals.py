"""Every refusal of a layer says what to do: a sentence behind the one that tells the reason."""

import ast
from pathlib import Path

import pytest

import workbench.ingest

FILES = sorted(Path(workbench.ingest.__file__).parent.rglob("*.py"))


def text(node, constants):
    """The fixed words of a message, with a letter where a value is filled in."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(text(part, constants) for part in node.values)
    if isinstance(node, ast.BinOp):
        return text(node.left, constants) + text(node.right, constants)
    if isinstance(node, ast.FormattedValue):
        return text(node.value, constants)
    return constants.get(node.id, "x") if isinstance(node, ast.Name) else "x"


def refusals(file):
    module = ast.parse(file.read_text("utf-8"))
    constants = {
        node.targets[0].id: text(node.value, {})
        for node in module.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    for node in ast.walk(module):
        raised = isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Unsupported"
        # A message that a function gives is tested where it is given.
        if raised and not isinstance(node.args[0], ast.Call):
            yield node.lineno, text(node.args[0], constants)


@pytest.mark.parametrize(
    "file", [file for file in FILES if any(refusals(file))], ids=lambda f: f.stem
)
def test_a_refusal_ends_with_what_to_do(file):
    for line, message in refusals(file):
        _reason, *remedy = message.removesuffix(".").split(". ")
        assert any(part[0].isupper() for part in remedy), f"line {line}: {message}"


def test_refusals_are_found():
    assert sum(len(list(refusals(file))) for file in FILES) > 50
