# SPDX-FileCopyrightText: async-inspect contributors
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Views that nobody sees rest: they read nothing while a program goes on, and catch up when they are seen."""

import os
import re
import struct
import time
from pathlib import Path

from app import App, Skip, wait_for
from checks import read_view

HOME = Path(os.environ['TEST_GUI_INSIDE'])
READER = struct.Struct('24sQ')
# So often, and for so long, another view has read something new while one that is hidden has read nothing.
N_TURNS = 15
REST_S = 2


class Live:
    """The app with a program that goes on, and who has read how much of it: see count-reads.c."""

    def __init__(self, name):
        if 'TEST_COUNT_READS' not in os.environ:
            raise Skip('a sanitizer has to be the first library of a program')
        self.path = HOME / f'reads-{name}'
        self.app = App('--', os.environ['TEST_PRODUCER'], '2000', '600', '50',
                       env={'LD_PRELOAD': os.environ['TEST_COUNT_READS'], 'TEST_READS': str(self.path)})

    def __enter__(self):
        self.app.__enter__()
        self.app.find(re.compile('^live · .* tasks'), 'label')
        return self

    def __exit__(self, *error):
        self.app.__exit__(*error)

    def count(self, view):
        counts = {name.rstrip(b'\0').decode(): n for name, n in READER.iter_unpack(self.path.read_bytes())}
        return counts.get(view, 0)

    def wait_for_reads(self, view, why):
        before = self.count(view)
        wait_for(lambda: self.count(view) > before, f'{view} reads {why}')

    def wait_for_rest(self, hidden, seen):
        """@seen reads again and again, and @hidden does not meanwhile; what it had begun may end first."""
        turns, counts, since = 0, (self.count(hidden), self.count(seen)), time.monotonic()

        def rests():
            nonlocal turns, counts, since
            before, counts = counts, (self.count(hidden), self.count(seen))
            if counts[0] != before[0]:
                turns, since = 0, time.monotonic()
            elif counts[1] != before[1]:
                turns += 1
            return turns >= N_TURNS and time.monotonic() > since + REST_S
        wait_for(rests, f'{hidden} reads nothing while it is hidden, and {seen} is seen')


def check_views():
    with Live('views') as live:
        for view in ('tasks', 'timeline', 'graph', 'profile', 'source', 'events'):
            other = 'timeline' if view == 'tasks' else 'tasks'
            live.app.show_view(read_view(view)['name'])
            live.wait_for_reads(view, 'while it is seen')
            live.app.show_view(read_view(other)['name'])
            live.wait_for_rest(view, other)
            live.app.show_view(read_view(view)['name'])
            live.wait_for_reads(view, 'once it is seen again')


def check_the_panel():
    with Live('panel') as live:
        live.app.point_at(live.app.show_view('Tasks').find(re.compile('^[0-9]+$'), 'table cell'))
        for view in ('variables', 'why'):
            live.app.find(read_view(view)['name'], 'page tab').click()
            live.wait_for_reads(view, 'while it is seen')
            live.app.run('panel')
            live.wait_for_rest(view, 'tasks')
            live.app.run('panel')
            live.wait_for_reads(view, 'once it is seen again')
