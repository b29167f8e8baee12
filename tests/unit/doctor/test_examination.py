"""The whole examination, on addresses where nobody listens."""

import pytest
from pydantic import SecretStr

from stream.doctor.examination import examine_deployment
from stream.doctor.finding import State
from stream.settings import KafkaSettings, QdrantSettings, Settings, TritonSettings

AWAY = "127.0.0.1:1"


@pytest.mark.parametrize(
    "qdrant_url",
    [f"http://{AWAY}", "http://[::1", "http://host:port", "", f"http://user:hunter3@{AWAY}/path"],
)
async def test_whatever_the_addresses_are_each_part_is_examined_and_no_secret_told(
    qdrant_url: str,
) -> None:
    settings = Settings(
        kafka=KafkaSettings(brokers=AWAY, sasl_password=SecretStr("hunter2")),
        triton=TritonSettings(url="hunter2.example.invalid:1"),
        qdrant=QdrantSettings(url=qdrant_url),
    )
    findings = await examine_deployment(settings, 5)
    wrong = [finding.name for finding in findings if finding.state is State.WRONG]
    assert wrong == ["kafka", "triton", "qdrant"]
    assert "hunter" not in "".join(finding.seen + finding.mend for finding in findings)
