"""How spiking max pooling finds the leader of a window: scores, integers on every engine.

With the spikes s of an input at a step (1, or -1 where neurons take spikes back)::

    fir, exact    n <- n + s                        all spikes so far
    exp           n <- n - (n >> 4) + 2**20 * s     forgets a sixteenth a step
    recent        n <- sum of s over the last 32 steps

"fir", "exp" and "recent" pass what the input with the highest score sends, the first of equals in
row-major order; "exact" passes what the highest score of the window changes by. snn_toolbox has
the first three as fir_max, which accumulates, exp_max, which decays, and avg_max, a moving average.
"""

from __future__ import annotations

FORGOTTEN_BITS = 4
"""Under "exp", a score loses this binary fraction of itself a step."""

SPIKE_SCORE = 1 << 20
"""Under "exp", what a payload of 1 adds. Scores stay below 2**25 times the largest payload, which
is beyond int32 for graded spikes, so they are int64."""

RECENT_STEPS = 32
"""Under "recent", the steps that count."""
