"""Photographs of things become tiles that pictures are composed from; nothing else is taken in."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.errors import DatasetError
from training.synthetic.photographs import Photographs, lay_thing, read_photographs, tile_of
from training.synthetic.rooms import TILE, Pool

TEAL_BGR = (130, 120, 10)


def _write(path: Path, size_hw: tuple[int, int], colour: tuple[int, ...]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.full((*size_hw, len(colour)), colour, np.uint8))
    return path


def test_pictures_and_cut_out_things_are_told_apart(tmp_path: Path):
    _write(tmp_path / "a" / "floor.png", (120, 200), TEAL_BGR)
    _write(tmp_path / "opaque.png", (120, 120), (*TEAL_BGR, 255))
    _write(tmp_path / "toy.png", (120, 120), (*TEAL_BGR, 100))
    found = read_photographs((tmp_path / "**/*.png",))
    assert sorted(p.shape for p in found.pictures) == [(120, 120, 3), (120, 200, 3)]
    assert [t.shape for t in found.things] == [(120, 120, 4)]


def test_what_is_no_photograph_is_left_out(tmp_path: Path):
    good = _write(tmp_path / "good.png", (100, 100), TEAL_BGR)
    _write(tmp_path / "icon.png", (32, 300), TEAL_BGR)
    cv2.imwrite(str(tmp_path / "mask.png"), np.zeros((100, 100), np.uint8))
    cv2.imwrite(str(tmp_path / "deep.png"), np.zeros((100, 100, 3), np.uint16))
    (tmp_path / "broken.png").write_bytes(good.read_bytes()[:60])
    (tmp_path / "notes.png").write_text("not a picture")
    found = read_photographs((tmp_path / "*.png",))
    assert len(found.pictures) == 1
    assert not found.things


def test_a_large_photograph_is_kept_small_also_when_it_is_long(tmp_path: Path):
    _write(tmp_path / "panorama.png", (100, 2000), TEAL_BGR)
    (kept,) = read_photographs((tmp_path / "*",), largest=400).pictures
    assert kept.shape == (20, 400, 3)
    assert tile_of(kept, np.random.default_rng(0), 64).shape == (64, 64, 3)


def test_a_pattern_without_a_picture_says_which_one_it_is(tmp_path: Path):
    _write(tmp_path / "good.png", (100, 100), TEAL_BGR)
    with pytest.raises(DatasetError, match=r"nothing/\*\.jpg: no picture here"):
        read_photographs((tmp_path / "*.png", tmp_path / "nothing" / "*.jpg"))


def test_things_alone_are_not_enough_for_a_room(tmp_path: Path):
    _write(tmp_path / "toy.png", (120, 120), (*TEAL_BGR, 100))
    with pytest.raises(DatasetError, match="only things cut out"):
        read_photographs((tmp_path / "*.png",))


@given(
    height=st.integers(1, 700),
    width=st.integers(1, 700),
    side=st.integers(1, 300),
    seed=st.integers(0, 99),
)
@settings(max_examples=60, deadline=None)
def test_a_tile_of_any_picture_is_a_square_of_the_size_asked_for(height, width, side, seed):
    picture = np.full((height, width, 3), TEAL_BGR, np.uint8)
    tile = tile_of(picture, np.random.default_rng(seed), side)
    assert tile.shape == (side, side, 3)
    assert (tile == TEAL_BGR).all()


@given(
    height=st.integers(96, 400),
    width=st.integers(96, 400),
    size=st.floats(20, 150),
    seed=st.integers(0, 99),
)
@settings(max_examples=60, deadline=None)
def test_a_thing_covers_no_more_than_its_size_and_leaves_the_rest(height, width, size, seed):
    tile = np.zeros((TILE, TILE, 3), np.uint8)
    thing = np.full((height, width, 4), 255, np.uint8)
    laid = lay_thing(tile, thing, np.random.default_rng(seed), size)
    rows, columns = np.nonzero(laid[..., 0])
    assert len(rows)
    assert not tile.any()
    reach = size * np.hypot(1, 1) + 2
    assert max(np.ptp(rows), np.ptp(columns)) <= reach


def test_what_is_transparent_of_a_thing_does_not_show():
    tile = np.full((TILE, TILE, 3), 40, np.uint8)
    thing = np.full((100, 100, 4), 255, np.uint8)
    thing[..., 3] = 0
    assert (lay_thing(tile, thing, np.random.default_rng(0), 80) == 40).all()


def test_rooms_and_cloths_are_cut_from_photographs_beside_the_drawn_ones():
    photographs = Photographs([np.full((300, 300, 3), TEAL_BGR, np.uint8)], [])
    drawn = Pool.drawn(rooms=6)
    pool = Pool.drawn(rooms=6, photographs=photographs)
    assert all(np.array_equal(a, b) for a, b in zip(drawn.rooms, pool.rooms, strict=False))
    for tiles, before in ((pool.rooms, drawn.rooms), (pool.cloths, drawn.cloths)):
        fresh = tiles[len(before) :]
        assert all(tile.shape == (TILE, TILE, 3) for tile in fresh)
        assert any((tile == TEAL_BGR).all() for tile in fresh)
