/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TARGET_INJECTOR_H
#define TARGET_INJECTOR_H

/* Has a thread of a process that runs make one call. */

#include <gio/gio.h>

#include "target/attach.h"
#include "target/bootstrap.h"

G_BEGIN_DECLS

typedef struct
{
  const char *runtime;
  GBytes *bytes;
} TargetInjectionAnswer;

typedef struct
{
  const void *message; /* a BootstrapMessage */
  gsize message_size;
  const int *fds; /* that go with it */
  guint n_fds;
  const char *call; /* symbol of a function of an agent that is there already, or NULL */
  const TargetInjectionAnswer *answers; /* that are sent before anybody asks */
  guint n_answers;
} TargetInjection;

/* Whether an object that defines that symbol is loaded. */
gboolean target_injector_has (int pid, const char *symbol);

/* @ret_stats: also where it could not be done
 * @ret_socket: (out): the end of a connection to the process that is ours, with all that it has said
 * Returns: FALSE: nothing was done to the process, but for looking at it */
gboolean target_inject (int pid, const TargetInjection *injection, GCancellable *cancellable,
                        BootstrapReply *ret_reply, int *ret_socket, TargetAttachStats *ret_stats,
                        GError **error);

G_END_DECLS

#endif
