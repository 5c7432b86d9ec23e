"""The duration that tasks, networks and reports share."""

TASK_STEP = 0.1
"""Duration of a task step, in seconds. A network updates its neurons once or several times in a task step (ticks)."""
