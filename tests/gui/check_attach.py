# SPDX-FileCopyrightText: async-inspect contributors
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Attaching to a program that runs, and leaving it as it was."""

import ctypes
import os
import re
import subprocess

from app import App, Atspi, Failure, wait_for
from recordings import APPS


class Running:
    """A program that nobody has prepared, and that goes on by itself; @prepare is run in it before."""

    def __init__(self, program=APPS / 'echo-server', prepare=None):
        self.program, self.prepare = program, prepare

    def __enter__(self):
        self.process = subprocess.Popen([self.program], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                        preexec_fn=self.prepare)
        return self.process

    def __exit__(self, kind, value, trace):
        self.process.kill()
        self.process.wait()


def is_traced(pid):
    with open(f'/proc/{pid}/status', encoding='utf-8') as file:
        return 'TracerPid:\t0\n' not in file.read()


def find_row(app, process):
    return next((node for node in app.root.find_all(None, 'list item')
                 if f'pid {process.pid}' in node.accessible.get_description()), None)


def check_a_process_is_listed_and_attached_to():
    with Running() as process, App() as app:
        wait_for(lambda: find_row(app, process), 'it is listed')
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
    with Running() as first, Running() as second, Running() as third, App() as app:
        def height():
            search, after = (app.find(name).accessible.get_extents(1)
                             for name in ('Search for a process', re.compile('^Open')))
            return after.y - search.y - search.height
        wait_for(lambda: all(find_row(app, process) for process in (first, second, third)), 'all are listed')
        wait_for(lambda: height() > 150, 'as many as there are stand below each other')


def check_one_without_a_runtime_is_there_for_who_searches_for_it():
    with Running('/bin/cat') as process, Running() as other, App() as app:
        wait_for(lambda: find_row(app, other), 'those that have one are listed')
        if find_row(app, process):
            raise Failure('who does not search is not shown what no runtime is in')
        app.find('Search for a process').type(f'cat {process.pid}')
        wait_for(lambda: find_row(app, process), 'it is found')
        app.find(f'Attach to {process.pid}', 'push button')
        wait_for(lambda: not find_row(app, other), 'others are not')


def check_one_that_cannot_be_attached_to_says_why():
    def be_traced():
        ctypes.CDLL(None).ptrace(0, 0, None, None)
    with Running('/bin/cat', be_traced) as process, App() as app:
        row = wait_for(lambda: find_row(app, process), 'it is listed')
        said = row.accessible.get_description()
        if 'traces it' not in said or str(os.getpid()) not in said or app.has(f'Attach to {process.pid}'):
            raise Failure(f'it says that another program traces it, and which: {said!r}')


def check_the_focus_stays_while_processes_come_and_go():
    with Running() as first, App() as app:
        def has_focus(process):
            row = find_row(app, process)
            return row is not None and row.has_state(Atspi.StateType.FOCUSED)
        app.find('Search for a process').type(str(APPS / 'echo-server'))
        wait_for(lambda: find_row(app, first), 'it is listed')
        for _ in range(20):
            app.press('Tab')
            if has_focus(first):
                break
        wait_for(lambda: has_focus(first), 'its row is reached by the keyboard')
        with Running() as second:
            wait_for(lambda: find_row(app, second), 'one that was started later is listed')
            if not has_focus(first):
                raise Failure('the row that had the focus still has it')
            first.kill()
            first.wait()
            wait_for(lambda: has_focus(second), 'the focus goes on where the row was')
        wait_for(lambda: find_row(app, second) is None, 'that has ended, and is not listed any more')
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
        row = wait_for(lambda: find_row(app, process), 'it is listed')
        description = row.accessible.get_description()
        if 'another inspector' not in description or app.has(f'Attach to {process.pid}'):
            raise Failure(f'the row says that somebody looks already: {description!r}')
        app.picture('start-refused')
