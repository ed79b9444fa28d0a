from workbench.util.generators import finished


def steps():
    yield 1
    yield 2
    return "done"


def test_a_generator_is_run_to_its_result():
    seen = []
    assert finished(steps(), seen.append) == "done"
    assert seen == [1, 2]
    assert finished(steps()) == "done"
