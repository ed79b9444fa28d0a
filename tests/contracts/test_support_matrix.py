"""The README's table of what is supported is what the case table shows."""

import pytest
from layer_cases import CASES
from support_matrix import README, ROWS, cases_of, matrix, readme_with


def test_every_case_stands_in_one_row():
    placed = [name for patterns in ROWS.values() for name in cases_of(patterns)]
    assert sorted(placed) == sorted(CASES)


def test_no_row_is_empty():
    for label, patterns in ROWS.items():
        assert cases_of(patterns), label


@pytest.mark.slow
def test_the_readme_shows_the_table():
    text = README.read_text("utf-8")
    assert text == readme_with(matrix()), "run: python tests/support_matrix.py"
