/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef RUST_HPACK_H
#define RUST_HPACK_H

#include <glib.h>

G_BEGIN_DECLS

/* "GET /path" of the block of headers with which a request of HTTP/2 begins; "/path" where the method is one that only
 * what was sent before tells. @block may have more behind it. (transfer full) (nullable): it is none. */
char *rust_hpack_dup_request (const guint8 *block, gsize length);

G_END_DECLS

#endif
