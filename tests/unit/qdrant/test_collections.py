"""What collections are called: nothing that a shadow writes is the live store's."""

import pytest

from stream.adapters.qdrant.collections import CollectionNames, Shadow, collection_names
from stream.settings import QdrantSettings

SETTINGS = QdrantSettings(prefix="eu-")
LIVE = CollectionNames(
    listings="eu-listings-m1", photos="eu-photos-m1", pairs="eu-pairs", flights="eu-flights"
)


def test_the_live_collections_are_named_by_role_and_model_version() -> None:
    assert collection_names(SETTINGS, "m1") == LIVE


@pytest.mark.parametrize(
    ("shadow", "own"),
    [
        (
            Shadow("into-march", has_own_listings=True),
            {"eu-into-march-listings-m1", "eu-into-march-photos-m1", "eu-into-march-pairs"},
        ),
        (Shadow("rollout-m1", has_own_listings=False), {"eu-rollout-m1-pairs"}),
    ],
)
def test_a_shadow_has_a_ledger_of_its_own_and_its_listings_if_it_says_so(
    shadow: Shadow, own: set[str]
) -> None:
    names, live = vars(collection_names(SETTINGS, "m1", shadow)), vars(LIVE)
    assert {name for role, name in names.items() if name != live[role]} == own
