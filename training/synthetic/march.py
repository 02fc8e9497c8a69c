"""Find the visible surface of a smooth union of rounded cones, seen along -z.

Sphere tracing (Hart 1996) of an exponential smooth minimum (Quilez), one parallel ray a pixel.
The picture is cut in square tiles; each tile looks only at the cones that can reach it. Written
in torch, so the same code runs on a CPU or a GPU.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from training.synthetic.geometry import Array, Cones

_BUCKETS = (4, 8, 14, 24, 40, 96)


@dataclass
class Surface:
    """What the rays met: maps (H, W); ``height`` is -inf where ``alpha`` is 0.

    ``alpha`` is the share of the pixel that is covered, ``cone`` the nearest cone (-1: none),
    ``normal`` (H, W, 3) points out of the surface, z towards the camera, y down the picture.
    """

    height: Array
    alpha: Array
    normal: Array
    cone: NDArray[np.int64]


def _tiles(cones: Cones, size_hw: tuple[int, int], tile: int, reach: float) -> torch.Tensor:
    """Return (tiles, M) distances from tile to cone silhouette; above 0 is out of reach."""
    rows, columns = (size_hw[0] + tile - 1) // tile, (size_hw[1] + tile - 1) // tile
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float32)
    centre = np.stack([x.ravel(), y.ravel()], 1) * tile + (tile - 1) / 2
    a, axis = cones.a[:, :2], cones.b[:, :2] - cones.a[:, :2]
    length2 = np.maximum((axis**2).sum(1), 1e-6)
    offset = centre[:, None] - a
    t = np.clip((offset * axis).sum(-1) / length2, 0, 1)
    gap = np.linalg.norm(offset - t[..., None] * axis, axis=-1)
    radius = np.maximum(cones.radius_a, cones.radius_b)
    return torch.from_numpy(gap - radius - tile * 0.71 - reach)


def march(
    cones: Cones,
    size_hw: tuple[int, int],
    *,
    blend: float,
    steps: int = 9,
    device: str = "cpu",
) -> Surface:
    """Trace one ray a pixel; ``cones`` are in pixels (x right, y down, z to the camera).

    ``blend`` (px) is the radius of the smooth union.
    """
    height, width = size_hw
    tile = 8 if max(size_hw) <= 512 else 16
    rows, columns = (height + tile - 1) // tile, (width + tile - 1) // tile
    near = _tiles(cones, size_hw, tile, 2.0 * blend + 1)
    count = (near < 0).sum(1)
    packed = torch.tensor(
        np.stack(
            [
                *cones.a.T,
                *(cones.b - cones.a).T,
                cones.radius_a,
                cones.radius_b - cones.radius_a,
            ],
            1,
        ),
        dtype=torch.float32,
        device=device,
    )
    shape = (rows * columns, tile * tile)
    z_all = torch.full(shape, -torch.inf)
    gap_all = torch.full(shape, 1e3)
    normal_all = torch.zeros((*shape, 3))
    cone_all = torch.full(shape, -1, dtype=torch.int64)
    low = 0
    for high in _BUCKETS:
        chosen = ((count > low) & (count <= high)).nonzero()[:, 0]
        low = high
        if not len(chosen):
            continue
        nearest = near[chosen].topk(min(high, len(cones)), dim=1, largest=False).indices
        z, gap, normal, cone = _trace_tiles(
            packed, nearest.to(device), chosen.to(device), columns, tile, blend, steps
        )
        z_all[chosen], gap_all[chosen] = z.cpu(), gap.cpu()
        normal_all[chosen], cone_all[chosen] = normal.cpu(), cone.cpu()

    def picture(values: torch.Tensor) -> torch.Tensor:
        extra = values.shape[2:]
        grid = values.view(rows, columns, tile, tile, *extra).transpose(1, 2)
        return grid.reshape(rows * tile, columns * tile, *extra)[:height, :width]

    alpha = (1 - picture(gap_all)).clamp(0, 1).numpy()
    hit = alpha > 0
    return Surface(
        np.where(hit, picture(z_all).numpy(), -np.inf).astype(np.float32),
        alpha,
        picture(normal_all).numpy(),
        np.where(hit, picture(cone_all).numpy(), -1),
    )


def _trace_tiles(
    packed: torch.Tensor,
    nearest: torch.Tensor,
    chosen: torch.Tensor,
    columns: int,
    tile: int,
    blend: float,
    steps: int,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Trace tiles that share a number N of cones; returns maps (tiles, tile²)."""
    p = packed[nearest][:, None]  # (tiles, 1, N, 8)
    ax, ay, az, bx, by, bz, r0, dr = p.unbind(-1)
    inverse = 1 / (bx * bx + by * by + bz * bz).clamp(min=1e-6)
    pixel = torch.arange(tile, device=packed.device, dtype=torch.float32)
    x = (chosen % columns)[:, None] * tile + pixel.repeat(tile)
    y = (chosen // columns)[:, None] * tile + pixel.repeat_interleave(tile)
    dx, dy = x[..., None] - ax, y[..., None] - ay  # (tiles, tile², N)
    along = (dx * bx + dy * by) * inverse
    across = dx * dx + dy * dy
    bzi, length2 = bz * inverse, 1 / inverse
    top = (torch.maximum(az + r0, az + bz + r0 + dr)).amax(-1) + 2 * blend
    z = top.expand(len(chosen), tile * tile).clone()
    floor = torch.minimum(az, az + bz).amin(-1)

    def advance(rays: tuple[torch.Tensor, ...], count: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Move rays down ``count`` times; return depth and gap where each came nearest."""
        z, floor, *field = rays
        best_gap, best_z = torch.full_like(z, 1e3), z
        for _ in range(count):
            d, t, _ = _distance(z, *field[:5])
            d = d.sub_(t * field[5]).sub_(field[6])
            gap = -blend * torch.logsumexp(d * (-1 / blend), -1)
            better = gap.abs() < best_gap
            best_gap = torch.where(better, gap.abs(), best_gap)
            best_z = torch.where(better, z, best_z)
            # A ray that grazes a limb would creep along it: near the surface go at least 1 px.
            stride = torch.where(gap > 0.25, gap.clamp(min=1.0), gap)
            z = torch.maximum(z - stride, floor)
        return best_z, best_gap

    floor = floor.expand_as(z)
    best_z, best_gap = advance((z, floor, along, across, az, bzi, length2, dr, r0), steps)
    late = ((best_gap > 0.2) & (best_z > floor)).nonzero(as_tuple=True)
    if len(late[0]):
        each = [v.expand_as(along)[late] for v in (along, across, az, bzi, length2, dr, r0)]
        start = best_z[late] - best_gap[late].clamp(min=1.0)
        z_late, gap_late = advance((start, floor[late], *each), 2 * steps)
        nearer = gap_late < best_gap[late]
        best_gap[late] = torch.where(nearer, gap_late, best_gap[late])
        best_z[late] = torch.where(nearer, z_late, best_z[late])
    d, t, dz = _distance(best_z, along, across, az, bzi, length2)
    surface = d - t * dr - r0
    weight = torch.softmax(surface * (-1 / blend), -1)
    pull = weight / d
    normal = torch.stack(
        [
            (pull * (dx - t * bx)).sum(-1),
            (pull * (dy - t * by)).sum(-1),
            (pull * (dz - t * bz)).sum(-1),
        ],
        -1,
    )
    normal = normal / normal.norm(dim=-1, keepdim=True).clamp(min=1e-6)
    cone = torch.gather(nearest, 1, surface.argmin(-1))
    return best_z, best_gap, normal, cone


def _distance(
    z: torch.Tensor,
    along: torch.Tensor,
    across: torch.Tensor,
    az: torch.Tensor,
    bzi: torch.Tensor,
    length2: torch.Tensor,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return distance to each cone's axis, place on it (0 to 1) and height above its end ``a``."""
    dz = z[..., None] - az
    s = torch.addcmul(along, dz, bzi.expand_as(along))
    t = s.clamp(0, 1)
    gap2 = across + dz * dz + t * (t - 2 * s) * length2
    return gap2.clamp_(min=1e-6).sqrt_(), t, dz
