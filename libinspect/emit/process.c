/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "emit/process.h"

#include <errno.h>
#include <linux/prctl.h>
#include <string.h>

#include "emit/channel.h"
#include "emit/clock.h"
#include "emit/hello.h"
#include "emit/options.h"
#include "emit/state.h"
#include "emit/sys.h"
#include "emit/tables.h"
#include "emit/thread.h"

bool inspect_on;

/* As the process that made the channel had them; a fork compares. */
static int seccomp_mode;
static int32_t channel_pid;
/* Records lost by signal handlers that came while their process was opening its channel. */
static uint32_t lost_while_opening;

/* ---- Messages ---- */

static void
copy_text (char *to, size_t size, const char *text)
{
  size_t length = text != NULL ? strlen (text) : 0;

  if (length > size - 1)
    length = size - 1;
  memcpy (to, text != NULL ? text : "", length);
}

static int
send_refusal (int socket, ChannelRefusal reason, int32_t parent_pid)
{
  ChannelHello hello;

  emit_hello_init (&hello, CHANNEL_HELLO_REFUSED, parent_pid);
  hello.reason = reason;
  return emit_hello_send (socket, &hello, -1);
}

static int
send_channel (int socket, int memfd, int32_t parent_pid)
{
  ChannelHello hello;

  emit_hello_init (&hello, CHANNEL_HELLO_CHANNEL, parent_pid);
  hello.channel_size = emit_channel.size;
  return emit_hello_send (socket, &hello, memfd);
}

static void
send_about_runtime (ChannelHelloType type, ChannelRefusal reason, const char *runtime,
                    const char *detail)
{
  ChannelHello hello;
  int socket;

  if (!emit_hello_find_inspector ())
    return;
  socket = emit_hello_connect ();
  if (socket < 0)
    return;
  emit_hello_init (&hello, type, 0);
  hello.reason = reason;
  copy_text (hello.runtime, sizeof hello.runtime, runtime);
  copy_text (hello.detail, sizeof hello.detail, detail);
  emit_hello_send (socket, &hello, -1);
  sys_close (socket);
}

void
emit_process_refuse (ChannelRefusal reason, const char *runtime, const char *detail)
{
  send_about_runtime (CHANNEL_HELLO_REFUSED, reason, runtime, detail);
}

void
emit_process_report_runtime (const char *runtime, const char *detail)
{
  send_about_runtime (CHANNEL_HELLO_RUNTIME, CHANNEL_REFUSED_NONE, runtime, detail);
}

/* ---- Whoever attaches ---- */

int
emit_process_name_inspector (int socket, const char *path, const char *options)
{
  if (!emit_options_name (path, options))
    return -EINVAL;
  emit_hello_use_socket (socket);
  return 0;
}

void
emit_process_close_inspector_socket (void)
{
  emit_hello_use_socket (-1);
}

/* ---- Start and stop ---- */

static void
set_state (EmitState state)
{
  __atomic_store_n (&emit_local->state, state, __ATOMIC_RELEASE);
}

static void
open_gate (void)
{
  emit_local->pid = channel_pid = sys_getpid ();
  set_state (EMIT_LIVE);
  __atomic_store_n (&inspect_on, true, __ATOMIC_RELEASE);
}

/* Everything that the first channel needs beside itself. Returns: its memfd or -errno */
static int
create_first (void)
{
  EmitLocal *local;
  int memfd, result;

  emit_clock_choose ();
  seccomp_mode = sys_prctl (PR_GET_SECCOMP, 0);
  memfd = emit_channel_create ();
  if (memfd < 0)
    return memfd;
  result = emit_tables_init () ? emit_local_create (emit_channel.n_rings, &local) : -ENOMEM;
  if (result < 0)
    {
      emit_channel_discard ();
      sys_close (memfd);
      return result;
    }
  /* Published last: a fork in the middle of this finds no channel at all. */
  local->state = EMIT_STOPPED;
  __atomic_store_n (&emit_local, local, __ATOMIC_RELEASE);
  return memfd;
}

static int
create_again (void)
{
  /* A fork of a process that had stopped has none of its threads. */
  bool is_fork = channel_pid != sys_getpid ();
  int memfd = emit_channel_replace (is_fork ? channel_pid : 0, !is_fork);

  if (memfd >= 0)
    emit_local_reset_threads ();
  return memfd;
}

int
emit_process_start (void)
{
  int socket, memfd, result;

  if (emit_process_is_live ())
    return 0;
  if (emit_local != NULL && __atomic_load_n (&emit_local->state, __ATOMIC_RELAXED) != EMIT_STOPPED)
    return -ECANCELED;
  if (!emit_hello_find_inspector ())
    return -ENOENT;
  socket = emit_hello_connect ();
  if (socket < 0)
    return socket;

  memfd = emit_local == NULL ? create_first () : create_again ();
  if (memfd < 0)
    {
      send_refusal (
          socket,
          memfd == -ENOSYS || memfd == -EPERM ? CHANNEL_REFUSED_KERNEL : CHANNEL_REFUSED_MEMORY, 0);
      sys_close (socket);
      return memfd;
    }
  result = send_channel (socket, memfd, 0);
  sys_close (memfd);
  sys_close (socket);
  if (result == 0)
    open_gate ();
  return result;
}

void
emit_process_close_gate (void)
{
  __atomic_store_n (&inspect_on, false, __ATOMIC_RELEASE);
  set_state (EMIT_STOPPED);
}

bool
emit_process_is_started (void)
{
  return emit_local != NULL && __atomic_load_n (&emit_local->state, __ATOMIC_ACQUIRE) == EMIT_LIVE;
}

/* In a fork that never reported, the mapping is still the parent's: the wiped state says so. */
static void
mark_exited (void)
{
  if (emit_process_is_started () && emit_local->pid == sys_getpid ())
    __atomic_store_n (&emit_channel.header->state.value, CHANNEL_STATE_EXITED, __ATOMIC_RELEASE);
}

void
emit_process_stop (void)
{
  if (!emit_process_is_started ())
    return;
  mark_exited ();
  emit_process_close_gate ();
  emit_channel_release_records ();
}

/* ---- A program that looks at itself ---- */

int
inspect_channel_open (void)
{
  int memfd;

  if (emit_process_is_live ())
    return -EBUSY;
  if (emit_local != NULL && __atomic_load_n (&emit_local->state, __ATOMIC_RELAXED) != EMIT_STOPPED)
    return -ECANCELED;
  memfd = emit_local == NULL ? create_first () : create_again ();
  if (memfd >= 0)
    open_gate ();
  return memfd;
}

void
inspect_channel_close (void)
{
  emit_process_stop ();
}

/* ---- The child of a fork ---- */

/* A process that has locked itself up since may die of a system call that it did not foresee. */
static bool
is_locked_up (void)
{
  return sys_prctl (PR_GET_SECCOMP, 0) != seccomp_mode;
}

/* Returns: 0, or -errno with the parent's channel still mapped */
static int
open_of_fork (int32_t parent_pid)
{
  int socket, memfd, result;

  if (is_locked_up ())
    return -EPERM;
  socket = emit_hello_connect ();
  if (socket < 0)
    return socket;
  memfd = emit_channel_replace (parent_pid, false);
  if (memfd < 0)
    {
      send_refusal (socket, CHANNEL_REFUSED_MEMORY, parent_pid);
      sys_close (socket);
      return memfd;
    }
  result = send_channel (socket, memfd, parent_pid);
  sys_close (memfd);
  sys_close (socket);
  return result;
}

static bool
become_process_of_its_own (void)
{
  uint32_t wiped = EMIT_WIPED;

  /* A handler that comes while its own process opens finds it opening, and loses its record. */
  if (!__atomic_compare_exchange_n (&emit_local->state, &wiped, EMIT_OPENING, false,
                                    __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE))
    {
      lost_while_opening++;
      return false;
    }
  if (!inspect_on)
    {
      set_state (EMIT_STOPPED);
      return false;
    }
  if (open_of_fork (channel_pid) < 0)
    {
      emit_channel_detach ();
      __atomic_store_n (&inspect_on, false, __ATOMIC_RELEASE);
      set_state (EMIT_SILENT);
      return false;
    }
  emit_channel.header->lost_threads += lost_while_opening;
  lost_while_opening = 0;
  open_gate ();
  return true;
}

bool
emit_process_is_live (void)
{
  if (emit_local == NULL)
    return false;
  switch ((EmitState)__atomic_load_n (&emit_local->state, __ATOMIC_ACQUIRE))
    {
    case EMIT_LIVE:
      return true;
    case EMIT_WIPED:
    case EMIT_OPENING:
      return become_process_of_its_own ();
    case EMIT_STOPPED:
    case EMIT_SILENT:
      break;
    }
  return false;
}

void
emit_count_skipped (void)
{
  if (emit_process_is_live ())
    __atomic_fetch_add (&emit_channel.header->skipped, 1, __ATOMIC_RELAXED);
}

void
emit_count_setup (uint64_t ns)
{
  if (emit_process_is_live ())
    __atomic_fetch_add (&emit_channel.header->setup_ns, ns, __ATOMIC_RELAXED);
}

#ifdef INSPECT_SHARED_LIBRARY
static __attribute__ ((destructor)) void
leave_in_order (void)
{
  mark_exited ();
}
#endif
