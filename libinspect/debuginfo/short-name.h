/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef DEBUGINFO_SHORT_NAME_H
#define DEBUGINFO_SHORT_NAME_H

#include <glib.h>

G_BEGIN_DECLS

/* Names as people would write them, of those that compilers have written out. */

/* Of Rust, without the parameters and scopes in it that only a compiler needs: "Vec<u8>" of
 * "alloc::vec::Vec<u8, alloc::alloc::Global>". (transfer full) */
char *debug_rust_dup_short_name (const char *name);

/* Names of C++ and Rust anywhere in a line of text, with short arguments: "Cache<…>::refresh" of
 * "Cache<std::map<int, Entry, std::less<int> >, Loader>::refresh". Arguments that nobody writes are left out, and those
 * that are long are "…". (transfer full) */
char *debug_dup_short_arguments (const char *text);

G_END_DECLS

#endif
