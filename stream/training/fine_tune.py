"""Fine-tunes both encoders so that listings of one item come close and siblings stay apart."""

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from torch import Tensor, nn

from stream.domain.errors import StopError
from stream.ports import Pixels
from stream.training.augment import EDITED_COPY, OTHER_PLACE, OTHER_VIEW, Strength, augment
from stream.training.corpus import photo_rows, uncertainty
from stream.training.curves import Progress, write_curves
from stream.training.data import Manifest
from stream.training.encoders import (
    EncodedSets,
    Encoders,
    encode_photos,
    join_photos,
    photo_match_table,
    score_tables,
)
from stream.training.losses import info_nce
from stream.training.metrics import measure
from stream.training.networks.photo_encoder import PhotoEncoder
from stream.training.networks.shapes import EMBEDDING_WIDTH, PHOTO_SIZE, TOKEN_WIDTH
from stream.training.sampling import VIEWS, BatchSampler, Couple, draw_photos


@dataclass(frozen=True)
class Stage:
    """Some epochs of a run."""

    epochs: int
    size: int
    """Side of the photos; crops show things larger, so that it fits the larger photos that are
    served: Touvron et al., "Fixing the train-test resolution discrepancy", NeurIPS 2019."""
    strength: Strength = OTHER_VIEW
    """How far the views of an item are changed."""


STAGES = (Stage(9, 160), Stage(5, 192, OTHER_PLACE))
"""Small photos and mild changes first, larger and stronger ones when the small ones are learned:
progressive learning of Tan and Le, "EfficientNetV2", ICML 2021."""

FROZEN_LAYERS = 7
"""Of the trunk's early part: edges and textures, learned well enough on ImageNet."""

TEMPERATURE = 0.07
LOSS_WEIGHTS = {"set": 1.0, "photos": 1.0, "regions": 0.5, "origin": 0.5}
RELATIVE_RATE = 3e-3
"""Step as a share of a tensor's size: normalisation is folded into the trunk's convolutions, whose
weights differ in size a hundredfold, so that one absolute rate would destroy the smallest."""
NEW_RATE = 2e-4
"""Step of what starts at zero."""
WEIGHT_DECAY = 1e-3
GRADIENT_LIMIT = 5.0
WARM_UP_STEPS = 60
AVERAGED_STEPS = 200


@dataclass
class _State:
    """Where a run stands; what a checkpoint holds."""

    run: str
    """What this run is of: its seed and its listings."""
    model: Encoders
    averaged: Encoders
    optimiser: torch.optim.Optimizer
    embeddings: Tensor
    """Of each listing of the manifest as last drawn [L, 256]; zeros before that."""
    origin: Tensor
    """Of each photo its token before fine-tuning [P, D]; zeros for photos that are kept out."""
    epoch: int = 0
    step: int = 0

    def save(self, path: Path) -> None:
        unfinished = path.with_suffix(".partial")
        torch.save(
            {
                "run": self.run,
                "model": self.model.state_dict(),
                "averaged": self.averaged.state_dict(),
                "optimiser": self.optimiser.state_dict(),
                "embeddings": self.embeddings,
                "origin": self.origin,
                "epoch": self.epoch,
                "step": self.step,
            },
            unfinished,
        )
        unfinished.rename(path)

    def load(self, path: Path) -> None:
        """Take up what a checkpoint holds; raise `StopError` when it is of another run."""
        stored: dict[str, Any] = torch.load(path, weights_only=True)
        if stored["run"] != self.run:
            raise StopError(
                f"{path} is of a run with another seed or other listings: go on with those, or "
                "give this run a --build of its own"
            )
        self.model.load_state_dict(stored["model"])
        self.averaged.load_state_dict(stored["averaged"])
        self.optimiser.load_state_dict(stored["optimiser"])
        self.embeddings, self.origin = stored["embeddings"], stored["origin"]
        self.epoch, self.step = stored["epoch"], stored["step"]


class FineTuning:
    """One run over the listings at `places`; it goes on where a checkpoint under `build` ends."""

    def __init__(
        self,
        manifest: Manifest,
        pixels: Pixels,
        places: NDArray[np.int64],
        held_out: NDArray[np.int64],
        *,
        build: Path,
        seed: int,
        stages: Sequence[Stage] = STAGES,
    ) -> None:
        self._manifest = manifest
        self._pixels = pixels
        self._rows = photo_rows(manifest)
        self._is_uncertain = uncertainty(manifest)
        self._places = places
        self._sampler = BatchSampler(manifest, places)
        self._held_out = held_out
        self._build = build
        self._checkpoint = build / "fine_tune.pt"
        self._seed = seed
        listed = (seed, [manifest.listings[place] for place in places])
        self._name = hashlib.sha256(msgspec.json.encode(listed)).hexdigest()
        self._stages = [stage for stage in stages for _ in range(stage.epochs)]
        self._console = Console(stderr=True)

    @property
    def has_begun(self) -> bool:
        """An earlier run left a checkpoint to go on from."""
        return self._checkpoint.exists()

    def run(self, encoders: Encoders, averaged: Encoders) -> None:
        """Train `encoders`; leave the mean of their latest weights in `averaged`.

        That mean stands for a falling rate, so that a run may end, or go on, after any epoch.
        """
        unseen = torch.zeros(len(self._manifest.listings), EMBEDDING_WIDTH)
        unknown = torch.zeros(len(self._manifest.photos), TOKEN_WIDTH)
        state = _State(self._name, encoders, averaged, _optimiser(encoders), unseen, unknown)
        if self.has_begun:
            state.load(self._checkpoint)
            self._console.print(f"going on after epoch {state.epoch}")
        else:
            averaged.load_state_dict(encoders.state_dict())
            self._remember(averaged.photos, state.origin)
        for stage in self._stages[state.epoch :]:
            began = time.monotonic()
            for one in (encoders, averaged):
                one.photos.resize(stage.size)
            losses = self._epoch(state, stage)
            state.epoch += 1
            state.save(self._checkpoint)
            self._log(state, stage, losses, time.monotonic() - began)

    def _remember(self, encoder: PhotoEncoder, origin: Tensor) -> None:
        """Fill in the tokens of all photos that are trained on."""
        rows = np.concatenate([self._rows[place] for place in self._places])
        encoder.resize(PHOTO_SIZE)
        for row, tokens in encode_photos(encoder, self._pixels, rows, PHOTO_SIZE).items():
            origin[row] = torch.from_numpy(tokens[0])

    def _epoch(self, state: _State, stage: Stage) -> dict[str, float]:
        order = np.random.default_rng((self._seed, state.epoch))
        random = torch.Generator().manual_seed(self._seed * 1000 + state.epoch)
        batches = list(self._sampler.epoch(order, state.embeddings.numpy()))
        sums: dict[str, float] = {}
        for number, batch in enumerate(batches):
            losses = self._step(state, stage, batch, order, random)
            sums = {name: sums.get(name, 0.0) + float(value) for name, value in losses.items()}
            if number % 10 == 0:
                shown = " ".join(f"{name} {float(value):.3f}" for name, value in losses.items())
                self._console.print(f"epoch {state.epoch + 1}: {number}/{len(batches)} {shown}")
        return {name: value / len(batches) for name, value in sums.items()}

    def _step(
        self,
        state: _State,
        stage: Stage,
        batch: tuple[Couple, ...],
        order: np.random.Generator,
        random: torch.Generator,
    ) -> dict[str, Tensor]:
        for group in state.optimiser.param_groups:
            warm_up = min(1.0, (state.step + 1) / WARM_UP_STEPS)
            group["lr"] = group["peak"] * warm_up
        rows, listings = self._encode(state.model, stage, batch, order, random)
        state.embeddings[torch.from_numpy(listings.places)] = listings.embeddings.detach()
        losses = self._losses(state, rows, listings)
        total = sum(
            (LOSS_WEIGHTS[name] * loss for name, loss in losses.items()),
            start=torch.zeros(()),
        )
        state.optimiser.zero_grad(set_to_none=True)
        total.backward()
        nn.utils.clip_grad_norm_(_trained(state.model), GRADIENT_LIMIT)
        state.optimiser.step()
        state.step += 1
        _average(state.averaged, state.model, 1 - 1 / min(state.step + 1, AVERAGED_STEPS))
        return {name: loss.detach() for name, loss in losses.items()}

    def _encode(
        self,
        model: Encoders,
        stage: Stage,
        batch: tuple[Couple, ...],
        order: np.random.Generator,
        random: torch.Generator,
    ) -> tuple[NDArray[np.int64], EncodedSets]:
        """Draw, augment and encode photos of both listings of each couple; say which."""
        drawn: list[NDArray[np.int64]] = []
        for couple in batch:
            drawn += draw_photos(couple, self._rows, order)
        is_copy = np.repeat(
            [couple.is_copy for couple in batch for _ in range(2)], list(map(len, drawn))
        )
        views = torch.empty(len(is_copy), 3, stage.size, stage.size)
        pixels = torch.from_numpy(self._pixels[np.concatenate(drawn)])
        for chosen, strength in ((is_copy, EDITED_COPY), (~is_copy, stage.strength)):
            rows = torch.from_numpy(np.flatnonzero(chosen))
            if len(rows):
                views[rows] = augment(pixels[rows], stage.size, strength, random)
        tokens = model.photos(views.contiguous(memory_format=torch.channels_last))
        sets = tokens.new_zeros(len(drawn), VIEWS, *tokens.shape[1:])
        mask = torch.zeros(len(drawn), VIEWS, dtype=torch.bool)
        for row, rows in enumerate(drawn):
            mask[row, : len(rows)] = True
        sets[mask] = tokens
        embeddings = model.listings(sets, mask)
        places = np.array([place for couple in batch for place in (couple.left, couple.right)])
        return np.concatenate(drawn), EncodedSets(places, sets, mask, embeddings)

    def _losses(
        self, state: _State, rows: NDArray[np.int64], listings: EncodedSets
    ) -> dict[str, Tensor]:
        """Every listing of the batch looks for its twin among all others.

        And every photo for itself among all photos as they were before fine-tuning, so that what
        tells the photos of no training household apart is not forgotten: learning without
        forgetting of Li and Hoiem, ECCV 2016, by instances.
        """
        items = self._manifest.items[listings.places]
        is_same = torch.from_numpy(items[:, None] == items)
        itself = torch.eye(len(items), dtype=torch.bool)
        is_uncertain = torch.from_numpy(self._is_uncertain[np.ix_(items, items)]) & ~is_same
        losses = {
            name: info_nce(table, is_same & ~itself, is_uncertain | itself, TEMPERATURE)
            for name, table in score_tables(state.model, listings, listings).items()
        }
        shown = items.repeat(listings.mask.sum(1).numpy())
        is_itself = torch.from_numpy(rows[:, None] == rows)
        is_other = torch.from_numpy(shown[:, None] == shown) & ~is_itself
        table = listings.tokens[listings.mask][:, 0] @ state.origin[torch.from_numpy(rows)].T
        return losses | {"origin": info_nce(table, is_itself, is_other, TEMPERATURE)}

    @torch.inference_mode()
    def _log(self, state: _State, stage: Stage, losses: dict[str, float], seconds: float) -> None:
        rows = [self._rows[place] for place in self._held_out]
        tokens = encode_photos(
            state.averaged.photos, self._pixels, np.unique(np.concatenate(rows)), stage.size
        )
        listings = [np.stack([tokens[row] for row in one.tolist()]) for one in rows]
        sets = join_photos(state.averaged.listings, self._held_out, listings)
        items = self._manifest.items[self._held_out]
        of_sets, of_photos = (
            measure(table.double().numpy(), items)
            for table in (
                sets.embeddings @ sets.embeddings.T,
                photo_match_table(state.averaged, sets, sets),
            )
        )
        progress = Progress(
            state.epoch,
            seconds,
            losses,
            of_sets.uap,
            of_sets.recall_at_1,
            of_photos.uap,
            of_photos.recall_at_1,
        )
        self._console.print(progress)
        log = self._build / "fine_tune.jsonl"
        with log.open("ab") as file:
            file.write(msgspec.json.encode(progress) + b"\n")
        write_curves(log, log.with_suffix(".html"))


def _optimiser(model: Encoders) -> torch.optim.Optimizer:
    model.photos.trunk.early[:FROZEN_LAYERS].requires_grad_(requires_grad=False)
    for name, parameter in model.photos.trunk.named_parameters():
        # What is left of batch normalisation, which is not trained.
        if name.endswith("bias"):
            parameter.requires_grad_(requires_grad=False)
    groups = []
    for parameter in _trained(model):
        size = float(parameter.detach().square().mean().sqrt())
        peak = RELATIVE_RATE * size or NEW_RATE
        groups.append({"params": [parameter], "lr": peak, "peak": peak})
    return torch.optim.AdamW(groups, weight_decay=WEIGHT_DECAY)


def _trained(model: Encoders) -> list[nn.Parameter]:
    return [one for one in model.parameters() if one.requires_grad]


@torch.no_grad()
def _average(averaged: Encoders, model: Encoders, kept: float) -> None:
    for mean, latest in zip(averaged.parameters(), model.parameters(), strict=True):
        mean.lerp_(latest, 1 - kept)
