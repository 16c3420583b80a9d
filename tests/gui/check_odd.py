# SPDX-FileCopyrightText: async-inspect contributors
# SPDX-License-Identifier: MIT OR Apache-2.0
"""What should not be, and is: each view shows what there is, and the app goes on."""

import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

import recordings
from app import App, Failure, Skip, wait_for
from views import click_through

HOME = Path(os.environ['TEST_GUI_INSIDE'])
FOLDER = HOME / 'odd'


def odd(name):
    if not FOLDER.exists():
        FOLDER.mkdir()
        subprocess.run([os.environ['TEST_ODD_RECORDINGS'], FOLDER], check=True)
    return FOLDER / f'{name}.airec'


def check_no_task():
    with App(odd('no-task')) as app:
        app.find('recorded', 'label')
        # None is to come, either.
        for name in ('Tasks', 'Timeline'):
            app.show_view(name).find('No task', 'label')
        wait_for(lambda: any(node.is_showing for node in app.find('Why', 'panel').find_all('No task', 'label')),
                 'nor is there to be an answer')
        click_through(app, 'no-task')


def check_names_of_200_characters():
    with App(odd('long-names')) as app:
        app.find('recorded · 2 tasks', 'label')
        click_through(app, 'long-names')


def check_names_of_templates():
    """What is shown is short; who asks or copies has the whole."""
    with App(odd('templates')) as app:
        page = app.show_view('Tasks')
        cell = page.find(re.compile('^app::Cache<std::map<std::__cxx11'), 'table cell')
        app.point_at(cell)
        app.find(re.compile(r'^#1 app::Cache<…>::refresh'), 'label')
        app.picture('names-of-templates')


def check_one_task_of_ten_hours():
    with App(odd('ten-hours')) as app:
        app.find('recorded · 1 task', 'label')
        app.find(re.compile(r'^\+9 h 59 m'), 'label')
        click_through(app, 'ten-hours')


def check_ends_without_a_begin():
    with App(odd('no-begin')) as app:
        app.find(re.compile('^recorded · '), 'label')
        app.run('first')
        # Before the first thing that happened there is nothing to go to.
        app.find('+0 ns', 'label')
        app.find('unnamed', 'table cell')
        app.run('back')
        app.find('+0 ns', 'label')
        click_through(app, 'no-begin')


def check_what_is_stuck_is_shown_before_its_end():
    # At the end of all there is only the child of the program that was stuck.
    with App(odd('stuck-to-the-end')) as app:
        app.find(re.compile('^1 task is stuck'), 'label')
        app.click('Show what is wrong', 'push button')
        app.find('It is stuck', 'label')
        if app.root.has(re.compile('has ended with its program'), 'label'):
            raise Failure('what is stuck is shown, and not that it has ended')


def check_a_recording_that_is_cut_off():
    whole = recordings.path('http-client').read_bytes()
    path = HOME / 'cut.airec'
    path.write_bytes(whole[:len(whole) // 2])
    with App(path) as app:
        app.find(re.compile('^recorded · '), 'label')
        app.find(re.compile('cut off|not whole|damaged'), 'label')
        click_through(app, 'cut')


def check_a_recording_with_bytes_of_others():
    broken = bytearray(recordings.path('http-client').read_bytes())
    for at in range(200, len(broken), 97):
        broken[at] ^= 0x55
    path = HOME / 'broken.airec'
    path.write_bytes(broken)
    with App(path) as app:
        app.find(re.compile('^(recorded|failed)'), 'label')
        click_through(app, 'broken')


def check_a_target_that_is_killed():
    with App('--', *recordings.command('http-client')) as app:
        app.find(re.compile('^live · .* tasks'), 'label')
        child = wait_for(lambda: find_child(app.process.pid, 'http-client'), 'the program runs')
        os.kill(child, signal.SIGKILL)
        app.find(re.compile('^ended · .* tasks'), 'label')
        click_through(app, 'killed')


def check_a_core_file():
    if shutil.which('gcore') is None:
        raise Skip('gcore is not installed (it comes with gdb)')
    # Each arena is 64 MiB of a debugger's core file.
    with subprocess.Popen([recordings.APPS / 'attach-subject'], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          env={**os.environ, 'MALLOC_ARENA_MAX': '1'}, text=True) as program:
        program.stdout.readline()
        written = subprocess.run(['gcore', '-o', HOME / 'left', str(program.pid)], capture_output=True)
        program.stdin.close()
    core = HOME / f'left.{program.pid}'
    if written.returncode != 0 or not core.exists():
        raise Skip('gcore may not look at other processes here')
    with App(core) as app:
        app.find(re.compile('^recorded · '), 'label')
        app.find('on_answer')
        click_through(app, 'core')
        # For how long anything has waited is in no core file.
        app.point_at(app.show_view('Tasks').find('on_answer'))
        app.find('Variables', 'page tab').click()
        app.find(re.compile('^#[0-9]+ '), 'label')
        for name in ('Variables', 'Why'):
            app.find(name, 'page tab').click()
            if app.has(re.compile('^(.* for |)0 ns$'), 'label'):
                raise Failure('nothing is said to last for "0 ns"')


def find_child(parent, name):
    for entry in Path('/proc').iterdir():
        if not entry.name.isdigit():
            continue
        try:
            status = (entry / 'status').read_text()
        except OSError:
            continue
        if f'PPid:\t{parent}\n' in status and f'Name:\t{name[:15]}\n' in status:
            return int(entry.name)
    return None


def check_a_program_that_cannot_be_started():
    with App('--', '/nowhere/program') as app:
        app.find(re.compile('cannot (run|find|start|inspect) .*nowhere/program'), 'label')
        app.find('Launch', 'push button')


def check_no_display():
    environment = {name: value for name, value in os.environ.items() if name != 'DISPLAY'}
    done = subprocess.run([os.environ['TEST_GUI'], recordings.path('deadlock')], env=environment,
                          capture_output=True, text=True, timeout=60)
    lines = done.stderr.splitlines()
    if done.returncode != 1 or len(lines) != 1 or 'cannot open a display' not in lines[0]:
        raise Failure(f'one line says that there is no display; it was {done.returncode}: {done.stderr}')
