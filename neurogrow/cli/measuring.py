"""Commands that measure networks, compare them, and write reports."""

from pathlib import Path

from ..errors import InputError
from ..io.files import read_json
from ..report.format import significant
from ..training.pretrained import find_run
from .app import Json
from .output import MEASURE_COLUMNS, emit, measure_rows, measures, table


def analyze(run: Path, *, trials: int = 100, json: Json = False) -> None:
    """Measure a trained network: performance, task variance, modules, their places, wiring. Writes analysis.json.

    Parameters
    ----------
    run
        Folder of a run.
    trials
        Number of single trials of each task for the measurement.
    """
    from .. import pipeline

    opened = find_run(run)
    report = pipeline.analyze(opened, trials)
    value = measures(report) | {"file": str(opened.path / "analysis.json")}
    emit(value, json, table(f"{opened.path}: measures", MEASURE_COLUMNS, measure_rows(report)))


def emergence(
    *runs: str, modules: int = 10, trials: int = 50, out: Path = Path("emergence"), json: Json = False
) -> None:
    """Measure functional and anatomical modularity at every snapshot of training. Writes emergence.json.

    Parameters
    ----------
    runs
        Folder of a run; or at least two conditions, each as NAME=RUN,RUN,... with the runs of all its seeds. Runs need
        snapshots; train them with --training.snapshot-every. For one run, the files are written to its folder.
    modules
        Number of modules at all snapshots.
    trials
        Number of single trials of each task for the measurement.
    out
        Folder for emergence.json and emergence.png of several conditions.
    """
    from .. import pipeline
    from .conditions import emergence_table, parse_conditions

    if conditions := parse_conditions(runs):
        by_name = {name: [find_run(path) for path in paths] for name, paths in conditions.items()}
        measured = pipeline.emergence_of_conditions(by_name, out, modules, trials)
        emit(read_json(out / "emergence.json") | {"file": str(out / "emergence.json")}, json, emergence_table(measured))
        return
    if len(runs) != 1:
        raise InputError("Give one run, or conditions as NAME=RUN,RUN,... with the runs of all their seeds.")
    opened = find_run(runs[0])
    growth = pipeline.emergence_run(opened, modules, trials)
    columns = ("step", "performance", "important neurons", "wiring length", "silhouette", "-z isolated", "-z cluster")
    arrays = (growth.step_S, growth.performance_S, growth.important_S, growth.wiring_length_S)
    rows = list(zip(*arrays, growth.silhouette_S, growth.isolated_S, growth.compactness_S, strict=True))
    texts = [[significant(value) for value in map(float, row)] for row in rows]
    value = growth.to_json() | {"file": str(opened.path / "emergence.json")}
    emit(value, json, table(f"{opened.path}: emergence", columns, texts))


def compare(*runs: str, out: Path = Path("comparison"), json: Json = False) -> None:
    """Compare networks, for example rate and spiking, or conditions with several seeds, in a table and a figure.

    Parameters
    ----------
    runs
        Folders of at least two runs; or at least two conditions, each as NAME=RUN,RUN,... with the runs of all its
        seeds.
    out
        Folder for comparison.json and comparison.png.
    """
    from .. import pipeline
    from ..pipeline.run_figures import draw_comparison, draw_conditions
    from .conditions import condition_tables, parse_conditions
    from .tables import comparison_tables

    if len(runs) < 2:
        raise InputError("There is nothing to compare: name at least two run folders.")
    if conditions := parse_conditions(runs):
        by_name = {name: [find_run(path) for path in paths] for name, paths in conditions.items()}
        over_seeds = pipeline.compare_conditions_of_runs(by_name, out)
        figure = draw_conditions(over_seeds, out / "comparison.png")
        emit(over_seeds.to_json() | {"figure": str(figure)}, json, *condition_tables(over_seeds))
        return
    if len({Path(run).resolve() for run in runs}) < len(runs):
        raise InputError("A run folder occurs twice; name each network once.")
    opened = [find_run(run) for run in runs]
    compared = pipeline.compare_runs(opened, out)
    figure = draw_comparison(opened, pipeline.matched_reports(opened), out / "comparison.png")
    value = compared.to_json() | {"figure": str(figure)}
    emit(value, json, *comparison_tables(compared))


def card(run: Path, *, trials: int = 500, json: Json = False) -> None:
    """Write a model card as README.md in the run folder: architecture, performance, modularity and origin.

    Parameters
    ----------
    run
        Folder of a run.
    trials
        Number of single trials of each task for the measurement.
    """
    from .. import pipeline

    path = pipeline.write_card(find_run(run), trials)
    text = path.read_text(encoding="utf-8")
    emit({"file": str(path), "card": text}, json, text)


def tradeoff(
    *sweeps: Path, out: Path = Path("trade-off"), worst_error: float | None = None, json: Json = False
) -> None:
    """Compare sparsity and error of the networks of sweeps: Pareto frontier and hypervolume of each condition.

    Parameters
    ----------
    sweeps
        Folders of sweeps. The column `condition` of their tables names the condition of each network.
    out
        Folder for trade-off.json and trade-off.png.
    worst_error
        Reference error for the hypervolume; by default the largest error of all networks.
    """
    from ..pipeline.trade_offs import TRADE_OFF_FILE, write_trade_offs

    if not sweeps:
        raise InputError("Name at least one sweep folder.")
    trade_off, picture = write_trade_offs(sweeps, out, worst_error)
    rows = [
        (
            condition,
            measure.replace("_", " "),
            significant(area.value),
            significant(area.low),
            significant(area.high),
        )
        for measure, areas in trade_off.hypervolume.items()
        for condition, area in areas.items()
    ]
    columns = ("condition", "sparsity measure", "hypervolume", "2.5 %", "97.5 %")
    value = trade_off.to_json() | {"figure": str(picture), "file": str(out / TRADE_OFF_FILE)}
    emit(value, json, table(f"{out}: trade-offs", columns, rows))


def report_command(*folders: Path, out: Path | None = None, json: Json = False) -> None:
    """Write one offline HTML page about runs, and about trade-offs of sweeps.

    Parameters
    ----------
    folders
        Folders of runs, and folders that `neurogrow tradeoff` wrote.
    out
        The HTML file; by default report.html in the first folder.
    """
    from ..pipeline.trade_offs import read_trade_off
    from ..report import write_report

    if not folders:
        raise InputError("Name at least one folder of a run or of a trade-off.")
    trade_offs = {folder: trade_off for folder in folders if (trade_off := read_trade_off(folder))}
    runs = [find_run(folder) for folder in folders if folder not in trade_offs]
    first = folders[0] if folders[0] in trade_offs else runs[0].path
    path = write_report(runs, out or first / "report.html", list(trade_offs.values()))
    emit({"file": str(path)}, json, table("Report", ("file",), [(str(path),)]))
