# SPDX-FileCopyrightText: async-inspect contributors
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Attaching to a program that runs, and leaving it as it was."""

import re
import subprocess

from app import App, Atspi, Failure, wait_for
from recordings import APPS


class Running:
    """A program that nobody has prepared, and that goes on by itself."""

    def __enter__(self):
        self.process = subprocess.Popen([APPS / 'echo-server'], stdout=subprocess.DEVNULL)
        return self.process

    def __exit__(self, kind, value, trace):
        self.process.kill()
        self.process.wait()


def is_traced(pid):
    with open(f'/proc/{pid}/status', encoding='utf-8') as file:
        return 'TracerPid:\t0\n' not in file.read()


def check_a_process_is_listed_and_attached_to():
    with Running() as process, App() as app:
        app.find(re.compile('echo-server'), 'list item')
        app.picture('start-processes')
        app.find('Search for a process').type(f'{process.pid}')
        app.click(f'Attach to {process.pid}', 'push button')
        app.find(re.compile('^live'), 'label')
        app.find(re.compile(f'echo-server.*pid {process.pid}'), 'label')
        app.picture('attached')
        app.run('close-tab')
        app.find('Launch', 'push button')
        if process.poll() is not None or is_traced(process.pid):
            raise Failure('the program goes on, and nobody traces it')


def check_several_are_seen_at_once():
    with Running(), Running(), Running(), App() as app:
        def height():
            search, after = (app.find(name).accessible.get_extents(1)
                             for name in ('Search for a process', re.compile('^Open')))
            return after.y - search.y - search.height
        wait_for(lambda: len(list(app.root.find_all(re.compile('echo-server'), 'list item'))) == 3,
                 'all are listed')
        wait_for(lambda: height() > 150, 'as many as there are stand below each other')


def check_the_focus_stays_while_processes_come_and_go():
    with Running() as first, App() as app:
        def row(process):
            return next((node for node in app.root.find_all(re.compile('echo-server'), 'list item')
                         if f'pid {process.pid}' in node.accessible.get_description()), None)
        def has_focus(process):
            return row(process) is not None and row(process).has_state(Atspi.StateType.FOCUSED)
        app.find('Search for a process').type('echo-server')
        wait_for(lambda: row(first), 'it is listed')
        for _ in range(20):
            app.press('Tab')
            if has_focus(first):
                break
        wait_for(lambda: has_focus(first), 'its row is reached by the keyboard')
        with Running() as second:
            wait_for(lambda: row(second), 'one that was started later is listed')
            if not has_focus(first):
                raise Failure('the row that had the focus still has it')
            first.kill()
            first.wait()
            wait_for(lambda: has_focus(second), 'the focus goes on where the row was')
        wait_for(lambda: row(second) is None, 'that has ended, and is not listed any more')
        wait_for(lambda: app.find('Search for a process').has_state(Atspi.StateType.FOCUSED) or any(
            node.has_state(Atspi.StateType.FOCUSED)
            for _, node in app.find('Search for a process').walk()), 'the focus is where one goes on')


def check_one_by_its_number():
    with Running() as process, App('--pid', process.pid) as app:
        app.find(re.compile('^live'), 'label')


def check_one_that_is_not_there():
    with App('--pid', 2 ** 22 + 1) as app:
        app.find(re.compile('cannot attach to .*: there is no such process'), 'label')


def check_one_that_somebody_looks_at():
    with Running() as process, App('--pid', process.pid) as app:
        app.find(re.compile('^live'), 'label')
        app.run('new-tab')
        row = app.find(re.compile('echo-server'), 'list item')
        description = row.accessible.get_description()
        if 'another inspector' not in description or app.has(f'Attach to {process.pid}'):
            raise Failure(f'the row says that somebody looks already: {description!r}')
        app.picture('start-refused')
