"""What each stage of the live path costs, beside the bare session, on this machine.

A clip is played through the real parts, frame by frame and as fast as it goes. After each frame
the stages of the estimate are run once more by themselves on the same crop, so that the whole and
its parts are measured under the same conditions.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2

from db.lifecycle import open_database
from db.schema import Model, Recording, Segment
from db.store import Store
from db.writer import Writer
from pipeline.drawing import draw_pose
from pipeline.errors import Unreadable
from pipeline.estimate import Estimator
from pipeline.memory import keep_picture_memory
from pipeline.models.crop import covering
from pipeline.models.session import PoseModel
from pipeline.slot import FrameSlot
from pipeline.smoothing import make_causal
from pipeline.sources import SourceSpec, make_source
from pipeline.types import Frame, Pose, Rectangle

_WARM_UP_FRAMES = 20
_RUN = 25
_COT = 1
# Stages of the whole path; the overlay is made only while somebody looks.
WHOLE_PATH = ("decode", "slot", "estimate", "smooth", "write")


class Stopwatch:
    """Gathers durations by stage, in milliseconds."""

    def __init__(self) -> None:
        self.laps_ms: defaultdict[str, list[float]] = defaultdict(list)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a block as one lap of a stage."""
        began_ns = time.perf_counter_ns()
        yield
        self.laps_ms[name].append((time.perf_counter_ns() - began_ns) / 1e6)

    def usual_ms(self) -> dict[str, float]:
        """Return what a lap of each stage usually takes, without the warm-up.

        It is the median over runs of 25 laps of their means: work that is not done for every frame
        counts with its share, and a moment in which the machine was busy elsewhere does not.
        """
        return {
            name: statistics.median(_means(laps[_WARM_UP_FRAMES:] or laps))
            for name, laps in self.laps_ms.items()
        }


def _means(laps: list[float]) -> list[float]:
    """Return the mean of each whole run of laps; of all, where there are fewer."""
    starts = range(0, max(1, len(laps) - _RUN + 1), _RUN)
    return [statistics.fmean(laps[start : start + _RUN]) for start in starts]


def run_bench(clip: Path, model: PoseModel, frames: int, smoother: str) -> dict[str, object]:
    """Play up to ``frames`` frames of a clip through the live path; return what each stage costs.

    Keys: ``whole_path_ms`` (decode to stored row, the sum of its stages),
    ``bare_session_ms`` (ONNX Runtime alone on one crop), ``ratio``, ``stages`` and what was run.
    Raises ``SourceError`` for a clip that cannot be read or is too short.
    """
    # As the monitor's and the cameras' processes do.
    cv2.setNumThreads(1)
    keep_picture_memory()
    watch = Stopwatch()
    with tempfile.TemporaryDirectory(prefix="cotside-bench-") as folder:
        bench = _Bench(Path(folder), model, smoother, watch)
        try:
            played = bench.play(clip, frames)
        finally:
            write_ms = bench.close()
    stages = watch.usual_ms()
    stages["write"] += write_ms / max(played, 1)
    bare_ms = stages.pop("session")
    whole_ms = sum(stages[name] for name in WHOLE_PATH)
    return {
        "whole_path_ms": round(whole_ms, 3),
        "bare_session_ms": round(bare_ms, 3),
        "ratio": round(whole_ms / bare_ms, 3),
        "stages": {name: round(cost_ms, 3) for name, cost_ms in stages.items()}
        | {"session": round(bare_ms, 3)},
        "whole_path": list(WHOLE_PATH),
        "frames": played,
        "picture_wh": bench.size_wh,
        "model": f"{model.manifest.name} {model.manifest.version}",
        "input_wh": model.manifest.input.size_wh,
        "provider": model.provider,
    }


class _Bench:
    """The live path of one cot, taken apart."""

    def __init__(self, folder: Path, model: PoseModel, smoother: str, watch: Stopwatch) -> None:
        self._model, self._watch = model, watch
        self._estimator: Estimator[int] = Estimator(model)
        self._smoother = make_causal(smoother)
        self._slot = FrameSlot.create(folder / "bench.slot")
        self._engine = open_database(folder / "bench.db")
        self._writer = Writer(self._engine)
        self._writer.start()
        self._commits_ms: dict[int, float] = {}
        self.size_wh = (0, 0)

    def play(self, clip: Path, frames: int) -> int:
        source = make_source(SourceSpec(url=f"file:{clip}", live=False))
        played, sequence = 0, -1
        try:
            info = source.open()
            self.size_wh = (info.width, info.height)
            ids = self._begin(info.width, info.height, info.fps)
            pictures = source.frames()
            while played < frames:
                with self._watch.stage("decode"):
                    picture = next((p for p in pictures if p is not None), None)
                    image = None if picture is None else picture.image_hwc
                if picture is None or image is None:
                    break
                with self._watch.stage("slot"):
                    self._slot.publish(image, picture.stream_us or 0, 0, picture.arrival_ns, 0)
                    frame = self._slot.newest(sequence)
                if frame is None:
                    raise Unreadable(f"{clip}: a frame was lost on the way")
                sequence = frame.sequence
                self._one(frame, ids)
                played += 1
        finally:
            source.close()
        if played <= _WARM_UP_FRAMES:
            raise Unreadable(f"{clip}: has {played} frames; at least 21 are needed")
        return played

    def close(self) -> float:
        """Return the milliseconds that the writer's transactions took."""
        self._writer.close()
        self._note_commit()
        self._engine.dispose()
        self._slot.close()
        return sum(self._commits_ms.values())

    def _one(self, frame: Frame, ids: tuple[int, int]) -> None:
        with self._watch.stage("estimate"):
            pose = self._estimator.estimate({_COT: frame})[_COT]
        with self._watch.stage("smooth"):
            self._smoother.step(frame.stream_us, pose.keypoints_kc, pose.scores_k)
        with self._watch.stage("write"):
            self._writer.append(
                *ids, frame.stream_us, int(pose.flags), pose.keypoints_kc, pose.scores_k
            )
        self._note_commit()
        self._parts(frame, pose)

    def _parts(self, frame: Frame, pose: Pose) -> None:
        whole = Rectangle(0, 0, *frame.size_wh)
        crop = self._estimator.crop(_COT) or covering(whole, self._model.aspect)
        with self._watch.stage("crop"):
            self._model.prepare([frame.image_hwc], [crop])
        with self._watch.stage("session"):
            outputs = self._model.run(1)
        with self._watch.stage("decode_keypoints"):
            self._model.decode(outputs, [crop])
        picture = frame.image_hwc.copy()
        with self._watch.stage("overlay"):
            draw_pose(picture, pose.keypoints_kc, pose.scores_k)
            cv2.imencode(".jpg", picture, (cv2.IMWRITE_JPEG_QUALITY, 80))

    def _begin(self, width: int, height: int, fps: float | None) -> tuple[int, int]:
        manifest = self._model.manifest
        model_id = self._writer.register_model(
            Model(
                name=manifest.name,
                version=manifest.version,
                sha256=manifest.sha256,
                skeleton=manifest.skeleton.name,
                manifest={},
            )
        )
        cot_id = Store(self._engine).add_cot("Bench")
        recording_id = self._writer.begin_recording(
            Recording(cot_id=cot_id, source="live", name="Bench")
        )
        segment = Segment(
            recording_id=recording_id,
            started_us=0,
            width=width,
            height=height,
            fps=fps,
            reason="start",
        )
        return self._writer.begin_segment(segment), model_id

    def _note_commit(self) -> None:
        state = self._writer.state
        if state.last_commit_us is not None:
            self._commits_ms[state.last_commit_us] = state.last_commit_ms
