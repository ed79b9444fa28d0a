import ast

from hypothesis import given
from hypothesis import strategies as st

from exporters.export_cases import flat
from workbench.exporters.file_header import docstring, header


def test_header_says_what_the_file_holds_and_where_it_is_from():
    network = flat().convert(percentile=99.0, thresholds={"a": 2.0})
    text = header(network, "A file.", "Run it.")
    for part in (
        "A file.",
        "small: input -> a -> output",
        network.content_hash,
        network.source_hash,
        "snn-workbench ",
        "Run it.",
        "percentile = 99.0",
        "a = 2.0",
    ):
        assert part in text


@given(st.text(st.sampled_from("\"'\\\n\r x;()#")))
def test_no_text_is_more_than_a_docstring(text):
    (statement,) = ast.parse(docstring(text)).body
    assert isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def test_any_text_becomes_a_docstring():
    text = 'quotes """ and \\ backslashes \\x'
    module = ast.parse(docstring(text))
    assert ast.get_docstring(module) == text.replace('"""', "'''")
