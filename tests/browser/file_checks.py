"""What a person opens, saves and exports with the workbench, in JupyterLab and in Voila."""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pandas as pd
from playwright.sync_api import Locator, expect
from playwright.sync_api import TimeoutError as TooLate
from workbench_page import ERROR, MODELS, Bench

from workbench import workflow
from workbench.network.activation import Activation, ReLU
from workbench.network.dense import Dense
from workbench.network.graph import Network, Node
from workbench.network.structure import Input

SVG = "http://www.w3.org/2000/svg"


def check_a_wrong_path_is_told_and_the_session_goes_on(bench: Bench) -> None:
    """Type a path that does not exist; then move a slider."""
    bench.wait_until_done()
    bench.unfold("Open a file")
    bench.type("swb-network-path", "/nowhere/net.keras")
    expect(bench.status).to_have_class(ERROR)
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
    expect(bench.status).to_contain_text("Exported net.snn")
    expect(form.locator(".swb-parity")).to_contain_text("Exact")
    expect(form.locator(".swb-export-result pre").first).to_contain_text("wb.load(")
    expect(form.locator(".swb-export-result pre").last).to_contain_text("wb.export(")
    with bench.page.expect_download() as download:
        form.locator("button.swb-download", has_text="net.snn").click()
    assert download.value.suggested_filename == "net.snn"
    content = download.value.path().read_bytes()
    assert content[:2] == b"PK" if folder is None else content == (folder / "net.snn").read_bytes()


def check_a_chip_is_pictured(bench: Bench, folder: Path, form: Locator) -> None:
    """Export for Loihi: what each core holds is drawn."""
    form.scroll_into_view_if_needed()
    form.locator(".swb-export-target select").select_option(label="Loihi config")
    path = form.locator(".swb-export-path input")
    path.fill(str(folder / "chip"))
    path.press("Enter")
    form.locator("button.swb-export").click()
    expect(bench.status).to_contain_text("Exported chip.json")
    expect(form.locator(".swb-card canvas").first).to_be_visible()
    bench.until(lambda: bool(bench.page.evaluate(MODELS, "cores")))
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
    expect(bench.page.locator(".swb-title")).to_contain_text("leaky")
    bench.wait_until_done()
    expect(bench.page.locator(".swb-explore .swb-legend")).to_contain_text("conv1_off")
    bench.open_tab("Network")
    tables = bench.page.locator(".swb-table:visible")
    expect(tables.nth(3)).to_contain_text("integrate and fire, OFF of conv1")
    entry = tables.nth(2).locator("tr", has_text="Conv2D").locator(".swb-explain")
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
    expect(faults).to_contain_text("faulty.snn is not supported")
    expect(faults.locator("li", has_text="conv1 is a softmax inside")).to_be_visible()
    expect(faults.locator("li", has_text="is a sigmoid inside")).to_be_visible()
    expect(bench.status).to_have_class(ERROR)
    bench.press("swb-percentile", "ArrowLeft", 2)
    bench.wait_until_done()
    expect(faults).to_be_visible()  # still there to be read
    bench.control("swb-network-menu", "select").select_option(label="mlp")
    expect(faults).not_to_be_visible()
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
    expect(bench.status).to_contain_text("2 inputs")
    expect(bench.status).to_contain_text("The plots still show lenet on mnist.")
    leftover = bench.page.locator(".swb-figures .swb-leftover").first  # of the plots of all units
    expect(leftover).to_contain_text("still show lenet on mnist")
    expect(bench.page.locator(".swb-app.swb-dimmed").first).to_be_visible()
    card = bench.page.locator(".swb-pane-raster")
    expect(card).to_have_css("opacity", "0.42")  # after a moment
    bench.open_file("data", folder / "two.npz")
    expect(bench.page.locator(".swb-title")).to_contain_text("two on two")
    bench.wait_until_done()
    expect(leftover).not_to_be_visible()
    expect(card).to_have_css("opacity", "1")
    expect(bench.page.locator(".swb-sample-panel figcaption")).to_have_text(["image", "facts"])


def check_settings_are_saved_and_loaded(bench: Bench, folder: Path) -> None:
    """Save the settings as a file of this machine, change them, and load it again."""
    bench.wait_until_done()
    bench.unfold("More", "Settings")
    bench.type("swb-percentile", "98.5", "input[type=number]")
    bench.type("swb-steps", "37", "input[type=number]")
    expect(bench.status).to_contain_text("37 steps")
    with bench.page.expect_download() as download:
        bench.page.locator(".swb-settings-file .swb-download").click()
    assert download.value.suggested_filename == "settings.toml"
    path = folder / "mine.toml"
    download.value.save_as(path)
    assert "percentile = 98.5" in path.read_text()
    bench.type("swb-percentile", "99", "input[type=number]")
    bench.type("swb-steps", "40", "input[type=number]")
    expect(bench.status).to_contain_text("40 steps")
    with bench.page.expect_file_chooser() as chooser:
        bench.page.locator(".swb-settings-file .swb-upload").click()
    chooser.value.set_files(path)
    expect(bench.page.locator(".swb-settings-note")).to_contain_text("Loaded mine.toml.")
    expect(bench.status).to_contain_text("37 steps")
    steps, percentile = (
        bench.control(f"swb-{name}", "input[type=number]") for name in ("steps", "percentile")
    )
    expect(percentile).to_have_value("98.5")
    expect(steps).to_have_value("37")
    (folder / "bad.toml").write_text("steps = 0")
    with bench.page.expect_file_chooser() as chooser:
        bench.page.locator(".swb-settings-file .swb-upload").click()
    chooser.value.set_files(folder / "bad.toml")
    # The status line says so, too, until the run that goes on says how far it is.
    note = bench.page.locator(".swb-settings-note")
    expect(note).to_contain_text("Not loaded. bad.toml: Simulation.steps is 0")
    expect(steps).to_have_value("37")


def counting_network() -> Network:
    """The bundled network whose numbers are counted by hand."""
    network = workflow.load("counting")
    assert isinstance(network, Network)
    return network


@contextlib.contextmanager
def explained(card: Locator, what: str) -> Iterator[None]:
    """Say what the card said when a file that was asked for did not come."""
    try:
        yield
    except TooLate as error:
        said = card.locator(".swb-problem").text_content()
        focused = card.page.evaluate("document.activeElement?.outerHTML.slice(0, 200)")
        raise AssertionError(
            f"{what}; the card says '{said}', the focus is on {focused}"
        ) from error


def check_figures_are_saved(bench: Bench, folder: Path) -> None:
    """Press every button of every figure's head, and open what was saved."""
    cards = bench.page.locator(".swb-main .swb-card:has(> .swb-card-head):visible")
    saved: dict[str, Path] = {}
    for card in cards.all():
        title = str(card.locator(".swb-card-title").text_content())
        words = str(card.locator(".swb-summary").text_content())
        expect(card.get_by_role("group", name=f"{title}. {words}", exact=True)).to_be_visible()
        for button in card.locator(".swb-save").all():
            assert title in str(button.get_attribute("aria-label"))
            pressed = f"'{button.get_attribute('aria-label')}' was pressed"
            with explained(card, pressed), bench.page.expect_download(timeout=60_000) as download:
                button.press("Enter")  # the keyboard is enough
            path = folder / download.value.suggested_filename
            download.value.save_as(path)
            saved[path.name] = path
            if path.suffix == ".svg":
                root = ElementTree.parse(path).getroot()
                said = [root.findtext(f"{{{SVG}}}{part}") for part in ("title", "desc", "text")]
                assert said == [title, words, title]
                assert len(list(root.iter(f"{{{SVG}}}path"))) > 3
            elif path.suffix == ".png":
                _, width, height = struct.unpack(">8s8x2I", path.read_bytes()[:24])
                plot = card.locator(".snn-workbench-bokeh-pane").bounding_box()
                assert plot is not None and abs(width - 2 * plot["width"]) < 8
                assert height > 2 * plot["height"]
            else:
                table = pd.read_csv(path)
                assert len(table) and path.suffix == ".csv"
        expect(card.locator(".swb-problem")).to_have_text("")
    assert len(saved) == 3 * cards.count() + 1  # spikes and rates of one figure
    spikes = pd.read_csv(saved["raster-spikes.csv"])
    expect(bench.status).to_contain_text(f"{len(spikes):,} spikes")
