"""A model card (Mitchell et al. 2019, doi:10.1145/3287560.3287596): what a network is, its performance, its origin."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..io.files import read_json
from ..report.format import percent, score, significant
from ..training import ModelConfig, Run
from ..training.run import describe

if TYPE_CHECKING:  # the card stage must not wait for the import of the analysis
    from ..analysis import ModularityReport
    from ..analysis.firing import Firing


def model_card(run: Run, report: "ModularityReport", trials_per_task: int, firing: "Firing | None" = None) -> str:
    """Return the card of a run in Markdown.

    Parameters
    ----------
    run
        The trained network.
    report
        Its measures.
    trials_per_task
        Single trials of each task behind these measures.
    firing
        Firing rates and synaptic operations; shown for spiking networks.
    """
    config = run.config
    description = describe(config)
    parts = [
        f"# {description[0].upper()}{description[1:]}",
        _origin(run),
        "## Measures",
        f"On {trials_per_task} single trials of each task that training never saw; ceilings are the ideal observer's, "
        "nulls are 1,000 shuffles.",
        _measures(report, firing),
        "## Performance",
        _performance(report),
        "## Train it again",
        *_again(run),
        "The same seed gives the same trials on one kind of device. Weights agree bit for bit on one machine and one "
        "version of torch only; elsewhere expect another network of the same kind.",
        "## Limits",
        f"{_timing(run)}Functional modules come from k-means, whose "
        "number is a choice: `neurogrow analyze` shows every measure for 2 to 20 modules.",
    ]
    return "\n\n".join(parts) + "\n"


def _tasks(run: Run) -> tuple[str, str]:
    source, names = run.config.tasks.source, run.load_source().names
    listed = f"{len(names)}: {', '.join(names)}"
    return "tasks", listed if source == "cognitive" else f"{listed} (trial source '{source}')"


def _timing(run: Run) -> str:
    return "It knows NeuroGym's timing and noise and nothing else. " if run.config.tasks.source == "cognitive" else ""


def _origin(run: Run) -> str:
    config = run.config
    model, growth, training = config.model, config.growth, config.training
    rows = [
        _tasks(run),
        ("neurons", f"{model.kind}, {model.rows} x {model.cols}"),
        *_spiking(model),
        ("lambda, A", f"{growth.strength:g}, {growth.locality:g}"),
        ("rule, swaps", f"{growth.rule}; {_swaps(run)}"),
        (
            "lambda early in training",
            f"{growth.early_factor:g} times for {growth.early_fraction:g} of it, then going to lambda",
        ),
        ("training", f"{training.steps:,} steps of {training.batch_size} lanes x {training.ticks} task steps"),
        ("learning rate, precision", f"{training.learning_rate:g}, {training.precision}"),
        ("seeds", f"weights {model.seed}, trials {training.seed}"),
    ]
    environment = run.path / "environment.json"
    if environment.exists():
        used = read_json(environment)
        packages = ", ".join(f"{name} {used['packages'][name]}" for name in ("torch", "numpy", "snntorch"))
        rows.append(("trained with", f"neurogrow {used['neurogrow']}, Python {used['python']}, {packages}"))
    return _table(("what", "value"), rows)


def _again(run: Run) -> list[str]:
    """Return how to train the network again; a counterpart starts from the run that it was grown from."""
    path = run.path / "origin.json"
    if not path.exists():
        return [
            "`config.toml` holds every setting, seeds included:",
            "```\nneurogrow train config.toml --out runs/again\n```",
        ]
    origin = read_json(path)
    stages = [origin["run"], *origin.get("via", [])]
    first, *via = [f"`{stage}`" for stage in stages]
    named = ", by way of ".join([first + (f" after {step:,} steps" if (step := origin.get("step")) else ""), *via])
    option = f" --from-step {step}" if step and not via else ""
    return [
        f"It was grown from the balanced weights of {named}: which neurons live, where they sit and what modules they "
        "form was found there first, and went on changing here. `config.toml` holds every setting of the last stage, "
        "seeds included:",
        f"```\nneurogrow spike {stages[-1]}{option} --config config.toml --out runs/again\n```",
    ]


def _spiking(model: ModelConfig) -> list[tuple[str, str]]:
    if model.kind != "spiking":
        return []
    alpha = f"synaptic {model.alpha:g}, " if model.alpha else ""
    learned = ", learned from there on" if model.learn_decays else ""
    return [
        ("ticks per task step of 100 ms", str(model.substeps)),
        ("decays per tick", f"{alpha}membrane {model.beta:g}{learned}; readout {model.readout_beta:g}"),
        ("inputs", f"spikes of {model.encoders} encoders" if model.encoders else "currents"),
        ("surrogate", f"{model.surrogate}, slope {model.slope:g}"),
    ]


def _swaps(run: Run) -> str:
    growth = run.config.growth
    return f"{growth.swap_method}, every {growth.swap_every} steps" if growth.swap_every else "no swaps"


def _measures(report: "ModularityReport", firing: "Firing | None") -> str:
    rows = [
        ("performance, mean of tasks", percent(report.performance), "", "", ""),
        ("ceiling, mean of tasks", percent(report.ceiling), "", "", ""),
        ("important neurons", significant(report.n_important), "", "", ""),
        ("active connections", significant(report.active_connections), "", "", ""),
        ("wiring length", significant(report.wiring_length), "", "", ""),
        ("functional modules", significant(report.chosen.k), "", "", ""),
    ]
    if firing and firing.rate is not None:
        rows.append(("spikes per second and neuron", significant(firing.rate), "", "", ""))
        rows.append(("synaptic operations per trial", significant(firing.synaptic_operations), "", "", ""))
    rows += [
        (name.replace("|", "\\|"), significant(null.value), shuffled, score(null.z), significant(null.p))
        for name, shuffled, null in report.null_comparisons()
    ]
    return _table(("measure", "value", "shuffled", "z", "p"), rows)


def _performance(report: "ModularityReport") -> str:
    ceiling_K = [None] * len(report.task_names) if report.ceiling_K is None else report.ceiling_K
    rows = zip(report.task_names, report.performance_K, ceiling_K, strict=True)
    return _table(("task", "performance", "ceiling"), [(name, percent(p), percent(c)) for name, p, c in rows])


def _table(columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [columns, ("---",) * len(columns), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
