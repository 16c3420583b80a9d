# SPDX-FileCopyrightText: async-inspect contributors
# SPDX-License-Identifier: MIT OR Apache-2.0
"""What is done to a window from outside: it is made narrow, and files are dropped on it."""

import os
import re
from pathlib import Path

import recordings
from app import App, Failure, wait_for

HOME = Path(os.environ['TEST_GUI_INSIDE'])


def get_place(node):
    return node.accessible.get_extents(1)


def get_time(app):
    return get_place(app.find('Time', 'slider'))


def where_switched(app):
    """Where the views are switched: 'above' or 'below' the time, as far as it is within the window: what is
    folded away lies outside, or is too wide."""
    frame, time = get_place(app.window), get_time(app)
    for node in app.root.find_all('AdwViewSwitcher', 'page tab list'):
        place = get_place(node)
        if place.x + place.width <= frame.width and place.y + place.height <= frame.height:
            return 'below' if place.y >= time.y + time.height else 'above'
    return ''


def make_narrow(app, width, becomes, holds, what):
    """Pulls until it is so, and @holds: the app may ask for another size at the same time, and without a window
    manager the last one who asks gets it."""
    def is_so():
        if get_time(app).width < becomes and get_place(app.window).width < max(width, becomes):
            return holds()
        app.resize(width, 700)
        return False
    wait_for(is_so, f'it is {width} pixels wide, or what it needs, and {what}')


def check_it_can_be_narrow():
    """No complaint of GTK's ends the check, see App: sizes that cannot be are where it complains."""
    # How others looked at it would come back with it, and some views need more room than others.
    path = HOME / 'narrow.airec'
    path.write_bytes(recordings.path('deadlock').read_bytes())
    with App(path) as app:
        app.find(re.compile('^recorded'), 'label')
        wait_for(lambda: where_switched(app) == 'above', 'the views are switched in the header')
        for width, becomes in ((880, 880), (700, 700), (430, 430), (200, 430)):
            make_narrow(app, width, becomes, lambda: where_switched(app) == 'below',
                        'the views are switched below')
            app.picture(f'narrow-{width}')
        app.show_view('Timeline')

        def is_wide_again():
            app.resize(1300, 700)
            return where_switched(app) == 'above'
        wait_for(is_wide_again, 'the views are switched in the header again')


def check_nothing_is_cut_off():
    """The panel goes below where a view needs the room, not at one width for all."""
    with App(recordings.path('deadlock')) as app:
        app.find(re.compile('^[Dd]eadlock'), 'label')
        app.show_view('Graph')

        def fits():
            button = get_place(app.find('Show what is wrong', 'push button'))
            return button.x + button.width <= get_place(app.window).width
        for width in (1000, 930, 890):
            make_narrow(app, width, width, fits, 'all of it is seen')
            app.picture(f'graph-{width}')


def check_no_view_is_cut_off_in_a_narrow_window():
    with App(recordings.path('deadlock')) as app:
        app.find(re.compile('^[Dd]eadlock'), 'label')

        def fits():
            button = get_place(app.find('Show what is wrong', 'push button'))
            return button.x + button.width <= get_place(app.window).width
        for name in ('Tasks', 'Timeline', 'Graph', 'Profile', 'Source', 'Events'):
            app.show_view(name)
            make_narrow(app, 720, 720, fits, f'all of {name} is seen')
            app.picture(f'narrow-{name.lower()}')


def check_a_recording_is_dropped_on_the_start_page():
    with App() as app:
        app.find('Launch', 'push button')
        app.drop(recordings.path('deadlock').as_uri())
        app.find(re.compile('^recorded'), 'label')
        app.find(re.compile('^[Dd]eadlock: 2 tasks'), 'label')
        if app.has('Launch', 'push button'):
            raise Failure('it takes the place of the start page')


def check_recordings_are_dropped_on_a_session():
    with App(recordings.path('deadlock')) as app:
        app.find('recorded · 3 tasks', 'label')
        app.drop(recordings.path('fan-out').as_uri(), recordings.path('http-client').as_uri())
        app.find(re.compile('^recorded · 2. tasks'), 'label')
        for name in ('deadlock', 'fan-out', 'http-client'):
            app.find(f'{name}.airec', 'label')


def check_what_is_elsewhere_is_dropped():
    with App() as app:
        app.find('Launch', 'push button')
        app.drop('http://127.0.0.1/run.airec')
        app.find(re.compile('^cannot open http://127.0.0.1/run.airec: '), 'label')
        app.find('Launch', 'push button')
