# SPDX-FileCopyrightText: async-inspect contributors
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Recordings of the bundled programs, made once a run."""

import os
import signal
import subprocess
from pathlib import Path

APPS = Path(os.environ['TEST_APPS_BUILD'])
FOLDER = Path(os.environ['TEST_GUI_INSIDE'], 'recordings')

# Name, seconds after which it is ended (None: it ends by itself), program and arguments.
EXAMPLES = {
    'deadlock': (1, 'abba-pthread'),
    'http-client': (3, 'http-client/http-client', '--demo'),
    'pool-server': (2, 'healthy/pool-server'),
    'fan-out': (2, 'healthy/task-fan-out'),
}
_running = {}


def command(name):
    """The program of an example, and its arguments."""
    _, program, *arguments = EXAMPLES[name]
    return [str(APPS / program), *arguments]


def start(names=EXAMPLES):
    """Starts to record those that are not, so that they are when path() is asked."""
    FOLDER.mkdir(exist_ok=True)
    for name in names:
        if name not in _running:
            seconds, program, *arguments = EXAMPLES[name]
            limit = ['timeout', '-s', 'INT', str(seconds)] if seconds else []
            # By its way from here: pictures show what the recording has of it.
            _running[name] = subprocess.Popen(
                [*limit, os.environ['TEST_ASYNC_INSPECT'], 'run', '--record', FOLDER / f'{name}.airec',
                 '--', f'./{program}', *arguments], cwd=APPS, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def path(name):
    """Where the recording of an example is."""
    start([name])
    said = _running[name].communicate()[1] if _running[name].returncode is None else ''
    recording = FOLDER / f'{name}.airec'
    if not recording.exists():
        raise AssertionError(f'{name} cannot be recorded: {said}')
    return recording


def stop():
    for process in _running.values():
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait()
