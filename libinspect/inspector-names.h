/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef INSPECTOR_NAMES_H
#define INSPECTOR_NAMES_H

#include "inspector.h"

/**
 * SECTION: inspector-names.h
 *
 * Names as there is room for them. What other functions return has them whole.
 */

G_BEGIN_DECLS

/**
 * inspector_format_names:
 * @text: a line with names in it
 *
 * "Cache<…>::refresh waits" of "Cache<std::map<int, Entry, std::less<int> >, Loader>::refresh waits": of the names in
 * @text arguments of templates and of generic functions are left out where nobody writes them, and cut where they are
 * long. For what is shown beside much else; the whole name belongs into a tooltip, and into what is copied.
 *
 * Returns: (transfer full)
 */
INSPECTOR_API char *inspector_format_names (const char *text);

G_END_DECLS

#endif
