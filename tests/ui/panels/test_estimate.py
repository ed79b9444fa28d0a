"""The line of estimates says what is known, and why something is not."""

from workbench.methods.estimate import Estimate, LayerEstimate
from workbench.ui.panels.estimate import estimate_sentence

NAN = float("nan")


def test_the_line_tells_the_mean_the_largest_and_clipping():
    found = Estimate({"conv1": LayerEstimate(0.01, 0.00001), "fc1": LayerEstimate(0.03, NAN)})
    assert estimate_sentence(found) == (
        "quantization 2 % of the scale, most in fc1 (3 %); clipping below 0.01 % in conv1."
    )
    why = Estimate({"conv1": LayerEstimate(NAN, 0.25)}, ("Not with a leak.",))
    assert estimate_sentence(why) == "clipping 25 % in conv1. Not with a leak."
    assert estimate_sentence(Estimate({}, ("Not searched.",))) == "Not searched."
    assert "no hidden layers" in estimate_sentence(Estimate({}))


def test_the_page_shows_it(bench):
    def texts(widget):
        yield getattr(widget, "value", "")
        for child in getattr(widget, "children", ()):
            yield from texts(child)

    assert any("<b>Estimated</b> quantization" in str(text) for text in texts(bench))
