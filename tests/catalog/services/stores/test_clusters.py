"""The connections of a process to the clusters."""

from __future__ import annotations

import pytest

import engine
from catalog.models import Cluster
from catalog.services.stores import clusters

NOWHERE = "mongodb://127.0.0.1:1"


@pytest.fixture
def other(db: None) -> Cluster:
    return Cluster.objects.create(name="other", address=clusters.ADDRESSES.encrypt(NOWHERE))


@pytest.mark.django_db
def test_the_cluster_of_the_settings_is_main() -> None:
    assert clusters.connection() is clusters.connection(clusters.MAIN)
    assert clusters.connection().store is clusters.store()
    assert clusters.connection().change_stream is clusters.change_stream()


def test_a_connection_is_made_once_for_each_address(other: Cluster) -> None:
    first = clusters.connection("other")
    assert clusters.connection("other") is first
    assert clusters.store("other") in clusters.stores_in_use()
    other.address = clusters.ADDRESSES.encrypt(f"{NOWHERE}/?appname=x")
    other.save()
    assert clusters.connection("other") is not first


def test_an_unknown_cluster_is_unavailable(other: Cluster) -> None:
    with pytest.raises(engine.Unavailable, match="'third'"):
        clusters.store("third")
    Cluster.objects.update(address="of another key")
    with pytest.raises(engine.Unavailable, match="SECRET_KEY"):
        clusters.store("other")


def test_main_is_named_first_and_takes_new_databases(other: Cluster) -> None:
    assert (clusters.names(), clusters.of_new_databases()) == (["main", "other"], "main")
    Cluster.objects.update(takes_new=True)
    assert clusters.of_new_databases() == "other"
