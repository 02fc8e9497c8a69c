from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from pipeline.annotation.pictures import PictureError, PictureFolder


@pytest.fixture
def pictures(tmp_path: Path) -> PictureFolder:
    return PictureFolder.under(tmp_path)


def image(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 255, (48, 64, 3), dtype=np.uint8)


def test_the_same_picture_is_one_file_and_another_is_another(pictures: PictureFolder):
    first, again = pictures.keep_image(image()), pictures.keep_image(image())
    assert first == again
    assert pictures.keep_image(image(1)).file != first.file
    assert (first.width, first.height) == (64, 48)
    assert pictures.path(first.file).stat().st_size == first.bytes


def test_a_png_stays_as_it_is_and_another_kind_becomes_one(pictures: PictureFolder, tmp_path: Path):
    for name in ("a.png", "a.bmp"):
        cv2.imwrite(str(tmp_path / name), image())
        kept = pictures.keep_file(tmp_path / name)
        assert kept.file.endswith(".png")
        np.testing.assert_array_equal(pictures.image(kept.file), image())


def test_what_is_no_picture_is_refused_in_one_line(pictures: PictureFolder, tmp_path: Path):
    (tmp_path / "a.jpg").write_bytes(b"\xff\xd8\xffno")
    with pytest.raises(PictureError, match=r"a\.jpg: is not a picture"):
        pictures.keep_file(tmp_path / "a.jpg")
    with pytest.raises(PictureError, match="cannot be read"):
        pictures.keep_file(tmp_path / "gone.jpg")


def test_a_name_that_leads_out_of_the_folder_is_not_read(pictures: PictureFolder, tmp_path: Path):
    (tmp_path / "secret.png").write_bytes(b"x")
    with pytest.raises(PictureError, match="no longer kept"):
        pictures.path("../secret.png")
