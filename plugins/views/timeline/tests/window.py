# SPDX-FileCopyrightText: async-inspect contributors
# SPDX-License-Identifier: MIT OR Apache-2.0
"""What the view "Timeline" promises in a real window."""

import csv
import os
import re
from pathlib import Path

from gi.repository import Atspi

from app import Failure, wait_for


def say(page):
    """What is said of the selected task at the cursor."""
    return page.find('Timeline of all tasks').accessible.get_description()


def wait_until_it_says(page, pattern):
    wait_for(lambda: re.search(pattern, say(page)), f'the timeline says {pattern!r}, not {say(page)!r}')


def choose(page, label):
    """An entry of the menu beside the search."""
    *_, button = page.find_all('What can be done with the selected task')
    button.click()
    page.find(re.compile(f'^_?{label}', re.I), 'menu item').click()


def table(app, name):
    """What the view writes as its table."""
    path = Path(os.environ['TEST_GUI_INSIDE'], f'{name}.csv')
    path.unlink(missing_ok=True)
    app.run('table-to', path)
    wait_for(path.exists, f'{path} is written')
    with path.open(newline='') as file:
        return list(csv.DictReader(file))


def check_tasks_are_found(app):
    page = app.show_view('Timeline')
    wait_until_it_says(page, '^No task')
    page.find('Find tasks', 'entry').type('fetch_user')
    page.find('8 found', 'label')
    page.find('Next task that is found', 'push button').click()
    wait_until_it_says(page, '(?s)^Task #[0-9]+ fetch_user_data')
    first = say(page)
    page.find('Next task that is found', 'push button').click()
    wait_for(lambda: say(page) != first, 'another task is selected')
    page.find('Previous task that is found', 'push button').click()
    wait_for(lambda: say(page) == first, 'the first one is selected again')
    app.picture('timeline-found')
    drawing = Path(os.environ['TEST_GUI_INSIDE'], 'timeline.svg')
    app.run('picture-to', drawing)
    wait_for(lambda: drawing.exists() and drawing.read_text().rstrip().endswith('</svg>'), f'{drawing} is written')
    if '<image' not in drawing.read_text():
        raise Failure('the rows are in the drawing')


def check_a_click_on_the_tab_gives_its_keys(app):
    app.show_view('Tasks')
    app.point_at(app.find('Timeline', 'label'))
    rows = app.find('Timeline of all tasks')
    wait_for(lambda: rows.has_state(Atspi.StateType.FOCUSED), 'the rows of the timeline have the focus')


def check_a_wait_is_summarized(app):
    page = app.show_view('Timeline')
    page.find('Find tasks', 'entry').type('fetch_user')
    page.find('8 found', 'label')
    page.find('Next task that is found', 'push button').click()
    wait_until_it_says(page, '(?s)^Task #[0-9]+ fetch_user_data')
    choose(page, 'Next thing that it does')
    choose(page, 'What it did before')
    choose(page, 'Select the time of what it does')
    page.find(re.compile('what ended in it$'), 'label')
    # At least what was selected has ended in it.
    page.find('What was done in the selected time').find(re.compile(r'^(running|ready|not known|waiting \(network\))$'), 'label')
    app.picture('timeline-summary')
    lines = table(app, 'summary')
    if not lines or any(int(line['count']) < 1 or int(line['total_ns']) < 0 for line in lines):
        raise Failure(f'the table has what was done: {lines}')
    page.find('Select no stretch of time', 'push button').click()


def check_the_legend_tells_waits_apart(app):
    page = app.show_view('Timeline')
    *_, button = page.find_all('What the colours and the pointer do')
    button.click()
    legend = page.find('What the colours mean')
    for name in ('timer', 'network', 'file', 'lock', 'channel', 'process', 'thread pool', 'task', 'other'):
        legend.find(name, 'label')
    # What is drawn is said with the same words.
    page.find('Find tasks', 'entry').type('state:blocked')
    page.find(re.compile('^[1-9][0-9]* found'), 'label')
    page.find('Next task that is found', 'push button').click()
    wait_until_it_says(page, r'(?s)^Task #[0-9]+ .*, blocked \(lock\)')


# In that of the others nobody is blocked: threads that wait for something to do are at rest.
check_the_legend_tells_waits_apart.example = 'deadlock'


def check_rows_are_hidden_and_pinned(app):
    page = app.show_view('Timeline')
    page.find(re.compile('^[0-9]+ tasks$'), 'label')
    page.find('Find tasks', 'entry').type('compute')
    page.find('Next task that is found', 'push button').click()
    wait_until_it_says(page, '^Task #')
    choose(page, 'Hide')
    page.find(re.compile('^[0-9]+ tasks, 1 hidden$'), 'label')
    choose(page, 'Show hidden tasks again')
    page.find(re.compile('^[0-9]+ tasks$'), 'label')
    for name in ('Zoom in', 'Zoom in', 'Zoom out', 'Fit the selection; again: everything',
                 'Go back to what was shown before', 'Pin the selected task to the top, or let it go'):
        page.find(name, 'push button').click()
    app.picture('timeline-pinned')
    def list_numbers():
        return [int(line['task']) for line in table(app, 'tasks')]
    # A button does what it is for a moment after it was asked to.
    wait_for(lambda: list_numbers()[:2] != sorted(list_numbers()[:2]), 'the pinned task is the first of the table')
    numbers = list_numbers()
    if len(set(numbers)) != len(numbers):
        raise Failure(f'the table has each task once: {numbers}')


check_rows_are_hidden_and_pinned.example = 'fan-out'

