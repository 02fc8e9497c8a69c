"""Heatmap decoders: the highest cell with a quarter step, and DARK's sub-cell refinement."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.models.decode.base import Decoded, Outputs, decoder
from pipeline.models.manifest import Manifest

_BLUR_RADIUS_IN_SIGMAS = 2.5
_WINDOW_RADIUS = 2
_LOG_FLOOR = 1e-3
_LARGEST_STEP = 1.0
_FLAT = 1e-9

Float = NDArray[np.float32]
Int = NDArray[np.intp]


@decoder("argmax", "heatmap")
def decode_argmax(outputs: Outputs, manifest: Manifest) -> Decoded:
    """Take the highest cell, moved a quarter cell towards its higher neighbour.

    Source: Newell et al. 2016, Stacked Hourglass Networks, section 3 (as in mmpose's
    ``MSRAHeatmap``). At the border of the map the cell itself is taken.
    """
    maps_mhw, x_m, y_m, scores_m = _highest_cells(outputs[0])
    step_x = np.sign(_difference(maps_mhw, x_m, y_m, 1, 0)) / 4
    step_y = np.sign(_difference(maps_mhw, x_m, y_m, 0, 1)) / 4
    points_mc = np.stack([x_m + step_x, y_m + step_y], axis=-1)
    return in_input_pixels(points_mc, scores_m, outputs[0].shape, manifest)


@decoder("dark", "heatmap")
def decode_dark(outputs: Outputs, manifest: Manifest) -> Decoded:
    """Refine the highest cell by a Newton step on the logarithm of the smoothed map.

    Source: Zhang et al. 2020, Distribution-Aware Coordinate Representation (DARK), equations 4 to
    9, with derivatives over two cells. Smoothing is done around the peak only. The step is left
    out within two cells of the border and where the map is not a hill, and is at most one cell.
    """
    points_mc, scores_m = _refined(outputs[0], manifest.output.sigma)
    return in_input_pixels(points_mc, scores_m, outputs[0].shape, manifest)


def refined_peaks(smooth_nkhw: Float) -> NDArray[Any]:
    """Return the peaks (N·K, 2), x, y in cells, of maps that are smooth already.

    Below a cell as ``decode_dark`` does it.
    """
    return _refined(smooth_nkhw, 0.0)[0]


def _refined(maps_nkhw: Float, sigma: float) -> tuple[NDArray[Any], Float]:
    maps_mhw, x_m, y_m, scores_m = _highest_cells(maps_nkhw)
    log_mw = _smoothed_log_windows(maps_mhw, x_m, y_m, sigma)
    height, width = maps_mhw.shape[1:]
    inner_x = (x_m >= _WINDOW_RADIUS) & (x_m < width - _WINDOW_RADIUS)
    inner = inner_x & (y_m >= _WINDOW_RADIUS) & (y_m < height - _WINDOW_RADIUS)
    step_mc = np.where(inner[:, None], _newton_step(log_mw), np.float32(0))
    return np.stack([x_m, y_m], axis=-1) + step_mc, scores_m


def _highest_cells(maps_nkhw: Float) -> tuple[Float, Int, Int, Float]:
    height, width = maps_nkhw.shape[2:]
    maps_mhw = maps_nkhw.reshape(-1, height, width)
    flat = maps_mhw.reshape(len(maps_mhw), -1)
    best_m = flat.argmax(axis=1)
    y_m, x_m = np.divmod(best_m, width)
    return maps_mhw, x_m, y_m, flat[np.arange(len(flat)), best_m]


def _difference(maps_mhw: Float, x_m: Int, y_m: Int, dx: int, dy: int) -> Float:
    """Return the central difference at each peak, 0 at the border."""
    height, width = maps_mhw.shape[1:]
    inner = (x_m >= dx) & (x_m < width - dx) & (y_m >= dy) & (y_m < height - dy)
    x, y = np.clip(x_m, dx, width - 1 - dx), np.clip(y_m, dy, height - 1 - dy)
    m = np.arange(len(maps_mhw))
    slope = maps_mhw[m, y + dy, x + dx] - maps_mhw[m, y - dy, x - dx]
    return np.where(inner, slope, np.float32(0))


@lru_cache(maxsize=8)
def _blur_matrix(sigma: float) -> Float:
    """Return (5, 5 + 2r): each row takes one smoothed cell of the window from its surroundings."""
    if sigma == 0:
        return np.eye(2 * _WINDOW_RADIUS + 1, dtype=np.float32)
    radius = round(_BLUR_RADIUS_IN_SIGMAS * sigma)
    weights = np.exp(-(np.arange(-radius, radius + 1) ** 2) / (2 * sigma**2))
    weights /= weights.sum()
    size = 2 * _WINDOW_RADIUS + 1
    matrix = np.zeros((size, size + 2 * radius), np.float32)
    for row in range(size):
        matrix[row, row : row + len(weights)] = weights
    return matrix


@lru_cache(maxsize=8)
def _window_matrix(sigma: float) -> tuple[int, Float]:
    """Return r and (p², 25): takes the cells around a peak, r far, to its smoothed 5 × 5 window."""
    blur = _blur_matrix(sigma)
    return blur.shape[1] // 2, np.ascontiguousarray(np.kron(blur, blur).T)


def _smoothed_log_windows(maps_mhw: Float, x_m: Int, y_m: Int, sigma: float) -> Float:
    """Return the (M, 25) logarithms of the Gaussian-smoothed maps around the peaks, by rows."""
    reach, to_window = _window_matrix(sigma)
    window_mw = _patches(maps_mhw, x_m, y_m, reach) @ to_window
    peak_m1 = np.maximum(window_mw[:, [len(to_window[0]) // 2]], _FLAT)
    return np.asarray(np.log(np.maximum(window_mw / peak_m1, _LOG_FLOOR)))


def _patches(maps_mhw: Float, x_m: Int, y_m: Int, reach: int) -> Float:
    """Return the (M, (2 reach + 1)²) cells around each peak, by rows; 0 outside of the map."""
    n, height, width = maps_mhw.shape
    around = np.arange(-reach, reach + 1)
    offsets = (around[:, None] * width + around).ravel()
    first_m = (np.arange(n) * height + y_m) * width + x_m
    patch_mp: Float = maps_mhw.ravel().take(first_m[:, None] + offsets, mode="clip")
    x, y = x_m[:, None] + around, y_m[:, None] + around
    outside_x, outside_y = (x < 0) | (x >= width), (y < 0) | (y >= height)
    if outside_x.any() or outside_y.any():
        outside = outside_y[:, :, None] | outside_x[:, None, :]
        patch_mp[outside.reshape(n, -1)] = 0
    return patch_mp


def _derivatives() -> Float:
    """Return (25, 5): takes a 5 × 5 window to gx, gy, hxx, hyy and hxy at its centre."""
    first, second = np.array([0, -1, 0, 1, 0]) / 2, np.array([1, 0, -2, 0, 1]) / 4
    here = np.array([0, 0, 1, 0, 0])
    pairs = [(here, first), (first, here), (here, second), (second, here), (first, first)]
    return np.stack([np.outer(down, across).ravel() for down, across in pairs], 1).astype("f4")


_DERIVATIVES = _derivatives()


def _newton_step(log_mw: Float) -> Float:
    """Return the (M, 2) step −H⁻¹g at the (M, 25) windows' centres; 0 where it is not a hill."""
    gx, gy, hxx, hyy, hxy = (log_mw @ _DERIVATIVES).T
    determinant = hxx * hyy - hxy**2
    hill = (determinant > _FLAT) & (hxx < 0)
    safe = np.where(hill, determinant, np.float32(1))
    step = np.stack([hxy * gy - hyy * gx, hxy * gx - hxx * gy], axis=-1) / safe[:, None]
    usable = hill & (np.abs(step).max(axis=-1) <= _LARGEST_STEP)
    return np.where(usable[:, None], step, np.float32(0))


def in_input_pixels(
    points_mc: NDArray[Any],
    scores_m: Float,
    shape_nkhw: tuple[int, ...],
    manifest: Manifest,
) -> Decoded:
    """Return points (N, K, 2) in input pixels and scores (N, K) of places (N·K, 2) in cells."""
    n, k, height, width = shape_nkhw
    output, (input_w, input_h) = manifest.output, manifest.input.size_wh
    if output.alignment == "udp":
        scale = np.array([(input_w - 1) / (width - 1), (input_h - 1) / (height - 1)])
        points_mc = points_mc * scale
    elif output.alignment == "centre":
        points_mc = (points_mc + 0.5) * output.stride - 0.5
    else:
        points_mc = points_mc * output.stride
    return points_mc.astype(np.float32).reshape(n, k, 2), scores_m.reshape(n, k)
