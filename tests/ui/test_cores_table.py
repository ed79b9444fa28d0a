import numpy as np
import pandas as pd

from workbench.ui.cores_table import HELD, cores_table

CORES = pd.DataFrame(
    {
        "layer": ["a", "a", "a", "b"],
        "compartments": [500, 512, 500, 10],
        "synapse_bytes": [1000, 2000, 1500, 99],
        "input_axons": [7, 8, 9, 30],
        "output_axons": [1, 2, 3, 10],
    }
)


def table(limit=1000.0):
    shares = {f"{held}_share": CORES[held] / limit for held in HELD}
    return cores_table(CORES.assign(**shares), {"a": "#112233"})


def test_a_row_tells_what_a_layer_takes():
    first, second = table().rows
    assert [cell.text for cell in first] == [
        *("a", "3", "1,512", "4,500", "51%", "200%", "1%", "0%")
    ]
    assert (first[0].colour, second[0].colour) == ("#112233", "")
    assert first[1].explanation.startswith("Cores 0 to 2.")
    assert second[1].explanation.startswith("Core 3.")
    assert first[4].explanation == "512 compartments: 51.2% of what a core can hold."
    assert [cell.text for cell in table().footer[:4]] == ["in all", "4", "1,522", "4,599"]


def test_header_and_footer_are_as_long_as_rows():
    shown = table()
    assert {len(shown.header), len(shown.footer), *map(len, shown.rows)} == {8}


def test_what_has_no_limit_is_a_plain_number():
    cell = table(np.nan).rows[0][4]
    assert cell.text == "512"
    assert cell.explanation == "512 compartments. No limit of a core is published."
