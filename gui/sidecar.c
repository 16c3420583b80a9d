/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "sidecar.h"

#define MAX_BYTES (256 * 1024)

static char *
dup_path (const char *recording)
{
  g_autofree char *whole = g_canonicalize_filename (recording, NULL);
  g_autofree char *sum = g_compute_checksum_for_string (G_CHECKSUM_SHA256, whole, -1);
  g_autofree char *name = g_strconcat (sum, ".ini", NULL);

  return g_build_filename (g_get_user_state_dir (), "async-inspect", "views", name, NULL);
}

GKeyFile *
ui_sidecar_load (const char *recording)
{
  GKeyFile *state = g_key_file_new ();
  g_autofree char *path = dup_path (recording);
  g_autofree char *text = NULL;
  gsize length;

  /* What is damaged is as if it were not there. */
  if (g_file_get_contents (path, &text, &length, NULL) && length <= MAX_BYTES)
    g_key_file_load_from_data (state, text, length, G_KEY_FILE_NONE, NULL);
  return state;
}

void
ui_sidecar_save (const char *recording, GKeyFile *state)
{
  g_autofree char *path = dup_path (recording);
  g_autofree char *folder = g_path_get_dirname (path);

  g_mkdir_with_parents (folder, 0700);
  g_key_file_save_to_file (state, path, NULL);
}
