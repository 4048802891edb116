"""The server in a storm: its database in a folder of its own, killed, stopped, restored and set up again.

A kill is what a power cut leaves: the database's files as they were at that moment are taken, and opened again.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from diary_app.core.errors import RequestRefused
from diary_app.sync.transport import Answer
from server.backup import restoring
from server.backup.restoring import Restored
from server.db.writer import Work
from server.jobs import anchor, extend_horizon, sweep_due
from server.key_files import put_back
from server.reminders.reminding import remind
from server.sealing import key_file
from server.services import Services, open_services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment, SkewedEnvironment
from server.simulate.storm.clocks import Unhurried
from server.simulate.storm.counts import Kind
from server.simulate.storm.editions import Edition
from server.simulate.storm.entrances import Entrance, door_at
from server.simulate.storm.founding import empty_database, sealing_key, usual_settings
from server.simulate.storm.ledger import WentBack
from server.simulate.storm.log import Log
from server.simulate.storm.post import Post
from server.simulate.storm.power import Dying, Fuse, MortalWriter, ServerKilled, copy_images
from server.simulate.storm.premises import Premises
from server.simulate.storm.statements import share_statements
from server.simulate.storm.wire import Message, ServerDied, ServerDown, is_fault

T = TypeVar("T")
_UNAVAILABLE = 503
_UNWRITTEN = (DBAPIError, RequestRefused)


class House(Premises):
    """The server and whoever runs it.

    `sweeps`: how many ended since it was started or its clock was set. `went_back`: when its database did. `laid_out`:
    when the job was done that lays evenings out ahead and reads again what named a lost version of the study.
    """

    def __init__(self, folder: Path, world: SimulatedEnvironment, log: Log, entrance: Entrance) -> None:
        super().__init__(world, folder)
        self.clock = SkewedEnvironment(world, timedelta())
        self._log = log
        self.restores = self.kills = self.sweeps = 0
        self.post = Post(world, self.befell)
        self.went_back: list[WentBack] = []
        self.laid_out: list[datetime] = []
        self.swept_at = self._latest_sweep = world.now()
        self._backed_up_edition = self.editions.current
        self._unready: tuple[Kind, Callable[[], object]] | None = None
        self._door = door_at(entrance)
        self._licences: Path | None = None
        self._backup: Path | None = None
        self._backed_up_at = world.now()
        self._services: Services | None = None
        self._writer: MortalWriter | None = None

    @property
    def is_up(self) -> bool:
        """Whether it answers."""
        return self._services is not None

    @property
    def services(self) -> Services:
        """Of the running server. Raises `ServerDown`."""
        if self._services is None:
            raise ServerDown
        return self._services

    def settings(self) -> Settings:
        """Of the server as it is set up now."""
        own = {"var_folder": self.folder / "var", "database_url": f"sqlite:///{self._file}"}
        own |= {"backup_folder": self.backups, "study_file": self._study_file, "licence_folder": self._licences}
        return usual_settings().model_copy(update=own)

    def found(self, study_file: Path | None = None, licences: Path | None = None) -> None:
        """A new, empty database. `study_file`: another one than is shipped, with its folder of `licences`."""
        self._study_file, self._licences = study_file, licences
        self._found_database()
        put_back(key_file(self.settings()), sealing_key())
        self.start()

    def start(self) -> None:
        """Open the database and answer; where there is no room for what that writes, it is tried again and again."""
        if self._services is None and self._is_ready() and (services := self._opened()) is not None:
            self._services = services
            services.background = Unhurried(self.world)
            self._make_ready(services.engine)
            services.writer = self._writer = MortalWriter(services.engine, self.post)
            self.sweeps, self._text = 0, services.study.text
            if self._amended_to is not None:
                now = self.clock.now()  # a clock that is behind counts from the last sweep
                self.editions.goes_live(self._amended_to, sorted({now, max(now, self._latest_sweep)}))
                self._amended_to = None
            if self._to_follow:
                self._follow()

    def _found_database(self) -> None:
        """Migrated, and nothing in it."""
        self._file.write_bytes(empty_database())

    def _make_ready(self, engine: Engine) -> None:
        """Its statements are quick, and its file lies on this disk."""
        share_statements(engine)
        engine.dispose()
        self._room.of(engine)

    def _opened(self) -> Services | None:
        return self._with_room(lambda: open_services(self.settings(), self.clock), otherwise=Kind.START_REFUSED)

    def _is_ready(self) -> bool:
        """Nothing has to be done to the database before it is served from, or it was done now."""
        if self._unready is not None:
            refused, make_ready = self._unready
            if self._with_room(make_ready, otherwise=refused) is None:
                return False
            self._unready = None
        return True

    def stop(self) -> None:
        """Shut down in order."""
        self._is_waiting = False
        self.troubled.add(self.world.now().date())
        if self._services is not None:
            self._services.engine.dispose()
            self._services.close()
            self._services = None

    def will_die(self, when: Dying, commits: int, *, in_job: bool) -> None:
        """At one of the next commits the power goes."""
        if self._writer is not None:
            self._writer.fuse = Fuse(when, commits, in_job)

    def calm(self) -> None:
        """Nothing more goes wrong."""
        self.mail(works=True)
        self.post.lose_answers(0)
        self.post.be_odd(0, 0)
        self.fill_disk(full=False)
        if self._writer is not None:
            self._writer.fuse = None

    def fill_disk(self, *, full: bool, left: int | None = 0) -> None:
        """The disk is full from now on (`left`: see `Room`), or has room again."""
        self.troubled.add(self.world.now().date())
        self._room.is_full, self._room.left = full, left
        if self._services is not None:
            self._services.engine.dispose()  # whoever connects from now on finds it so
        elif self._is_waiting and not full:
            self.start()

    @property
    def backups(self) -> Path:
        """The folder of the nightly ones."""
        return self.folder / "backups"

    def backed_up(self, file: Path) -> None:
        """That is the backup to be restored from now on."""
        self._backup, self._backed_up_at = file, self.world.now()
        self._backed_up_edition = self.editions.current

    @property
    def has_backup(self) -> bool:
        """Whether there is anything to restore."""
        return self._backup is not None

    def restore(
        self,
        then: Callable[[], None],
        source: tuple[Path, datetime, Edition] | None = None,
        *,
        older_file: bool = False,
    ) -> None:
        """Last night's backup, or that file as of that moment, takes the place of the database that is lost.

        `then`: done after it, once there is room. `older_file`: the study file of then comes back with it.
        """
        backup, taken, edition = source or (self._backup, self._backed_up_at, self._backed_up_edition)
        assert backup is not None
        self.stop()
        self._number += 1
        self.troubled |= {self.world.now().date() - timedelta(days=back) for back in range(2)}
        self._file.write_bytes(empty_database())
        self._come_back_to(edition, older_file=older_file)

        def make_ready() -> Restored:
            restored = restoring.restore(backup, self.settings(), self.clock)
            self._gone_back(taken)
            then()
            return restored

        self._unready = Kind.RESTORE_REFUSED, make_ready
        self.start()

    def copy_database(self, target: Path) -> None:
        """As it lies there now, while the server runs."""
        copy_images(self._file, target)

    def come_up_with(self, source: Path, taken: datetime, edition: Edition, go_on: Callable[[], Services]) -> None:
        """That copy takes the database's place. `go_on`: what is done to it by hand before it is served from.

        `edition`: of the study when it was taken.
        """
        self.stop()
        self._number += 1
        self._come_back_to(edition, older_file=False)
        copy_images(source, self._file)
        self._gone_back(taken)
        self._unready = Kind.EPOCH_REFUSED, go_on
        self.start()

    def amend(self, substance: str) -> None:
        """The next version of the study file; the server is started again with it. `substance`: see `Edition`."""
        self.stop()
        self._take_up(self.editions.next(substance))
        self.start()

    def _follow(self) -> None:
        """Every version that was live goes live again, one after the other: whoever skips one forgets what it asked."""
        self.stop()
        self._take_up(self._to_follow.pop(0))
        self.start()

    async def answer(self, message: Message) -> Answer:
        """See `Listening.answer`."""
        try:
            answer = await self._door.answer(self.services, message)
            if self._is_dead(Dying.BEFORE_ANSWER, in_job=False):
                raise ServerKilled  # noqa: TRY301 - the one place that mends it is below
        except ServerKilled as killed:
            self._log.message(self.world.now(), "killed over", message.body)
            self._power_back()
            raise ServerDied from killed
        self._log.message(self.world.now(), f"{answer.status}", message.body, answer.body)
        if answer.status == _UNAVAILABLE:
            self._is_excused(answer.body.decode(), message.path)
        if is_fault(answer):
            self.faults.append(f"{message.path} was answered with {answer.body.decode()}")
        return answer

    def tick(self, now: datetime, *, daily: bool) -> None:
        """The jobs of this moment."""
        if self._services is None or not self.post.works:
            self.troubled.add(now.date())
        if self._is_waiting:
            self.start()
        if self._services is None:
            return
        services, self.swept_at = self._services, now
        self._latest_sweep = max(self._latest_sweep, now)

        def work() -> None:
            if daily:
                extend_horizon(services, now)
                self.laid_out.append(now)
                anchor(services, now)
            sweep_due(services, now)
            self.sweeps += 1
            remind(services, now, self.post.way)

        self.job(work)

    def job(self, work: Callable[[], object]) -> bool:
        """The server does something by itself; False when its power went over it, or it had no room for it."""
        assert self._writer is not None
        self._writer.in_job = True
        try:
            work()
            if self._is_dead(Dying.BEFORE_ANSWER, in_job=True):
                raise ServerKilled  # noqa: TRY301 - the one place that mends it is below
        except ServerKilled:
            self.post.forgotten()
            self._power_back()
            return False
        except _UNWRITTEN as error:
            self._refused_for_room(error)
            self.post.forgotten()
            return False
        finally:
            self._writer.in_job = False
        return True

    def run(self, participant: str, work: Work[T]) -> T:
        """What staff do; the server dies over phones and jobs only. Raises `ServerDown`, `XerodiaryError`."""
        with self.spared():
            return self.services.writer.run(participant, work)

    @contextmanager
    def spared(self) -> Iterator[None]:
        """The power does not go meanwhile. Raises `ServerDown`, also where there is no room for what staff do."""
        if self._writer is None or self._services is None:
            raise ServerDown
        writer = self._writer
        fuse, writer.fuse = writer.fuse, None
        try:
            yield
        except _UNWRITTEN as error:
            self._refused_for_room(error)
            raise ServerDown from error
        finally:
            writer.fuse = fuse

    def mail(self, *, works: bool) -> None:
        """The way that messages take."""
        self.troubled.add(self.world.now().date())
        self.post.works = works

    def _gone_back(self, taken: datetime) -> None:
        self.restores += 1
        self.went_back.append(WentBack(taken, self.world.now()))
        self.post.gone_back(taken)

    def _is_dead(self, when: Dying, *, in_job: bool) -> bool:
        fuse = self._writer.fuse if self._writer else None
        return fuse is not None and fuse.when is when and fuse.in_job == in_job and fuse.commits <= 0

    def _power_back(self) -> None:
        """What lay on the disk at that moment is opened again."""
        self.kills += 1
        if self._writer is not None and self._writer.fuse is not None:
            self.befell.server_killed(self._writer.fuse.when, in_job=self._writer.in_job)
        self._keep_what_lies_there()
        self.stop()
        self.start()

    def _keep_what_lies_there(self) -> None:
        """The files as they are, before anything of this process is tidied up."""
        before = self._file
        self._number += 1
        copy_images(before, self._file)

    @property
    def _file(self) -> Path:
        return self.folder / f"server-{self._number}.sqlite"
