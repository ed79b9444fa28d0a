import pytest

from workbench.util.capabilities import DASHBOARD, OWNER, VIEWER, of_this_process


@pytest.mark.parametrize(
    "variables",
    [
        {DASHBOARD: "1"},
        {DASHBOARD: ""},
        {"VOILA_BASE_URL": "/"},
        {"VOILA_PREHEAT": "True"},
        {"VOILA_KERNEL_ID": ""},
        {"SERVER_SOFTWARE": "voila/0.5.13"},
        {"SERVER_SOFTWARE": "Voila"},
    ],
)
def test_a_page_of_a_server_is_a_viewers(variables: dict[str, str]) -> None:
    assert of_this_process({"HOME": "/home/me", **variables}) == VIEWER


def test_a_notebook_is_its_owners() -> None:
    assert of_this_process({"HOME": "/home/me", "SERVER_SOFTWARE": "other"}) == OWNER


def test_this_process_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOILA_BASE_URL", "/")
    assert of_this_process() == VIEWER
