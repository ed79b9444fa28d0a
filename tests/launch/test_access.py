from __future__ import annotations

import os
from pathlib import Path

import pytest

from workbench.cli.main import main
from workbench.errors import WorkbenchError, WorkbenchWarning
from workbench.launch import access
from workbench.launch.access import check_host, is_loopback, token_of, viewers_limit


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1", "localhost"])
def test_this_machine_alone_needs_no_token(host: str) -> None:
    assert is_loopback(host)
    check_host(host, token=None, public=False)


@pytest.mark.parametrize(
    "host",
    ["0.0.0.0", "::", "", "*", "192.168.1.5", "example", "localhost.example", "127.0.0.1.example"],
)
def test_others_need_a_token_or_are_all_welcome(host: str) -> None:
    assert not is_loopback(host)
    with pytest.raises(WorkbenchError, match=r"viewers need no token\. Set a token .*--public"):
        check_host(host, token=None, public=False)
    check_host(host, token="auto", public=False)
    check_host(host, token=None, public=True)


def test_a_token_comes_from_one_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SNN_WORKBENCH_TOKEN", raising=False)
    assert token_of(None, None) is None
    file = tmp_path / "token"
    file.write_text(" abc\n")
    file.chmod(0o600)
    assert token_of(None, file) == "abc"
    with pytest.raises(WorkbenchError, match="give one of the two"):
        token_of("abc", file)
    monkeypatch.setenv("SNN_WORKBENCH_TOKEN", "def")
    assert token_of(None, None) == "def"
    assert token_of("abc", None) == "abc"


@pytest.mark.skipif(os.name != "posix", reason="files have no modes here")
@pytest.mark.parametrize("mode", [0o640, 0o604])
def test_a_file_that_others_may_read_is_told(mode: int, tmp_path: Path) -> None:
    file = tmp_path / "my token"
    file.write_text("abc")
    file.chmod(mode)
    with pytest.warns(WorkbenchWarning, match=r"Other accounts .* chmod 600 '.*my token'"):
        assert token_of(None, file) == "abc"


@pytest.mark.parametrize("content", [b"", b" \n", b"\xff\xfe", None])
def test_a_file_without_a_token_is_refused(content: bytes | None, tmp_path: Path) -> None:
    file = tmp_path / "token"
    if content is not None:
        file.write_bytes(content)
        file.chmod(0o600)
    with pytest.raises(WorkbenchError, match=r"The token (is empty|cannot be read from .*token)"):
        token_of(None, file)


def test_an_empty_token_of_the_environment_lets_nobody_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SNN_WORKBENCH_TOKEN", "")
    with pytest.raises(WorkbenchError, match="The token is empty"):
        token_of(None, None)


def test_the_command_takes_no_token_that_others_could_read(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["dashboard", "--token", "s3cret"]) == 2
    assert "--token-file FILE" in capsys.readouterr().err


def test_the_command_refuses_to_be_reached_by_others(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dashboard", "--host", "0.0.0.0", "--no-browser"]) == 1
    assert "--public" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("free_gb", "cores", "expected"),
    [(24, 2, 40), (24, 1, 20), (4, 2, 10), (0.1, 64, 1), (1000, 64, 1280)],
)
def test_there_are_as_many_viewers_as_fit(
    free_gb: float, cores: int, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "free_memory", lambda: int(free_gb * 10**9))
    monkeypatch.setattr(access, "usable_cores", lambda: cores)
    assert viewers_limit(None) == expected
    assert viewers_limit(7) == 7


def test_no_viewer_at_all_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(WorkbenchError, match="max_viewers is 0; accepted: integers from 1"):
        viewers_limit(0)
    with pytest.raises(SystemExit):
        main(["dashboard", "--max-viewers", "0"])
    assert "not an integer from 1" in capsys.readouterr().err
