import json
import sys

import pytest

from neurogrow.cli import main
from neurogrow.errors import InputError
from neurogrow.io.tensors import read_header
from neurogrow.progress import heard_by
from neurogrow.training import Run, distributed
from neurogrow.training.distributed import Cluster, connected
from neurogrow.training.sweep import run_sweep

ray = pytest.importorskip("ray", reason="the extra `distributed` is not installed")
cluster_utils = pytest.importorskip("ray.cluster_utils")
scheduling = pytest.importorskip("ray.util.scheduling_strategies")

SWEEP = """
[tasks]
names = ["go"]
ring = 4
[model]
rows = 4
cols = 4
[training]
steps = 800
batch_size = 4
ticks = 15
log_every = 20
checkpoint_every = 20
device = "cpu"
[sweep]
training.seed = [0, 1]
growth.strength = [0.0, 1e-3]
"""
STEPS = 800
NODE = {"num_cpus": 1, "object_store_memory": 100 * 2**20}
QUICK = {"health_check_initial_delay_ms": 0, "health_check_period_ms": 500, "health_check_failure_threshold": 8}
"""So that a node is found dead within seconds."""
EAGER = {"worker_niceness": 0}
"""Workers are as nice as this process, and not by 15 more: on a busy machine they would hardly come to run."""


@pytest.fixture(scope="module")
def nodes():
    """A cluster of two nodes on this machine, one processor each."""
    cluster = cluster_utils.Cluster(
        True, head_node_args=NODE | {"include_dashboard": False, "_system_config": QUICK | EAGER}
    )
    try:
        cluster.add_node(**NODE)
        yield cluster
    finally:
        cluster.shutdown()


@pytest.fixture
def ready_workers(nodes):
    """A connection, and on each node a worker that has imported all it needs: shards then begin at the same moment."""
    ray.init(nodes.address, log_to_driver=False, logging_level="ERROR")
    try:
        imports = ray.remote(num_cpus=1)(lambda: __import__("neurogrow.training.sweep"))
        where = [scheduling.NodeAffinitySchedulingStrategy(node["NodeID"], soft=False) for node in ray.nodes()]
        ray.wait([imports.options(scheduling_strategy=each).remote() for each in where], num_returns=2)
        yield
    finally:
        ray.shutdown()


@pytest.fixture
def sweep_file(tmp_path):
    path = tmp_path / "sweep.toml"
    path.write_text(SWEEP)
    return path


def inode(path):
    return path.stat().st_ino


class Killer:
    """Looks on as a sweep trains; kills a node when both shards are past a checkpoint and neither is half done."""

    def __init__(self, cluster, out):
        self.cluster, self.out, self.done = cluster, out, 0
        self.begun, self.logs, self.finished = {}, {}, {}

    def __call__(self, what, done, steps, row=None):
        assert steps == 4 * STEPS
        assert done >= self.done or self.logs  # what the dead node had not saved is done again
        self.done = done
        for model in self.out.glob("*/model.safetensors"):
            if read_header(model)["step"] == str(STEPS):
                assert self.finished.setdefault(model, inode(model)) == inode(model)
        checkpoints = list(self.out.glob("shards/*.safetensors"))
        steps = [int(read_header(checkpoint)["step"]) for checkpoint in checkpoints]
        if not self.logs and len(steps) == 2 and max(steps) < STEPS / 2:
            runs = [Run(self.out / checkpoint.stem) for checkpoint in checkpoints]
            self.logs = {run.metrics_path: inode(run.metrics_path) for run in runs}
            self.begun = {run.config_path: inode(run.config_path) for run in runs}
            (node,) = [node for node in self.cluster.list_all_nodes() if node is not self.cluster.head_node]
            self.cluster.remove_node(node, allow_graceful=False)


def test_a_users_mistake_ends_the_sweep_with_its_message(nodes, sweep_file, tmp_path):
    sweep_file.write_text(SWEEP.replace('"cpu"', '"nowhere"'))
    with pytest.raises(InputError, match="The device 'nowhere' cannot be used here"):
        run_sweep(sweep_file, tmp_path / "out", cluster=Cluster(nodes.address))


def test_a_node_that_dies_in_mid_sweep_costs_no_network_and_changes_none(
    nodes, ready_workers, sweep_file, tmp_path, monkeypatch, capfd
):
    monkeypatch.setattr(distributed, "LOOK_EVERY", 0.1)
    killer = Killer(nodes, tmp_path / "cluster")
    with heard_by(killer):
        rows = run_sweep(sweep_file, tmp_path / "cluster", Cluster(nodes.address))
    assert capfd.readouterr().out == ""
    assert [row["finished"] for row in rows] == [True] * 4
    assert len(killer.logs) == 2
    # A log is written anew when its shard is begun or resumed: the dead node's was, and not from the start.
    assert sum(inode(path) != before for path, before in killer.logs.items()) == 1
    assert all(inode(path) == before for path, before in killer.begun.items())
    # Nothing that was finished has been written again.
    assert all(inode(path) == before for path, before in killer.finished.items())
    alone = run_sweep(sweep_file, tmp_path / "alone")
    for one, other in zip(rows, alone, strict=True):
        assert one | {"seconds": 0} == other | {"seconds": 0}
        here, there = (tmp_path / name / one["run"] for name in ("cluster", "alone"))
        assert (here / "model.safetensors").read_bytes() == (there / "model.safetensors").read_bytes()
        assert Run(here).metrics()["step"].tolist() == Run(there).metrics()["step"].tolist()
    assert run_sweep(sweep_file, tmp_path / "cluster") == rows


def test_the_command_line_starts_a_cluster_and_prints_one_object(sweep_file, tmp_path, capfd):
    sweep_file.write_text(SWEEP.replace("steps = 800", "steps = 40"))
    main(["sweep", str(sweep_file), "--out", str(tmp_path / "out"), "--workers", "2", "--json"])
    value = json.loads(capfd.readouterr().out)
    assert [row["finished"] for row in value["runs"]] == [True] * 4
    assert not ray.is_initialized()


@pytest.mark.parametrize("address", ["127.0.0.1:1", "nowhere"])
def test_an_address_without_a_cluster_is_refused(address):
    with pytest.raises(InputError, match=rf"No Ray cluster can be joined at '{address}'"), connected(Cluster(address)):
        pytest.fail("there is no cluster")


def test_without_ray_the_message_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(InputError, match=r"pip install neurogrow\[distributed\]"), connected(Cluster()):
        pytest.fail("there is no ray")


@pytest.mark.parametrize(
    ("cluster", "resources", "slots"),
    [
        (Cluster(), {"CPU": 6.0}, 6),
        (Cluster(gpus=1), {"CPU": 6.0, "GPU": 2.0}, 2),
        (Cluster(gpus=0.25), {"CPU": 6.0, "GPU": 1.0}, 4),
        (Cluster(gpus=0.25), {"CPU": 3.0, "GPU": 1.0}, 3),
    ],
)
def test_as_many_shards_train_at_once_as_there_is_room(cluster, resources, slots):
    assert distributed._slots(resources, cluster) == slots


def test_a_cluster_that_lacks_what_shards_ask_for_is_refused():
    with pytest.raises(InputError, match=r"no 0\.5 GPUs and a processor"):
        distributed._slots({"CPU": 4.0}, Cluster(gpus=0.5))
    with pytest.raises(InputError, match="not negative"):
        Cluster(workers=-1)
