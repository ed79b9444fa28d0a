import workbench as wb
from workbench.setting import settings_of
from workbench.settings_reference import settings_records


def test_the_table_has_a_row_for_every_setting() -> None:
    text = wb.settings_table()
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    every = [each for kind in (wb.Conversion, wb.Simulation) for each in settings_of(kind).values()]
    assert len(rows) == len(every)
    for line, each in zip(rows, every, strict=True):
        assert line.startswith(f"| `{each.name}` | {each.label} | ")
        assert f"| `{each.flag}` | {each.help}" in line
        assert line.replace(r"\|", "").count("|") == 8
    assert text.startswith("## Conversion\n\n| Name |")
    assert "\n\n## Simulation\n\n| Name |" in text


def test_one_class_by_itself() -> None:
    assert "## Conversion" not in wb.settings_table(wb.Simulation)


def test_records_are_for_programs() -> None:
    steps = settings_records(wb.Simulation)[0]
    assert steps["name"] == "steps"
    assert steps["values"] == "int, 1 to 1,000,000"
    assert (steps["default"], steps["flag"]) == (100, "--steps")
