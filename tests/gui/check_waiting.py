# SPDX-FileCopyrightText: async-inspect contributors
# SPDX-License-Identifier: MIT OR Apache-2.0
"""An instant that takes long to be read: what is shown of another one stays, pales, and is told again."""

import os
import re
import shutil
import tempfile
from pathlib import Path

from gi.repository import Atspi

import recordings
from app import App, Failure, Skip, wait_for
from checks import read_view

HOLD = Path(os.environ['TEST_GUI_INSIDE'], 'hold')
DEADLOCK = '^1 deadlock'


class Held:
    """The app with a recording of which no instant is read before it is let go: see hold-reads.c."""

    def __init__(self):
        if 'TEST_HOLD_READS' not in os.environ:
            raise Skip('a sanitizer has to be the first library of a program')
        HOLD.unlink(missing_ok=True)
        # One of its own: how a recording was left by whoever looked at it before is found by its path.
        recording = shutil.copy(recordings.path('deadlock'), tempfile.mkdtemp(dir=HOLD.parent))
        self.app = App(recording,
                       env={'LD_PRELOAD': os.environ['TEST_HOLD_READS'], 'TEST_HOLD': str(HOLD)})

    def __enter__(self):
        self.app.__enter__()
        return self

    def __exit__(self, *error):
        HOLD.unlink(missing_ok=True)
        self.app.__exit__(*error)

    def step(self, command):
        """To another instant, which is not read meanwhile."""
        HOLD.touch()
        self.app.run(command)

    def let_go(self):
        HOLD.unlink()


def is_busy(page):
    return any(node.has_state(Atspi.StateType.BUSY) for _, node in page.walk())


def wait_until_pale(page):
    wait_for(lambda: is_busy(page), f'{page} says that what it shows is of another instant')


def wait_until_told(page, what, is_there):
    wait_for(lambda: is_there() and not is_busy(page), f'{page} is told again: {what}')


def check_the_graph_pales_and_is_told_again():
    with Held() as held:
        page = held.app.show_view('Graph')
        wait_until_told(page, 'a deadlock', lambda: page.has(re.compile(DEADLOCK), 'label'))
        held.step('first')
        wait_until_pale(page)
        if not page.has(re.compile(DEADLOCK), 'label'):
            raise Failure('what was shown stays while an instant is read')
        held.app.picture('graph-waiting')
        held.let_go()
        wait_until_told(page, 'no deadlock', lambda: not page.has(re.compile(DEADLOCK), 'label'))
        held.app.picture('graph-told-again')


def check_a_newer_instant_takes_the_place_of_the_older():
    with Held() as held:
        page = held.app.show_view('Graph')
        wait_until_told(page, 'a deadlock', lambda: page.has(re.compile(DEADLOCK), 'label'))
        held.step('first')
        wait_until_pale(page)
        held.step('last')
        held.let_go()
        wait_until_told(page, 'the deadlock', lambda: page.has(re.compile(DEADLOCK), 'label'))


def check_the_answer_pales_and_is_told_again():
    with Held() as held:
        page = held.app.show_view(read_view('why')['name'])
        held.step('first')
        wait_until_pale(page)
        held.app.picture('why-waiting')
        held.let_go()
        wait_until_told(page, 'the answer', lambda: page.has('There was no deadlock.', 'label'))
