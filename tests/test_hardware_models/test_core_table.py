import csv

from support.workloads import workload

from hardware_models.chips.spec import load_chip
from hardware_models.core_table import write_core_table
from hardware_models.mapping import map_workload, mapping_report
from hardware_models.workload.nir_file import Population


def test_every_neuron_has_a_row_with_its_core(tmp_path):
    parts = (Population("cells", "LIF", 0, 2, True), Population("readout", "LI", 2, 3, False))
    work = workload([(0, 1), (1, 2)], [3, 1, 0], populations=parts)
    report = mapping_report(map_workload(work, load_chip("loihi1"), "sequential", "random", 1, neurons_per_core=1))
    path = write_core_table(report, tmp_path)
    assert path.name == "mapping-loihi1.csv"
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["population"], row["index"]) for row in rows] == [("cells", "0"), ("cells", "1"), ("readout", "0")]
    assert [int(row["core"]) for row in rows] == report.core_of_neuron
    by_core = {each["core"]: each for each in report.cores}
    for row in rows:
        at = by_core[int(row["core"])]
        assert (int(row["tile"]), int(row["x"]), int(row["y"])) == (at["tile"], at["x"], at["y"])
