/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include <string.h>

#include "addresses.h"
#include "adopt.h"
#include "subject.h"

#define LONGEST_COMMAND 256u

static TRAMPOLINE void
on_process_exit (uv_process_t *process, int64_t exit_status, int term_signal)
{
  Firing firing;

  handle_fire (&firing, process, FIRE_LAST, 0);
  if (firing.callback != NULL)
    ((uv_exit_cb)firing.callback) (process, exit_status, term_signal);
  firing_end (&firing);
}

/* The arguments with spaces between, cut where they are long. */
static void
say_command (InspectObject await, const uv_process_options_t *options)
{
  char command[LONGEST_COMMAND];
  size_t used = 0;

  for (char **arg = options->args; arg != NULL && *arg != NULL && used < sizeof command; arg++)
    {
      size_t length = strnlen (*arg, sizeof command - used);

      memcpy (command + used, *arg, length);
      used += length;
      if (arg[1] != NULL && used < sizeof command)
        command[used++] = ' ';
    }
  if (used > 0)
    inspect_attribute_bytes (await, &key_command, command, used);
  else
    say_text (await, &key_command, options->file);
}

/* libuv reads the options during the call alone, so it can be given a copy. A process that nobody
 * waits for (no exit_cb) stays like that. */
int
hook_uv_spawn (uv_loop_t *loop, uv_process_t *process, const uv_process_options_t *options)
{
  uv_process_options_t copy;
  HandleStart start;
  InspectObject await;
  int status;

  if (plugin_is_on ())
    handle_forget (process);
  if (options == NULL ||
      !handle_begin (&start, (uv_handle_t *)process, UV_PROCESS, (Callback)options->exit_cb,
                     (Callback)on_process_exit, CALLER))
    return real_uv_spawn (loop, process, options);
  copy = *options;
  copy.exit_cb = on_process_exit;
  status = real_uv_spawn (loop, process, &copy);
  if (status == 0)
    inspect_resource_begin (resource_of (UV_PROCESS, process), start.where);
  await = handle_begun (&start, (uv_handle_t *)process, OP_PROCESS, status);
  if (await != 0)
    {
      inspect_attribute (await, &key_pid, (uint64_t)process->pid);
      say_command (await, options);
    }
  handle_done (&start);
  return status;
}

void
adopt_process (uv_handle_t *handle, AdoptMode mode)
{
  uv_process_t *process = (uv_process_t *)handle;
  InspectObject await;

  if (mode == ADOPT && !adopt_is_active (handle))
    return;
  await = adopt_handle (handle, OP_PROCESS, (Callback *)&process->exit_cb,
                        (Callback)on_process_exit, mode);
  if (await != 0)
    inspect_attribute (await, &key_pid, (uint64_t)process->pid);
}
