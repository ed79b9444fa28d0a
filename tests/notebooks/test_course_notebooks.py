"""The course: each session is complete, needs public names alone, runs, and can be graded."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import nbclient
import nbformat
import pytest

import workbench as wb
from workbench.teaching.codings import CODINGS
from workbench.teaching.course import EXERCISES, QUESTIONS

COURSE = Path(__file__).parents[2] / "notebooks" / "course"
SESSIONS = sorted(COURSE.glob("*.ipynb"))
SOLUTION = re.compile(r"^( *)### BEGIN SOLUTION\n.*?^ *### END SOLUTION$", re.M | re.S)
HIDDEN = re.compile(r"^### BEGIN HIDDEN TESTS\n.*?^### END HIDDEN TESTS\n", re.M | re.S)
STUB = "# your lines"

each_session = pytest.mark.parametrize("path", SESSIONS, ids=lambda path: path.stem)


def read(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    return notebook


def code(path):
    return [cell for cell in read(path).cells if cell.cell_type == "code"]


def words(path):
    return [cell.source for cell in read(path).cells if cell.cell_type == "markdown"]


def test_there_are_sessions_and_each_has_a_solution():
    assert len(SESSIONS) >= 4
    assert [path.name for path in SESSIONS] == [
        path.name for path in sorted((COURSE / "solutions").glob("*.ipynb"))
    ]


@each_session
def test_a_session_has_all_its_parts(path):
    texts, number = "\n".join(words(path)), str(int(path.stem[:2]))
    assert texts.startswith(f"# {number}. ")
    for part in ("**The question.**", "**After this session you can**", "Time:",
                 "What to remember", "## References", "doi.org/"):  # fmt: skip
        assert part in texts, part
    sources = "\n".join(cell.source for cell in code(path))
    asked = re.findall(r'predict\("(.*?)"\)', sources)
    solved = re.findall(r'exercise\("(.*?)"\)', sources)
    assert asked == [name for name in QUESTIONS if name.startswith(f"{number}.")]
    assert solved == [name for name in EXERCISES if name.startswith(f"{number}.")]
    figures = re.findall(r"Explorer\(|\.plot\.(?!Figure)\w+\(", sources)
    assert len(figures) >= 3
    for name in solved:
        assert f"**{name}**" in texts


@each_session
def test_no_cell_is_a_wall_of_text(path):
    assert max(len(text.split()) for text in words(path)) <= 190


@each_session
def test_cells_use_public_names_and_draw_nothing_themselves(path):
    for cell in code(path):
        for node in ast.walk(ast.parse(cell.source)):
            if isinstance(node, ast.ImportFrom):
                pytest.fail(f"only whole public modules are imported: {cell.source}")
            if isinstance(node, ast.Import):
                assert {alias.name for alias in node.names} <= {"workbench", "numpy"}
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                assert not node.attr.startswith("_")
                assert node.value.id != "wb" or node.attr in wb.__all__
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute):
                module = node.value
                if isinstance(module.value, ast.Name) and module.value.id == "wb":
                    assert hasattr(getattr(wb, module.attr), node.attr)


def test_every_code_is_explained_before_it_is_shown_and_has_its_price():
    cells = read(COURSE / "07_codes.ipynb").cells
    labels = [coding.label for coding in CODINGS.values()]
    tables = {
        cells.index(cell): re.findall(r"^\| ([^|]*?)(?: \([^|]*\d{4}\))? \|", cell.source, re.M)[1:]
        for cell in cells
        if cell.cell_type == "markdown" and "\n| code |" in cell.source
    }
    (explains, rows), (_, prices) = tables.items()
    assert rows == labels
    assert explains < next(n for n, cell in enumerate(cells) if "CodeExplorer()" in cell.source)
    assert ", ".join(prices).count("first spike") == 2  # "first spike, exact" has its own price
    assert set(labels) <= {*prices, *", ".join(prices).split(", ")}


@each_session
def test_students_get_the_solution_without_its_solutions(path):
    student, solved = code(path), code(COURSE / "solutions" / path.name)
    assert words(path) == words(COURSE / "solutions" / path.name)
    for own, other in zip(student, solved, strict=True):
        # What nbgrader does with the stub of the notes for teachers.
        assert own.source == HIDDEN.sub("", SOLUTION.sub(rf"\1{STUB}", other.source))
        assert own.metadata == other.metadata
    assert not [cell for cell in student if "### BEGIN" in cell.source]
    assert f'{{"python": "{STUB}"}}' in (COURSE / "teacher" / "notes.md").read_text("utf-8")


@each_session
def test_nbgrader_knows_what_to_grade(path):
    cells = [cell for cell in code(path) if "nbgrader" in cell.metadata]
    known = [cell.metadata["nbgrader"] for cell in cells]
    identifiers = [each["grade_id"] for each in known]
    assert len(set(identifiers)) == len(identifiers)
    own = [name for name in EXERCISES if name.startswith(str(int(path.stem[:2])))]
    names = [f"exercise-{name.replace('.', '-')}" for name in own]  # nbgrader takes no dots
    assert identifiers == [part for name in names for part in (name, f"{name}-check")]
    for each in known:
        assert each["schema_version"] == 3 and each["grade"] != each["solution"]
        assert each["grade"] == each["locked"] == ("points" in each)


@pytest.mark.parametrize("path", sorted(COURSE.rglob("*.ipynb")), ids=lambda path: path.stem)
def test_notebooks_are_kept_without_outputs(path):
    assert not [cell for cell in code(path) if cell.outputs or cell.execution_count]


@pytest.mark.parametrize("path", sorted((COURSE / "pages").glob("*.ipynb")), ids=lambda p: p.stem)
def test_a_page_for_a_classroom_is_one_explorer_with_its_question(path):
    (cell,) = code(path)
    about = read(path).metadata["snn_workbench"]["dashboard"]
    *before, last = ast.parse(cell.source).body
    names = {}
    exec(compile(ast.Module(before, []), path.name, "exec"), names)
    page = eval(compile(ast.Expression(last.value), path.name, "eval"), names)
    assert isinstance(page, wb.teaching.ClassroomPage)
    assert about["title"] == f"{path.stem[0]}. {page.title}" and about["about"].endswith("?")
    assert page.question.endswith("?") and len(page.question.split()) <= 16
    page.close()


def run(path, folder):
    notebook = read(path)
    client = nbclient.NotebookClient(
        notebook,
        timeout=300,
        startup_timeout=300,
        kernel_name="python3",
        resources={"metadata": {"path": folder}},
    )
    client.execute()
    return [
        output.data["text/plain"]
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if "text/plain" in output.get("data", {})
    ]


@pytest.mark.slow
@pytest.mark.browser
@each_session
def test_a_session_runs_before_anything_is_answered(path, tmp_path):
    said = run(path, tmp_path)
    verdicts = [text for text in said if text.startswith("Exercise")]
    assert len(verdicts) == len(re.findall("exercise", "".join(c.source for c in code(path))))
    assert all("not yet" in verdict for verdict in verdicts)


@pytest.mark.slow
@pytest.mark.browser
@each_session
def test_its_solutions_are_right(path, tmp_path):
    said = run(COURSE / "solutions" / path.name, tmp_path)  # a wrong one fails its assert
    assert all("right" in text for text in said if text.startswith("Exercise"))
