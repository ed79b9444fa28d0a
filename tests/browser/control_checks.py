"""What a person does with the controls of the workbench, in JupyterLab and in Voila."""

from __future__ import annotations

import re
from itertools import cycle

from playwright.sync_api import Locator, expect
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
    bench.open_tab("Python")
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


def check_a_click_on_a_spike_shows_its_neuron(bench: Bench) -> None:
    """Click in the band of a layer; its neuron's potential and inputs come, and it stays picked."""
    bench.wait_until_done()
    box = bench.page.locator(".swb-pane-raster canvas").first.bounding_box()
    assert box is not None
    bench.page.mouse.click(box["x"] + 0.5 * box["width"], box["y"] + 0.55 * box["height"])
    chip = bench.page.locator(".swb-picked button")
    expect(chip).to_have_count(1)
    picked = str(chip.text_content())
    summary = bench.page.locator(".swb-pane-potentials .swb-summary")
    unit = picked.split()[1]
    expect(summary).to_contain_text(f"Neuron {unit}")
    expect(bench.page.locator(".swb-pane-inputs .swb-summary")).to_contain_text("the strongest")
    expect(bench.page.locator(".swb-pane-potentials .bk-Figure")).to_be_visible()
    (traced,) = bench.data("potentials")["ys"]
    bench.press("swb-steps", "ArrowRight")
    bench.wait_until_done()
    bench.until(lambda: len(bench.data("potentials")["ys"][0]) > len(traced))
    expect(chip).to_have_text(picked)
    chip.click()
    expect(chip).to_have_count(0)


def check_the_keyboard_reaches_samples_sections_and_tiles(bench: Bench) -> None:
    """Choose the next sample, open a section and read a figure, without a mouse."""
    bench.wait_until_done()
    chosen = bench.page.locator(".swb-frame[aria-selected=true]")
    chosen.focus()
    bench.page.keyboard.press("ArrowRight")
    expect(bench.control("swb-sample", "input[type=number]")).to_have_value("1")
    expect(chosen).to_be_focused()  # also among the neighbours that came since
    expect(bench.page.locator(".swb-tip:visible")).to_have_count(0)
    tile = bench.page.locator(".swb-tile-energy")
    bench.wait_until_done()
    tile.focus()
    bench.page.keyboard.press("Shift+Tab")
    bench.page.keyboard.press("Tab")
    expect(bench.page.locator(".swb-tip:visible")).to_contain_text("compute alone")
    more = bench.page.get_by_role("button", name="More", exact=True)
    more.press("Enter")
    expect(more).to_have_attribute("aria-expanded", "true")
    expect(bench.page.get_by_role("button", name="Normalization", exact=True)).to_be_visible()


def check_a_changed_row_goes_back_by_its_button(bench: Bench) -> None:
    """Change the percentile; its row gets a button that sets it back."""
    bench.type("swb-percentile", "97", "input[type=number]")
    back = bench.page.get_by_role("button", name="Set Percentile back to its default")
    back.click()
    expect(bench.control("swb-percentile", "input[type=number]")).to_have_value("99.9")
    expect(back).to_have_count(0)


def check_a_run_is_pinned_and_compared(bench: Bench) -> None:
    """Pin a run, clip the activations, and read what became of it."""
    bench.wait_until_done()
    bench.page.locator(".swb-pin-button").click()
    expect(bench.page.locator(".swb-pin")).to_contain_text("Change a setting")
    bench.type("swb-percentile", "50", "input[type=number]")
    told = bench.page.locator(".swb-pin")
    expect(told).to_contain_text("Percentile 99.9 → 50")
    expect(told).to_contain_text("Accuracy 99.5 % →")
    bench.wait_until_done()
    told.get_by_role("button", name="Unpin").click()
    expect(told).to_be_hidden()


def check_a_presentation_shows_the_answer_in_large_type(bench: Bench) -> None:
    """Present: the answer is large, little else is shown, and Esc leaves."""
    bench.wait_until_done()
    answer = bench.page.locator(".swb-says")
    assert font_pixels(answer) >= 32
    bench.page.locator(".swb-present").click()
    expect(bench.page.locator(".swb-app.swb-presenting")).to_have_count(1)
    assert font_pixels(answer) >= 60
    expect(bench.page.locator(".swb-first .swb-range:visible")).to_have_count(3)
    for css in ("swb-run", "swb-source", "swb-more", "swb-pane-accuracy", "swb-status-box"):
        expect(bench.page.locator(f".{css}").first).to_be_hidden()
    bench.page.keyboard.press("Escape")
    expect(bench.page.locator(".swb-app.swb-presenting")).to_have_count(0)
    expect(bench.page.locator(".swb-run")).to_be_visible()


def font_pixels(part: Locator) -> float:
    """Size of the type of a part of the page."""
    return float(part.evaluate("(part) => parseFloat(getComputedStyle(part).fontSize)"))
