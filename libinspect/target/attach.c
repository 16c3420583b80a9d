/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Attaching and detaching: what is handed over (parcel.h), and what has been answered. */

#include "config.h"

#include "target/attach.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <glib/gi18n-lib.h>

#include "agent/attachment.h"
#include "target/attachable.h"
#include "target/injector.h"
#include "target/mappings.h"
#include "target/parcel.h"
#include "target/target-private.h"

/* ---- The answer ------------------------------------------------------------------------------- */

static const char *
explain_result (int result)
{
  switch (-result)
    {
    case EALREADY:
      return _ ("another inspector has attached to it");
    case EBUSY:
      return _ ("a thread of it is being inspected at this very moment; try again");
    case EINVAL:
      return _ (
          "the agent that is in it from an earlier attach is of another version, or has other "
          "plugins; start the process again");
    case ENOSYS:
      return _ ("the program brings a libinspect.so.0 of its own, which is too old for this");
    default:
      return g_strerror (-result);
    }
}

static gboolean
check_reply (const BootstrapReply *reply, GError **error)
{
  g_autofree char *text =
      g_utf8_make_valid (reply->text, (gssize)strnlen (reply->text, sizeof reply->text));

  switch ((BootstrapStage)reply->stage)
    {
    case BOOTSTRAP_CALLED:
      if (reply->result == 0)
        return TRUE;
      g_set_error_literal (error, TARGET_ERROR, TARGET_ERROR_FAILED,
                           explain_result (reply->result));
      break;
    case BOOTSTRAP_NO_LIBRARY:
    case BOOTSTRAP_NO_FUNCTION:
      g_set_error (error, TARGET_ERROR, TARGET_ERROR_FAILED, _ ("its loader refuses the agent: %s"),
                   text);
      break;
    case BOOTSTRAP_STARTED:
    case BOOTSTRAP_NO_MEMORY:
    case BOOTSTRAP_NO_SOCKET:
    case BOOTSTRAP_NO_MESSAGE:
      g_set_error (error, TARGET_ERROR, TARGET_ERROR_FAILED,
                   _ ("it has no memory or no file descriptors left (ulimit -v, ulimit -n): %s"),
                   g_strerror (reply->result));
      break;
    }
  return FALSE;
}

/* ---- Both ------------------------------------------------------------------------------------- */

/* "cannot attach to 4711 (nginx): " before what is wrong. */
static void
name_process (int pid, gboolean is_attach, GError **error)
{
  TargetProcess process = { 0 };
  g_autofree char *why = NULL;

  if (error == NULL || *error == NULL || (*error)->domain == G_IO_ERROR)
    return;
  why = g_strdup ((*error)->message);
  target_facts_get_process (pid, &process);
  g_free ((*error)->message);
  (*error)->message = g_strdup_printf (is_attach ? _ ("cannot attach to %d (%s): %s")
                                                 : _ ("cannot detach from %d (%s): %s"),
                                       pid, process.command != NULL ? process.command : "?", why);
  target_process_clear (&process);
}

static gboolean
send_parcel (TargetParcel *parcel, const char *call, GCancellable *cancellable, int *ret_socket,
             TargetAttachStats *ret_stats, GError **error)
{
  gsize size = 0;
  g_autofree guint8 *message = target_parcel_wrap (parcel, &size, error);
  TargetInjection injection = { message,
                                size,
                                (const int *)(void *)parcel->fds->data,
                                parcel->fds->len,
                                call,
                                (const TargetInjectionAnswer *)(void *)parcel->answers->data,
                                parcel->answers->len };
  BootstrapReply reply = { 0 };

  if (message == NULL ||
      !target_inject (parcel->pid, &injection, cancellable, &reply, ret_socket, ret_stats, error))
    return FALSE;
  if (check_reply (&reply, error))
    return TRUE;
  close (*ret_socket);
  return FALSE;
}

static gboolean
may_attach (int pid, GError **error)
{
  g_autoptr (GPtrArray) mappings = target_mappings_read (pid);
  g_autofree char *refusal = target_attachable_dup_refusal (pid, mappings);

  if (refusal != NULL)
    g_set_error_literal (error, TARGET_ERROR, TARGET_ERROR_FAILED, refusal);
  return refusal == NULL;
}

gboolean
target_attach_may_look (int pid, GError **error)
{
  g_autoptr (GError) why = NULL;
  g_autofree char *refusal = target_attachable_dup_look_refusal (pid);

  if (refusal == NULL)
    return TRUE;
  why = g_error_new_literal (TARGET_ERROR, TARGET_ERROR_FAILED, refusal);
  name_process (pid, TRUE, &why);
  g_propagate_error (error, g_steal_pointer (&why));
  return FALSE;
}

/* What an inspector has left that was killed, and whose guard was, too. Whoever is there still is told of
 * by the agent. */
static void
take_over (int pid, GCancellable *cancellable)
{
  g_autoptr (GPtrArray) mappings = target_mappings_read (pid);

  if (target_attachable_is_abandoned (pid, mappings))
    target_detach (pid, cancellable, NULL, NULL);
}

gboolean
target_attach_unheard (int pid, TargetLauncher *launcher, GCancellable *cancellable,
                       int *ret_socket, TargetAttachStats *ret_stats, GError **error)
{
  TargetAttachStats stats = { 0 };
  g_autoptr (GError) why = NULL;
  gboolean done = FALSE;
  int socket = -1;
  TargetParcel parcel;

  target_parcel_init (&parcel, pid);
  if (may_attach (pid, &why))
    {
      gboolean has_agent = target_injector_has (pid, AGENT_ATTACH_SYMBOL);

      if (has_agent)
        take_over (pid, cancellable);
      done = target_parcel_fill_for_attach (&parcel, launcher, has_agent, cancellable, &why) &&
             send_parcel (&parcel, has_agent ? AGENT_ATTACH_SYMBOL : NULL, cancellable, &socket,
                          &stats, &why);
    }
  target_parcel_clear (&parcel);
  if (done)
    *ret_socket = socket;
  else
    {
      /* There is an agent at work that nobody listens to. */
      if (stats.has_called)
        target_detach (pid, NULL, NULL, NULL);
      name_process (pid, TRUE, &why);
      g_propagate_error (error, g_steal_pointer (&why));
    }
  if (ret_stats != NULL)
    *ret_stats = stats;
  return done;
}

gboolean
target_attach (int pid, TargetLauncher *launcher, GCancellable *cancellable,
               TargetAttachStats *ret_stats, GError **error)
{
  int socket = -1;

  if (!target_attach_unheard (pid, launcher, cancellable, &socket, ret_stats, error))
    return FALSE;
  target_launcher_adopt (launcher, socket, pid);
  return TRUE;
}

/* Whether it can be known what is in it. */
static gboolean
is_readable (int pid)
{
  g_autoptr (GPtrArray) mappings = target_mappings_read (pid);

  return mappings != NULL && mappings->len > 0;
}

gboolean
target_detach (int pid, GCancellable *cancellable, TargetAttachStats *ret_stats, GError **error)
{
  TargetAttachStats stats = { 0 };
  g_autoptr (GError) why = NULL;
  gboolean done = FALSE;
  int socket = -1;
  TargetParcel parcel;

  target_parcel_init (&parcel, pid);
  parcel.head.function = target_parcel_append_text (&parcel, AGENT_DETACH_SYMBOL);
  if (is_readable (pid) && !target_injector_has (pid, AGENT_DETACH_SYMBOL))
    why = g_error_new_literal (TARGET_ERROR, TARGET_ERROR_FAILED, _ ("nobody has attached to it"));
  else if (may_attach (pid, &why))
    done = send_parcel (&parcel, AGENT_DETACH_SYMBOL, cancellable, &socket, &stats, &why);
  target_parcel_clear (&parcel);
  if (done)
    close (socket);
  else
    {
      name_process (pid, FALSE, &why);
      g_propagate_error (error, g_steal_pointer (&why));
    }
  if (ret_stats != NULL)
    *ret_stats = stats;
  return done;
}
