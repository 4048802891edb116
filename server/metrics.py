"""`GET /metrics`: how the server is doing, for Prometheus. No label holds a participant, an address or anything typed.

Each process counts for itself; what is read from the database is the same in all of them.
"""

from collections.abc import Iterator
from datetime import timedelta

from fastapi import APIRouter, Request, Response
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from diary_app.core.facts import DeviceState
from diary_app.core.wire import SYNC_PATH, SyncAnswer
from server.access.insiders import Insider
from server.alerts import unsent
from server.backup import standing
from server.db import house
from server.db.engine import reading
from server.dependencies import ServicesDep
from server.health import swept_at
from server.services import Services

SILENT_AFTER = timedelta(days=2)
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_ELSEWHERE = "none"

router = APIRouter(include_in_schema=False)


class Meters:
    """What one process counts while it answers."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "xerodiary_requests", "Requests by route and status.", ("method", "route", "status"),
            registry=self.registry,
        )  # fmt: skip
        self._syncs = Histogram(
            "xerodiary_sync_seconds", "How long a sync took to answer.", buckets=_SECONDS, registry=self.registry
        )
        self._records = Counter(
            "xerodiary_records", "Records that phones got a receipt for, replays included.", ("outcome",),
            registry=self.registry,
        )  # fmt: skip

    def answered(self, method: str, route: str | None, status: int | None, seconds: float) -> None:
        """One request came to its end. `route`: its pattern, None for an address that leads nowhere."""
        known = method if method in _METHODS else "OTHER"
        self._requests.labels(known, route or _ELSEWHERE, str(status or _ELSEWHERE)).inc()
        if route == SYNC_PATH:
            self._syncs.observe(seconds)

    def synced(self, answer: SyncAnswer) -> None:
        """Receipts were given."""
        for receipt in answer.receipts:
            self._records.labels("accepted" if receipt.accepted else "refused").inc()


@router.get("/metrics", dependencies=[Insider])
def metrics(request: Request, services: ServicesDep) -> Response:
    """Everything in the text format of Prometheus."""
    registry = CollectorRegistry()
    registry.register(_House(services))
    meters: Meters = request.app.state.meters
    body = generate_latest(meters.registry) + generate_latest(registry)
    return Response(body, headers={"Content-Type": CONTENT_TYPE_LATEST})


class _House:
    """What is asked of the database and the writer whenever somebody looks."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def collect(self) -> Iterator[Metric]:
        """See prometheus_client's `Collector`."""
        yield from self._of_the_writer()
        yield from self._of_the_database()

    def _of_the_writer(self) -> Iterator[Metric]:
        writer = self._services.writer
        yield GaugeMetricFamily("xerodiary_writer_waiting", "Works that wait to be committed.", writer.waiting)
        yield GaugeMetricFamily("xerodiary_writer_alive", "1 while works are taken.", int(writer.alive))
        yield CounterMetricFamily("xerodiary_commits", "Transactions committed.", writer.tally.batches)
        yield CounterMetricFamily("xerodiary_works", "Works committed in them.", writer.tally.works)

    def _of_the_database(self) -> Iterator[Metric]:
        services, now = self._services, self._services.environment.now()
        with reading(services.engine) as connection:
            found = house.counts(connection, now, now - SILENT_AFTER)
            swept, backups = swept_at(connection), standing.known(services, connection)
            reminded, missed = unsent.looked_at(connection), unsent.unsent(connection, now)
        phones = GaugeMetricFamily("xerodiary_phones", "Installations by state.", labels=["state"])
        for state in DeviceState:
            phones.add_metric([state.value], found.phones.get(state.value, 0))
        yield phones
        yield GaugeMetricFamily("xerodiary_phones_silent", "Active and not heard for two days.", found.silent)
        yield GaugeMetricFamily("xerodiary_quarantined", "Records that wait for somebody to look.", found.quarantined)
        lag = now - found.due_since if found.due_since else timedelta()
        yield GaugeMetricFamily("xerodiary_sweep_lag_seconds", "Longest a due day has waited.", lag.total_seconds())
        if swept is not None:
            age = (now - swept).total_seconds()
            yield GaugeMetricFamily("xerodiary_swept_seconds_ago", "Since the last sweep ended.", age)
        yield from _of_reminders(now - reminded if reminded else None, missed.participants if missed else 0)
        yield from _of_backups(backups, backups.age(now), services.settings.backup_folder is not None)


def _of_reminders(age: timedelta | None, missed: int) -> Iterator[Metric]:
    if age is not None:
        yield GaugeMetricFamily(
            "xerodiary_reminded_seconds_ago", "Since the last look whose reminder is due ended.", age.total_seconds()
        )
    yield GaugeMetricFamily("xerodiary_reminders_unsent", "Participants who missed one as nothing leaves.", missed)


def _of_backups(stands: standing.Standing, age: timedelta | None, is_wanted: bool) -> Iterator[Metric]:
    if age is not None:
        yield GaugeMetricFamily("xerodiary_backup_age_seconds", "Age of the last good backup.", age.total_seconds())
    yield GaugeMetricFamily("xerodiary_backup_wanted", "1 where this process makes them.", int(is_wanted))
    yield GaugeMetricFamily("xerodiary_backup_failed", "1 when the last one failed.", int(stands.failed_at is not None))
    yield GaugeMetricFamily("xerodiary_fact_tables_fell", "Tables with fewer facts than before.", len(stands.fell))
    yield GaugeMetricFamily("xerodiary_trail_flaws", "Places at which the trail does not hold together.", stands.flaws)
