from workbench.ui.bokeh_pane.views import FORGET_S, PATIENCE_S, Views


def test_two_patches_may_be_on_their_way() -> None:
    views = Views()
    views.mount("a", patch=0, now_s=0)
    assert views.wait_s(sent=0, now_s=0) == 0
    assert views.wait_s(sent=1, now_s=0) == 0
    assert views.wait_s(sent=2, now_s=0) > 0
    assert views.acknowledge("a", patch=1, now_s=0.1)
    assert views.wait_s(sent=2, now_s=0.1) == 0


def test_a_slow_view_alone_is_waited_for() -> None:
    views = Views()
    views.mount("a", patch=0, now_s=0)
    assert views.wait_s(sent=2, now_s=FORGET_S - 1) == 1
    assert len(views) == 1


def test_a_silent_view_does_not_hold_up_one_that_draws() -> None:
    views = Views()
    views.mount("silent", patch=0, now_s=0)
    views.mount("quick", patch=2, now_s=0)
    assert views.wait_s(sent=2, now_s=0.5) == PATIENCE_S - 0.5
    assert views.wait_s(sent=2, now_s=PATIENCE_S) <= 0


def test_a_view_that_stays_silent_is_forgotten_and_told_so_when_it_returns() -> None:
    views = Views()
    views.mount("a", patch=0, now_s=0)
    assert views.wait_s(sent=2, now_s=FORGET_S) == 0
    assert len(views) == 0
    assert not views.acknowledge("a", patch=2, now_s=FORGET_S + 1)


def test_an_idle_view_is_never_forgotten() -> None:
    views = Views()
    views.mount("a", patch=5, now_s=0)
    assert views.wait_s(sent=5, now_s=1e6) == 0
    assert len(views) == 1


def test_acknowledgements_out_of_order_do_not_set_a_view_back() -> None:
    views = Views()
    views.mount("a", patch=0, now_s=0)
    views.acknowledge("a", patch=3, now_s=1)
    views.acknowledge("a", patch=2, now_s=1)
    assert views.wait_s(sent=4, now_s=1) == 0


def test_an_unmounted_view_holds_nothing_up() -> None:
    views = Views()
    views.mount("a", patch=0, now_s=0)
    views.unmount("a")
    views.unmount("a")
    assert len(views) == 0
    assert views.wait_s(sent=9, now_s=0) == 0
