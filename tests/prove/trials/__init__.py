"""All trials, in the order in which they run."""

from tests.prove.trial import Trial
from tests.prove.trials import clocks, hangs, kills, races, restores, rings, suites, walks

TRIALS: list[Trial] = [
    *kills.TRIALS,
    *hangs.TRIALS,
    *rings.TRIALS,
    *walks.TRIALS,
    *clocks.TRIALS,
    *restores.TRIALS,
    *races.TRIALS,
    *suites.TRIALS,
]
