# SPDX-FileCopyrightText: async-inspect contributors
# SPDX-License-Identifier: MIT OR Apache-2.0
"""What the view "Events" promises in a real window."""

import re


def check_events_are_filtered(app):
    page = app.show_view('Events')
    page.find('await-begin', 'label')
    page.find('Filter', 'text').type('type:task-begin name:fetch*')
    page.find('all 8 events', 'label')
    page.find('task-begin', 'label')
    app.picture('events-filtered')
    page.find('Filter', 'text').type('nobody-is-called-so')
    page.find('No event is like this', 'label')
