/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef RENDER_JSON_H
#define RENDER_JSON_H

#include <json-glib/json-glib.h>
#include "analysis/report.h"

G_BEGIN_DECLS

/* Raised when a field changes its meaning or goes; new fields do not raise it. */
#define EXPORT_JSON_SCHEMA_VERSION 1

/* (transfer full): data/report.schema.json */
JsonNode *export_json (const Report *report);

G_END_DECLS

#endif
