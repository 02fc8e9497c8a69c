"""A review's overlay without faces: blurred as an export is, and never mixed with faces."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from db.folders import OVERLAY_FILE, THUMBNAIL_FILE
from db.lifecycle import open_database, open_read_only
from db.store import Store
from pipeline.drawing import draw_pose
from pipeline.errors import ReviewError
from pipeline.face import blur_face
from pipeline.review.blurred import blur_heads
from pipeline.review.heads import Heads, Seen
from pipeline.review.plan import look_into
from pipeline.review.series import session_trunk_px
from pipeline.review.tasks import BlurPart
from pipeline.review.tools import Setup, Tools
from pipeline.skeleton import INFANT13
from pipeline.types import FrameFlag
from tests.support.filmed import N_FRAMES, detail_energy, film, pictures, truth_block
from tests.support.reviewing import infant_clip, review

NOSE = INFANT13.index("nose")


def blurred(folder: Path, block) -> tuple[list[np.ndarray], list[np.ndarray], list[Seen]]:
    """Blur the demonstration's film; return its pictures before and after, and what is known."""
    engine = open_database(folder / "cotside.db")
    path, recording = film(engine, folder, block)
    plan, store = look_into(path), Store(engine)
    trunk_px = session_trunk_px(store, recording)
    (part,) = plan.parts
    database, piece = str(folder / "cotside.db"), folder / "piece.mp4"
    task = BlurPart(database, recording, plan, part, piece, "butterworth", trunk_px)
    task.run(Tools(Setup(None, "cpu")), lambda _: None)
    heads = Heads(store, recording, trunk_px)
    seen = [heads.at(time_us) for time_us in block.times_us.tolist()]
    engine.dispose()
    return pictures(path), pictures(piece), seen


def test_the_overlay_is_blurred_as_wide_as_the_export_says(tmp_path: Path):
    block = truth_block()
    block.scores_tk[:, NOSE] = 0.4  # in doubt: twice as wide as in the live picture
    before, after, seen = blurred(tmp_path, block)
    assert len(after) == N_FRAMES
    for n in (10, 45):
        wide, narrow = before[n].copy(), before[n].copy()
        blur_heads(wide, seen[n].circles, 1.0)
        blur_face(narrow, block.keypoints_tkc[n], block.scores_tk[n])
        rim = (cv2.absdiff(wide, narrow) > 8).any(axis=2)
        for expected in (wide, narrow):
            draw_pose(expected, seen[n].keypoints_kc, seen[n].scores_k)
        off, off_narrow = (cv2.absdiff(after[n], one)[rim].mean() for one in (wide, narrow))
        assert off < 0.4 * off_narrow


def test_a_picture_in_other_hands_is_blurred_all_over(tmp_path: Path):
    block = truth_block()
    block.flags_t[20:30] = FrameFlag.HANDLED
    before, after, _ = blurred(tmp_path, block)
    toes = block.keypoints_tkc[25].max(axis=0) + 12, 10  # beside the drawn skeleton
    assert detail_energy(after[25], *toes) < 0.1 * detail_energy(before[25], *toes)
    assert detail_energy(after[50], *toes) > 0.3 * detail_energy(before[50], *toes)


@pytest.mark.slow
def test_a_review_without_faces_holds_every_frame_and_is_not_gone_on_with_faces(tmp_path: Path):
    clip = infant_clip(tmp_path / "clip.mp4", 45)
    (outcome,) = review([clip], tmp_path, blur_faces=True, part_us=2_000_000)
    assert (outcome.verdict, outcome.line) == ("done", "")
    results = tmp_path / "out" / "videos" / outcome.folder
    assert len(pictures(results / OVERLAY_FILE)) == 45
    assert cv2.imread(str(results / THUMBNAIL_FILE)).shape[1] == 320
    engine = open_read_only(tmp_path / "review.db")
    assert Store(engine).frames_stored(outcome.summary["recording"]) == 45
    engine.dispose()
    with pytest.raises(ReviewError, match="begun with --blur-faces"):
        review([clip], tmp_path, resume=True)
