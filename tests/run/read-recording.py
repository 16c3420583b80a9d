# SPDX-FileCopyrightText: async-inspect contributors
# SPDX-License-Identifier: MIT OR Apache-2.0
"""What a recording holds, from Python: read-recording.py FILE"""
import sys
import gi
gi.require_version('Inspector', '0')
from gi.repository import Inspector

session = Inspector.Session.new()
_, warning = session.open_recording(sys.argv[1])
for target in session.get_targets():
    print(target.get_pid(), target.get_command(), ', '.join(target.get_runtimes()))
print(session.build_report(Inspector.ReportReason.EXIT).to_text(Inspector.TextFlags.PLAIN, 100))
