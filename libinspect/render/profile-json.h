/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef RENDER_PROFILE_JSON_H
#define RENDER_PROFILE_JSON_H

#include <json-glib/json-glib.h>
#include "profile/profile-result.h"

G_BEGIN_DECLS

/* Raised when a field changes its meaning or goes; new fields do not raise it. */
#define EXPORT_PROFILE_SCHEMA_VERSION 1

/* (transfer full): data/profile.schema.json. @results: ProfileResult */
JsonNode *export_profile_json (const GPtrArray *results);

G_END_DECLS

#endif
