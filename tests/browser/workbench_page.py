"""What a person does on a page with the workbench, for the tests in JupyterLab and in Voila."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import harness
import numpy as np
from playwright.sync_api import Locator, Page, expect

from workbench import workflow
from workbench.network.activation import Activation, ReLU
from workbench.network.dense import Dense
from workbench.network.graph import Network, Node
from workbench.network.structure import Input

STATUS = ".swb-status"
DONE = re.compile("swb-done")
ERROR = re.compile("swb-error")

MODELS = """(name) => Object.values(window.Bokeh.documents)
    .flatMap((doc) => [...doc._all_models.values()])
    .filter((model) => model.name === name && model.data != null)
    .map((model) => {
        const plain = (value) => ArrayBuffer.isView(value) || value?.dtype != null
            ? Array.from(value) : Array.isArray(value) ? value.map(plain) : value;
        const data = model.data;
        const keys = typeof data.keys === "function" ? [...data.keys()] : Object.keys(data);
        return Object.fromEntries(keys.map((key) => [key, plain(data.get?.(key) ?? data[key])]));
    })"""

PIXELS = """(canvas) => {
    const { width, height } = canvas;
    const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
    let sum = 0, coloured = 0;
    for (let i = 0; i < data.length; i += 4) {
        sum = (sum * 31 + data[i] + 7 * data[i + 1] + 13 * data[i + 2] + data[i + 3]) | 0;
        const colour = data.slice(i, i + 3);
        coloured += Math.max(...colour) - Math.min(...colour) > 40;
    }
    return { sum, coloured };
}"""


class Bench:
    """The workbench on a page."""

    def __init__(self, page: Page):
        self.page = page
        self.status = page.locator(STATUS)

    def wait_until_done(self) -> None:
        """Wait for the end of a run."""
        expect(self.status).to_have_class(DONE, timeout=120_000)

    def data(self, name: str) -> dict[str, Any]:
        """Columns of a named source, as the browser has them."""
        found = self.page.evaluate(MODELS, name)
        assert len(found) == 1, f"{len(found)} sources named {name}"
        return dict(found[0])

    def pixels(self, pane: str) -> list[dict[str, int]]:
        """Of each canvas of a pane: a sum over its pixels, and how many of them have a colour."""
        canvases = self.page.locator(f".swb-pane-{pane} canvas")
        return [dict(canvas.evaluate(PIXELS)) for canvas in canvases.all()]

    def control(self, css: str, kind: str) -> Locator:
        """An input of a row of controls."""
        return self.page.locator(f".{css} {kind}").first

    def press(self, css: str, key: str, times: int = 1) -> None:
        """Move a slider with the keyboard."""
        self.control(css, ".swb-range").focus()
        for _ in range(times):
            self.page.keyboard.press(key)

    def type(self, css: str, text: str, kind: str = "input") -> None:
        """Type into a field and leave it."""
        field = self.control(css, kind)
        field.fill(text)
        field.press("Enter")
        field.blur()

    def open_file(self, setting: str, path: Path) -> None:
        """Open a file of this machine: by its path, or by upload where paths are not opened."""
        row = self.page.locator(f".swb-{setting}-path")
        if row.locator("input[type=text]").count():
            self.type(f"swb-{setting}-path", str(path))
            return
        with self.page.expect_file_chooser() as chooser:
            row.locator(".swb-upload").click()
        chooser.value.set_files(path)

    def open_tab(self, title: str) -> None:
        """Bring one of the pages below the plots to the front."""
        self.page.locator(".swb-pages .lm-TabBar-tab", has_text=title).click()

    def screenshot(self, name: str, *, width: int = 1400, height: int = 1500) -> None:
        """Keep a picture of the page."""
        before = self.page.viewport_size
        self.page.set_viewport_size({"width": width, "height": height})
        self.page.wait_for_timeout(1_000)
        self.page.screenshot(path=harness.screenshot_folder() / f"workbench-{name}.png")
        if before is not None:
            self.page.set_viewport_size(before)

    def overflowing(self) -> list[str]:
        """Names of parts that are wider than the room they have."""
        found = self.page.evaluate(
            """() => [...document.querySelectorAll(
                ".swb-app .swb-section, .swb-app .swb-card, .swb-app .swb-row, .swb-app .swb-top"
            )].filter((part) => part.scrollWidth > part.clientWidth + 2)
              .map((part) => `${part.className}: ${part.scrollWidth} > ${part.clientWidth}`)"""
        )
        return list(found)

    def cut_tabs(self) -> list[str]:
        """Titles of pages below the plots that have too little room."""
        labels = self.page.locator(".swb-pages .lm-TabBar-tabLabel")
        return list(
            labels.evaluate_all(
                "(all) => all.filter((label) => label.scrollWidth > label.clientWidth)"
                ".map((label) => label.textContent)"
            )
        )


def check_a_slider_changes_spikes_and_rates(bench: Bench) -> None:
    """Move the percentile: data and canvas of the plots change."""
    bench.wait_until_done()
    rates, image = bench.data("rates"), bench.data("spike_image")
    before = bench.pixels("raster")
    assert sum(canvas["coloured"] for canvas in before) > 5_000
    number = bench.control("swb-percentile", "input[type=number]")
    expect(number).to_have_value("99.9")
    bench.press("swb-percentile", "ArrowLeft", 12)
    expect(number).not_to_have_value("99.9")
    expect(bench.page.locator(".swb-title")).to_contain_text("lenet")
    bench.page.wait_for_function(
        "(before) => document.querySelector('.swb-status').textContent !== before",
        arg=bench.status.text_content(),
    )
    bench.wait_until_done()
    assert bench.data("rates")["ys"] != rates["ys"]
    assert bench.data("spike_image")["image"] != image["image"]
    after = bench.pixels("raster")
    changed = [old["sum"] != new["sum"] for old, new in zip(before, after, strict=True)]
    assert sum(changed) == 2  # the canvases of the raster and of the rates


def check_values_stay_as_typed(bench: Bench) -> None:
    """Type values between the places of the sliders: they stay, on the page and in the code."""
    bench.wait_until_done()
    typed = {
        "swb-threshold": "0.37",
        "swb-steps": "37",
        "swb-test-samples": "120",
        "swb-initial-potential": "0.123",
    }
    for css, text in typed.items():
        bench.type(css, text, "input[type=number]")
    bench.page.wait_for_timeout(2_000)  # whatever the page would send back
    bench.wait_until_done()
    for css, text in typed.items():
        expect(bench.control(css, "input[type=number]")).to_have_value(text)
    expect(bench.status).to_contain_text("37 steps")
    expect(bench.status).to_contain_text("on 120 samples")
    bench.open_tab("Python")
    code = bench.page.locator(".swb-pages .swb-code:visible")
    for words in ("threshold=0.37", "initial_potential=0.123", "steps=37", "x_test[:120]"):
        expect(code).to_contain_text(words)
    # A person's move does write: to the place beside.
    bench.press("swb-steps", "ArrowRight")
    expect(bench.control("swb-steps", "input[type=number]")).to_have_value("40")
    bench.type("swb-threshold", "20", "input[type=number]")  # beyond the slider
    bench.wait_until_done()
    expect(code).to_contain_text("threshold=20")


def check_bins_tell_what_lies_under_the_pointer(bench: Bench) -> None:
    """Point into a raster whose rows stand for many neurons each."""
    bench.wait_until_done()
    canvas = bench.page.locator(".swb-pane-raster canvas").first
    told = bench.page.locator(".bk-Tooltip").first  # laid over the whole page
    for place in range(20):  # the page may still scroll under the pointer
        canvas.hover(position={"x": 300 + place, "y": 20 + place % 3}, force=True)
        bench.page.wait_for_timeout(250)
        if told.is_visible():
            break
    expect(told).to_contain_text("conv1")
    expect(told).to_contain_text(re.compile(r"[\d,]+ to [\d,]+ of 12,544"))
    expect(told).to_contain_text(re.compile(r"about [\d.]+ % spike|none spikes"))


def check_neurons_can_leak_and_rest(bench: Bench) -> None:
    """Unfold what neurons do besides, and let them rest after a spike: fewer spikes."""
    bench.wait_until_done()
    before = sum(bench.data("rates")["ys"][0])
    bench.page.locator(".jupyter-widget-Collapse-header", has_text="Neurons and readout").click()
    bench.type("swb-refractory-steps", "5")
    bench.type("swb-leak", "0.01")
    bench.page.wait_for_function(
        "(before) => document.querySelector('.swb-status').textContent !== before",
        arg=bench.status.text_content(),
    )
    bench.wait_until_done()
    assert sum(bench.data("rates")["ys"][0]) < 0.9 * before
    bench.control("swb-readout", "select").scroll_into_view_if_needed()


def check_a_long_run_streams_and_stops(bench: Bench) -> None:
    """Ask for very many steps, see spikes come in, stop."""
    bench.wait_until_done()
    bench.type("swb-steps", "400000", "input[type=number]")
    bench.page.wait_for_function(
        """() => Object.values(window.Bokeh.documents)
            .flatMap((doc) => [...doc._all_models.values()])
            .filter((m) => m.name === "rates" && m.data != null)
            .some((m) => [...((m.data.get?.("xs") ?? m.data.xs)[0] ?? [])].pop() > 1000)
        """,
        timeout=60_000,
    )
    # The controls answer meanwhile.
    bench.control("swb-threshold", "input[type=number]").focus()
    expect(bench.status).to_have_class(re.compile("swb-busy"))
    expect(bench.status).to_contain_text(re.compile(r"step [\d,]+ of 400,000, about .* left"))
    expect(bench.status.locator(".swb-progress")).to_be_visible()
    bench.page.locator(".swb-stop").click()
    expect(bench.status).to_contain_text("Stopped after", timeout=10_000)
    steps = bench.data("rates")["xs"][0][-1]
    assert 1000 < steps < 400_000
    bench.type("swb-steps", "50", "input[type=number]")
    bench.wait_until_done()
    bench.page.wait_for_timeout(500)
    assert len(bench.data("rates")["xs"][0]) == 50


def check_a_wrong_path_is_told_and_the_session_goes_on(bench: Bench) -> None:
    """Type a path that does not exist; then move a slider."""
    bench.wait_until_done()
    bench.type("swb-network-path", "/nowhere/net.keras")
    expect(bench.status).to_have_class(ERROR, timeout=30_000)
    expect(bench.status).to_contain_text("/nowhere/net.keras does not exist")
    expect(bench.page.locator(".swb-title")).to_contain_text("lenet")
    bench.press("swb-percentile", "ArrowLeft", 2)
    bench.wait_until_done()


def check_export_and_download(bench: Bench, folder: Path | None, form: Locator) -> None:
    """Export for the built-in simulator and save the file on this machine.

    Without a folder the files get a name alone, as viewers of a dashboard give them.
    """
    form.scroll_into_view_if_needed()
    form.locator(".swb-export-target select").select_option(label="Built-in simulator")
    path = form.locator(".swb-export-path input")
    path.fill("net" if folder is None else str(folder / "net"))
    path.press("Enter")
    path.blur()
    form.locator("button.swb-export").click()
    expect(bench.status).to_contain_text("Exported net.snn", timeout=60_000)
    expect(form.locator(".swb-parity")).to_contain_text("Exact")
    expect(form.locator(".swb-export-result pre").first).to_contain_text("wb.load(")
    expect(form.locator(".swb-export-result pre").last).to_contain_text("wb.export(")
    with bench.page.expect_download() as download:
        form.locator("button.swb-download", has_text="net.snn").click()
    assert download.value.suggested_filename == "net.snn"
    content = download.value.path().read_bytes()
    assert content[:2] == b"PK" if folder is None else content == (folder / "net.snn").read_bytes()


def check_a_chip_is_pictured(bench: Bench, folder: Any, form: Locator) -> None:
    """Export for Loihi: what each core holds is drawn."""
    form.scroll_into_view_if_needed()
    form.locator(".swb-export-target select").select_option(label="Loihi config")
    path = form.locator(".swb-export-path input")
    path.fill(str(folder / "chip"))
    path.press("Enter")
    form.locator("button.swb-export").click()
    expect(bench.status).to_contain_text("Exported chip.json", timeout=60_000)
    expect(form.locator(".swb-card canvas").first).to_be_visible()
    bars, *_ = bench.page.evaluate(MODELS, "cores")  # A notebook has the form twice.
    assert len(set(bars["left"])) == 44
    assert set(bars["layer"]) == {"conv1", "conv1_pool", "conv2", "conv2_pool", "dense1", "output"}
    table = form.locator(".swb-card .swb-table")
    expect(table.locator("tr", has_text="conv1_pool")).to_contain_text("3,136")
    expect(table.locator("tfoot")).to_contain_text("44")
    form.locator(".swb-card").scroll_into_view_if_needed()
    bench.page.wait_for_timeout(500)


def check_what_became_of_layers_is_told(bench: Bench, folder: Path) -> None:
    """Open a network with a leaky rectifier: layers and populations stand in tables."""
    bench.wait_until_done()
    first, hidden, *rest = counting_network().nodes
    leaky = replace(hidden, activation=ReLU(slope=0.25))
    network = replace(counting_network(), name="leaky", nodes=(first, leaky, *rest))
    bench.open_file("network", workflow.save(network, folder / "leaky.snn"))
    expect(bench.page.locator(".swb-title")).to_contain_text("leaky", timeout=30_000)
    bench.wait_until_done()
    expect(bench.page.locator(".swb-legend")).to_contain_text("conv1_off")
    bench.open_tab("Conversion")
    tables = bench.page.locator(".swb-table:visible")
    expect(tables.nth(1)).to_contain_text("integrate and fire, OFF of conv1")
    entry = tables.nth(0).locator("tr", has_text="Conv2D").locator(".swb-explain")
    expect(entry).to_have_text("ON and OFF neurons: conv1_on, conv1_off")
    entry.click()
    note = bench.page.locator(".swb-explanation:visible")
    expect(note).to_contain_text("Step 'split signed': exact, deviation")


def check_a_refused_network_lists_its_faults(bench: Bench, folder: Path) -> None:
    """Open a network with two faults: both stand beside the chooser, until another is opened."""
    bench.wait_until_done()
    nodes = [replace(node, activation=Activation.LINEAR) for node in counting_network().nodes]
    nodes[1] = replace(nodes[1], activation=Activation.SOFTMAX)
    last = nodes[-1] = replace(nodes[-1], activation=Activation.SIGMOID)
    head = Dense(np.ones((last.layer.output_size, 10), np.float32))
    network = Network("faulty", (*nodes, Node("head", head, inputs=(last.name,))))
    bench.open_file("network", workflow.save(network, folder / "faulty.snn"))
    faults = bench.page.locator(".swb-refusal")
    expect(faults).to_contain_text("faulty.snn is not supported", timeout=30_000)
    expect(faults.locator("li", has_text="conv1 is a softmax inside")).to_be_visible()
    expect(faults.locator("li", has_text="is a sigmoid inside")).to_be_visible()
    expect(bench.status).to_have_class(ERROR)
    bench.press("swb-percentile", "ArrowLeft", 2)
    bench.wait_until_done()
    expect(faults).to_be_visible()  # still there to be read
    bench.control("swb-network-menu", "select").select_option(label="mlp")
    expect(faults).not_to_be_visible(timeout=30_000)
    bench.wait_until_done()


def check_what_does_not_fit_is_dimmed_until_it_fits(bench: Bench, folder: Path) -> None:
    """Open a network with two inputs, then the samples for it."""
    bench.wait_until_done()
    random = np.random.default_rng(0)
    hidden = Dense(random.normal(0.1, 0.3, (23, 6)).astype(np.float32))
    head = Dense(random.normal(0.1, 0.5, (6, 3)).astype(np.float32))
    nodes = (
        Node("inputs", Input((23,))),
        Node("hidden", hidden, Activation.RELU, ("inputs",)),
        Node("head", head, inputs=("hidden",)),
    )
    parts = (("image", (4, 5, 1)), ("facts", (3,)))
    network = Network("two", nodes, input_parts=parts)
    np.savez(folder / "two.npz", x=random.random((12, 23), np.float32))
    bench.open_file("network", workflow.save(network, folder / "two.snn"))
    expect(bench.status).to_contain_text("2 inputs", timeout=30_000)
    expect(bench.status).to_contain_text("The plots still show lenet on mnist.")
    expect(bench.page.locator(".swb-figures .swb-leftover")).to_contain_text(
        "still show lenet on mnist"
    )
    expect(bench.page.locator(".swb-app.swb-dimmed").first).to_be_visible()
    card = bench.page.locator(".swb-pane-raster")
    expect(card).to_have_css("opacity", "0.42")  # after a moment
    bench.open_file("data", folder / "two.npz")
    expect(bench.page.locator(".swb-title")).to_contain_text("two on two", timeout=30_000)
    bench.wait_until_done()
    expect(bench.page.locator(".swb-figures .swb-leftover")).not_to_be_visible()
    expect(card).to_have_css("opacity", "1")
    expect(bench.page.locator(".swb-sample-panel figcaption")).to_have_text(["image", "facts"])


def counting_network() -> Network:
    """The bundled network whose numbers are counted by hand."""
    network = workflow.load("counting")
    assert isinstance(network, Network)
    return network


def check_settings_are_saved_and_loaded(bench: Bench, folder: Path) -> None:
    """Save the settings as a file of this machine, change them, and load it again."""
    bench.wait_until_done()
    bench.type("swb-percentile", "98.5", "input[type=number]")
    bench.type("swb-steps", "37", "input[type=number]")
    expect(bench.status).to_contain_text("37 steps", timeout=120_000)
    with bench.page.expect_download() as download:
        bench.page.locator(".swb-settings-file .swb-download").click()
    assert download.value.suggested_filename == "settings.toml"
    path = folder / "mine.toml"
    download.value.save_as(path)
    assert "percentile = 98.5" in path.read_text()
    bench.type("swb-percentile", "99", "input[type=number]")
    bench.type("swb-steps", "40", "input[type=number]")
    expect(bench.status).to_contain_text("40 steps", timeout=120_000)
    with bench.page.expect_file_chooser() as chooser:
        bench.page.locator(".swb-settings-file .swb-upload").click()
    chooser.value.set_files(path)
    expect(bench.page.locator(".swb-settings-note")).to_contain_text(
        "Loaded mine.toml.", timeout=60_000
    )
    expect(bench.status).to_contain_text("37 steps", timeout=120_000)
    steps, percentile = (
        bench.control(f"swb-{name}", "input[type=number]") for name in ("steps", "percentile")
    )
    expect(percentile).to_have_value("98.5", timeout=60_000)
    expect(steps).to_have_value("37", timeout=60_000)
    (folder / "bad.toml").write_text("steps = 0")
    with bench.page.expect_file_chooser() as chooser:
        bench.page.locator(".swb-settings-file .swb-upload").click()
    chooser.value.set_files(folder / "bad.toml")
    expect(bench.status).to_contain_text("bad.toml: Simulation.steps is 0", timeout=60_000)
    expect(steps).to_have_value("37")


def check_help_opens_beside_a_control(bench: Bench) -> None:
    """Ask what a menu is for, by the keyboard, and close the answer again."""
    row = bench.page.locator(".swb-reset")
    asked = row.get_by_role("button", name="About Reset")
    asked.press("Enter", timeout=60_000)
    expect(row.locator(".swb-help-text")).to_contain_text("What a spike does")
    assert bench.overflowing() == []
    asked.press("Enter")
    expect(row.locator(".swb-help-text")).to_have_count(0)
