"""What a target cannot say, gathered into few sentences."""

from __future__ import annotations


class Refusal(Exception):
    """One thing that cannot be expressed.

    Parameters
    ----------
    subject : str
        What it is about, most often a layer's name.
    problem : str
        What is wrong with it, from the verb in the singular.
    remedy : str
        What is supported and what to do: equal for all things that have the same problem.
    """

    def __init__(self, subject: str, problem: str, remedy: str):
        super().__init__(subject, problem, remedy)
        self.subject, self.problem, self.remedy = subject, problem, remedy


def spikes_taken_back(name: str, target: str) -> Refusal:
    """Refuse neurons that send -1, which only this project's own neurons do."""
    remedy = (
        f", which the neurons of {target} cannot do; supported: neurons that only spike. Convert "
        'again with signed_neurons=False, or use the target "brian2" or "builtin".'
    )
    return Refusal(name, "takes spikes back", remedy)


def sentences(refusals: list[Refusal]) -> list[str]:
    """Return one text for each remedy, which names all that it is for."""
    texts = []
    for remedy in dict.fromkeys(r.remedy for r in refusals):
        same = [r for r in refusals if r.remedy == remedy]
        parts = []
        for problem in dict.fromkeys(r.problem for r in same):
            subjects = list(dict.fromkeys(r.subject for r in same if r.problem == problem))
            verb, _, rest = problem.partition(" ")
            if len(subjects) > 1:
                verb = {"is": "are", "has": "have"}.get(verb, verb.removesuffix("s"))
            names = " and ".join(filter(None, [", ".join(subjects[:-1]), subjects[-1]]))
            parts.append(f"{names} {verb} {rest}")
        texts.append(f"{', '.join(parts)}{remedy}")
    return texts
