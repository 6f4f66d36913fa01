"""Redis and SQS servers for the tests, on free ports, until the test session ends."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
import redis
from moto.server import ThreadedMotoServer
from waiting import free_port, wait_until


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return REDIS_URL, or start a server."""
    if given := os.environ.get("REDIS_URL"):
        yield given
        return
    program = shutil.which("redis-server")
    if program is None:
        pytest.fail("no Redis here: set REDIS_URL, or run cargo xtask setup")
    port = free_port()
    server = subprocess.Popen(
        [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
        cwd=tmp_path_factory.mktemp("redis"),
        stdout=subprocess.DEVNULL,
    )
    url = f"redis://127.0.0.1:{port}/0"
    with redis.Redis.from_url(url) as client:
        wait_until(lambda: _responds(client), "Redis")
    yield url
    server.terminate()
    server.wait(timeout=10)


@pytest.fixture(scope="session")
def sqs(monkeypatch_session: pytest.MonkeyPatch) -> Iterator[str]:
    """Start an SQS server that every client of this process and its children uses."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    for name, value in {
        "AWS_ENDPOINT_URL_SQS": url,
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "demo",
        "AWS_SECRET_ACCESS_KEY": "demo",
    }.items():
        monkeypatch_session.setenv(name, value)
    # The first request loads much, and the service does not wait for as long.
    boto3.client("sqs").list_queues()
    yield url
    server.stop()


@pytest.fixture(scope="session")
def monkeypatch_session() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch:
        yield patch


def _responds(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False


SERVICE = Path(__file__).parent.parent
