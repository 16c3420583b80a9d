/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef UV_ADDRESSES_H
#define UV_ADDRESSES_H

/* What is said of a socket's two ends and of text. All keep errno. */

#include <limits.h>

#include "plugin.h"

/* The bytes of @address by its family; 0 for one that is not known. */
size_t address_length (const struct sockaddr *address);

/* Says where a tcp, udp or pipe handle is bound. */
void say_local (const uv_handle_t *handle);
/* Says to whom an established tcp connection leads. */
void say_peer (const uv_handle_t *handle);
void say_address (InspectObject object, InspectKind *key, const struct sockaddr *address);
void say_text (InspectObject object, InspectKind *key, const char *text);
/* libuv refuses counts that were negative, before it reads what is not there. */
static inline bool
has_buffers (const uv_buf_t bufs[], unsigned int nbufs)
{
  return bufs != NULL && nbufs > 0 && nbufs <= INT_MAX;
}
uint64_t count_bytes (const uv_buf_t bufs[], unsigned int nbufs);

#endif
