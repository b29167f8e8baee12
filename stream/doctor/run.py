"""The command `twinlist doctor`."""

import asyncio
import logging
import warnings

from pydantic import ValidationError
from rich.console import Console

from stream.doctor.examination import examine_deployment, settings_finding
from stream.doctor.finding import State
from stream.doctor.report import print_json, print_lines, report_of
from stream.settings import Settings


def run_doctor(console: Console, *, is_json: bool, deadline_seconds: float) -> int:
    """Examine what the environment names, print the findings, return the exit status."""
    # What clients log and warn of is a finding here, and said once.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings(action="ignore"):
            findings = asyncio.run(examine_deployment(Settings(), deadline_seconds))
    except ValidationError as error:
        findings = (settings_finding(error),)
    report = report_of(findings)
    (print_json if is_json else print_lines)(report, console)
    return int(report.state is State.WRONG)
