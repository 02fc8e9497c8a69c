"""Published adult weights, by name: where they are and how their SHA-256 begins.

OpenMMLab puts the first eight digits of each file's SHA-256 into its name; those are checked, and
the whole where somebody has published it.
"""

from __future__ import annotations

from pathlib import Path

import platformdirs
from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn

from pipeline.models.manifest import read_manifest
from training.download import Remote, fetch
from training.errors import SpecError
from training.files import file_sha256

_HOME = "https://download.openmmlab.com/mmpose"
_HEATMAP = f"{_HOME}/v1/body_2d_keypoint/topdown_heatmap/coco/td-hm_"
_LITE = f"{_HOME}/top_down/litehrnet/litehrnet"
_RTM = f"{_HOME}/v1/projects/rtmposev1/rtmpose-"

PUBLISHED = {
    "hrnet_w32_coco": Remote(
        f"{_HEATMAP}hrnet-w32_8xb64-210e_coco-256x192-81c58e40_20220909.pth", "81c58e40"
    ),
    "hrnet_w48_coco": Remote(
        f"{_HEATMAP}hrnet-w48_8xb32-210e_coco-256x192-0e67c616_20220913.pth",
        # The whole of it, as the Git LFS pointers of a public copy of the file state it.
        "0e67c6167d6a10fe8f27e3da1e9a415b57289d5820dcca2b42bd8079df4b7a3a",
    ),
    "simple_baseline_r50_coco": Remote(
        f"{_HEATMAP}res50_8xb64-210e_coco-256x192-04af38ce_20220923.pth", "04af38ce"
    ),
    "lite_hrnet_18_coco": Remote(f"{_LITE}18_coco_256x192-6bace359_20211230.pth", "6bace359"),
    "lite_hrnet_30_coco": Remote(f"{_LITE}30_coco_256x192-4176555b_20210626.pth", "4176555b"),
    "rtmpose_s_coco": Remote(
        f"{_RTM}s_simcc-coco_pt-aic-coco_420e-256x192-8edcf0d7_20230127.pth", "8edcf0d7"
    ),
    "rtmpose_m_coco": Remote(
        f"{_RTM}m_simcc-coco_pt-aic-coco_420e-256x192-d8dd5ca4_20230127.pth", "d8dd5ca4"
    ),
    "rtmpose_l_coco": Remote(
        f"{_RTM}l_simcc-coco_pt-aic-coco_420e-256x192-1352a4d2_20230127.pth", "1352a4d2"
    ),
}


def is_model_folder(source: str | Path | None) -> bool:
    """Tell whether weights are to be read back out of an exported model folder."""
    return isinstance(source, Path) and (source / "manifest.json").is_file()


def weights_sha256(source: str | Path) -> str:
    """Return the SHA-256 of weights that a run begins with; of a model folder, of its network."""
    if is_model_folder(source):
        return read_manifest(Path(source)).sha256
    return file_sha256(weights_file(source))


def weights_file(source: str | Path, cache: Path | None = None) -> Path:
    """Return the file of a path, or of a known name, fetched into ``cache`` if need be.

    Raises ``SpecError`` naming the known names, ``DownloadError`` where it cannot be fetched.
    """
    if isinstance(source, Path):
        return source
    if source not in PUBLISHED:
        raise SpecError(
            f"network.load_from: unknown weights {source!r}; known: {', '.join(PUBLISHED)}; "
            "or give a path to a .pth file"
        )
    remote = PUBLISHED[source]
    folder = cache or platformdirs.user_cache_path("cotside") / "weights"
    columns = ("{task.description}", BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, transient=True) as bar:
        task = bar.add_task(source, total=remote.size_bytes)
        return fetch(
            remote, folder, lambda done, total: bar.update(task, completed=done, total=total)
        )
