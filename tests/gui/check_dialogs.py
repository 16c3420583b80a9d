# SPDX-FileCopyrightText: async-inspect contributors
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Each dialog and popover opens, and a picture of it is taken, to be looked at."""

import re

import dialogs
import recordings
from app import App, wait_for


def check_each_opens():
    """All of an example in one window, one after the other: Escape closes each."""
    for example in dict.fromkeys(row[1] for row in dialogs.ALL):
        with dialogs.open_example(example) as app:
            for row in dialogs.ALL:
                if row[1] == example:
                    dialogs.take(app, row)
                    app.press('Escape')


def check_the_palette_finds_a_command_and_runs_it():
    with App(recordings.path('http-client')) as app:
        app.find(re.compile('stuck'), 'label')
        app.run('palette')
        entry = app.find('Find a command', 'entry')
        entry.type('panel show')
        # All words are in it, in any order; what is found first is chosen.
        row = app.find(re.compile('^Show or hide the panel'), 'list item')
        wait_for(lambda: row.is_selected, 'the first that is found is selected')
        app.press('Return')
        wait_for(lambda: not app.has('Find a command', 'entry'), 'the palette is gone')
        wait_for(lambda: not app.has('Why', 'page tab'), 'the panel is hidden')
        # Whoever opens that recording next finds the window as it was left.
        app.run('panel')
        app.find('Why', 'page tab')


def check_who_asks_before_a_program_ends():
    with App('--', str(recordings.APPS / 'echo-server')) as app:
        app.find(re.compile('^live'), 'label')
        app.run('close-tab')
        app.find('End it', 'push button')
        app.picture('dialog-closing')
        app.click('Cancel', 'push button')
        wait_for(lambda: not app.has('End it', 'push button'), 'it asks no more')
        app.find(re.compile('^live'), 'label')


def check_what_is_dragged_over_it_is_seen():
    with App() as app:
        app.find('Launch', 'push button')
        with app.holding(recordings.path('deadlock').as_uri()):
            app.picture('dialog-drop')
        app.find(re.compile('^recorded'), 'label')
