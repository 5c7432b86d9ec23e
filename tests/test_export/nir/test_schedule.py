from hypothesis import given, settings
from hypothesis import strategies as st

from export.nir.schedule import schedule

EDGES = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), unique=True)


@given(EDGES, st.permutations(range(8)))
@settings(deadline=None, max_examples=100)
def test_without_the_closing_edges_the_order_is_topological(edges, nodes):
    order, closing = schedule(edges, nodes)
    assert sorted(order) == list(range(8))
    place = {node: i for i, node in enumerate(order)}
    assert all(place[pre] < place[post] for pre, post in set(edges) - closing)


@given(EDGES, st.randoms())
@settings(deadline=None, max_examples=50)
def test_what_closes_a_cycle_does_not_depend_on_the_order_of_the_edges(edges, random):
    shuffled = list(edges)
    random.shuffle(shuffled)
    assert schedule(edges, range(8))[1] == schedule(shuffled, range(8))[1]


def test_in_a_graph_without_cycles_nothing_is_delayed():
    assert schedule([("b", "c"), ("a", "c"), ("a", "b")], "abc") == (["a", "b", "c"], set())


def test_one_loop_closes_where_it_is_entered():
    loop = [("hidden", "weights"), ("weights", "hidden")]
    assert schedule([("in", "hidden"), *loop], ["in"])[1] == {("weights", "hidden")}
    assert schedule([("in", "weights"), *loop], ["in"])[1] == {("hidden", "weights")}
    assert schedule(loop, ["in"])[1] == {("weights", "hidden")}  # nothing leads into it: where it is first mentioned


def test_of_nested_loops_each_closes_where_it_is_entered():
    edges = [("in", "a"), ("a", "b"), ("b", "c"), ("c", "b"), ("c", "a")]
    assert schedule(edges, ["in"])[1] == {("c", "a"), ("c", "b")}


def test_populations_that_all_have_inputs_reach_each_other_a_tick_later():
    blocks = [("a", "ab"), ("ab", "b"), ("b", "ba"), ("ba", "a"), ("a", "aa"), ("aa", "a")]
    assert schedule([("in", "a"), ("in", "b"), *blocks], ["in"])[1] == {("ab", "b"), ("ba", "a"), ("aa", "a")}
