# SPDX-FileCopyrightText: async-inspect contributors
# SPDX-License-Identifier: MIT OR Apache-2.0
"""How the app keeps up with a program that says much: run-gui bench [EVENTS-A-SECOND [SECONDS [VIEW]]]

Memory, and how late the main thread comes to what it is asked (gui/latency.h), a line each some seconds,
while all views are gone through, each change of view included; or while VIEW ("Tasks") stays, which shows
what of the memory is still growing. Figures, no verdict. Nobody listens to the
accessibility tree meanwhile: that is what figures are compared by.
"""

import os
import re
import subprocess
import time

from gi.repository import Gio, GLib

from app import BUS_NAME, BUS_PATH, wait_for
from checks import VIEWS, read_view


class Measured:
    """The app, asked by its actions alone."""

    def __init__(self, *arguments):
        environment = os.environ | {'ASYNC_INSPECT_GUI_MEASURE': '1', 'GTK_A11Y': 'none'}
        self.bus = Gio.bus_get_sync(Gio.BusType.SESSION)
        self.process = subprocess.Popen([os.environ['TEST_GUI'], *map(str, arguments)], env=environment)
        wait_for(lambda: self.read().get('n'), 'the app tells how late it is')

    def call(self, path, method, parameters):
        return self.bus.call_sync(BUS_NAME, path, 'org.gtk.Actions', method, parameters, None,
                                  Gio.DBusCallFlags.NONE, 60000, None)

    def activate(self, path, action):
        self.call(path, 'Activate', GLib.Variant('(sava{sv})', (action, [], {})))

    def read(self):
        reply = self.call(BUS_PATH, 'Describe', GLib.Variant('(s)', ('latency',)))
        state = reply.unpack()[0][2]
        return {name: int(value) for name, value in re.findall(r'([\w-]+)=(\d+)', state[0] if state else '')}

    def forget(self):
        self.activate(BUS_PATH, 'latency')

    def run(self, command):
        self.activate(f'{BUS_PATH}/window/1', command)


def listen(seconds):
    """Lets time go by, and the bus with it."""
    loop = GLib.MainLoop()
    GLib.timeout_add(int(seconds * 1000), loop.quit)
    loop.run()


def main(words):
    rate = int(words[0]) if words else 500000
    seconds = int(words[1]) if len(words) > 1 else 60
    views = sorted((read_view(identifier) for identifier in VIEWS), key=lambda view: view['order'])
    names = [view['name'] for view in views if view.get('place', 'main') == 'main']
    share = seconds / (len(names) + 1)
    print(f'# {rate} events/s for {seconds} s, each view for {share:.1f} s. Late: what a key would wait; busy:')
    print('# CPU time of the main thread from one key to the next, as it would be on a machine for itself')
    print('#                     memory          late                    busy')
    print('# view          at    own   mapped    p50    p99    max ms    p50    p99    max ms')
    app = Measured('--', os.environ['TEST_PRODUCER'], rate, seconds)
    begin = time.monotonic()
    stays = words[2] if len(words) > 2 else None
    for _ in range(names.index(stays) if stays else 0):
        app.run('next-view')
    for name in [stays] * len(names) if stays else names:
        listen(share)
        figures = app.read()
        print('# {:<12}{:>4.0f} s {:>4.0f} {:>5.0f} MB {:>6.1f} {:>6.1f} {:>6.1f}    {:>6.1f} {:>6.1f} {:>6.1f}'.format(
            name, time.monotonic() - begin, figures['anonymous'] / 1e6, figures['file'] / 1e6,
            *(figures[f'{what}-{which}'] / 1e3 for what in ('late', 'busy') for which in ('p50', 'p99', 'max'))),
            flush=True)
        app.forget()
        if not stays:
            app.run('next-view')
    listen(share)
    kept = os.path.join(os.environ['TEST_GUI_INSIDE'], 'bench.airec')
    app.call(f'{BUS_PATH}/window/1', 'Activate',
             GLib.Variant('(sava{sv})', ('save-to', [GLib.Variant('s', kept)], {})))
    wait_for(lambda: os.path.exists(kept), 'the session is saved')
    app.run('quit')
    app.process.wait(30)
    said = subprocess.run([os.environ['TEST_ASYNC_INSPECT'], 'info', kept], capture_output=True, text=True).stdout
    print(*(f'# {line}' for line in said.splitlines()), sep='\n')
    return 0
