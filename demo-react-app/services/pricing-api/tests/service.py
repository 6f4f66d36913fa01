"""A service that runs for a test: what it responds, prints and exports."""

import json
import os
import subprocess
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from otlp_receiver import OtlpReceiver
from waiting import free_port, wait_until


@dataclass
class Service:
    url: str
    receiver: OtlpReceiver
    output: Path
    process: subprocess.Popen

    def call(self, path: str, body: object = None, trace_id: str = "") -> tuple[int, dict]:
        headers = {"Content-Type": "application/json"}
        if trace_id:
            headers["traceparent"] = f"00-{trace_id}-{CALLER}-01"
        request = urllib.request.Request(
            self.url + path,
            headers=headers,
            data=json.dumps(body).encode() if body is not None else None,
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as response:
                return response.status, json.load(response)
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code, json.load(refusal)

    def lines(self) -> list[dict]:
        return [json.loads(line) for line in self.output.read_text().splitlines()]

    def lines_of(self, trace_id: str) -> list[dict]:
        return [line for line in self.lines() if line.get("trace_id") == trace_id]

    def end(self) -> int:
        """Send SIGTERM, as every supervisor does, and wait for the end."""
        self.process.terminate()
        return self.process.wait(timeout=10)

    def lost_lines(self) -> Counter[tuple[str, ...]]:
        """Return what is printed and not exported, or exported and not printed."""
        printed = Counter(
            (line["message"], line.get("trace_id", ""), line.get("span_id", ""))
            for line in self.lines()
        )
        exported = Counter(
            (record.body.string_value, record.trace_id.hex(), record.span_id.hex())
            for record in self.receiver.records
        )
        return (printed - exported) + (exported - printed)


@contextmanager
def started(
    command: list[str | Path], folder: Path, output: Path, listen: str, environment: dict[str, str]
) -> Iterator[Service]:
    """Start a service in its folder; `listen` is the variable of its address."""
    address = f"127.0.0.1:{free_port()}"
    with OtlpReceiver() as receiver, output.open("w") as stdout:
        process = subprocess.Popen(
            command,
            cwd=folder,
            stdout=stdout,
            env={
                **os.environ,
                listen: address,
                "OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url,
                "OTEL_BSP_SCHEDULE_DELAY": "50",
                "OTEL_BLRP_SCHEDULE_DELAY": "50",
                **environment,
            },
        )
        running = Service(f"http://{address}", receiver, output, process)

        def healthy() -> bool:
            assert process.poll() is None, f"the service ended: {output.read_text()}"
            try:
                return running.call("/healthz")[0] == 200
            except urllib.error.URLError:
                return False

        try:
            wait_until(healthy, "the service")
            yield running
        finally:
            process.terminate()
            process.wait(timeout=10)


CALLER = "b7ad6b7169203331"
