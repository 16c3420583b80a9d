# SPDX-FileCopyrightText: async-inspect contributors
# SPDX-License-Identifier: MIT OR Apache-2.0
"""The pictures in data/screenshots."""

import re
from pathlib import Path

import recordings
from app import App
from checks import SOURCE, VIEWS, read_view

FOLDER = Path(SOURCE, 'data', 'screenshots')


def take_view(identifier, example='http-client'):
    def run():
        with App(recordings.path(example)) as app:
            app.find(re.compile('stuck|[Dd]eadlock'), 'label')
            app.run('trouble')
            app.show_view(read_view(identifier)['name'])
            app.picture(identifier, FOLDER)
    return run


def take_start():
    with App() as app:
        app.find('Launch')
        app.picture('start', FOLDER)


def take_dark():
    with App(recordings.path('http-client'), env={'ADW_DEBUG_COLOR_SCHEME': 'prefer-dark'}) as app:
        app.find(re.compile('stuck'), 'label')
        app.run('trouble')
        app.picture('dark', FOLDER)


def list_all():
    FOLDER.mkdir(exist_ok=True)
    return [('start', take_start), ('dark', take_dark)] + \
        [(identifier, take_view(identifier)) for identifier in VIEWS] + \
        [('deadlock', take_view(identifier, 'deadlock')) for identifier in VIEWS if identifier == 'graph']
