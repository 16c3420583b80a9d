# SPDX-FileCopyrightText: async-inspect contributors
# SPDX-License-Identifier: MIT OR Apache-2.0
"""What the view "Profile" promises in a real window."""

import re

from app import Failure, wait_for

PAGES = ('Overview', 'Operations', 'Tasks', 'Locks', 'Thread pools', 'Long callbacks', 'Wake-ups', 'Hot paths',
         'Flame graph')


def show_page(view, name):
    """A page of the view, by its button; what holds it."""
    view.find(name, 'push button').click()
    return wait_for(lambda: next((node for node in view.find_all(name, 'panel')
                                  if any(child.is_showing for child in node.children)), None),
                    f'the page {name!r} is shown')


def check_every_table_is_there(app):
    view = app.show_view('Profile')
    view.find('Overview', 'push button')
    for name in PAGES:
        show_page(view, name)
        app.picture(f'profile-{name.lower().replace(" ", "-")}')


def check_frames_are_found(app):
    view = app.show_view('Profile')
    entry = view.find('Find frames', 'entry')
    entry.type('fetch_user')
    view.find(re.compile('^[0-9]+ frames?, '), 'label')
    app.picture('profile-found')
    entry.type('nobody_is_called_that')
    view.find('not found', 'label')


def check_an_operation_leads_to_its_source(app):
    view = app.show_view('Profile')
    page = show_page(view, 'Operations')
    page.find(re.compile('^fetch_friends'), 'label')
    place = page.find(re.compile('^fetch_friends at client.c:[0-9]+'), 'push button')
    place.click()
    # The place is a link to the source.
    source = wait_for(lambda: next((node for node in app.root.find_all('Source', 'panel') if node.is_showing), None),
                      'the source is shown')
    source.find(re.compile('^client.c:[0-9]+$'), 'label')
    app.picture('profile-to-source')


def check_waits_that_are_not_over_are_counted(app):
    view = app.show_view('Profile')
    page = show_page(view, 'Operations')
    titles = [node.name for node in page.find_all(role='label')]
    if 'not over' not in titles:
        raise Failure(f'waits that are not over are counted: {titles}')
    app.picture('profile-deadlock')


check_waits_that_are_not_over_are_counted.example = 'deadlock'


def check_a_profile_is_compared(app):
    view = app.show_view('Profile')
    page = show_page(view, 'Compared')
    page.find('Nothing is compared')
    page.find('Keep this one', 'push button').click()
    page.find(re.compile('^async-inspect: 1 against 1'), 'label')
    app.picture('profile-compared')
    page.find('Forget it', 'push button').click()
    wait_for(lambda: not page.has(re.compile('^async-inspect: 1 against 1'), 'label'), 'nothing is compared any more')
