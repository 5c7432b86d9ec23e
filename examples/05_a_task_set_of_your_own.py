"""Train on a task set of your own: some of the tasks, on a ring of another size; measure the performance of each.

This example shows that a task is a record, and that a task set determines the numbers of inputs and outputs. Batches of
trials are plain tensors, which a training loop of your own can use as well.

    python examples/05_a_task_set_of_your_own.py [STEPS]

STEPS is the number of training steps. With the default, 1,500, dm2 reaches 0.68 (its inputs are noisy) and the others
1.00. With 40 steps it prints, up to the numbers::

    30 inputs: fixation, two rings of 12, 5 rules; 13 outputs
      rtgo    10 steps, decision in the last 5, class 6 (reach)
      rtanti  10 steps, decision in the last 5, class 4 (reach)
      dlygo   20 steps, decision in the last 5, class 2 (reach)
      dm2     11 steps, decision in the last 2, class 2 (decision)
      dmc     32 steps, decision in the last 9, class 4 (matching)
      rtgo    0.00 of trials performed
      rtanti  0.00 of trials performed
      dlygo   0.00 of trials performed
      dm2     0.00 of trials performed
      dmc     0.00 of trials performed
      mean    0.00
    drawn     performance.png
"""

import sys
from pathlib import Path

from neurogrow.analysis.recording import record
from neurogrow.figures import performance_bars
from neurogrow.tasks import TASKS, TaskSet, single_trials
from neurogrow.training import GrowthConfig, ModelConfig, TasksConfig, TrainConfig, TrainingConfig, train

NAMES = ("rtgo", "rtanti", "dlygo", "dm2", "dmc")
RING = 12


def main(steps: int) -> None:
    tasks = TaskSet(NAMES, RING)
    batch = single_trials(tasks, trials_per_task=1, seed=0)
    print(f"{tasks.n_inputs} inputs: fixation, two rings of {RING}, {len(NAMES)} rules; {tasks.n_outputs} outputs")
    for lane, name in enumerate(NAMES):
        running, decision = batch.mask_TB[:, lane], batch.decision_TB[:, lane]
        response = int(batch.targets_TB[running, lane][-1])
        print(f"  {name:<7} {int(running.sum()):>2} steps, decision in the last {int(decision.sum())}", end=", ")
        print(f"class {response} ({TASKS[name].family})")

    config = TrainConfig(
        tasks=TasksConfig(NAMES, RING),
        model=ModelConfig(rows=8, cols=8, activation="softplus"),
        growth=GrowthConfig(strength=1e-4, locality=1.0, swap_every=100),
        training=TrainingConfig(steps=steps, batch_size=32, ticks=64, learning_rate=2e-3),
    )
    folder = Path("runs/own-tasks")
    run = train(config, folder, resume=folder.exists())
    performance_K = record(run.load_model(), tasks, trials_per_task=100, seed=1).performance_K
    for name, performance in zip(NAMES, performance_K, strict=True):
        print(f"  {name:<7} {performance:.2f} of trials performed")
    print(f"  mean    {performance_K.mean():.2f}")
    performance_bars(performance_K, NAMES).figure.savefig("performance.png", dpi=150)
    print("drawn     performance.png")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1500)
