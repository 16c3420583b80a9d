# SPDX-FileCopyrightText: async-inspect contributors
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Every dialog and popover of the app: how it is opened, and a widget that is in it then. One row each."""

import re

import recordings
from app import App

# What is shown first is what the example is an example of.
TROUBLE = re.compile('stuck|[Dd]eadlock')


def command(name):
    """A command of the shell."""
    return lambda app: app.run(name)


def button(name, view):
    """A button in a view; what it opens has its name, too, and so the last one is meant."""
    def press(app):
        page = app.show_view(view)
        page.find(name)
        *_, found = page.find_all(name)
        found.click()
    return press


def type_into(name, text, view):
    def write(app):
        app.show_view(view).find(name, 'entry').type(text)
    return write


# Name, example (None: the start page), what is done, and what is there then: a name, and a role.
ALL = [
    ('palette', 'http-client', command('palette'), 'Go to what is wrong', 'label'),
    ('shortcuts', 'http-client', command('shortcuts'), re.compile('^Find a command'), None),
    ('help', 'http-client', command('help'), 'What it can do', 'label'),
    ('help-start', None, command('help'), re.compile('^Launch a program, and'), 'label'),
    ('about', 'http-client', command('about'), 'async-inspect', 'label'),
    ('menu', 'http-client', lambda app: list(app.root.find_all('Menu'))[-1].click(), re.compile('Keyboard shortcuts'), 'menu item'),
    ('tasks-query', 'http-client', button('What can be asked for', 'Tasks'), 'state', 'label'),
    ('events-query', 'http-client', button('What can be asked for', 'Events'), 'either', 'label'),
    ('timeline-legend', 'http-client', button('What the colours and the pointer do', 'Timeline'), 'not known', 'label'),
    ('timeline-menu', 'http-client', button('What can be done with the selected task', 'Timeline'),
     re.compile('Select the time of what it does', re.I), 'menu item'),
    ('graph-legend', 'deadlock', button('What is drawn how, and what keys do', 'Graph'), 'A thread or a process: no task', 'label'),
    ('source-settings', 'deadlock', button('Editor and folders of source files', 'Source'), 'Folders that lie elsewhere', 'label'),
]


def open_example(example):
    """The app with what is wrong in it on show; None: with the start page."""
    app = App(*([recordings.path(example)] if example else []))
    if example:
        app.find(TROUBLE, 'label')
        app.run('trouble')
    else:
        app.find('Launch', 'push button')
    return app


def take(app, row, *folder):
    """Opens it, and takes its picture."""
    name, _, do, what, role = row
    do(app)
    app.find(what, role)
    return app.picture(f'dialog-{name}', *folder)


def show(name, *folder):
    row = next(row for row in ALL if row[0] == name)
    with open_example(row[1]) as app:
        picture = take(app, row, *folder)
        # GTK asks an open menu for a tooltip while its window goes, and complains.
        app.press('Escape')
        return picture
