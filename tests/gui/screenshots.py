# SPDX-FileCopyrightText: async-inspect contributors
# SPDX-License-Identifier: MIT OR Apache-2.0
"""The pictures in data/screenshots."""

import re
from pathlib import Path

import dialogs
import recordings
from app import PICTURES, App
from checks import SOURCE, VIEWS, read_view

FOLDER = Path(SOURCE, 'data', 'screenshots')
# Views that have more to show of another example.
EXAMPLES = {'graph': 'deadlock'}
# What shows where things are on the machine that the pictures are taken on, and what a recording has none of.
LEFT_OUT = {'source', 'breakpoints'}


def take_view(identifier, example='http-client'):
    def run():
        with App(recordings.path(example)) as app:
            app.find(re.compile('stuck|[Dd]eadlock'), 'label')
            app.run('trouble')
            app.show_view(read_view(identifier)['name'])
            app.picture(identifier, FOLDER)
    return run


def take_dark():
    with App(recordings.path('http-client'), env={'ADW_DEBUG_COLOR_SCHEME': 'prefer-dark'}) as app:
        app.find(re.compile('stuck'), 'label')
        app.run('trouble')
        app.picture('dark', FOLDER)


def take_stopped():
    with App('--break', 'fetch_posts', '--', *recordings.command('http-client')) as app:
        app.find(re.compile('^Stopped: task'), 'label')
        app.click('Show the stack and the variables', 'push button')
        app.find(re.compile('^#[0-9]+ fetch_posts$'), 'label')
        app.show_view('Timeline')
        app.picture('breakpoints', FOLDER)


def take_palette():
    """The command palette, as the app's own window shows it."""
    dialogs.show('palette', FOLDER)
    (FOLDER / 'dialog-palette.png').rename(FOLDER / 'palette.png')


def take_dialog(name):
    """These are looked at by whoever changes them, and stand nowhere else."""
    return lambda: dialogs.show(name, PICTURES)


def list_all():
    FOLDER.mkdir(exist_ok=True)
    return [('dark', take_dark), ('breakpoints', take_stopped), ('palette', take_palette)] + \
        [(identifier, take_view(identifier, EXAMPLES.get(identifier, 'http-client')))
         for identifier in VIEWS if identifier not in LEFT_OUT] + \
        [(f'dialog-{name}', take_dialog(name)) for name, *_ in dialogs.ALL if name != 'palette']
