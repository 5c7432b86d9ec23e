"""Commands that measure and compare networks, and report on them."""

from pathlib import Path

from ..errors import InputError
from ..io.files import read_json
from ..report.format import significant
from ..training.pretrained import find_run
from .app import Json, app
from .output import MEASURE_COLUMNS, emit, measure_rows, measures, table


@app.command
def analyze(run: Path, *, trials: int = 100, json: Json = False) -> None:
    """Measure a trained network: performance, task variance, modules and where they sit, wiring. Writes analysis.json.

    Parameters
    ----------
    run
        Folder of a run.
    trials
        Single trials of each task that the network is measured on.
    """
    from .. import pipeline

    found = find_run(run)
    report = pipeline.analyze(found, trials)
    value = measures(report) | {"file": str(found.path / "analysis.json")}
    emit(value, json, table(f"{found.path}: measures", MEASURE_COLUMNS, measure_rows(report)))


@app.command
def emergence(
    *runs: str, modules: int = 10, trials: int = 50, out: Path = Path("emergence"), json: Json = False
) -> None:
    """Measure a network at every snapshot of its training: do function and anatomy become modular together?

    Of one run, writes its emergence.json and figures/co_emergence.png; of conditions, emergence.json and emergence.png
    into --out. Train with --training.snapshot_every for snapshots.

    Parameters
    ----------
    runs
        Folder of a run; or two conditions or more, each as NAME=RUN,RUN,... with all its seeds.
    modules
        Number of modules at which all steps are measured.
    trials
        Single trials of each task that the network is measured on.
    out
        Folder for what compares conditions.
    """
    from .. import pipeline
    from .conditions import emergence_table, grouped

    if conditions := grouped(runs):
        by_name = {name: [find_run(path) for path in paths] for name, paths in conditions.items()}
        grown = pipeline.emergence_of_conditions(by_name, out, modules, trials)
        emit(read_json(out / "emergence.json") | {"file": str(out / "emergence.json")}, json, emergence_table(grown))
        return
    if len(runs) != 1:
        raise InputError("Name one run, or conditions as NAME=RUN,RUN,... with all their seeds.")
    found = find_run(runs[0])
    growth = pipeline.emergence_run(found, modules, trials)
    columns = ("step", "performance", "important neurons", "wiring length", "silhouette", "-z isolated", "-z cluster")
    arrays = (growth.step_S, growth.performance_S, growth.important_S, growth.wiring_length_S)
    rows = list(zip(*arrays, growth.silhouette_S, growth.isolated_S, growth.compactness_S, strict=True))
    words = [[significant(value) for value in map(float, row)] for row in rows]
    value = growth.to_json() | {"file": str(found.path / "emergence.json")}
    emit(value, json, table(f"{found.path}: growth", columns, words))


@app.command
def compare(*runs: str, out: Path = Path("comparison"), json: Json = False) -> None:
    """Compare networks, e.g. rate and spiking, or conditions of several seeds each: one table, one figure.

    Parameters
    ----------
    runs
        Folders of two runs or more; or two conditions or more, each as NAME=RUN,RUN,... with all its seeds.
    out
        Folder for comparison.json and comparison.png.
    """
    from .. import pipeline
    from ..pipeline.run_figures import draw_comparison, draw_conditions
    from .conditions import condition_tables, grouped
    from .tables import comparison_tables

    if len(runs) < 2:
        raise InputError("There is nothing to compare: name at least two run folders.")
    if conditions := grouped(runs):
        by_name = {name: [find_run(path) for path in paths] for name, paths in conditions.items()}
        over_seeds = pipeline.compare_conditions_of_runs(by_name, out)
        figure = draw_conditions(over_seeds, out / "comparison.png")
        emit(over_seeds.to_json() | {"figure": str(figure)}, json, *condition_tables(over_seeds))
        return
    if len({Path(run).resolve() for run in runs}) < len(runs):
        raise InputError("A run folder is named twice: name each network to compare once.")
    opened = [find_run(run) for run in runs]
    compared = pipeline.compare_runs(opened, out)
    figure = draw_comparison(opened, pipeline.matched_reports(opened), out / "comparison.png")
    value = compared.to_json() | {"figure": str(figure)}
    emit(value, json, *comparison_tables(compared))


@app.command
def card(run: Path, *, trials: int = 500, json: Json = False) -> None:
    """Write a model card: what the network is, what it does, where it comes from. Writes README.md in the run folder.

    Parameters
    ----------
    run
        Folder of a run.
    trials
        Single trials of each task that the network is measured on.
    """
    from .. import pipeline

    path = pipeline.write_card(find_run(run), trials)
    text = path.read_text(encoding="utf-8")
    emit({"file": str(path), "card": text}, json, text)


@app.command
def tradeoff(
    *sweeps: Path, out: Path = Path("trade-off"), worst_error: float | None = None, json: Json = False
) -> None:
    """Trade sparsity for error over the networks of sweeps: Pareto frontier and its area for each condition.

    Parameters
    ----------
    sweeps
        Folders of sweeps; the column condition of their tables says which networks belong together.
    out
        Folder for trade-off.json and trade-off.png.
    worst_error
        Error from which on a network is of no use: areas are measured up to it; by default, the largest of all.
    """
    from ..pipeline.trade_offs import TRADE_OFF_FILE, write_trade_offs

    if not sweeps:
        raise InputError("Name at least one sweep folder.")
    found, picture = write_trade_offs(sweeps, out, worst_error)
    rows = [
        (
            condition,
            measure.replace("_", " "),
            significant(area.value),
            significant(area.low),
            significant(area.high),
        )
        for measure, areas in found.hypervolume.items()
        for condition, area in areas.items()
    ]
    columns = ("condition", "sparsity measure", "area under the frontier", "2.5 %", "97.5 %")
    value = found.to_json() | {"figure": str(picture), "file": str(out / TRADE_OFF_FILE)}
    emit(value, json, table(f"{out}: trade-offs", columns, rows))


@app.command(name="report")
def report_command(*folders: Path, out: Path | None = None, json: Json = False) -> None:
    """Write one offline HTML page about one run or several, and about trade-offs of sweeps.

    Parameters
    ----------
    folders
        Folders of runs, and of what `neurogrow tradeoff` wrote.
    out
        The HTML file; by default report.html in the first folder.
    """
    from ..pipeline.trade_offs import read_trade_off
    from ..report import write_report

    if not folders:
        raise InputError("Name at least one folder, of a run or of a trade-off.")
    trade_offs = {folder: found for folder in folders if (found := read_trade_off(folder))}
    runs = [find_run(folder) for folder in folders if folder not in trade_offs]
    first = folders[0] if folders[0] in trade_offs else runs[0].path
    path = write_report(runs, out or first / "report.html", list(trade_offs.values()))
    emit({"file": str(path)}, json, table("Report", ("file",), [(str(path),)]))
