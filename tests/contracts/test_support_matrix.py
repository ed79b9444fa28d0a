"""The page of what is supported is what the case table shows."""

import pytest
from layer_cases import CASES
from support_matrix import INTRODUCTION, PAGE, ROWS, cases_of, page


def test_every_case_stands_in_one_row():
    placed = [name for patterns in ROWS.values() for name in cases_of(patterns)]
    assert sorted(placed) == sorted(CASES)


def test_no_row_is_empty():
    for label, patterns in ROWS.items():
        assert cases_of(patterns), label


def test_the_page_begins_as_it_is_written():
    assert PAGE.read_text("utf-8").startswith(INTRODUCTION)


@pytest.mark.slow
def test_the_page_shows_the_table():
    assert PAGE.read_text("utf-8") == page(), "run: python tests/support_matrix.py"
