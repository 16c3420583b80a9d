# SPDX-FileCopyrightText: async-inspect contributors
# SPDX-License-Identifier: MIT OR Apache-2.0
"""What the view "Tasks" promises in a real window."""

import re

from app import Failure


def check_a_task_has_one_name(app):
    page = app.show_view('Tasks')
    cells = [page.find(re.compile(name), 'table cell') for name in ('^transfer', '^audit')]
    for cell in cells:
        app.point_at(cell)
        app.find(re.compile(f'^#[0-9]+ {cell.name}$'), 'list item')  # the panel calls it so, too


check_a_task_has_one_name.example = 'deadlock'


def check_idle_workers_are_at_rest(app):
    page = app.show_view('Tasks')
    page.find('Filter', 'text').type('kind:condition for:lock')
    page.find(re.compile('^[1-9][0-9]* of [0-9]+ tasks'), 'label')
    page.find('resting', 'table cell')
    if page.has('blocked', 'table cell'):
        raise Failure('threads of a pool that wait for something to do are blocked by nobody')


def check_tasks_are_filtered(app):
    page = app.show_view('Tasks')
    page.find('Ended too', 'push button').click()
    page.find('Filter', 'text').type('name:fetch*')
    page.find(re.compile('^8 of [0-9]+ tasks'), 'label')
    page.find(re.compile('^fetch_user_data'), 'table cell')
    app.picture('tasks-filtered')
    page.find('Filter', 'text').type('foo:1')
    page.find(re.compile('^There is no “foo” to ask for'), 'label')
    page.find('Filter', 'text').type('nobody-is-called-so')
    page.find('No task is like this', 'label')
    page.find('Show All Tasks', 'push button').click()
    page.find(re.compile('^[0-9]+ tasks'), 'label')
