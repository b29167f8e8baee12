"""Parts of the models and of the photos that can be taken away."""

from enum import StrEnum


class Ablation(StrEnum):
    """What is taken away."""

    NO_REGIONS = "no-regions"
    """Every region of a photo has the token of the whole."""
    ITEM_MASKED = "item-masked"
    """The item for sale has the mean colour of its photo; needs object maps."""
    BACKGROUND_MASKED = "background-masked"
    """Everything else has it."""
    ONE_PHOTO = "one-photo"
    """Of each listing the first usable photo alone."""
    ONE_AGAINST_SET = "one-against-set"
    """The same of the first listing of each item that is listed again; the others are whole."""
    NO_VERIFIER = "no-verifier"
    """Candidates are ranked by how alike the sets are."""
    MEAN_POOLING = "mean-pooling"
    """Nor is there a listing encoder: a set is the mean of the tokens of its whole photos."""

    @property
    def is_mask(self) -> bool:
        """Whether photos are painted over."""
        return self in {Ablation.ITEM_MASKED, Ablation.BACKGROUND_MASKED}
