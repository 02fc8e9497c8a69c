"""Find the visible surface of a smooth union of rounded cones, seen along -z.

Sphere tracing (Hart 1996) of an exponential smooth minimum (Quilez), one parallel ray a pixel.
The picture is cut in square tiles; each tile looks only at the cones that can reach it. Written
in torch, so the same code runs on a CPU or a GPU.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from training.synthetic.geometry import Array, Cones

_BUCKETS = (4, 8, 14, 24, 40, 96, 256)


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
    tile = 8 if max(size_hw) <= 512 else 16
    rows, columns = (-(-side // tile) for side in size_hw)
    near = _tiles(cones, size_hw, tile, 2.0 * blend + 1)
    count = (near < 0).sum(1)
    packed = _packed(cones).to(device)
    shape = (rows * columns, tile * tile)
    depth, gap = torch.full(shape, -torch.inf), torch.full(shape, 1e3)
    normal, cone = torch.zeros((*shape, 3)), torch.full(shape, -1, dtype=torch.int64)
    low = 0
    for high in _BUCKETS:
        chosen = ((count > low) & (count <= high)).nonzero()[:, 0]
        low = high
        if not len(chosen):
            continue
        nearest = near[chosen].topk(min(high, len(cones)), dim=1, largest=False).indices.to(device)
        field, z, floor = _field(packed[nearest], chosen.to(device), columns, tile, blend)
        z, found = _trace(field, z, floor, steps)
        depth[chosen], gap[chosen] = z.cpu(), found.cpu()
        towards, owner = field.normal_and_owner(z)
        normal[chosen] = towards.cpu()
        cone[chosen] = torch.gather(nearest, 1, owner).cpu()

    def picture(values: torch.Tensor) -> NDArray[Any]:
        extra = values.shape[2:]
        grid = values.view(rows, columns, tile, tile, *extra).transpose(1, 2)
        whole = grid.reshape(rows * tile, columns * tile, *extra)
        return whole[: size_hw[0], : size_hw[1]].numpy()

    alpha = np.clip(1 - picture(gap), 0, 1)
    hit = alpha > 0
    return Surface(
        np.where(hit, picture(depth), -np.inf).astype(np.float32),
        alpha,
        picture(normal),
        np.where(hit, picture(cone), -1),
    )


def _packed(cones: Cones) -> torch.Tensor:
    """Return (M, 8): end a, axis to b, radius at a, growth of the radius to b."""
    growth = cones.radius_b - cones.radius_a
    columns = [*cones.a.T, *(cones.b - cones.a).T, cones.radius_a, growth]
    return torch.tensor(np.stack(columns, 1), dtype=torch.float32)


@dataclass
class _Field:
    """The distance to N cones as a function of depth alone, for rays of fixed x and y.

    ``dx``, ``dy`` (from end a), ``along`` (place on the axis at the height of a) and ``across``
    (squared distance in the picture) are (..., N); what belongs to the cones broadcasts to that.
    """

    dx: torch.Tensor
    dy: torch.Tensor
    along: torch.Tensor
    across: torch.Tensor
    az: torch.Tensor
    axis: tuple[torch.Tensor, torch.Tensor, torch.Tensor]
    climb: torch.Tensor
    length2: torch.Tensor
    growth: torch.Tensor
    radius: torch.Tensor
    blend: float

    def axis_distance(self, z: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return distance to each axis, place on it (0 to 1), and height above its end a."""
        dz = z[..., None] - self.az
        s = torch.addcmul(self.along, dz, self.climb.expand_as(self.along))
        t = s.clamp(0, 1)
        gap2 = self.across + dz * dz + t * (t - 2 * s) * self.length2
        return gap2.clamp_(min=1e-6).sqrt_(), t, dz

    def gap(self, z: torch.Tensor) -> torch.Tensor:
        """Return the signed distance to the smooth union at depth ``z``."""
        d, t, _ = self.axis_distance(z)
        d = d.sub_(t * self.growth).sub_(self.radius)
        return -self.blend * torch.logsumexp(d * (-1 / self.blend), -1)

    def normal_and_owner(self, z: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the unit normal and the nearest of the N cones at depth ``z``."""
        d, t, dz = self.axis_distance(z)
        surface = d - t * self.growth - self.radius
        pull = torch.softmax(surface * (-1 / self.blend), -1) / d
        bx, by, bz = self.axis
        parts = [(pull * (v - t * b)).sum(-1) for v, b in ((self.dx, bx), (self.dy, by), (dz, bz))]
        normal = torch.stack(parts, -1)
        normal = normal / normal.norm(dim=-1, keepdim=True).clamp(min=1e-6)
        return normal, surface.argmin(-1)

    def picked(self, rays: tuple[torch.Tensor, ...]) -> _Field:
        """Return the field of some rays only."""

        def pick(values: torch.Tensor) -> torch.Tensor:
            return values.expand_as(self.along)[rays]

        bx, by, bz = self.axis
        return _Field(
            pick(self.dx),
            pick(self.dy),
            pick(self.along),
            pick(self.across),
            pick(self.az),
            (pick(bx), pick(by), pick(bz)),
            pick(self.climb),
            pick(self.length2),
            pick(self.growth),
            pick(self.radius),
            self.blend,
        )


def _field(
    cones: torch.Tensor, chosen: torch.Tensor, columns: int, tile: int, blend: float
) -> tuple[_Field, torch.Tensor, torch.Tensor]:
    """Return the field of tiles (T, tile², N), the depth to start from and the lowest one."""
    ax, ay, az, bx, by, bz, r0, dr = cones[:, None].unbind(-1)
    inverse = 1 / (bx * bx + by * by + bz * bz).clamp(min=1e-6)
    pixel = torch.arange(tile, device=cones.device, dtype=torch.float32)
    x = (chosen % columns)[:, None] * tile + pixel.repeat(tile)
    y = (chosen // columns)[:, None] * tile + pixel.repeat_interleave(tile)
    dx, dy = x[..., None] - ax, y[..., None] - ay
    field = _Field(
        dx=dx,
        dy=dy,
        along=(dx * bx + dy * by) * inverse,
        across=dx * dx + dy * dy,
        az=az,
        axis=(bx, by, bz),
        climb=bz * inverse,
        length2=1 / inverse,
        growth=dr,
        radius=r0,
        blend=blend,
    )
    top = torch.maximum(az + r0, az + bz + r0 + dr).amax(-1) + 2 * blend
    floor = torch.minimum(az, az + bz).amin(-1)
    return field, top.expand(len(chosen), tile * tile), floor.expand(len(chosen), tile * tile)


def _trace(
    field: _Field, z: torch.Tensor, floor: torch.Tensor, steps: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return depth and gap where each ray came nearest; those that lag get more steps."""
    best_z, best_gap = _advance(field, z, floor, steps)
    late = ((best_gap > 0.2) & (best_z > floor)).nonzero(as_tuple=True)
    if len(late[0]):
        start = best_z[late] - best_gap[late].clamp(min=1.0)
        z_late, gap_late = _advance(field.picked(late), start, floor[late], 2 * steps)
        nearer = gap_late < best_gap[late]
        best_gap[late] = torch.where(nearer, gap_late, best_gap[late])
        best_z[late] = torch.where(nearer, z_late, best_z[late])
    return best_z, best_gap


def _advance(
    field: _Field, z: torch.Tensor, floor: torch.Tensor, count: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Move rays down ``count`` times; return depth and gap where each came nearest."""
    best_z, best_gap = z, torch.full_like(z, 1e3)
    for _ in range(count):
        gap = field.gap(z)
        better = gap.abs() < best_gap
        best_gap = torch.where(better, gap.abs(), best_gap)
        best_z = torch.where(better, z, best_z)
        # A ray that grazes a limb would creep along it: near the surface go at least 1 px.
        stride = torch.where(gap > 0.25, gap.clamp(min=1.0), gap)
        z = torch.maximum(z - stride, floor)
    return best_z, best_gap
