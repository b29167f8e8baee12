"""`twinlist topics create` on real Kafka: what its exit status says."""

import json
import subprocess
import sys

from stream.demo.stack import environment_of
from stream.settings import Settings
from tests.support.kafka import KafkaServer, settings_for


def test_topics_that_differ_are_named_and_end_with_a_status_of_their_own(
    kafka_server: KafkaServer,
) -> None:
    settings = Settings(kafka=settings_for(kafka_server.address))

    def create(partitions: int) -> subprocess.CompletedProcess[str]:
        command = (sys.executable, "-m", "stream.cli", "topics", "create", "--json")
        return subprocess.run(
            [*command, "--partitions", str(partitions), "--replication", "1"],
            env=environment_of(settings),
            capture_output=True,
            text=True,
            check=False,
        )

    created, again, different = create(3), create(3), create(6)
    assert (created.returncode, again.returncode, different.returncode) == (0, 0, 3)
    states = [{topic["state"] for topic in json.loads(run.stdout)} for run in (created, again)]
    assert states == [{"created"}, {"exists"}]
    assert again.stderr == ""
    assert settings.kafka.listing_events in different.stderr
    assert all("3 partitions, not 6" in str(topic) for topic in json.loads(different.stdout))
