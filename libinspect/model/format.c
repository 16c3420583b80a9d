/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "model/format.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <glib/gi18n-lib.h>

#define NS_PER_S G_GINT64_CONSTANT (1000000000)

/* Three digits that mean something, and never "1000 ms" or "60.0 s": what rounds up to the next
 * unit is said in it. */
static char *
in_unit (double value, const char *unit)
{
  char digits[32];

  /* g_ascii_formatd: a report reads the same in each locale, as its JSON does. */
  g_ascii_formatd (digits, sizeof digits, value < 99.95 ? "%.1f" : "%.0f", value);
  return g_strdup_printf ("%s %s", digits, unit);
}

char *
model_format_duration (gint64 ns)
{
  gint64 seconds;

  ns = MAX (ns, 0);
  if (ns < 1000)
    return g_strdup_printf (_ ("%d ns"), (int)ns);
  if (ns < 999500)
    return in_unit (ns / 1e3, _ ("µs"));
  if (ns < 999500000)
    return in_unit (ns / 1e6, _ ("ms"));
  if (ns < 59950 * (NS_PER_S / 1000))
    return in_unit (ns / 1e9, _ ("s"));

  seconds = ns / NS_PER_S + (ns % NS_PER_S >= NS_PER_S / 2);
  if (seconds < 3600)
    return g_strdup_printf (_ ("%d m %d s"), (int)(seconds / 60), (int)(seconds % 60));
  if (seconds < 86400)
    return g_strdup_printf (_ ("%d h %d m"), (int)(seconds / 3600), (int)(seconds / 60 % 60));
  return g_strdup_printf (_ ("%d d %d h"), (int)(seconds / 86400), (int)(seconds / 3600 % 24));
}

char *
model_format_count (guint64 count)
{
  g_autofree char *digits = g_strdup_printf ("%" G_GUINT64_FORMAT, count);
  /* Translators: between groups of three digits */
  const char *separator = C_ ("thousands separator", ",");
  gsize length = strlen (digits);
  GString *text = g_string_new (NULL);

  for (gsize i = 0; i < length; i++)
    {
      if (i > 0 && (length - i) % 3 == 0)
        g_string_append (text, separator);
      g_string_append_c (text, digits[i]);
    }
  return g_string_free (text, FALSE);
}

char *
model_format_bytes (guint64 bytes)
{
  static const char *const units[] = { "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
  double value = bytes;
  guint unit = 0;

  if (bytes < 1024)
    return g_strdup_printf ("%d B", (int)bytes);
  for (value /= 1024; value >= 1023.95 && unit + 1 < G_N_ELEMENTS (units); unit++)
    value /= 1024;
  return in_unit (value, units[unit]);
}

char *
model_format_percent (double share)
{
  char digits[32];

  if (!(share >= 0))
    share = 0;
  if (share > 0 && share < 0.0005)
    return g_strdup (_ ("under 0.1 %"));
  g_ascii_formatd (digits, sizeof digits, "%.1f", share * 100);
  return g_strdup_printf (_ ("%s %%"), digits);
}

char *
model_format_status (int status)
{
  const char *name;

  if (status == 0)
    return g_strdup ("");
  if (status > 0)
    return g_strdup_printf ("%d", status);
#ifdef __GLIBC__
  name = status > -4096 ? strerrorname_np (-status) : NULL;
#else
  name = NULL;
#endif
  if (name == NULL)
    return g_strdup_printf (_ ("error %d"), status);
  return g_strdup_printf ("%s (%s)", g_strerror (-status), name);
}

static char *
format_unix (const char *bytes, gsize length)
{
  const char *path = bytes + offsetof (struct sockaddr_un, sun_path);
  gsize path_length = length - offsetof (struct sockaddr_un, sun_path);

  if (path_length == 0)
    return g_strdup ("");
  if (path[0] == '\0')
    {
      g_autofree char *name = model_format_text (path + 1, path_length - 1);
      return g_strconcat ("@", name, NULL);
    }
  return model_format_text (path, strnlen (path, path_length));
}

char *
model_format_sockaddr (const char *bytes, gsize length)
{
  sa_family_t family;
  char text[INET6_ADDRSTRLEN];
  struct sockaddr_in v4;
  struct sockaddr_in6 v6;

  if (length < sizeof family)
    return g_strdup ("?");
  memcpy (&family, bytes, sizeof family);
  if (family == AF_INET && length >= sizeof v4)
    {
      memcpy (&v4, bytes, sizeof v4);
      inet_ntop (AF_INET, &v4.sin_addr, text, sizeof text);
      return g_strdup_printf ("%s:%u", text, ntohs (v4.sin_port));
    }
  /* The scope may be missing at the end. */
  if (family == AF_INET6 && length >= offsetof (struct sockaddr_in6, sin6_scope_id))
    {
      memset (&v6, 0, sizeof v6);
      memcpy (&v6, bytes, MIN (length, sizeof v6));
      inet_ntop (AF_INET6, &v6.sin6_addr, text, sizeof text);
      return g_strdup_printf ("[%s]:%u", text, ntohs (v6.sin6_port));
    }
  if (family == AF_UNIX && length >= offsetof (struct sockaddr_un, sun_path))
    return format_unix (bytes, length);
  return g_strdup ("?");
}

/* Control characters, and those that turn the direction of what follows. */
static gboolean
is_safe (gunichar c)
{
  return !g_unichar_iscntrl (c) && !(c >= 0x202a && c <= 0x202e) && !(c >= 0x2066 && c <= 0x2069) &&
         c != 0x2028 && c != 0x2029;
}

/* As nearly all names are. */
static gboolean
is_plain (const char *bytes, gsize length)
{
  for (gsize i = 0; i < length; i++)
    if (bytes[i] < ' ' || bytes[i] > '~')
      return FALSE;
  return TRUE;
}

char *
model_format_text (const char *bytes, gsize length)
{
  g_autofree char *valid = NULL;
  GString *text;

  if (is_plain (bytes, length))
    return g_strndup (bytes, length);
  valid = g_utf8_make_valid (bytes, length);
  text = g_string_sized_new (length + 1);
  for (const char *p = valid; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);
      g_string_append_unichar (text, is_safe (c) ? c : 0xfffd);
    }
  return g_string_free (text, FALSE);
}
