"""Saves entries one after the other and says which, until somebody kills it."""

import sys
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from diary_app.core.environment import SystemEnvironment
from diary_app.storage.diary import Diary
from tests.storage.phones import TODAY, enrol, evening

environment = SystemEnvironment()
diary = Diary.open(sys.argv[1], environment)
enrol(diary, environment)
day = TODAY
while True:
    print(diary.save_entry(evening(day)).id, flush=True)  # noqa: T201
    day += timedelta(days=1)
