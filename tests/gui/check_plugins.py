# SPDX-FileCopyrightText: async-inspect contributors
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Views from outside of the tree, and views that cannot be loaded."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

from gi.repository import GLib

import recordings
from app import App, Failure, wait_for
from checks import SOURCE

HOME = Path(os.environ['TEST_GUI_INSIDE'])
# INSPECT_VIEW_ABI
ABI = 2
# A view in one file, without a header of ours.
SIZED_TABLE = """
#include <stddef.h>
struct { unsigned size, abi; void *create_page, *more[6]; } inspect_view = { %s };
"""


def check_one_is_built_outside_of_the_tree():
    built = subprocess.run([SOURCE / 'tests' / 'run' / 'build-outside', os.environ['TEST_BUILD'],
                            HOME / 'outside', SOURCE / 'plugins' / 'views' / 'template'],
                           capture_output=True, text=True)
    if built.returncode != 0:
        raise Failure(built.stdout + built.stderr)
    try:
        with App(recordings.path('deadlock')) as app:
            page = app.show_view('States')
            image = page.find('Tasks by state', 'image')
            wait_for(lambda: image.accessible.get_description().endswith('0 resting, 3 blocked, 0 not known'),
                     'the view counts the blocked tasks of the deadlock')
            app.picture('outside-template')
    finally:
        # Other checks have the views that there are.
        shutil.rmtree(Path(GLib.get_user_data_dir(), 'async-inspect', 'plugins', 'states'))


def write_view(folder, identifier, manifest=None, code=None, libraries=()):
    """A folder of a plugin: its plugin.json, and what cc makes of @code."""
    place = folder / identifier
    place.mkdir()
    text = manifest if isinstance(manifest, str) else json.dumps(
        {'id': identifier, 'kind': 'view', 'abi': ABI, 'name': identifier.capitalize()} | (manifest or {}))
    (place / 'plugin.json').write_text(text)
    if code is not None:
        (place / 'code.c').write_text(code)
        subprocess.run(['cc', '-shared', '-fPIC', '-o', place / f'{identifier}.so', place / 'code.c',
                        *libraries], check=True)
    (place / f'{identifier}.so').touch()


def check_those_that_cannot_be_loaded_are_named():
    folder = HOME / 'broken'
    folder.mkdir(mode=0o755)
    write_view(folder, 'torn', manifest='{ "id": "torn", ')
    write_view(folder, 'newer', manifest={'abi': 7})
    write_view(folder, 'rebuilt', code=SIZED_TABLE % 'sizeof inspect_view, 1, NULL')
    write_view(folder, 'small', code=SIZED_TABLE % f'4, {ABI}, NULL')
    write_view(folder, 'pageless', code=SIZED_TABLE % f'sizeof inspect_view, {ABI}, NULL')
    write_view(folder, 'tableless', code='int nothing;')
    write_view(folder, 'symbolless', code='void nowhere (void);\n' + SIZED_TABLE %
               f'sizeof inspect_view, {ABI}, nowhere')
    write_view(folder, 'nothing', code=None)
    write_view(folder, 'writable', code=SIZED_TABLE % f'sizeof inspect_view, {ABI}, NULL')
    (folder / 'writable' / 'plugin.json').chmod(0o666)
    path = f'{folder}:{os.environ["ASYNC_INSPECT_PLUGIN_PATH"]}'
    expected = {'torn': '', 'newer': 'interface 7', 'rebuilt': 'interface 1', 'small': 'build it again',
                'pageless': 'makes no page', 'tableless': 'exports no table', 'symbolless': 'nowhere',
                'nothing': '', 'writable': ''}
    with App(env={'ASYNC_INSPECT_PLUGIN_PATH': path}) as app:
        for identifier, why in expected.items():
            app.find(re.compile(f'cannot (use|load) the .*{identifier}.*: .*{why}', re.S), 'label')
        app.picture('broken-plugins')
        app.run('open-from', recordings.path('deadlock'))
        app.show_view('Tasks')
        app.click('Rebuilt', 'page tab')
        app.find('This view could not be loaded', 'label')
        app.picture('broken-view')
