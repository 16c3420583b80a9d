/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TARGET_PARCEL_H
#define TARGET_PARCEL_H

#include <glib.h>

#include "target/bootstrap.h"
#include "target/launch.h"

G_BEGIN_DECLS

/* What is handed to a process that is attached to: the agent and the plugins, by their paths where it sees the same files as
 * we do, and as memfds where it does not (a container, another user). */
typedef struct
{
  int pid;
  gboolean sees_our_files;
  GArray *fds;     /* int; ours to close */
  GString *texts;  /* of the message, after its head */
  GArray *answers; /* TargetInjectionAnswer */
  BootstrapMessage head;
} TargetParcel;

void target_parcel_init (TargetParcel *parcel, int pid);
void target_parcel_clear (TargetParcel *parcel);
/* Returns: its offset in the message */
guint32 target_parcel_append_text (TargetParcel *parcel, const char *text);
gboolean target_parcel_fill_for_attach (TargetParcel *parcel, TargetLauncher *launcher,
                                        gboolean has_agent, GCancellable *cancellable,
                                        GError **error);
/* (transfer full) (nullable): the message; NULL: it does not fit */
guint8 *target_parcel_wrap (TargetParcel *parcel, gsize *ret_size, GError **error);

G_END_DECLS

#endif
