#!/bin/sh
# SPDX-FileCopyrightText: async-inspect contributors
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# stage.sh FOLDER STAMP FILE...: puts the files of one plugin into a folder of the build tree.
set -eu
folder=$1
stamp=$2
shift 2
mkdir -p "$folder"
chmod go-w "$folder"
for file; do
  # A link of the same file: what is loaded is what was built, with its RUNPATH still true.
  ln -f "$file" "$folder/" 2>/dev/null || cp -f "$file" "$folder/"
done
: > "$stamp"
