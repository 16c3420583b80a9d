/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef RENDER_PROFILE_HTML_H
#define RENDER_PROFILE_HTML_H

#include <glib.h>

G_BEGIN_DECLS

/* One page that needs no network and no script; XHTML, so that any XML parser reads it.
 * @results: ProfileResult; (transfer full) */
char *export_profile_html (const GPtrArray *results);

G_END_DECLS

#endif
