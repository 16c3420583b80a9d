# SPDX-FileCopyrightText: async-inspect contributors
# SPDX-License-Identifier: MIT OR Apache-2.0
"""What the view "Source" promises in a real window."""

import csv
import os
import re
import shlex
import shutil
from pathlib import Path

import recordings
from app import Atspi, Failure, read_pixels, wait_for

SETTINGS = Path(os.environ['XDG_CONFIG_HOME'], 'async-inspect')
HOME = Path(os.environ['HOME'])


def check_it_goes_along_with_the_selection(app):
    view = app.show_view('Source')
    view.find('No source yet')
    # What is wrong leads to a task of the deadlock; its line is shown.
    app.run('trouble')
    view = app.show_view('Source')
    view.find(re.compile('^/.*/abba-pthread.c$'), 'label')
    view.find(re.compile('^abba-pthread.c:[0-9]+$'), 'label')
    view.find(re.compile('^1 task is here now$'), 'label')
    wait_for(lambda: 'pthread_mutex_lock' in view.find('Source', 'text').text, 'the file is shown')
    app.picture('source-deadlock')


check_it_goes_along_with_the_selection.example = 'deadlock'


def shows_the_line(app, view):
    """Whether the line of a task that is blocked is seen: it is orange from the margin to the right end."""
    place = view.find('Source', 'text').accessible.get_extents(Atspi.CoordType.WINDOW)
    rows = read_pixels(app.picture('source-line'))
    x = place.x + place.width - 40
    return any(row[x][0] - row[x][2] > 30 for row in rows[place.y:place.y + place.height])


def check_the_line_stays_in_sight(app):
    app.run('trouble')
    view = app.show_view('Source')
    view.find(re.compile('^1 task is here now$'), 'label')
    wait_for(lambda: shows_the_line(app, view), 'the line is seen')
    app.resize(720, 560)
    wait_for(lambda: shows_the_line(app, view), 'in less room it is scrolled to the line that was seen')


check_the_line_stays_in_sight.example = 'deadlock'


def check_what_has_not_ended_has_no_time(app):
    app.run('trouble')
    view = app.show_view('Source')
    view.find(re.compile('^1 task is here now$'), 'label')
    table = HOME / 'lines.csv'
    view.find(re.compile('has not ended'), 'label')
    app.run('table-to', table)
    wait_for(table.exists, 'the table is written')
    with table.open(newline='') as file:
        lines = list(csv.DictReader(file))
    begun = [line for line in lines if 'Tasks that begin here' in line['text']]
    if not begun or any(int(line['count']) == 0 and int(line['pending']) == 0 for line in begun):
        raise Failure(f'tasks that have not ended are counted as that: {lines}')


check_what_has_not_ended_has_no_time.example = 'deadlock'


def check_the_instant_decides(app):
    app.run('trouble')
    view = app.show_view('Source')
    view.find(re.compile('^#[0-9]+ (transfer|audit): waiting for a mutex$'), 'label')
    app.run('first')
    wait_for(lambda: not view.has(re.compile('waiting for a mutex$'), 'label'),
             'at the first instant nobody waits for the mutex')
    app.run('last')
    view.find(re.compile('^#[0-9]+ (transfer|audit): waiting for a mutex$'), 'label')


check_the_instant_decides.example = 'deadlock'


def check_a_recording_is_of_the_program_as_it_was(app):
    """What was built since says nothing of the lines that were recorded."""
    old = HOME / 'old.airec'
    shutil.copy(recordings.path('deadlock'), old)
    os.utime(old, (1, 1))
    app.run('open-from', old)
    app.find('old.airec', 'label')
    app.find(re.compile('^Deadlock'), 'label')
    app.run('trouble')
    app.show_view('Source').find(re.compile('^The file was changed after the program was built'), 'label')


check_a_recording_is_of_the_program_as_it_was.example = 'http-client'


def check_a_line_knows_what_took_longest(app):
    app.run('trouble')
    view = app.show_view('Source')
    view.find('Select the longest', 'push button').click()
    view.find(re.compile('^#[0-9]+ (transfer|audit): waiting for a mutex$'), 'label')
    view.find('Editor and folders of source files', 'push button').click()
    app.find('Folders that lie elsewhere', 'label')
    app.picture('source-settings')


check_a_line_knows_what_took_longest.example = 'deadlock'


def check_the_editor_is_told_of_the_line(app):
    told = HOME / 'told'
    editor = HOME / 'an editor'
    editor.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {shlex.quote(str(told))}.new\n'
                      f'mv {shlex.quote(str(told))}.new {shlex.quote(str(told))}\n')
    editor.chmod(0o700)
    app.run('trouble')
    view = app.show_view('Source')
    title = view.find(re.compile('^abba-pthread.c:[0-9]+$'), 'label').name
    SETTINGS.mkdir(exist_ok=True)
    (SETTINGS / 'source.ini').write_text(f"[source]\neditor='{editor}' +{{line}} {{file}}\n")
    view.find('Open the file in the editor', 'push button').click()
    wait_for(told.exists, 'the editor is started')
    line, file = told.read_text().splitlines()
    assert line == f'+{title.split(":")[1]}' and file.endswith('/abba-pthread.c'), (line, file)


check_the_editor_is_told_of_the_line.example = 'deadlock'
