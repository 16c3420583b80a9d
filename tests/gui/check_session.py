# SPDX-FileCopyrightText: async-inspect contributors
# SPDX-License-Identifier: MIT OR Apache-2.0
"""A window, from its start page to the session in it."""

import re

import recordings
from app import App, Failure
from views import find_unnamed


def check_start_page():
    with App() as app:
        for name in ('Program and arguments', 'Environment (NAME=VALUE …)', 'Working directory'):
            app.find(name)
        app.picture('start')
        unnamed = find_unnamed(app.root)
        if unnamed:
            raise Failure('all has names: ' + ', '.join(map(str, unnamed)) + '\n' + app.tree())


def check_a_deadlock_is_told():
    with App(recordings.path('deadlock')) as app:
        app.find(re.compile('^[Dd]eadlock: 2 tasks'), 'label')
        app.click('Show what is wrong', 'push button')
        unnamed = find_unnamed(app.root)
        if unnamed:
            raise Failure('all has names: ' + ', '.join(map(str, unnamed)) + '\n' + app.tree())


def check_a_program_is_launched():
    with App('--', *recordings.command('deadlock')) as app:
        app.find(re.compile('^live'), 'label')
        app.find(re.compile('^[Dd]eadlock: 2 tasks'), 'label')
        # Its alarm ends it; what it said stays.
        app.find(re.compile('^ended · 3 tasks'), 'label')
        app.find(re.compile('^[Dd]eadlock: 2 tasks'), 'label')


def check_a_file_that_is_none():
    with App('/nowhere/at-all.airec') as app:
        app.find(re.compile('nowhere/at-all'), 'label')
        app.find('failed', 'label')


def check_the_banner_says_which_request_is_out():
    with App('--', *recordings.command('http-client')) as app:
        app.find(re.compile('^1 task is stuck: .*http GET .*/posts/12345'), 'label')


def check_what_is_stuck_is_called_as_in_all_views():
    with App(recordings.path('http-client')) as app:
        app.find(re.compile('^1 task is stuck: '), 'label')
        app.find(re.compile('^#[0-9]+ fetch_user_data$'), 'list item')


def check_a_program_that_runs_is_asked_for():
    # One that goes on for as long as it takes.
    with App('--', recordings.APPS / 'echo-server') as app:
        app.find(re.compile('^live'), 'label')
        app.run('quit')
        app.click('Cancel', 'push button')
        app.picture('asked-for')
        app.run('close-tab')
        app.click('End it', 'push button')
        app.find('Launch', 'push button')
