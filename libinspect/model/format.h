/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef MODEL_FORMAT_H
#define MODEL_FORMAT_H

#include <glib.h>

G_BEGIN_DECLS

/* The one formatter of numbers for people. All results are (transfer full). */

char *model_format_duration (gint64 ns);   /* "145 ms", "2.3 s", "5 m 23 s" */
char *model_format_count (guint64 count);  /* "1,200" */
char *model_format_bytes (guint64 bytes);  /* "87 B", "1.2 MiB" */
char *model_format_percent (double share); /* of 1: "0.6 %" */
char *model_format_status (int status);    /* "Connection refused (ECONNREFUSED)"; 0: "" */
/* "127.0.0.1:80", "[::1]:80", a path, "@abstract"; "?" for bytes that are no address */
char *model_format_sockaddr (const char *bytes, gsize length);
/* What a target says may hold anything: valid UTF-8 without control characters comes out, so that
 * no program can write escapes to the terminal of who inspects it. */
char *model_format_text (const char *bytes, gsize length);

G_END_DECLS

#endif
