"""Lesions and transfer from the command line to the run folder, the figures and the report."""

import json
import shutil

import matplotlib.pyplot as plt
import numpy as np
import pytest
from support.report_page import page_of
from support.run_folders import bare_folder

from neurogrow import figures
from neurogrow.analysis.lesion_report import LesionReport, lesion_report
from neurogrow.analysis.transfer import TransferReport, transfer_curve
from neurogrow.cli import main
from neurogrow.errors import InputError
from neurogrow.io.files import read_json, write_json
from neurogrow.pipeline import transfer_run
from neurogrow.training import GrowthConfig, ModelConfig, Run, TasksConfig, TrainConfig, TrainingConfig, train

CONFIG = TrainConfig(
    TasksConfig(("go", "dm1"), ring=4),
    ModelConfig(rows=3, cols=4),
    GrowthConfig(swap_every=10),
    TrainingConfig(steps=20, batch_size=8, ticks=30, log_every=10, learning_rate=5e-3, warmup_steps=5),
)


@pytest.fixture(autouse=True)
def own_figures():
    plt.switch_backend("Agg")
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return train(CONFIG, tmp_path_factory.mktemp("runs") / "one").path


def run_json(capsys, *arguments):
    main([*map(str, arguments), "--json"])
    return json.loads(capsys.readouterr().out)


def refusal(capsys, *arguments):
    with pytest.raises(SystemExit) as exit_:
        main([str(argument) for argument in arguments])
    assert exit_.value.code == 2
    return " ".join(capsys.readouterr().err.split())


def lesions(n_tasks=3):
    drop_MK = np.zeros((2, n_tasks))
    drop_MK[0, 0], drop_MK[1, 1] = 0.4, 0.9
    control_SMK = np.broadcast_to(1 - np.array([0.1, 0.2])[:, None], (2, 2, n_tasks))
    names = ["go", "dm1", "dms"][:n_tasks]
    return lesion_report(names, np.ones(n_tasks), 1 - drop_MK, control_SMK, np.array([7, 3]), 10, 0)


def transfer(names=("anti",)):
    trials_P, ceiling_K = np.array([0, 10, 100]), np.ones(len(names))
    rising = np.array([[0.0, 0.5, 0.9], [0.1, 0.5, 1.0]])[..., None].repeat(len(names), -1)
    curves = (transfer_curve(trials_P, rising, ceiling_K), transfer_curve(trials_P, rising / 2, ceiling_K))
    return TransferReport(("go",), names, trials_P, *curves, ceiling_K, 0.8, {"readout": True})


def test_lesion_leaves_a_file_a_figure_and_the_same_numbers_on_the_screen(folder, capsys):
    value = run_json(capsys, "lesion", folder, "--trials", 5, "--draws", 3)
    report = LesionReport.from_json(read_json(folder / "lesions.json"))
    assert report.trials_per_task == 5
    assert report.draws == 3
    assert value["selectivity"]["value"] == report.selectivity.value
    assert [row["drop"]["dm1"] for row in value["modules"]] == report.drop_MK[:, 1].tolist()
    important_N = np.array(read_json(folder / "analysis.json")["important_N"])
    assert sum(row["neurons"] for row in value["modules"]) == important_N.sum()
    assert read_json(folder / "lesions.json")["model"] == Run(folder).fingerprint()
    assert (folder / "figures" / "lesions.png").stat().st_size > 5000
    main(["lesion", str(folder), "--trials", "5", "--draws", "2"])
    assert "2 random lesions" in " ".join(capsys.readouterr().out.split())


def test_transfer_leaves_files_and_runs_are_paired(folder, tmp_path, capsys):
    shutil.copytree(folder, tmp_path / "same")
    arguments = ("--tasks", "anti,dms", "--steps", 2, "--seeds", 2, "--out", tmp_path / "both.png")
    value = run_json(capsys, "transfer", folder, tmp_path / "same", *arguments)
    one, same = value["runs"].values()
    assert one == same  # the same network, on the same trials
    assert one["tasks"] == ["anti", "dms"]
    assert len(one["grown"]["trials_to_criterion"]) == 2
    report = TransferReport.from_json(read_json(folder / "transfer.json"))
    assert one["grown"]["final"] == report.grown.final_R.mean()
    assert report.trained_names == ("go", "dm1")
    assert report.settings["steps"] == 2
    assert (tmp_path / "both.png").stat().st_size > 5000
    assert (folder / "figures" / "transfer.png").stat().st_size > 5000

    conditions = f"a={folder}", f"b={tmp_path / 'same'}"
    written = (folder / "transfer.json").stat().st_mtime_ns
    by_condition = run_json(capsys, "transfer", *conditions, *arguments)
    assert by_condition["runs"] == value["runs"]
    assert by_condition["conditions"]["a"] == one
    assert (folder / "transfer.json").stat().st_mtime_ns == written  # read, not measured again

    main(["transfer", str(folder), "--tasks", "anti", "--steps", "1", "--seeds", "1", "--no-readout"])
    assert "shuffled" in capsys.readouterr().out
    assert TransferReport.from_json(read_json(folder / "transfer.json")).settings["readout"] is False
    (folder / "transfer.json").write_text("{}")
    assert run_json(capsys, "transfer", folder, *arguments)["runs"][str(folder)] == one


def test_mistakes_are_named(folder, tmp_path, capsys):
    assert "was trained on go" in refusal(capsys, "transfer", folder, "--tasks", "anti,go")
    assert "Did you mean 'anti'" in refusal(capsys, "transfer", folder, "--tasks", "antii")
    assert "steps is not" in refusal(capsys, "transfer", folder, "--tasks", "anti", "--steps", 0)
    assert "at least one run" in refusal(capsys, "transfer", "--tasks", "anti")
    assert "2 draws" in refusal(capsys, "lesion", folder, "--draws", 1)
    assert "no run folder" in refusal(capsys, "lesion", tmp_path / "nowhere")
    with pytest.raises(InputError, match="names each task once"):
        transfer_run(Run(folder), ["anti", "anti"])


def test_the_lesion_matrix_shows_drops_and_marks_those_beyond_the_control():
    report = lesions()
    assert not figures.lesion_matrix(report).collections[0].get_offsets().size  # a control that never varies marks none
    rng = np.random.default_rng(0)
    control_SMK = 1 - rng.uniform(0, 0.2, (20, 2, 3))
    varied = lesion_report(report.task_names, np.ones(3), 1 - report.drop_MK, control_SMK, np.array([7, 3]), 10, 0)
    ax = figures.lesion_matrix(varied)
    np.testing.assert_array_equal(ax.images[0].get_array(), report.drop_MK)
    assert ax.collections[0].get_offsets().tolist() == [[0, 0], [1, 1]]
    assert [text.get_text() for text in ax.get_yticklabels()] == ["0 (7)", "1 (3)"]
    assert [text.get_text() for text in ax.get_xticklabels()] == ["go", "dm1", "dms"]
    given = plt.subplots()[1]
    assert figures.lesion_matrix(varied, given) is given


def test_transfer_curves_draw_each_network_as_grown_and_shuffled():
    ax = figures.transfer_curves({"bimt": transfer(), "l1": transfer()})
    curves = {line.get_label(): line for line in ax.lines}
    assert set(curves) == {"bimt", "bimt, shuffled", "l1", "l1, shuffled", "ideal observer", "criterion"}
    np.testing.assert_allclose(curves["bimt"].get_ydata(), [0.05, 0.5, 0.95])
    assert curves["bimt"].get_color() == curves["bimt, shuffled"].get_color() != curves["l1"].get_color()
    assert curves["criterion"].get_ydata()[0] == pytest.approx(0.8)
    with pytest.raises(InputError, match="same new tasks"):
        figures.transfer_curves({"bimt": transfer(), "l1": transfer(("dms",))})


def test_the_report_shows_what_was_measured_and_nothing_where_nothing_was(tmp_path):
    run = bare_folder(tmp_path / "run")
    assert not {"run-1-lesions-matrix", "run-1-transfer-curves"} & set(page_of(run).figures)
    write_json(run.path / "lesions.json", lesions().to_json())
    write_json(run.path / "transfer.json", transfer().to_json())
    page = page_of(run)
    assert {"run-1-lesions-matrix", "run-1-transfer-curves"} <= set(page.figures)
    assert {"Lesions of modules", "Transfer to new tasks"} <= set(page.headings)
    assert any(caption.startswith("Learning of anti after training on 1 other tasks") for caption in page.captions)
    write_json(run.path / "lesions.json", {"format": "neurogrow-lesions-1"})
    with pytest.raises(InputError, match="run the lesions again"):
        page_of(run)
