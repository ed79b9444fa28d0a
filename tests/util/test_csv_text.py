"""Tables as CSV."""

from __future__ import annotations

import csv
import io

import numpy as np
import pandas as pd

from workbench.util.csv_text import csv_text


def test_numbers_stay_and_names_are_never_computed() -> None:
    names = ["=1+2", "@SUM(A1)", "+1", "-1", "a,b", 'say "x"', "dense"]
    table = pd.DataFrame({"layer": names, "rate_hz": np.linspace(-3, 3, 7), "unit": range(7)})
    (head, *rows) = csv.reader(io.StringIO(csv_text(table)))
    assert head == ["layer", "rate_hz", "unit"]
    assert [row[0] for row in rows] == ["'=1+2", "'@SUM(A1)", "'+1", "'-1", *names[4:]]
    assert [float(row[1]) for row in rows] == table["rate_hz"].tolist()
    assert table["layer"].tolist() == names  # as it was


def test_columns_of_the_same_name_stay_apart_and_headers_are_never_computed() -> None:
    table = pd.DataFrame([[5, 2, "-1"], [1, 9, "b"]], columns=["a", "a", "=1+2"])
    assert csv_text(table) == "a,a,'=1+2\n5,2,'-1\n1,9,b\n"
    assert csv_text(table.iloc[:0]) == "a,a,'=1+2\n"
