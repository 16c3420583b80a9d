/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "render/json.h"
#include "render/text.h"
#include "session/session-private.h"

char *
inspector_report_to_text (InspectorReport *self, InspectorTextFlags flags, guint width)
{
  g_return_val_if_fail (INSPECTOR_IS_REPORT (self), NULL);
  return export_text (inspector_report_peek (self), flags, width);
}

char *
inspector_report_to_json (InspectorReport *self)
{
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *line = NULL;

  g_return_val_if_fail (INSPECTOR_IS_REPORT (self), NULL);
  root = export_json (inspector_report_peek (self));
  line = json_to_string (root, FALSE);
  return g_strconcat (line, "\n", NULL);
}
