"""RTMPose (Jiang et al. 2023): a CSPNeXt backbone and a SimCC head with attention over points."""

from __future__ import annotations

from training.zoo.entry import Network, Published

# Depth and width over the large form's.
_FACTORS = {"s": (0.33, 0.5), "m": (0.67, 0.75), "l": (1.0, 1.0), "x": (1.33, 1.25)}
_PUBLISHED = {
    "s": Published(5.47, "0.68G", "72.2"),
    "m": Published(13.59, "1.93G", "75.8"),
    "l": Published(27.66, "4.16G", "76.5"),
    "x": Published(49.43, "17.22G", "78.8", input_wh=(288, 384)),
}


def rtmpose(size: str) -> Network:
    """Describe RTMPose of size s, m, l or x."""
    deepen, widen = _FACTORS[size]
    act = {"type": "SiLU"}
    channels = int(1024 * widen)
    # Without `_scope_`: mmpose has its own CSPNeXt, its published configs name mmdet's.
    backbone = {
        "type": "CSPNeXt",
        "arch": "P5",
        "expand_ratio": 0.5,
        "deepen_factor": deepen,
        "widen_factor": widen,
        "out_indices": (4,),
        "channel_attention": True,
        "norm_cfg": {"type": "BN"},
        "act_cfg": act,
    }
    attention = {
        "hidden_dims": 256,
        "s": 128,
        "expansion_factor": 2,
        "dropout_rate": 0.0,
        "drop_path": 0.0,
        "act_fn": act["type"],
        "use_rel_bias": False,
        "pos_enc": False,
    }
    return Network(
        name=f"rtmpose_{size}",
        backbone=backbone,
        out_channels=channels,
        stride=32,
        flop_count="mmpose",
        published=_PUBLISHED[size],
        head_kind="rtmcc",
        head={"final_layer_kernel_size": 7, "gau_cfg": attention},
    )
