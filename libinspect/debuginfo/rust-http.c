/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "debuginfo/rust-http.h"

#include <string.h>

/* Fields are found by the names that they have had from http 0.2 to 1.5, url 2 and bytes 1; where one is not there, the
 * value is shown as any other struct is. */

/* "http://host/path" of "http://user:password@host/path". (transfer full) */
static char *
dup_without_user (const char *url)
{
  const char *host = strstr (url, "://");
  const char *end = host != NULL ? host + 3 + strcspn (host + 3, "/?#") : NULL;
  const char *at = host != NULL ? g_strrstr_len (host, end - host, "@") : NULL;

  return at != NULL ? g_strdup_printf ("%.*s%s", (int)(host + 3 - url), url, at + 1)
                    : g_strdup (url);
}

/* ---- Bytes -------------------------------------------------------------------------------------- */

/* Where the text is that something has in it. */
static gboolean
find_bytes (const DebugMemory *memory, DebugValue value, guint64 *ret_address, guint64 *ret_length)
{
  DebugValue bytes;

  return (debug_value_find_part (value, "bytes::bytes::Bytes", &bytes) ||
          debug_value_find_part (value, "bytes::bytes_mut::BytesMut", &bytes)) &&
         debug_value_read_word (memory, bytes, "ptr", ret_address) &&
         debug_value_read_word (memory, bytes, "len", ret_length);
}

/* As much of it as there is room for, readable. (transfer full) (nullable) */
static char *
dup_text (DebugFormat *format, DebugValue value)
{
  guint64 address, length;
  g_autofree char *bytes = NULL;
  g_autofree char *text = NULL;

  if (!find_bytes (format->memory, value, &address, &length))
    return NULL;
  length = MIN (length, format->max_bytes);
  bytes = g_malloc0 (length + 1);
  if (length > 0 && !debug_memory_read (format->memory, address, bytes, length))
    return NULL;
  text = g_utf8_make_valid (bytes, -1);
  return g_strescape (text, NULL);
}

static gboolean
format_bytes (DebugFormat *format, DebugValue value, guint depth)
{
  guint64 address, length;

  if (!find_bytes (format->memory, value, &address, &length))
    return FALSE;
  debug_format_string (format, address, length);
  return TRUE;
}

/* ---- Methods, addresses and what is made of them -------------------------------------------------- */

static gboolean
format_method (DebugFormat *format, DebugValue value, guint depth)
{
  const DebugVariant *variant;
  g_autofree char *upper = NULL;
  DebugValue inner;

  if (!debug_value_get_member (value, "__0", &inner))
    return FALSE;
  variant = debug_value_get_variant (format->memory, inner, NULL);
  if (variant == NULL || *variant->member.name == '\0')
    return FALSE;
  /* That of a program's own; it may be as long as it likes. */
  upper = g_str_has_prefix (variant->member.name, "Extension")
              ? g_strdup ("…")
              : g_ascii_strup (variant->member.name, -1);
  g_string_append (format->text, upper);
  return TRUE;
}

/* "https" of an enum in an enum, or whatever a program has made up. (transfer full) (nullable): none */
static char *
dup_scheme (DebugFormat *format, DebugValue uri)
{
  DebugValue scheme, inner, form, content;
  const DebugVariant *variant;
  g_autoptr (GString) text = NULL;
  DebugFormat plain = *format;

  if (!debug_value_get_member (uri, "scheme", &scheme) ||
      !debug_value_get_member (scheme, "inner", &inner))
    return NULL;
  variant = debug_value_get_variant (format->memory, inner, NULL);
  if (variant == NULL || g_str_equal (variant->member.name, "None") ||
      !debug_value_get (inner, &variant->member, &form) || form.type->n_members == 0 ||
      !debug_value_get (form, &form.type->members[0], &content))
    return NULL;
  if (g_str_equal (variant->member.name, "Other"))
    return g_strdup ("…");
  text = g_string_new (NULL);
  plain.text = text;
  plain.language = NULL;
  debug_format_value (&plain, content);
  return g_ascii_strdown (text->str, -1);
}

static gboolean
format_uri (DebugFormat *format, DebugValue value, guint depth)
{
  g_autofree char *scheme = dup_scheme (format, value);
  g_autofree char *host = NULL;
  g_autofree char *path = NULL;
  DebugValue authority, path_and_query;
  const char *at;

  if (!debug_value_get_member (value, "authority", &authority) ||
      !debug_value_get_member (value, "path_and_query", &path_and_query))
    return FALSE;
  host = dup_text (format, authority);
  path = dup_text (format, path_and_query);
  if (host == NULL || path == NULL)
    {
      g_string_append_c (format->text, '?');
      return TRUE;
    }
  at = strrchr (host, '@');
  if (*host != '\0')
    g_string_append_printf (format->text, "%s%s%s", scheme != NULL ? scheme : "",
                            scheme != NULL ? "://" : "", at != NULL ? at + 1 : host);
  g_string_append (format->text, *path != '\0' ? path : "/");
  return TRUE;
}

static gboolean
format_url (DebugFormat *format, DebugValue value, guint depth)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *clean = NULL;
  DebugFormat plain = *format;
  DebugValue whole;

  if (!debug_value_get_member (value, "serialization", &whole))
    return FALSE;
  plain.text = text;
  debug_format_value (&plain, whole);
  clean = dup_without_user (text->str);
  g_string_append (format->text, clean);
  return TRUE;
}

/* The head of a request has both, that of an answer a number. */
static gboolean
format_head (DebugFormat *format, DebugValue value, guint depth)
{
  DebugValue head, method, uri, status;
  guint64 number;

  if (!debug_value_get_member (value, "head", &head))
    head = value;
  if (debug_value_get_member (head, "method", &method) &&
      debug_value_get_member (head, "uri", &uri))
    {
      debug_format_part (format, method, depth);
      g_string_append_c (format->text, ' ');
      debug_format_part (format, uri, depth);
      return TRUE;
    }
  if (!debug_value_get_member (head, "status", &status) || status.type->size != 2 ||
      !debug_memory_read_number (format->memory, status.address, 2, &number))
    return FALSE;
  g_string_append_printf (format->text, "%u", (guint)number);
  return TRUE;
}

static gboolean
format_status (DebugFormat *format, DebugValue value, guint depth)
{
  guint64 number;

  if (value.type->size != 2 ||
      !debug_memory_read_number (format->memory, value.address, 2, &number))
    return FALSE;
  g_string_append_printf (format->text, "%u", (guint)number);
  return TRUE;
}

/* What tells who somebody is stands there. */
static gboolean
format_headers (DebugFormat *format, DebugValue value, guint depth)
{
  g_string_append (format->text, "HeaderMap");
  return TRUE;
}

static const struct
{
  const char *name;
  DebugFormatFunc func;
} formats[] = {
  { "http::method::Method", format_method },
  { "http::uri::Uri", format_uri },
  { "http::status::StatusCode", format_status },
  { "http::request::Request<", format_head },
  { "http::request::Parts", format_head },
  { "http::response::Response<", format_head },
  { "http::response::Parts", format_head },
  { "http::header::map::HeaderMap<", format_headers },
  { "url::Url", format_url },
  { "bytes::bytes::Bytes", format_bytes },
  { "bytes::bytes_mut::BytesMut", format_bytes },
};

gboolean
debug_rust_http_format (DebugFormat *format, DebugValue value, guint depth)
{
  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    if (debug_type_is (value.type, formats[i].name))
      return formats[i].func (format, value, depth);
  return FALSE;
}
