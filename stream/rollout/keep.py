"""Keep: copy what the model in use has found into a ledger aside, for the way back."""

import msgspec

from stream.domain.alert import decode_alert
from stream.domain.pair import Pair
from stream.ports import PairLedger


async def keep_pairs(ledger: PairLedger, kept: PairLedger, model_version: str) -> None:
    """Copy the pairs, open ones and near misses, that a model has found.

    May be repeated, also once another model has begun to decide pairs: those are left out, and
    their copies stay.
    """
    for are_open in (True, False):
        async for page in ledger.read_all(are_open=are_open):
            due = [pair for pair in page if _is_found_by(model_version, pair)]
            before = await kept.read([pair.pair_id for pair in due])
            for pair in due:
                copied = before.get(pair.pair_id)
                if copied is None or copied.revision < pair.revision:
                    # Nobody sends what is quiet.
                    copy = msgspec.structs.replace(pair, is_quiet=True)
                    await kept.write(copy, copied.revision if copied is not None else None)


def _is_found_by(model_version: str, pair: Pair) -> bool:
    """Whether a model's match is known; which model's a near miss is stands nowhere."""
    if pair.is_open and pair.message is not None:
        return decode_alert(pair.message).data.model_version == model_version
    return bool(pair.evidence)
