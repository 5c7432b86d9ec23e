"""The spiking counterpart of a trained network."""

from pathlib import Path

from ..training import Run, TrainConfig, train
from ..training.counterpart import check_counterpart, initial_network, write_origin


def spike_run(
    start: Run,
    config: TrainConfig,
    out: Path,
    *,
    warm_start: bool = True,
    from_step: int | None = None,
    resume: bool = False,
) -> Run:
    """Grow the spiking counterpart of a rate network on the same grid, from its balanced weights or from scratch.

    From a spiking run, training continues with its weights under other settings. ``from_step`` starts from the run's
    snapshot after so many steps: early in training, more neurons are left that can learn to spike.

    Raises ``InputError`` if the configuration is no counterpart of the run's, or there is no such snapshot.
    """
    check_counterpart(start, config)
    initial = initial_network(start, config, from_step) if warm_start else None
    run = train(config, out, initial=initial, resume=resume)
    if warm_start:
        write_origin(run, start, from_step)
    return run


def convert_run(rate_run: Run, config: TrainConfig, out: Path) -> Run:
    """Make a run with the balanced weights of the rate network, without training, for comparison."""
    check_counterpart(rate_run, config)
    spiking, run = initial_network(rate_run, config), Run.create(out, config)
    run.save_model(spiking, 0, step=0)
    write_origin(run, rate_run)
    return run
