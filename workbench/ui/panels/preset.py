"""Settings that belong together, chosen at once: those that work, and those that tell a story."""

from __future__ import annotations

import ipywidgets as widgets

from workbench.methods.presets import PRESETS, preset_fields, preset_of
from workbench.ui.binding import Context, Link
from workbench.ui.panels.layout import escape, row
from workbench.ui.session.stories import STORIES, story_of

OWN = ""
"""Value of the menu where settings are those of no preset."""


def preset_panel(context: Context) -> widgets.VBox:
    """A menu that sets the fields of a preset, and shows which one the settings are."""
    state = context.state
    told = " ".join(f"{each.label}: {each.help}" for each in PRESETS.values())
    menu = widgets.Dropdown(
        options=[
            ("own settings", OWN),
            *((each.label, name) for name, each in PRESETS.items()),
            *((f"Story: {each.label}", name) for name, each in STORIES.items()),
        ],
        description="Preset",
        tooltip=f"Settings that belong together. {told} A story shows, on a network chosen for it, "
        "what a setting can break.",
    )

    def get() -> str:
        return story_of(state) or preset_of(state.conversion, state.simulation) or OWN

    def put(name: str) -> None:
        if name in STORIES:
            context.actions.change(**STORIES[name].changes)
        elif name != OWN:  # These are set one by one.
            context.actions.change(**preset_fields(name))

    story = widgets.HTML()

    def show_story() -> None:
        name = story_of(state)
        text = "" if name is None else STORIES[name].text
        story.value = f'<p class="swb-story" role="note">{escape(text)}</p>' if text else ""
        story.layout.display = "" if text else "none"

    link = Link(context, menu, get=get, put=put)
    context.watch(["conversion", "simulation", "network"], link.refresh)
    context.watch(["conversion", "simulation", "network"], show_story, later=True)
    show_story()
    box = widgets.VBox([row(menu, css="swb-preset"), story])
    box.add_class("swb-presets")
    return box
