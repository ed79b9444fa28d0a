"""The audit of dependencies, asked of an index that this test serves."""

from __future__ import annotations

import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[1] / ".ci" / "audit"

pytestmark = pytest.mark.skipif(not SCRIPT.exists(), reason="needs a checkout, with the gate")

NUMPY = importlib.metadata.version("numpy")
KNOWN = {"/pypi/urllib3/1.25.8/json": [{"id": "OLD-1"}]}
FOUND = {
    "id": "PYSEC-2099-1",
    "aliases": ["CVE-2099-1"],
    "fixed_in": ["99.1"],
    "summary": "Reads beyond\nthe end",
}


class Index:
    """A package index that knows some vulnerabilities, and every version of every package."""

    def __init__(self) -> None:
        self.known: dict[str, list[dict]] = {}
        self.asked: list[tuple[str, str | None]] = []
        index = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                index.asked.append((self.path, self.headers["Authorization"]))
                content = json.dumps({"vulnerabilities": index.known.get(self.path, [])}).encode()
                self.send_response(404 if "wheel" in self.path else 200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self.server.server_port}"


@pytest.fixture
def index() -> Iterator[Index]:
    served = Index()
    thread = threading.Thread(target=served.server.serve_forever)
    thread.start()
    yield served
    served.server.shutdown()
    thread.join()
    served.server.server_close()


def audit(address: str, tmp_path: Path, exceptions: str = "") -> tuple[int, str]:
    script = shutil.copy(SCRIPT, tmp_path)
    (tmp_path / "audit-ignore.txt").write_text(exceptions)
    done = subprocess.run(
        [sys.executable, script],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        env={**os.environ, "PIP_INDEX_URL": address, "no_proxy": "*"},
    )
    return done.returncode, done.stdout + done.stderr


def test_a_vulnerable_package_is_named_with_the_version_that_mends_it(
    index: Index, tmp_path: Path
) -> None:
    index.known = {**KNOWN, f"/mirror/pypi/numpy/{NUMPY}/json": [FOUND]}
    index.known["/mirror/pypi/urllib3/1.25.8/json"] = KNOWN["/pypi/urllib3/1.25.8/json"]
    code, told = audit(f"http://me:p%40ss@{index.host}/mirror/simple/", tmp_path)
    assert code == 1
    expected = f"numpy {NUMPY}: CVE-2099-1, PYSEC-2099-1; fixed in: 99.1. Reads beyond the end\n"
    assert expected in told
    assert {secret for _, secret in index.asked} == {"Basic bWU6cEBzcw=="}
    assert f"/mirror/pypi/numpy/{NUMPY}/json" in [path for path, _ in index.asked]


def test_exceptions_have_reasons_and_are_told_when_they_are_over(
    index: Index, tmp_path: Path
) -> None:
    index.known = {**KNOWN, f"/pypi/numpy/{NUMPY}/json": [FOUND]}
    listed = "# None of these matter\nCVE-2099-1  # files of that kind are not read\nGONE # once\n"
    code, told = audit(f"http://{index.host}/simple", tmp_path, listed)
    assert code == 0
    assert "CVE-2099-1" not in told
    assert "No longer needed in audit-ignore.txt: GONE" in told
    assert "no known vulnerabilities" in told
    code, told = audit(f"http://{index.host}/simple", tmp_path, "\nCVE-2099-1\n")
    assert code == 2
    assert "audit-ignore.txt, line 2: CVE-2099-1 has no reason" in told


def test_withdrawn_reports_do_not_count(index: Index, tmp_path: Path) -> None:
    withdrawn = {**FOUND, "withdrawn": "2099-01-01T00:00:00Z"}
    index.known = {**KNOWN, f"/pypi/numpy/{NUMPY}/json": [withdrawn]}
    assert audit(f"http://{index.host}/simple", tmp_path)[0] == 0


def test_without_a_database_the_reason_is_told(index: Index, tmp_path: Path) -> None:
    code, told = audit(f"http://{index.host}/simple", tmp_path)
    assert code == 0
    assert "skipped: the package index has no database of vulnerabilities" in told
    assert len(index.asked) == 1


def test_without_an_index_the_reason_is_told(tmp_path: Path) -> None:
    code, told = audit("http://127.0.0.1:9/simple", tmp_path)
    assert code == 0
    assert "skipped: the package index does not answer" in told
    code, told = audit(tmp_path.as_uri(), tmp_path)
    assert code == 0
    assert "the package index of pip is a folder" in told
