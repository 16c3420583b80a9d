/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <glib.h>

#include "debuginfo/separate.h"

/* A report must not wait for a slow server: what downloads may take, all of them together. */
#define DOWNLOAD_BUDGET_US (4 * G_TIME_SPAN_SECOND)

/* As libdwfl.h has it from 0.188 on. */
typedef struct debuginfod_client debuginfod_client;
typedef int (*ProgressFunc) (debuginfod_client *client, long a, long b);
typedef void (*SetProgressFunc) (debuginfod_client *client, ProgressFunc func);

/* elfutils before 0.188 has no way to bound a download. */
extern debuginfod_client *dwfl_get_debuginfod_client (Dwfl *dwfl) __attribute__ ((weak));

/* One for the process: it is the user's patience that is spent. */
static gint64 download_spent_us;
static gint64 download_started_us;

/* Called about once a second; anything but 0 ends the download. */
static int
on_progress (debuginfod_client *client, long a, long b)
{
  return download_spent_us + g_get_monotonic_time () - download_started_us > DOWNLOAD_BUDGET_US;
}

static gboolean
wants_download (void)
{
  const char *urls = g_getenv ("DEBUGINFOD_URLS");

  return urls != NULL && *urls != '\0';
}

static gboolean
bound_download (Dwfl *dwfl)
{
  debuginfod_client *client;
  SetProgressFunc set_progress;
  void *library;

  if (dwfl_get_debuginfod_client == NULL || download_spent_us > DOWNLOAD_BUDGET_US)
    return FALSE;
  client = dwfl_get_debuginfod_client (dwfl);
  if (client == NULL)
    return TRUE; /* built without it: there is nothing to bound */
  /* libdw has loaded it by then; this only looks. */
  library = dlopen ("libdebuginfod.so.1", RTLD_LAZY | RTLD_NOLOAD);
  if (library == NULL)
    return FALSE;
  set_progress = (SetProgressFunc)dlsym (library, "debuginfod_set_progressfn");
  if (set_progress != NULL)
    set_progress (client, on_progress);
  dlclose (library);
  return set_progress != NULL;
}

static int
find_file (Dwfl *dwfl, Dwfl_Module *module, void **userdata, const char *module_name,
           Dwarf_Addr base, const char *file_name, const char *debuglink_file,
           GElf_Word debuglink_crc, char **ret_file_name)
{
  int fd;

  /* Where a download cannot be bounded there is none: this one looks for the build id alone, in
   * local files. */
  if (wants_download () && !bound_download (dwfl))
    return dwfl_build_id_find_debuginfo (module, userdata, module_name, base, file_name,
                                         debuglink_file, debuglink_crc, ret_file_name);

  download_started_us = g_get_monotonic_time ();
  fd = dwfl_standard_find_debuginfo (module, userdata, module_name, base, file_name, debuglink_file,
                                     debuglink_crc, ret_file_name);
  if (wants_download ())
    download_spent_us += g_get_monotonic_time () - download_started_us;
  return fd;
}

int
debug_separate_find (Dwfl *dwfl, Dwfl_Module *module, void **userdata, const char *module_name,
                     Dwarf_Addr base, const char *file_name, const char *debuglink_file,
                     GElf_Word debuglink_crc, char **ret_file_name)
{
  int fd = find_file (dwfl, module, userdata, module_name, base, file_name, debuglink_file,
                      debuglink_crc, ret_file_name);

  /* libdwfl leaves it open for programs that are started later. */
  if (fd >= 0)
    fcntl (fd, F_SETFD, FD_CLOEXEC);
  return fd;
}
