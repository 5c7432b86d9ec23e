from dataclasses import replace

from support.reports import planted_report
from support.run_folders import bare_folder

from neurogrow.analysis.firing import Firing
from neurogrow.cli import main
from neurogrow.io.files import write_json
from neurogrow.pipeline.card import model_card


def test_a_card_says_what_the_network_is_and_does(tmp_path):
    run = bare_folder(tmp_path / "run", kind="rate")
    report = planted_report(task_names=("go", "anti", "dm1", "dm2", "dms", "dmc"))
    text = model_card(replace(run), replace(report, ceiling_K=report.performance_K + 0.05), 500)
    assert text.startswith("# BIMT rate network of 6 x 6 neurons on 6 tasks\n")
    assert "| lambda, A | 1e-05, 1 |" in text
    assert "| seeds | weights 0, trials 0 |" in text
    assert "| dm1 | 90.0\N{NO-BREAK SPACE}% | 95.0\N{NO-BREAK SPACE}% |" in text
    assert "| isolated fraction |" in text
    assert "neurogrow train config.toml" in text
    tables = [line for line in text.splitlines() if line.startswith("|")]
    columns = {line.replace("\\|", "").count("|") for line in tables}
    assert columns == {3, 4, 6}


def test_a_spiking_network_says_how_it_fires_and_where_it_comes_from(tmp_path):
    run = bare_folder(tmp_path / "run")
    assert "neurogrow train config.toml" in model_card(run, planted_report(), 10)
    write_json(run.path / "origin.json", {"run": "paper-bimt", "model": "0", "via": ["first"]})
    text = model_card(run, planted_report(), 10, Firing(7.25, 12345.0))
    assert "`paper-bimt`, by way of `first`" in text
    assert "neurogrow spike first --config config.toml" in text
    write_json(run.path / "origin.json", {"run": "paper-bimt", "model": "0", "step": 3000})
    early = model_card(run, planted_report(), 10)
    assert "`paper-bimt` after 3,000 steps: which" in early
    assert "neurogrow spike paper-bimt --from-step 3000 --config config.toml" in early
    assert "| spikes per second and neuron | 7.25 |" in text
    assert "| synaptic operations per trial | 12,300 |" in text
    assert "| decays per tick | membrane 0.95; readout 0.8 |" in text


def test_a_network_that_does_not_swap_says_so(tmp_path):
    run = bare_folder(tmp_path / "run")
    config = run.config_path.read_text()
    run.config_path.write_text(config.replace("swap_every = 200", "swap_every = 0"))
    assert "; no swaps |" in model_card(run, planted_report(), 10)


def test_the_command_writes_the_card_into_the_run_folder(tmp_path, capsys):
    out = str(tmp_path / "run")
    sizes = ["--model.rows", "3", "--model.cols", "3", "--training.steps", "2", "--training.ticks", "20"]
    main(["train", "small-bimt", "--out", out, *sizes, "--training.batch-size", "2"])
    capsys.readouterr()
    main(["card", out, "--trials", "4"])
    text = (tmp_path / "run" / "README.md").read_text()
    assert capsys.readouterr().out == text
    assert "BIMT rate network of 3 x 3 neurons" in text
