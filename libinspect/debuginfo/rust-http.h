/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef DEBUGINFO_RUST_HTTP_H
#define DEBUGINFO_RUST_HTTP_H

#include "debuginfo/value.h"

/* What the crates http, url and bytes have, which nearly all that speaks HTTP in Rust is made of. */

G_BEGIN_DECLS

/* A DebugFormatFunc: "GET http://host/path" of a request, "404" of an answer. Of a URL no user and password are shown. */
gboolean debug_rust_http_format (DebugFormat *format, DebugValue value, guint depth);

G_END_DECLS

#endif
