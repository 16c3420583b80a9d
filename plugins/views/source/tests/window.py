# SPDX-FileCopyrightText: async-inspect contributors
# SPDX-License-Identifier: MIT OR Apache-2.0
"""What the view "Source" promises in a real window."""

import re

from app import wait_for


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


def check_a_line_knows_what_took_longest(app):
    app.run('trouble')
    view = app.show_view('Source')
    view.find('Select the one that took longest', 'push button').click()
    view.find(re.compile('^#[0-9]+ (transfer|audit): waiting for a mutex$'), 'label')
    view.find('Editor and folders of source files', 'push button').click()
    app.find('Folders that lie elsewhere', 'label')
    app.picture('source-settings')


check_a_line_knows_what_took_longest.example = 'deadlock'
