# SPDX-FileCopyrightText: async-inspect contributors
# SPDX-License-Identifier: MIT OR Apache-2.0
"""What holds for every view: it is there, can be found by its name, and shows something."""

import os
import re

import recordings
from app import App, Failure
from checks import VIEWS, read_view

# Widgets of these roles are for people to use, and say what for.
NAMED_ROLES = {'push button', 'toggle button', 'text', 'entry', 'slider', 'table', 'tree table', 'check box',
               'combo box', 'page tab', 'canvas', 'drawing area'}
# What GTK 4.8 says of a widget that has no name: that of its type.
TYPE_PREFIXES = ('Gtk', 'Adw', 'Ui')


# What is inside of these is a part of them, and GTK's.
WHOLE_ROLES = {'combo box', 'spin button'}


def is_named(node):
    """By itself, or by what is written in it, which screen readers say where it has no name."""
    own = bool(node.name.strip()) and not node.name.startswith(TYPE_PREFIXES)
    return own or any(other.role == 'label' and other.name.strip() for depth, other in node.walk() if depth)


def find_unnamed(node):
    """Widgets below @node that say nothing of what they are for."""
    if node.role in NAMED_ROLES and node.is_showing and not is_named(node):
        return [node]
    if node.role in WHOLE_ROLES:
        return []
    return [other for child in node.children for other in find_unnamed(child)]


def click_through(app, example):
    for identifier in VIEWS:
        view = read_view(identifier)
        page = app.show_view(view['name'])
        unnamed = find_unnamed(page)
        if unnamed:
            raise Failure(f'all of {identifier} has names; these have none: '
                          + ', '.join(map(str, unnamed)) + '\n' + page.dump())
        app.picture(f'{example}-{identifier}')


def check_every_view_of_a_recording():
    for example in ('deadlock', 'http-client', 'fan-out'):
        with App(recordings.path(example)) as app:
            click_through(app, example)


def check_every_view_live():
    with App('--', *recordings.command('http-client')) as app:
        app.find(re.compile('^live'), 'label')
        click_through(app, 'live')


def check_a_view_without_tasks():
    """No program, no task, nothing happened: each view says so, and goes on."""
    empty = os.path.join(os.environ['TEST_GUI_INSIDE'], 'nothing.airec')
    with open(empty, 'wb') as file:
        file.write(b'not a recording')
    with App(empty) as app:
        click_through(app, 'nothing')
