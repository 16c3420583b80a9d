# SPDX-FileCopyrightText: async-inspect contributors
# SPDX-License-Identifier: MIT OR Apache-2.0
"""The desktop app, as who cannot see it uses it: by the names and roles of the accessibility tree."""

import contextlib
import functools
import os
import re
import shutil
import struct
import subprocess
import tempfile
import time
import warnings
import zlib
from pathlib import Path

import gi
gi.require_version('Atspi', '2.0')
from gi.repository import Atspi, Gio, GLib  # noqa: E402

warnings.simplefilter('ignore')

# A machine may be busy with others; where all is well nobody waits so long.
WAIT_S = 60
# What g_warning() and g_critical() print, and the sanitizers.
COMPLAINT = re.compile('-(WARNING|CRITICAL) |Sanitizer|runtime error:')
PICTURES = Path(os.environ['TEST_GUI_BUILD'])
BUS_NAME = 'io.github.async_inspect.AsyncInspect'
BUS_PATH = '/io/github/async_inspect/AsyncInspect'


class Failure(AssertionError):
    """A check that does not hold: its text is all that is needed to see why."""


class Skip(Exception):
    """A check that cannot be made here: its text says what is missing."""


def wait_for(get, what):
    """What @get returns, once it is something. Not by sleeping: the bus is listened to meanwhile."""
    end = time.monotonic() + WAIT_S
    context = GLib.MainContext.default()
    while True:
        try:
            found = get()
        except GLib.Error:
            found = None  # a widget that went away while it was asked
        if found:
            return found
        if time.monotonic() > end:
            raise Failure(f'{what}, but not within {WAIT_S} s')
        timer = GLib.timeout_add(20, lambda: GLib.SOURCE_REMOVE)
        context.iteration(True)
        if context.find_source_by_id(timer):
            GLib.source_remove(timer)


def or_gone(nothing):
    """What a widget says of itself; @nothing, once it went away while its window was read: rows of a list
    come and go as a program runs."""
    def decorate(ask):
        @functools.wraps(ask)
        def ask_if_there(node, *words):
            try:
                return ask(node, *words)
            except GLib.Error:
                return nothing
        return ask_if_there
    return decorate


class Node:
    """A widget."""

    def __init__(self, accessible):
        self.accessible = accessible

    @property
    @or_gone('')
    def name(self):
        """What is heard; GTK says the label of a button twice, and its mnemonic."""
        name = self.accessible.get_name() or ''
        for said in (name, name.replace('_', '')):
            half = len(said) // 2
            if said[half:half + 1] == ' ' and said[:half] == said[half + 1:]:
                return said[:half]
        return name

    @property
    @or_gone('gone')
    def role(self):
        return self.accessible.get_role_name()

    @or_gone(0)
    def _count_children(self):
        return self.accessible.get_child_count()

    @or_gone(None)
    def _child(self, i):
        return self.accessible.get_child_at_index(i)

    @property
    def children(self):
        for i in range(self._count_children()):
            child = self._child(i)
            if child is not None:
                yield Node(child)

    @or_gone(False)
    def has_state(self, state):
        return self.accessible.get_state_set().contains(state)

    @property
    @or_gone(False)
    def is_showing(self):
        """It takes room in the window. (GTK 4.8 tells of no widget that it is showing.)"""
        extents = self.accessible.get_extents(Atspi.CoordType.WINDOW)
        return self.has_state(Atspi.StateType.VISIBLE) and extents.width > 1 and extents.height > 1

    @property
    def is_focusable(self):
        return self.has_state(Atspi.StateType.FOCUSABLE)

    @property
    def is_inner(self):
        """A part of another that has the focus for it, or that has it for this one (a menu button has a
        button in it); the buttons of the window belong to its manager's keys."""
        parts = ('push button', 'combo box', 'spin button', 'entry', 'text')
        return self.accessible.get_parent().get_role_name() in parts or \
            any(child.role == 'push button' for child in self.children) or \
            self.name in ('Minimize', 'Maximize', 'Close')

    @property
    def is_selected(self):
        return self.has_state(Atspi.StateType.SELECTED)

    @property
    def text(self):
        """What is written in it."""
        return Atspi.Text.get_text(self.accessible, 0, Atspi.Text.get_character_count(self.accessible))

    @property
    def value_text(self):
        return self.accessible.get_attributes().get('valuetext', '')

    def type(self, text):
        """Puts @text in the place of what is written in it."""
        if not Atspi.EditableText.set_text_contents(self.accessible, text):
            raise Failure(f'{self} can be written to')

    @property
    def actions(self):
        return [Atspi.Action.get_action_name(self.accessible, i)
                for i in range(Atspi.Action.get_n_actions(self.accessible))]

    def click(self):
        """What a click does, or the key Enter. GTK 4.8 has none for rows of a list."""
        for i, name in enumerate(self.actions):
            if name in ('click', 'activate', 'toggle'):
                Atspi.Action.do_action(self.accessible, i)
                return
        raise Failure(f'{self} can be clicked; it has {self.actions}')

    def walk(self, depth=0):
        """All below it, and itself: (depth, node)."""
        yield depth, self
        for child in self.children:
            yield from child.walk(depth + 1)

    def find_all(self, name=None, role=None):
        """All below it of that name (exact, or a compiled pattern) and role."""
        for _, node in self.walk():
            if (role is None or node.role == role) and \
               (name is None or (node.name == name if isinstance(name, str) else name.search(node.name))):
                yield node

    def find(self, name=None, role=None):
        """The first of them that takes room in the window, else the first; waits for it."""
        def look():
            found = list(self.find_all(name, role))
            return next((node for node in found if node.is_showing), found[0] if found else None)
        return wait_for(look, f'a widget of name {name!r} and role {role!r} is in {self}')

    def has(self, name=None, role=None):
        return next(self.find_all(name, role), None) is not None

    def dump(self):
        return '\n'.join('  ' * depth + f'{node.role} {node.name!r}' for depth, node in self.walk())

    def __str__(self):
        return f'{self.role} {self.name!r}'


class App:
    """The app, in a process of its own, from its start until close()."""

    last_tree = ''  # what there was when a check failed

    def __init__(self, *arguments, env=None):
        App.last_tree = ''
        self.said = tempfile.TemporaryFile(mode='w+')
        self.process = subprocess.Popen([os.environ['TEST_GUI'], *map(str, arguments)],
                                        env=os.environ | (env or {}), stdout=subprocess.DEVNULL,
                                        stderr=self.said)
        self.bus = Gio.bus_get_sync(Gio.BusType.SESSION)
        self.window = wait_for(self._find_window, 'the app has a window')

    def _find_window(self):
        if self.process.poll() is not None:
            raise Failure(f'the app runs; it ended with status {self.process.returncode}')
        desktop = Atspi.get_desktop(0)
        for i in range(desktop.get_child_count()):
            child = desktop.get_child_at_index(i)
            if child is not None and child.get_process_id() == self.process.pid \
               and child.get_child_count() > 0:
                return Node(child.get_child_at_index(0))
        return None

    @property
    def root(self):
        """All its windows."""
        return Node(self.window.accessible.get_application())

    # What a Node can do, in the whole app.

    def find(self, name=None, role=None):
        return self.root.find(name, role)

    def has(self, name=None, role=None):
        return self.root.has(name, role)

    def click(self, name, role=None):
        """Once it is there, and once more where it was made anew meanwhile, as rows of a list are."""
        for _ in range(2):
            try:
                return self.find(name, role).click()
            except GLib.Error:
                pass
        return self.find(name, role).click()

    def tree(self):
        return self.root.dump()

    # ---- Commands ----------------------------------------------------------------------------------

    def _activate(self, path, action, parameters):
        self.bus.call_sync(BUS_NAME, path, 'org.gtk.Actions', 'Activate',
                           GLib.Variant('(sava{sv})', (action, parameters, {})), None,
                           Gio.DBusCallFlags.NONE, WAIT_S * 1000, None)

    def run(self, command, *words, window=1):
        """A command of the shell by its id: run ('next-view'), run ('picture-to', path)."""
        self._activate(f'{BUS_PATH}/window/{window}', command,
                       [GLib.Variant('s', str(word)) for word in words])

    def show_view(self, name):
        """The view of that name, by its tab. Returns what holds it."""
        tab = self.find(name, 'page tab')
        tab.click()
        wait_for(lambda: tab.is_selected, f'{tab} is selected')
        # What holds it has its name, too, and makes it when it is looked at.
        return wait_for(lambda: next((node for node in self.root.find_all(name, 'panel')
                                      if node.is_showing and next(node.children, None)), None),
                        f'the view {name!r} is shown')

    # ---- From outside ------------------------------------------------------------------------------

    def _use(self, what, *words):
        """What somebody does to its window on the display: see x-user.c."""
        if 'TEST_X_USER' not in os.environ:
            raise Skip('Xlib is not installed (pkg-config knows no x11)')
        done = subprocess.run([os.environ['TEST_X_USER'], what, str(self.process.pid), *map(str, words)],
                              capture_output=True, text=True, timeout=WAIT_S)
        if done.returncode != 0:
            raise Failure(f'x-user {what} {words} is done; it says: {done.stderr}')
        return done.stdout.strip()

    def _use_hands(self, *words):
        if shutil.which('xdotool') is None:
            raise Skip('xdotool is not installed')
        subprocess.run(['xdotool', *words], check=True, timeout=WAIT_S)

    def press(self, *keys):
        """Keys, as xdotool calls them: press ('Tab', 'ctrl+f')."""
        self._use('focus')
        self._use_hands('key', *keys)

    def point_at(self, node):
        """A click in the middle of what @node takes of the window."""
        place = node.accessible.get_extents(Atspi.CoordType.WINDOW)
        self._use_hands('mousemove', '--sync', '--window', self._use('focus'), str(place.x + place.width // 2),
                        str(place.y + place.height // 2), 'click', '1')

    def resize(self, width, height):
        """Pulls at its edges; it may not be as narrow, and takes its time."""
        self._use('resize', width, height)

    def drop(self, *uris, x=400, y=400):
        """Files are dragged onto its window, and dropped there. Returns once it has taken them."""
        self._use('drop', x, y, *uris)

    @contextlib.contextmanager
    def holding(self, *uris, x=400, y=400):
        """Files are over its window while this lasts, and dropped then."""
        if 'TEST_X_USER' not in os.environ:
            raise Skip('Xlib is not installed (pkg-config knows no x11)')
        with subprocess.Popen([os.environ['TEST_X_USER'], 'hold', str(self.process.pid), str(x), str(y), *uris],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as user:
            if user.stdout.readline().strip() != 'held':
                raise Failure('the window would take what is dragged over it')
            yield
            user.communicate('\n', timeout=WAIT_S)
        if user.returncode != 0:
            raise Failure('what was held over the window is dropped')

    # ---- Pictures ----------------------------------------------------------------------------------

    def picture(self, name, folder=PICTURES):
        """Writes what the active window shows to NAME.png, and returns its path."""
        path = Path(folder, f'{name}.png')
        path.unlink(missing_ok=True)
        self._activate(BUS_PATH, 'write-picture', [GLib.Variant('s', str(path))])
        wait_for(path.exists, f'{path} is written')
        if len(read_rows(path)) < 8:
            raise Failure(f'{path} shows something; it is of one colour')
        return path

    # ---- The end -----------------------------------------------------------------------------------

    def close(self):
        """Ends it as a user does, programs that it started too, and says how it ended."""
        if self.process.poll() is None:
            self.run('quit')
        answered = False
        def has_ended():
            nonlocal answered
            if self.process.poll() is not None:
                return True
            button = next(self.root.find_all('End it', 'push button'), None)
            if button is not None and not answered:
                answered = True
                button.click()
            return False
        try:
            wait_for(has_ended, 'the app ends when it is asked to')
        except Failure:
            self.kill()
            raise
        return self.process.returncode

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if kind is not None:
            try:
                App.last_tree = '\n' + self.tree()
            except GLib.Error:
                pass
            self.kill()
        elif self.close() != 0:
            raise Failure(f'the app ends with status 0; it was {self.process.returncode}')
        self.said.seek(0)
        said = self.said.read()
        if said:
            print(*(f'# {line}' for line in said.splitlines()), sep='\n')
        if kind is None and COMPLAINT.search(said):
            raise Failure('nothing of ours or of GTK complains')


def unpack(path):
    """What the rows of a PNG are packed as, each with its filter before it, and the bytes of a pixel."""
    data = Path(path).read_bytes()
    at, packed, size, depth = 8, b'', None, 0
    while at < len(data):
        length, kind = struct.unpack('>I4s', data[at:at + 8])
        if kind == b'IHDR':
            width, _, bits, colours = struct.unpack('>IIBB', data[at + 8:at + 18])
            depth = bits // 8 * {2: 3, 6: 4}[colours]
            size = 1 + width * depth
        if kind == b'IDAT':
            packed += data[at + 8:at + 8 + length]
        at += 12 + length
    pixels = zlib.decompress(packed)
    return [pixels[start:start + size] for start in range(0, len(pixels), size)], depth


def read_rows(path):
    """The different rows of pixels of a PNG, not decoded further: a picture of nothing has few."""
    return set(unpack(path)[0])


def read_pixels(path):
    """The rows of a PNG, each a list of (red, green, blue)."""
    packed, depth = unpack(path)
    rows, above = [], bytes(len(packed[0]) - 1)
    for row in packed:
        line = bytearray(row[1:])
        for i in range(len(line) if row[0] != 0 else 0):
            left, up, both = (line[i - depth], above[i], above[i - depth]) if i >= depth else (0, above[i], 0)
            if row[0] == 4:
                line[i] = line[i] + min((left, up, both), key=lambda near: abs(left + up - both - near)) & 255
            else:
                line[i] = line[i] + (0, left, up, (left + up) // 2)[row[0]] & 255
        above = bytes(line)
        rows.append([tuple(above[start:start + 3]) for start in range(0, len(above), depth)])
    return rows
