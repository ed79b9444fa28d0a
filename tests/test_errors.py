from workbench.errors import UnsupportedLayerError

REASON = "(Lambda) is not supported. Replace the layer."


def test_different_problems_stand_on_lines_of_their_own():
    problems = ["a (Lambda) is unknown.", "b (Dense) has activation 'gelu'.", "a (Lambda) is odd."]
    error = UnsupportedLayerError(problems)
    assert str(error).splitlines() == problems
    assert error.problems == tuple(problems)


def test_what_two_layers_share_is_told_once():
    error = UnsupportedLayerError([f"a {REASON}", f"b {REASON}"])
    assert str(error) == f"a {REASON} The same holds for 1 more layer: b."
    assert len(error.problems) == 2


def test_of_many_layers_a_few_are_named():
    error = UnsupportedLayerError(f"layer{number} {REASON}" for number in range(200))
    assert str(error) == (
        f"layer0 {REASON} The same holds for 199 more layers: layer1, layer2, layer3, …"
    )
    assert len(error.problems) == 200
    assert error.problems[-1] == f"layer199 {REASON}"
