"""A cluster of two processes, which starts once for all tests."""

from collections.abc import Iterator

import distributed
import pytest

from neon_async.emulator import Organizations, running
from tests.support.replicas import ConnectTo


@pytest.fixture(scope="session")
def _cluster() -> Iterator[distributed.LocalCluster]:
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0"
    ) as cluster:
        assert isinstance(cluster, distributed.LocalCluster)
        yield cluster


@pytest.fixture
def cluster_client(_cluster: distributed.LocalCluster) -> Iterator[distributed.Client]:
    with distributed.Client(_cluster) as client:
        client.wait_for_workers(2)
        yield client


@pytest.fixture
def organizations() -> Iterator[Organizations]:
    """Twenty organizations with 75 accounts each."""
    with Organizations(20, accounts=75, activities=15) as organizations:
        yield organizations


@pytest.fixture
def connect(organizations: Organizations) -> Iterator[ConnectTo]:
    with running(organizations) as base_url:
        yield ConnectTo(base_url)
