# SPDX-FileCopyrightText: async-inspect contributors
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Finds the checks, runs them, and prints TAP."""

import importlib.util
import json
import os
import sys
import traceback
from pathlib import Path

import recordings
from app import App, Failure, Skip

SOURCE = Path(os.environ['TEST_SOURCE'])
VIEWS = os.environ['TEST_VIEWS'].split()


def read_view(identifier):
    """plugin.json of a view of the tree."""
    return json.loads((SOURCE / 'plugins' / 'views' / identifier / 'plugin.json').read_text())


def load(path):
    spec = importlib.util.spec_from_file_location(path.stem + str(len(sys.modules)), path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def find_checks(module, prefix):
    """(name, function) of all that is called check_*."""
    return [(f'{prefix}/{name.removeprefix("check_")}', function)
            for name, function in vars(module).items() if name.startswith('check_')]


def run_view_checks(function):
    """With the app, once for each example that the checks of a view ask for."""
    def run():
        name = getattr(function, 'example', 'http-client')
        with App(recordings.path(name)) as app:
            function(app)
    return run


def list_shell():
    return [check for path in sorted(Path(__file__).parent.glob('check_*.py'))
            for check in find_checks(load(path), path.stem.removeprefix('check_'))]


def list_views():
    import views
    all_checks = find_checks(views, 'views')
    for identifier in VIEWS:
        own = SOURCE / 'plugins' / 'views' / identifier / 'tests' / 'window.py'
        if own.exists():
            all_checks += [(name, run_view_checks(function))
                           for name, function in find_checks(load(own), identifier)]
    return all_checks


def list_screenshots():
    import screenshots
    return screenshots.list_all()


def main(kind, names):
    if kind == 'bench':
        import bench
        return bench.main(names)
    wanted = {'shell': list_shell, 'views': list_views, 'screenshots': list_screenshots}[kind]()
    wanted = [(name, run) for name, run in wanted
              if not names or any(part in names for part in (name, *name.split('/')))]
    failed = 0
    print(f'1..{len(wanted)}', flush=True)
    recordings.start()
    for number, (name, run) in enumerate(wanted, 1):
        try:
            run()
        except Skip as why:
            print(f'ok {number} {name} # SKIP {why}', flush=True)
        except Exception as error:
            failed += 1
            text = f'{error}' if isinstance(error, Failure) else traceback.format_exc()
            print(*(f'# {line}' for line in (text + App.last_tree).splitlines()), sep='\n')
            print(f'not ok {number} {name}', flush=True)
        else:
            print(f'ok {number} {name}', flush=True)
    recordings.stop()
    return 1 if failed else 0
