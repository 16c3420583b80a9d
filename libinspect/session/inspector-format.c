/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "inspector-names.h"

#include "debuginfo/short-name.h"
#include "model/format.h"

char *
inspector_format_duration (gint64 ns)
{
  return model_format_duration (ns);
}

char *
inspector_format_count (guint64 count)
{
  return model_format_count (count);
}

char *
inspector_format_bytes (guint64 bytes)
{
  return model_format_bytes (bytes);
}

char *
inspector_format_names (const char *text)
{
  g_return_val_if_fail (text != NULL, NULL);
  return debug_dup_short_arguments (text);
}
