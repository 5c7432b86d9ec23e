"""The fixed corpus of traps, and a few files spoilt at random; ``fuzz_files.py`` does thousands, confined."""

import itertools
import os
import time
from contextlib import suppress

import numpy as np
import pytest
from support.hostile import READERS, spoilt, traps, whole_files

from neurogrow.errors import InputError
from neurogrow.io.untrusted import check_plain, largest_declared, parse_settings, plainly


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    folder = tmp_path_factory.mktemp("traps")
    lure = folder / "lure"
    lure.touch()
    found = traps(folder, lure)
    lure.unlink()
    os.mkfifo(lure)  # whoever opens it waits for ever
    return found


@pytest.mark.parametrize("kind", READERS)
def test_every_trap_is_refused_soon_with_its_name(corpus, kind):
    sprung = [(each, path) for each, path in corpus if each == kind]
    assert sprung
    for _, path in sprung:
        started = time.process_time()
        with pytest.raises(InputError, match=path.name.replace(".", r"\.")):
            READERS[kind](path)
        assert time.process_time() - started < 5, path.name


def test_whole_files_are_read(tmp_path):
    for kind, paths in whole_files(tmp_path).items():
        for path in paths:
            READERS[kind](path)


def test_spoilt_files_are_refused_or_still_make_sense(tmp_path):
    whole = [(kind, path) for kind, paths in whole_files(tmp_path).items() for path in paths]
    data = {path: path.read_bytes() for _, path in whole}
    read = 0
    for seed, (kind, path) in enumerate(itertools.islice(itertools.cycle(whole), 60)):
        file = tmp_path / ("spoilt.toml" if kind in ("config", "sweep", "chip") else "spoilt")
        file.write_bytes(spoilt(kind, data[path], data[whole[seed % 7][1]], seed))
        with suppress(InputError):
            READERS[kind](file)
            read += 1
    assert read < 30


@pytest.mark.parametrize("kind", sorted(set(READERS) - {"spikes"}))
def test_a_pipe_a_folder_and_nothing_are_no_files(tmp_path, kind):
    os.mkfifo(tmp_path / "pipe.toml")
    for path in (tmp_path / "pipe.toml", tmp_path, tmp_path / "nothing.toml"):
        with pytest.raises(InputError, match=path.name):
            READERS[kind](path)


def test_sizes_by_hand(tmp_path):
    assert [largest_declared(size) for size in (0, 2**20, 2**30)] == [64 * 2**20, 200 * 2**20, 2**32]
    (tmp_path / "ten").write_bytes(bytes(10))
    assert check_plain(tmp_path / "ten", 10) == 10
    with pytest.raises(InputError, match="has 10 bytes; at most 9"):
        check_plain(tmp_path / "ten", 9)
    with pytest.raises(InputError, match="cannot be read"):
        check_plain(tmp_path / "a\0b")


def test_words_are_one_line_and_not_endless():
    assert plainly(ValueError("a\n  b")) == "a b"
    assert plainly(ValueError()) == "ValueError"
    assert plainly("x" * 400, 10) == "x" * 10 + " ..."


def test_long_lists_of_numbers_are_settings_and_endless_keys_are_not():
    numbers = np.arange(3000) + 0.5
    assert parse_settings(f"a = {numbers.tolist()}")["a"] == numbers.tolist()
    with pytest.raises(ValueError, match="thousands of parts"):
        parse_settings("a." * 4000 + "a = 1")
