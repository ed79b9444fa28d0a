import pytest

from workbench.util.handlers import Handlers, Provided


def test_a_handler_is_found_by_every_kind_it_is_registered_for():
    handlers = Handlers("test")

    @handlers.register("A", "B")
    def handle():
        return 1

    assert handlers.get("A") is handlers.get("B") is handle
    assert handlers.get("C") is None
    assert handlers.kinds == ("A", "B")


def test_two_handlers_of_one_kind_are_a_bug():
    handlers = Handlers("count")
    handlers.register("A")(lambda: 1)
    with pytest.raises(ValueError, match="'A' has two handlers for count"):
        handlers.register("A")(lambda: 2)


def test_a_refusal_names_the_layer_the_operation_and_what_is_supported():
    handlers = Handlers("export to X")
    handlers.register("Conv", "Add")(lambda: 1)
    assert handlers.refusal("memory", "LSTM") == (
        "memory (LSTM) is not supported to export to X; supported: Add, Conv. "
        "Replace the layer, or leave it out of the saved model."
    )


def test_a_provided_function_is_found_when_it_is_called():
    assert Provided("math:hypot")(3, 4) == 5
    late = Provided("workbench.no_such_module:function")
    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        late()
