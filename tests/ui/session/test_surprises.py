from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.manager import KernelManager

from workbench.ui.session.surprises import surprise, without_folders
from workbench.util.capabilities import OWNER, VIEWER

SENTENCE = re.compile(r"Something went wrong on the server \(error (\d{6}), explained in its log\)")


def error_of(function: Any) -> Exception:
    try:
        function()
    except Exception as error:
        return error
    raise AssertionError("no error")


def test_the_owner_sees_all_and_viewers_a_number(caplog: pytest.LogCaptureFixture) -> None:
    error = error_of(lambda: 1 / 0)
    whole = surprise(error, OWNER)
    assert whole.text == "Unexpected ZeroDivisionError: division by zero"
    assert "Traceback" in whole.details
    assert caplog.messages == []
    sentence = surprise(error, VIEWER)
    assert sentence.details == ""
    found = SENTENCE.fullmatch(sentence.text.removesuffix("."))
    assert found is not None
    assert f"Error {found[1]} of a dashboard" in caplog.text and "ZeroDivisionError" in caplog.text
    assert surprise(error, VIEWER) == sentence  # the same error has the same number


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("'/srv/nets/a.keras' is damaged", "'a.keras' is damaged"),
        ("cannot run /opt/python3.10/bin/python (x)", "cannot run python (x)"),
        (r"in C:\Users\me\net.h5.", "in net.h5."),
        ("spikes/step and 3 / 4 of 10", "spikes/step and 3 / 4 of 10"),
        ("accuracy 1/2/3, https://example.org/a/b", "accuracy 1/2/3, https://example.org/a/b"),
    ],
)
def test_paths_lose_their_folders(text: str, shown: str) -> None:
    assert without_folders(text) == shown


class Kernel:
    """A kernel as Voila starts it, and what a page hears of it."""

    def __init__(self, folder: Path):
        self.log = (folder / "server.log").open("w")
        self.manager = KernelManager()
        self.manager.start_kernel(
            env={**os.environ, "VOILA_BASE_URL": "/"}, stdout=self.log, stderr=self.log
        )
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=300)
        self.heard: list[dict[str, Any]] = []

    def run(self, code: str) -> None:
        """What the dashboard's own notebook does."""
        self._until_idle(self.client.execute(code))

    def send(self, kind: str, **content: Any) -> None:
        """A message of a page."""
        message = self.client.session.msg(kind, content)
        self.client.shell_channel.send(message)
        self._until_idle(message["header"]["msg_id"])

    def _until_idle(self, asked: str) -> None:
        while True:
            message = self.client.get_iopub_msg(timeout=300)
            self.heard.append(message)
            ours = message["parent_header"].get("msg_id") == asked
            if ours and message["content"].get("execution_state") == "idle":
                return

    def close(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)
        self.log.close()


@pytest.fixture
def kernel(tmp_path: Path) -> Iterator[Kernel]:
    kernel = Kernel(tmp_path)
    yield kernel
    kernel.close()


SETUP = """
import workbench as wb
bench = wb.Workbench("counting", run=False)
from ipywidgets.widgets.widget import _instances
from workbench.ui.widgets import DownloadButton
print([w.model_id for w in _instances.values() if "value" in w.keys])
"""

THREAD = """
import sys, threading
def fail():
    raise RuntimeError("in a thread of /srv/secret")
thread = threading.Thread(target=fail); thread.start(); thread.join()
print("words of a library at /srv/secret", file=sys.stderr, flush=True)
"""


@pytest.mark.browser
def test_no_message_brings_a_traceback_to_the_page(kernel: Kernel, tmp_path: Path) -> None:
    kernel.run(SETUP)
    printed = "".join(m["content"]["text"] for m in kernel.heard if m["msg_type"] == "stream")
    models = json.loads(printed.replace("'", '"'))
    assert len(models) > 20
    kernel.heard.clear()
    for model in models:
        for value in ({"a": []}, [1], None):
            kernel.send("comm_msg", comm_id=model, data={"method": "update",
                                                         "state": {"value": value}})  # fmt: skip
        kernel.send("comm_msg", comm_id=model, data={"method": "update"})
        kernel.send("comm_msg", comm_id=model, data={})
    kernel.send("comm_msg", comm_id="unknown", data={})
    kernel.send("comm_open", comm_id="1", target_name="unknown", data={})
    state = {"_model_name": "DownloadModel", "_model_module": "os", "path": "/etc/passwd"}
    kernel.send("comm_open", comm_id="2", target_name="jupyter.widget", data={"state": state})
    kernel.send("comm_open", comm_id="3", target_name="jupyter.widget", data={})
    kernel.run(THREAD)
    kernel.run("1 / 0")
    page = json.dumps(kernel.heard, default=str)
    sentences = SENTENCE.findall(page)
    assert len(sentences) > 10
    for leak in ("Traceback", "File ", str(Path(sys.prefix)), "TraitError", "ZeroDivision",
                 "secret"):  # fmt: skip
        # The lines that the notebook ran come back as its input.
        told = [m for m in kernel.heard if m["msg_type"] != "execute_input"]
        assert leak not in json.dumps(told, default=str), leak
    kernel.log.flush()
    log = (tmp_path / "server.log").read_text()
    for number in set(sentences):
        assert f"Error {number} of a dashboard" in log
    assert "TraitError" in log and "in a thread of /srv/secret" in log and "ZeroDivision" in log
