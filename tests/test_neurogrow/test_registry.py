"""Names of what users bring: built in, registered, installed."""

from importlib.metadata import EntryPoint

import pytest

from neurogrow import registry
from neurogrow.errors import InputError
from neurogrow.registry import Registry


@pytest.fixture
def shapes() -> Registry[object]:
    return Registry("shape", "neurogrow.test_shapes", {"pi": "math:pi", "one": 1})


def install(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    entries = {name: EntryPoint(name, value, "neurogrow.test_shapes") for name, value in values.items()}
    monkeypatch.setattr(registry, "_installed", lambda group: entries if group == "neurogrow.test_shapes" else {})


def test_a_built_in_is_imported_when_it_is_looked_up(shapes):
    assert shapes.names() == ["pi", "one"]
    assert shapes["pi"] == pytest.approx(3.14159, abs=1e-5)
    assert shapes["one"] == 1


def test_a_registered_object_is_found_and_can_be_taken_back(shapes):
    value = object()
    assert shapes.register("mine", value) is value
    assert shapes.register("mine", value) is value, "the same object again is no mistake"
    assert shapes["mine"] is value
    assert shapes.provider("mine") is None
    shapes.unregister("mine")
    assert "mine" not in shapes
    with pytest.raises(InputError, match="No shape 'mine' was registered"):
        shapes.unregister("mine")


@pytest.mark.parametrize("name", ["pi", "mine"])
def test_a_name_stands_for_one_object(shapes, name):
    shapes.register("mine", object())
    with pytest.raises(InputError, match=f"There is a shape '{name}' already"):
        shapes.register(name, object())


@pytest.mark.parametrize("name", ["", " pi"])
def test_a_name_without_letters_or_with_spaces_around_it_is_refused(shapes, name):
    with pytest.raises(InputError, match="needs a name"):
        shapes.register(name, 2)


def test_an_installed_name_is_loaded(shapes, monkeypatch):
    install(monkeypatch, tau="math:tau")
    assert shapes.names() == ["pi", "one", "tau"]
    assert shapes["tau"] == pytest.approx(6.28318, abs=1e-5)


def test_an_installed_name_that_cannot_be_imported_names_the_cause(shapes, monkeypatch):
    install(monkeypatch, broken="no_such_module:thing")
    with pytest.raises(InputError, match=r"no_such_module:thing, which cannot be imported: ModuleNotFoundError"):
        shapes["broken"]


def test_an_unknown_name_says_what_is_near_and_how_to_add_it(shapes):
    with pytest.raises(InputError, match=r"no shape 'onne'. Did you mean 'one'\?.*neurogrow.test_shapes"):
        shapes["onne"]


def test_a_missing_name_of_a_package_names_the_package(shapes):
    with pytest.raises(InputError, match="comes from the package 'shapely-things'; install that package"):
        shapes.find("triangle", provided_by="shapely-things")


def test_nothing_is_imported_by_listing(shapes, monkeypatch):
    install(monkeypatch, broken="no_such_module:thing")
    assert list(shapes) == ["pi", "one", "broken"]
    assert "broken" in shapes
