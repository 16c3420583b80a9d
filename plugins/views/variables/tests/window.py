# SPDX-FileCopyrightText: async-inspect contributors
# SPDX-License-Identifier: MIT OR Apache-2.0
"""What the view "Variables" promises in a real window."""

import re

from app import wait_for


def check_the_selected_task_is_told(app):
    app.run('trouble')
    page = app.show_view('Variables')
    page.find(re.compile('^#[12] '), 'label')
    page.find(re.compile('^blocked for '), 'label')
    page.find('Variables', 'tree table')
    page.find('Waits for')
    machine = page.find('State machine')
    wait_for(lambda: re.search('blocked: .*, current', machine.accessible.get_description()),
             f'{machine} says that it is blocked')
    for name in ('Copy all variables as text', 'Copy all variables as JSON'):
        page.find(name, 'push button').click()
    app.picture('variables-deadlock')


check_the_selected_task_is_told.example = 'deadlock'


def check_an_instant_before_it_began(app):
    app.run('trouble')
    page = app.show_view('Variables')
    page.find(re.compile('^#[12] '), 'label')
    app.run('first')
    wait_for(lambda: page.has('It has not begun yet', 'label') or
             page.has(re.compile('^(running|ready|not known)( for |$)'), 'label'),
             'the first instant is before the task began, or its beginning')
    app.run('last')
    page.find(re.compile('^blocked for '), 'label')


check_an_instant_before_it_began.example = 'deadlock'


def check_what_it_waits_for_opens(app):
    app.run('trouble')
    page = app.show_view('Variables')
    page.find(re.compile('^#[0-9]+ fetch_user_data$'), 'label')
    page.find(re.compile('^http GET '), 'panel').find('Expand', 'push button')
