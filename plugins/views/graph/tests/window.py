# SPDX-FileCopyrightText: async-inspect contributors
# SPDX-License-Identifier: MIT OR Apache-2.0
"""What the view "Graph" promises in a real window."""

import re

from gi.repository import Atspi

from app import wait_for


def wait_until_it_says(page, pattern):
    canvas = page.find('Dependency graph')
    wait_for(lambda: re.search(pattern, canvas.accessible.get_description()),
             f'{canvas} says {pattern!r}')


def check_a_deadlock_is_drawn(app):
    page = app.show_view('Graph')
    wait_until_it_says(page, '^1 deadlock · 5 nodes')
    page.find(re.compile('^1 deadlock'), 'label')
    for name in ('Larger', 'Smaller', 'Show all of the graph'):
        page.find(name, 'push button').click()
    app.picture('graph-deadlock')


check_a_deadlock_is_drawn.example = 'deadlock'


def check_its_keys_walk_the_graph(app):
    app.show_view('Tasks')
    page = app.show_view('Graph')
    wait_until_it_says(page, '^1 deadlock')
    app.show_view('Tasks')
    app.point_at(app.find('Graph', 'label'))
    canvas = page.find('Dependency graph')
    wait_for(lambda: canvas.has_state(Atspi.StateType.FOCUSED), 'the graph has the focus')
    app.press('Right', 'Return')
    wait_until_it_says(page, '(?s)^1 deadlock.*#[0-9]+ ')


check_its_keys_walk_the_graph.example = 'deadlock'


def check_the_selection_is_shared(app):
    # What is wrong leads to a task of the deadlock: it is the one that the graph speaks of, too.
    app.run('trouble')
    page = app.show_view('Graph')
    wait_until_it_says(page, '(?s)^1 deadlock.*#[12] .*part of a deadlock')
    page.find('Only around the selected task', 'push button').click()
    wait_until_it_says(page, '^1 deadlock · 5 nodes')
    app.picture('graph-selected')


check_the_selection_is_shared.example = 'deadlock'


def check_the_past_is_drawn(app):
    page = app.show_view('Graph')
    wait_until_it_says(page, '^1 deadlock')
    app.run('first')
    # The page says that nobody waits, or the graph has no deadlock yet.
    wait_for(lambda: page.has('Nobody waits') or page.has(re.compile('^[0-9]+ nodes?'), 'label'),
             'the first instant has no deadlock')
    app.run('last')
    wait_until_it_says(page, '^1 deadlock')


check_the_past_is_drawn.example = 'deadlock'
