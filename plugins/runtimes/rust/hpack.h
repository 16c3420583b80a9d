/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef RUST_HPACK_H
#define RUST_HPACK_H

#include <glib.h>

G_BEGIN_DECLS

/* "GET /path" of the block of headers with which a request of HTTP/2 begins; "/path" where the method is one that only
 * what was sent before tells. @block may have more behind it. (transfer full) (nullable): it is none. */
char *rust_hpack_dup_request (const guint8 *block, gsize length);

#define RUST_HPACK_FRAME_BYTES 9 /* before what a frame has in it */

/* The same of the request on the stream of that number, in a buffer that frames were written to, at first from its beginning
 * on and then over what was there. @is_newest: no stream has a larger number. (transfer full) (nullable) */
char *rust_hpack_dup_sent (const guint8 *sent, gsize length, guint32 number, gboolean is_newest);

G_END_DECLS

#endif
