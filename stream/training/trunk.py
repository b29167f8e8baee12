"""The EfficientNetV2-B0 trunk, with the weights of the ONNX file in the PyPI wheel `difr`.

Architecture: Tan, Le, "EfficientNetV2: Smaller Models and Faster Training", ICML 2021, table of
B0 as in https://github.com/huggingface/pytorch-image-models (tf_efficientnetv2_b0), batch
normalisation folded into the convolutions. Input RGB, scaled to 0..1, less ImageNet's mean, over
its deviation.
"""

from collections.abc import Callable, Iterator
from importlib.metadata import distribution
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn
from torch.nn import functional

MIDDLE_WIDTH, MIDDLE_STRIDE = 112, 16
LAST_WIDTH, LAST_STRIDE = 1280, 32

_WEIGHTS = "difr/models/feature_extractor.onnx"


class Convolution(nn.Conv2d):
    """A convolution padded as TensorFlow's `SAME`: at the end first, where the stride is 2."""

    def __init__(
        self, width_in: int, width_out: int, size: int, stride: int = 1, groups: int = 1
    ) -> None:
        same = size // 2 if stride == 1 else 0
        super().__init__(width_in, width_out, size, stride, same, groups=groups)
        self._end = size - stride if stride > 1 else 0

    def forward(self, maps: Tensor) -> Tensor:
        """Convolve maps [B, C, H, W]; H and W are even where the stride is 2."""
        end = self._end
        return super().forward(functional.pad(maps, (0, end, 0, end)) if end else maps)


class Excitation(nn.Module):
    """Squeeze and excitation: channels weighted by what the whole map shows."""

    def __init__(self, width: int, squeezed: int) -> None:
        super().__init__()
        self.reduce = Convolution(width, squeezed, 1)
        self.expand = Convolution(squeezed, width, 1)

    def forward(self, maps: Tensor) -> Tensor:
        """Weight maps [B, C, H, W]."""
        squeezed = functional.silu(self.reduce(maps.mean((2, 3), keepdim=True)))
        return maps * torch.sigmoid(self.expand(squeezed))


class Block(nn.Module):
    """A residual block: layers, and the input added where shape allows."""

    def __init__(self, layers: nn.Sequential, *, is_residual: bool) -> None:
        super().__init__()
        self.layers = layers
        self._is_residual = is_residual

    def forward(self, maps: Tensor) -> Tensor:
        """Transform maps [B, C, H, W]."""
        out: Tensor = self.layers(maps)
        return maps + out if self._is_residual else out


class Trunk(nn.Module):
    """Photos [B, 3, S, S], normalised, to middle maps [B, 112, S/16, S/16] and last ones.

    The last maps, [B, 1280, S/32, S/32], know what is shown; the middle ones how it is textured.
    """

    def __init__(self) -> None:
        super().__init__()
        self.early = nn.Sequential(
            Convolution(3, 32, 3, stride=2),
            nn.SiLU(),
            Block(nn.Sequential(Convolution(32, 16, 3), nn.SiLU()), is_residual=False),
            *_stage(_fused, 16, 32, expansion=4, depth=2, stride=2),
            *_stage(_fused, 32, 48, expansion=4, depth=2, stride=2),
            *_stage(_inverted, 48, 96, expansion=4, depth=3, stride=2),
            *_stage(_inverted, 96, MIDDLE_WIDTH, expansion=6, depth=5, stride=1),
        )
        self.late = nn.Sequential(
            *_stage(_inverted, MIDDLE_WIDTH, 192, expansion=6, depth=8, stride=2),
            Convolution(192, LAST_WIDTH, 1),
            nn.SiLU(),
        )

    def forward(self, photos: Tensor) -> tuple[Tensor, Tensor]:
        """Return middle and last maps."""
        middle = self.early(photos)
        return middle, self.late(middle)


def load_trunk(weights: Path | None = None) -> Trunk:
    """Return the trunk with pretrained weights, by default those of the installed `difr`.

    Raises `PackageNotFoundError` when `difr` is not installed, `ValueError` when the file's
    convolutions are not those of this architecture.
    """
    path = weights or Path(str(distribution("difr").locate_file(_WEIGHTS)))
    graph = onnx.load(path).graph
    stored = {tensor.name: tensor for tensor in graph.initializer}
    nodes = [node for node in graph.node if node.op_type == "Conv"]
    trunk = Trunk()
    # Both lists are in the order of computation.
    for layer, node in zip(_convolutions(trunk), nodes, strict=True):
        state = {
            name: torch.from_numpy(numpy_helper.to_array(stored[key]).astype(np.float32))
            for name, key in zip(("weight", "bias"), node.input[1:], strict=True)
        }
        if state["weight"].shape != layer.weight.shape:
            raise ValueError(f"{path}: {node.name} is {list(state['weight'].shape)}")
        layer.load_state_dict(state)
    return trunk.eval()


def _convolutions(module: nn.Module) -> Iterator[Convolution]:
    return (layer for layer in module.modules() if isinstance(layer, Convolution))


def _fused(width_in: int, width_out: int, expansion: int, stride: int) -> nn.Sequential:
    hidden = width_in * expansion
    return nn.Sequential(
        Convolution(width_in, hidden, 3, stride), nn.SiLU(), Convolution(hidden, width_out, 1)
    )


def _inverted(width_in: int, width_out: int, expansion: int, stride: int) -> nn.Sequential:
    hidden = width_in * expansion
    return nn.Sequential(
        Convolution(width_in, hidden, 1),
        nn.SiLU(),
        Convolution(hidden, hidden, 3, stride, groups=hidden),
        nn.SiLU(),
        Excitation(hidden, width_in // 4),
        Convolution(hidden, width_out, 1),
    )


def _stage(
    layers: Callable[[int, int, int, int], nn.Sequential],
    width_in: int,
    width_out: int,
    *,
    expansion: int,
    depth: int,
    stride: int,
) -> Iterator[Block]:
    for place in range(depth):
        first = place == 0
        width = width_in if first else width_out
        yield Block(
            layers(width, width_out, expansion, stride if first else 1),
            is_residual=not first,
        )
