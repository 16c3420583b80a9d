# SPDX-FileCopyrightText: async-inspect contributors
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Breakpoints of a program that runs: met, looked at, stepped, set in the source, and let go."""

import re

import recordings
from app import App, Failure, wait_for
from check_attach import Running, is_traced
from check_odd import find_child

STOPPED = re.compile('^Stopped: task .* begins to wait')


def show_panel(app, name):
    app.find(name, 'page tab').click()
    return wait_for(lambda: next((node for node in app.root.find_all(name, 'panel')
                                  if node.is_showing and next(node.children, None)), None),
                    f'the panel shows {name!r}')


def get_stop(app):
    """What the line above the views says; '' while nothing stands still."""
    label = next((node for node in app.root.find_all(re.compile('^Stopped: '), 'label') if node.is_showing), None)
    return label.name if label is not None else ''


def remove_all(app, panel):
    """The program goes on for good."""
    while panel.has('Remove this breakpoint', 'push button'):
        button = panel.find('Remove this breakpoint', 'push button')
        button.click()
        wait_for(lambda: not button.is_showing, 'the breakpoint goes')
    app.run('continue')
    app.find(re.compile('^(live|ended)'), 'label')


def get_line(source):
    """"client.c:200": the line that is looked at."""
    label = next(source.find_all(re.compile('^client.c:[0-9]+$'), 'label'), None)
    return label.name if label is not None else ''


def get_clock_s(app):
    """How far the program has come, as the app says: "+9.4 s"."""
    label = next(app.root.find_all(re.compile('^[+][0-9.]+ m?s$'), 'label'), None)
    number, unit = label.name[1:].split() if label is not None else ('0', 's')
    return float(number) / (1000 if unit == 'ms' else 1)


def check_one_is_met_and_looked_at():
    with App('--break', 'fetch_posts', '--', *recordings.command('http-client')) as app:
        app.find(STOPPED, 'label')
        app.find(re.compile('^stopped'), 'label')
        app.click('Show the stack and the variables', 'push button')
        panel = app.find('What stands still', 'panel')
        panel.find(re.compile('^#[0-9]+ fetch_posts$'), 'label')
        panel.find(re.compile(r'request \* request = 0x'), 'label')
        app.picture('breakpoints-stopped')
        # It is at the line at which it stands still, and its code is not said to be executed.
        source = app.show_view('Source')
        source.find(re.compile('^client.c:[0-9]+$'), 'label')
        source.find('1 task is here now', 'label')
        stopped = get_line(source)
        show_panel(app, 'Why').find(re.compile('^Stands still: task'), 'label')
        # Who looks at another line stays there while time goes on and the task stands where it stood.
        app.point_at(source.find('Counts and times of each line'))
        wait_for(lambda: get_line(source) not in ('', stopped), 'another line is looked at')
        line, end = get_line(source), get_clock_s(app) + 1
        wait_for(lambda: get_clock_s(app) > end, 'time goes on')
        if get_line(source) != line:
            raise Failure(f'{line} is looked at; it is {get_line(source)}')
        remove_all(app, show_panel(app, 'Breakpoints'))


def check_a_line_of_the_source_is_one():
    with App('--break', 'fetch_posts', '--', *recordings.command('http-client')) as app:
        app.find(STOPPED, 'label')
        panel = show_panel(app, 'Breakpoints')
        source = app.show_view('Source')
        place = source.find(re.compile('^client.c:[0-9]+$'), 'label').name
        app.run('view-command', 'toggle-break')
        panel.find(re.compile(f'/{place}$'), 'label')
        app.picture('breakpoints-source')
        app.run('view-command', 'toggle-break')
        wait_for(lambda: not panel.has(re.compile(f'/{place}$'), 'label'), 'it is taken away')
        # It alone is what the program stops at next.
        app.run('view-command', 'toggle-break')
        panel.find(re.compile(f'/{place}$'), 'label')
        panel.find('Remove this breakpoint', 'push button').click()
        wait_for(lambda: not panel.has('fetch_posts', 'label'), 'the first one goes')
        before = get_stop(app)
        app.run('continue')
        wait_for(lambda: place in get_stop(app) and get_stop(app) != before, f'something stops at {place}')
        app.show_view('Timeline')
        app.picture('breakpoints-timeline')
        remove_all(app, panel)


def check_steps():
    with App('--break', 'fetch_user', '--', *recordings.command('http-client')) as app:
        app.find(STOPPED, 'label')
        panel = show_panel(app, 'Breakpoints')
        panel.find('Remove this breakpoint', 'push button').click()
        wait_for(lambda: not panel.has('Remove this breakpoint', 'push button'), 'the breakpoint goes')
        before = get_stop(app)
        app.run('step-poll')
        wait_for(lambda: 'is about to run' in get_stop(app), 'it stops when the task runs again')
        app.run('step-await')
        wait_for(lambda: get_stop(app) != before and 'begins to wait' in get_stop(app),
                 'it stops when the task waits again')
        remove_all(app, panel)


def check_one_that_is_none():
    # Of a program that goes on for as long as it takes.
    with App('--', recordings.APPS / 'echo-server') as app:
        app.find(re.compile('^live'), 'label')
        app.run('breakpoint')
        panel = show_panel(app, 'Breakpoints')
        panel.find('Where to stop', 'text').type('longer:soon')
        panel.find('Add this breakpoint', 'push button').click()
        panel.find(re.compile("no breakpoint at 'longer:soon'"), 'label')
        panel.find('Where to stop', 'text').type('kind:no.such')
        panel.find('Add this breakpoint', 'push button').click()
        panel.find('kind:no.such', 'label')
        panel.find('not met yet', 'label')


def check_the_program_goes_on_without_the_app():
    app = App('--break', 'fetch_posts', '--', *recordings.command('http-client'))
    try:
        app.find(STOPPED, 'label')
        child = wait_for(lambda: find_child(app.process.pid, 'http-client'), 'the program runs')
        app.run('quit')
        app.click('Leave it running', 'push button')
        wait_for(lambda: app.process.poll() is not None, 'the app ends')
        # It ends by itself, once it has had no answer for some seconds.
        wait_for(lambda: has_ended(child), 'the program goes on, to its end')
    finally:
        app.kill()


def add(panel, where):
    panel.find('Where to stop', 'text').type(where)
    panel.find('Add this breakpoint', 'push button').click()
    panel.find(where, 'label')


def check_a_program_that_is_attached_to():
    """It is stopped, looked at, let go on, and goes on as it was when its tab is closed while it stands still."""
    with Running() as process, App('--pid', process.pid) as app:
        app.find(re.compile('^live'), 'label')
        app.run('breakpoint')
        panel = show_panel(app, 'Breakpoints')
        add(panel, 'on_tick')
        wait_for(lambda: get_stop(app), 'it stops')
        app.find(re.compile('^stopped'), 'label')
        panel.find(re.compile('^on_tick at echo-server.c:[0-9]+$'), 'label')
        panel.find(re.compile('^#[0-9]+ main$'), 'label')
        app.picture('breakpoints-attached')
        app.run('continue')
        wait_for(lambda: panel.has(re.compile('^met 2 times'), 'label'), 'it stops once more')
        app.press('F5')
        wait_for(lambda: panel.has(re.compile('^met 3 times'), 'label'), 'a key lets it go on')
        source = app.show_view('Source')
        source.find(re.compile('^echo-server.c:[0-9]+$'), 'label')
        app.picture('breakpoints-attached-source')
        app.run('close-tab')
        app.find('Launch', 'push button')
        wait_for(lambda: is_free(process.pid), 'nobody traces it')
        if process.poll() is not None:
            raise Failure('the program goes on')
        # It answers: it is not held any more.
        process.terminate()
        wait_for(lambda: process.poll() is not None, 'the program ends as it is asked to')


def count_calls(source):
    """How often the callback at the line that is looked at has been called, as the panel below the source says."""
    said = source.find(re.compile('which is here: on_tick'), 'label').name
    return int(re.search('([0-9]+) times', said).group(1))


def check_lines_and_steps_of_one_that_is_attached_to():
    with Running() as process, App('--pid', process.pid) as app:
        app.find(re.compile('^live'), 'label')
        app.run('breakpoint')
        panel = show_panel(app, 'Breakpoints')
        add(panel, 'on_tick')
        wait_for(lambda: get_stop(app), 'it stops')
        source = app.show_view('Source')
        place = source.find(re.compile('^echo-server.c:[0-9]+$'), 'label').name
        lines = re.compile('/echo-server.c:[0-9]+$')
        margin = source.find('Breakpoints, and tasks at each line')
        app.point_at(margin)
        panel.find(lines, 'label')
        app.point_at(margin)
        wait_for(lambda: not panel.has(lines, 'label'), 'a second click takes it away')
        # The line of the callback, which has no code of its own, is met as the callback is.
        add(panel, place)
        panel.find('Remove this breakpoint', 'push button').click()
        wait_for(lambda: not panel.has('on_tick', 'label'), 'the first one goes')
        app.run('continue')
        panel.find(re.compile('^met [0-9]+ time'), 'label')
        panel.find('Remove this breakpoint', 'push button').click()
        wait_for(lambda: not panel.has('Remove this breakpoint', 'push button'), 'the line is none any more')
        for key in ('shift+F7', 'ctrl+F7'):
            before = count_calls(source)
            app.press(key)
            wait_for(lambda: count_calls(source) > before and get_stop(app), f'{key} goes on, and stops again')
        app.run('close-tab')
        app.find('Launch', 'push button')
        wait_for(lambda: is_free(process.pid), 'nobody traces it')
        process.terminate()
        wait_for(lambda: process.poll() is not None, 'the program goes on, and ends as it is asked to')


def is_free(pid):
    return not is_traced(pid)


def has_ended(pid):
    try:
        return '\nState:\tZ' in open(f'/proc/{pid}/status', encoding='utf-8').read()
    except OSError:
        return True
