"""What a person does with the controls of the workbench, in JupyterLab and in Voila."""

from __future__ import annotations

import re
from itertools import cycle

from playwright.sync_api import expect
from workbench_page import Bench


def check_a_slider_changes_spikes_and_rates(bench: Bench) -> None:
    """Move the percentile: data and canvas of the plots change."""
    bench.wait_until_done()
    bench.until(lambda: sum(canvas["coloured"] for canvas in bench.pixels("raster")) > 5_000)
    rates, image = bench.data("rates"), bench.data("spike_image")
    before = bench.pixels("raster")
    number = bench.control("swb-percentile", "input[type=number]")
    expect(number).to_have_value("99.9")
    bench.press("swb-percentile", "ArrowLeft", 12)
    expect(number).not_to_have_value("99.9")
    expect(bench.page.locator(".swb-title")).to_contain_text("lenet")
    bench.until(
        lambda: (
            bench.is_done()
            and bench.data("rates")["ys"] != rates["ys"]
            and bench.data("spike_image")["image"] != image["image"]
        )
    )

    def changed() -> list[bool]:
        after = bench.pixels("raster")
        return [old["sum"] != new["sum"] for old, new in zip(before, after, strict=True)]

    bench.until(lambda: sum(changed()) == 2)  # the canvases of the raster and of the rates


def check_values_stay_as_typed(bench: Bench) -> None:
    """Type values between the places of the sliders: they stay, on the page and in the code."""
    bench.wait_until_done()
    typed = {
        "swb-threshold": "0.37",
        "swb-steps": "37",
        "swb-test-samples": "120",
        "swb-initial-potential": "0.123",
    }
    bench.unfold("More", "Neurons", "Read-out")
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
    bench.open_tab("Explore")
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
    places = cycle(range(20))  # the page may still scroll under the pointer

    def pointed() -> bool:
        place = next(places)
        canvas.hover(position={"x": 300 + place, "y": 20 + place % 3}, force=True)
        bench.page.wait_for_timeout(250)
        return told.is_visible()

    bench.until(pointed)
    expect(told).to_contain_text("conv1")
    expect(told).to_contain_text(re.compile(r"[\d,]+ to [\d,]+ of 12,544"))
    expect(told).to_contain_text(re.compile(r"about [\d.]+ % spike|none spikes"))


def check_neurons_can_leak_and_rest(bench: Bench) -> None:
    """Unfold what neurons do besides, and let them rest after a spike: fewer spikes."""
    bench.wait_until_done()
    before = bench.data("rates")["ys"][0]
    bench.unfold("More", "Neurons", "Read-out")
    bench.type("swb-refractory-steps", "5")
    bench.type("swb-leak", "0.01")

    def rested() -> bool:
        rates = bench.data("rates")["ys"][0]
        return len(rates) == len(before) and sum(rates) < 0.9 * sum(before)

    bench.until(rested)
    bench.wait_until_done()
    bench.control("swb-readout", "select").scroll_into_view_if_needed()


def check_a_long_run_streams_and_stops(bench: Bench) -> None:
    """Ask for very many steps, see spikes come in, stop."""
    bench.wait_until_done()
    bench.type("swb-steps", "400000", "input[type=number]")
    bench.until(lambda: (bench.data("rates")["xs"][0] or [0])[-1] > 1000)
    # The controls answer meanwhile.
    bench.control("swb-threshold", "input[type=number]").focus()
    expect(bench.status).to_have_class(re.compile("swb-busy"))
    expect(bench.status).to_contain_text(re.compile(r"step [\d,]+ of 400,000, about .* left"))
    expect(bench.status.locator(".swb-progress")).to_be_visible()
    bench.page.locator(".swb-stop").click()
    expect(bench.status).to_contain_text("Stopped after")
    steps = bench.data("rates")["xs"][0][-1]
    assert 1000 < steps < 400_000
    bench.type("swb-steps", "50", "input[type=number]")
    bench.until(lambda: len(bench.data("rates")["xs"][0]) == 50)
    bench.wait_until_done()


def check_help_opens_beside_a_control(bench: Bench) -> None:
    """Ask what a menu is for, by the keyboard, and close the answer again."""
    for title in ("More", "Neurons"):
        header = bench.page.get_by_role("button", name=title, exact=True)
        if header.get_attribute("aria-expanded") == "false":
            header.press("Enter")
    row = bench.page.locator(".swb-reset")
    asked = row.get_by_role("button", name="About Reset")
    asked.press("Enter")
    expect(row.locator(".swb-help-text")).to_contain_text("What a spike does")
    assert bench.overflowing() == []
    asked.press("Enter")
    expect(row.locator(".swb-help-text")).to_have_count(0)
