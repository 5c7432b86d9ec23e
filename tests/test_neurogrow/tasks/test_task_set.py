import pytest

from neurogrow.errors import InputError
from neurogrow.tasks import COLLECTIONS, MODCOG, YANG19, TaskSet, find_task, task_names


def test_the_layout_of_all_twenty_is_the_papers():
    assert len(YANG19) == 20
    assert (TaskSet().n_inputs, TaskSet().n_outputs) == (53, 17)
    assert (TaskSet().shortest, TaskSet().longest) == (6, 32)


def test_the_layout_of_mod_cog():
    task_set = TaskSet(MODCOG)
    assert (task_set.n_inputs, task_set.n_outputs) == (115, 17)
    assert (task_set.shortest, task_set.longest) == (6, 34)


def test_what_is_not_said_is_the_twenty():
    assert TaskSet().names == YANG19


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((("go", "anty"),), "no task 'anty'. Did you mean 'anti'"),
        (((),), "at least one task"),
        ((("go", "go"),), "each task once"),
        ((("go",), 7), "even number"),
        ((("go",), 0), "even number"),
    ],
)
def test_a_bad_task_set_is_refused(arguments, message):
    with pytest.raises(InputError, match=message):
        TaskSet(*arguments)


def test_a_list_of_names_will_do():
    assert TaskSet(["go", "dms"]) == TaskSet(("go", "dms"))


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("modcog", MODCOG),
        (["yang19"], YANG19),
        ("goseqr", ("goseqr",)),
        (("go", "dms"), ("go", "dms")),
        (["yang19", "goseql"], (*YANG19, "goseql")),
    ],
)
def test_a_collection_stands_for_its_tasks(names, expected):
    assert task_names(names) == expected
    assert TaskSet(task_names(names)).names == expected


def test_no_collection_is_named_like_a_task():
    assert not set(COLLECTIONS) & set(MODCOG)


def test_a_misspelt_collection_is_refused_with_its_name():
    with pytest.raises(InputError, match=r"no task 'modcg'\. Did you mean 'modcog'"):
        TaskSet(task_names("modcg"))
    with pytest.raises(InputError, match="no task 'goseq'"):
        find_task("goseq")
