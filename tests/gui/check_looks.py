# SPDX-FileCopyrightText: async-inspect contributors
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Dark, high contrast, from right to left, two pixels for one: a picture of each, to be looked at."""

import re

import recordings
from app import App, Failure


def look(name, environment):
    with App(recordings.path('deadlock'), env=environment) as app:
        app.find(re.compile('^[Dd]eadlock'), 'label')
        app.run('trouble')
        return app.picture(f'looks-{name}'), app.find('Time', 'slider').accessible.get_extents(1)


def check_dark():
    look('dark', {'ADW_DEBUG_COLOR_SCHEME': 'prefer-dark'})


def check_high_contrast():
    look('contrast', {'ADW_DEBUG_HIGH_CONTRAST': '1'})


def check_right_to_left():
    _, ltr = look('left-to-right', {})
    _, rtl = look('right-to-left', {'ASYNC_INSPECT_GUI_DIRECTION': 'rtl'})
    # The button to follow stands before it, the time after it.
    if ltr.x == rtl.x:
        raise Failure('the time bar is mirrored')


def check_two_pixels_for_one():
    look('scaled', {'GDK_SCALE': '2'})


def check_all_is_reached_by_the_keyboard():
    """What can be clicked can have the focus; GTK goes there by Tab."""
    with App(recordings.path('deadlock')) as app:
        app.find(re.compile('^[Dd]eadlock'), 'label')
        lost = [str(node) for node in app.root.find_all()
                if node.role in ('push button', 'toggle button', 'page tab', 'slider', 'entry', 'text')
                and node.is_showing and not node.is_focusable and not node.is_inner]
        if lost:
            raise Failure('all can have the focus; these cannot: ' + ', '.join(lost))
