"""Single steps of the compiled search, for those who want to check them from outside."""

from hardware_models.search.increments import OVER, State, change_of_move, compiled, load_cost, move


@compiled
def probe(s: State, v: int, b: int) -> tuple[float, float, float, int]:
    """Move node v to core b; return the change foretold, the change made, what loads cost then, and the overuse."""
    foretold = change_of_move(s, v, b)
    made = move(s, v, b)
    return foretold, made, load_cost(s), s.whole[OVER]
