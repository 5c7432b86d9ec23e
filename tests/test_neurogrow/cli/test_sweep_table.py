from neurogrow.cli.sweep_table import sweep_table

ROW = {"name": "0000", "condition": "BIMT", "growth.strength": 1e-5, "growth.rule": "proximal", "model.seed": 0,
       "finished": True, "performance": 0.9, "wiring_cost": 3.0, "seconds": 5.0}  # fmt: skip


def columns(*rows):
    return [column.header for column in sweep_table("a sweep", rows).columns]


def test_what_a_condition_settles_is_not_shown():
    rows = [
        ROW,
        ROW | {"name": "0001", "growth.strength": 1e-4},
        ROW | {"name": "0002", "condition": "L1", "growth.rule": "subgradient"},
    ]
    assert columns(*rows) == ["name", "condition", "growth.strength", "finished", "performance", "wiring_cost"]


def test_without_conditions_what_differs_is_shown():
    row = {name: value for name, value in ROW.items() if name != "condition"}
    assert columns(row, row | {"model.seed": 1}) == ["name", "model.seed", "finished", "performance", "wiring_cost"]
