# SPDX-FileCopyrightText: async-inspect contributors
# SPDX-License-Identifier: MIT OR Apache-2.0
"""What the app writes and reads: recordings, pictures, tables, and how a recording was looked at."""

import csv
import os
import re
import subprocess
from pathlib import Path
from xml.dom import minidom

import recordings
from app import App, Failure, read_rows, wait_for
from checks import VIEWS, read_view

HOME = Path(os.environ['TEST_GUI_INSIDE'])


def expect(what, holds):
    if not holds:
        raise Failure(what)


def wait_for_file(path):
    """It is there, and has its end: the app tells in a toast when it has."""
    return wait_for(lambda: path.exists() and path.stat().st_size > 0, f'{path} is written')


def check_pictures_and_tables_of_all_views():
    with App(recordings.path('http-client')) as app:
        for identifier in VIEWS:
            app.show_view(read_view(identifier)['name'])
            png, svg, table = (HOME / f'{identifier}.{kind}' for kind in ('png', 'svg', 'csv'))
            app.run('picture-to', png)
            app.run('picture-to', svg)
            wait_for_file(png)
            wait_for_file(svg)
            expect(f'the PNG of {identifier} shows something', len(read_rows(png)) > 8)
            root = minidom.parse(str(svg)).documentElement
            expect(f'the SVG of {identifier} is one', root.tagName == 'svg' and root.childNodes)
            app.run('table-to', table)
            if table.exists():
                with open(table, newline='', encoding='utf-8') as file:
                    rows = list(csv.reader(file))
                expect(f'all rows of the table of {identifier} have as many columns: {rows[:3]}',
                       len({len(row) for row in rows}) == 1 and len(rows[0]) > 1)


def check_a_recording_is_made():
    path = HOME / 'recorded.airec'
    with App('--', *recordings.command('deadlock')) as app:
        app.find(re.compile('^live'), 'label')
        app.run('record-to', path)
        app.find(re.compile('recording$'), 'label')
        app.find(re.compile('^ended'), 'label')
        app.find(re.compile('^Wrote .*recorded.airec'), 'label')
    said = subprocess.run([os.environ['TEST_ASYNC_INSPECT'], 'open', path], capture_output=True,
                          text=True, check=True).stdout
    expect(f'the recording has the deadlock: {said}', 'Deadlock: 2 tasks' in said)


def check_a_live_session_is_saved():
    path = HOME / 'so-far.airec'
    with App('--', *recordings.command('http-client')) as app:
        app.find(re.compile('^live · .* tasks'), 'label')
        app.run('save-to', path)
        app.find(re.compile('^Wrote .*so-far.airec'), 'label')
        app.run('open-from', path)
        app.find(re.compile('^recorded · .* tasks'), 'label')


def check_what_was_looked_at_is_there_again():
    recording = recordings.path('deadlock')
    with App(recording) as app:
        app.find(re.compile('^recorded'), 'label')
        app.run('first')
        app.run('mark')
        app.run('on')
        app.run('panel')
        at = app.find('Time', 'slider').value_text
    with App(recording) as app:
        app.find(re.compile('^recorded'), 'label')
        slider = app.find('Time', 'slider')
        wait_for(lambda: slider.value_text == at, f'the time is that of before, {at}')
        expect('the panel is still hidden',
               not any(node.is_showing for node in app.root.find_all('Why', 'page tab')))
        app.run('first')
        first = slider.value_text
        app.run('on')
        app.run('next-mark')
        wait_for(lambda: slider.value_text == first, f'the mark is at {first}')
        # Other checks open that recording, too.
        app.run('panel')
        app.find('Why', 'page tab')


def check_a_recording_is_offered_again():
    with App(recordings.path('deadlock')):
        pass
    with App() as app:
        app.find('deadlock.airec')
