/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef GLIB_CONTEXT_H
#define GLIB_CONTEXT_H

/* Main contexts, and who turns them. */

#include "plugin.h"

/* Ends the task that stands for the turns of the default context, while nobody turns it. */
void context_forget (void);

/* What was attached before an inspector came, whose borrowed thread stands at @site: the sources of the
 * default context, where that thread waits for them. */
void context_adopt (const InspectSite *site);

/* The resource that stands for @context, which may not be NULL. */
InspectObject context_resource (GMainContext *context);
/* @context, or the default one. */
GMainContext *context_or_default (GMainContext *context);
/* Whether this thread turns @context: what it attaches there comes back to it. */
bool context_is_here (GMainContext *context);

/* This thread is about to dispatch a source of @context, as a poll of @task in @place. Returns: what is
 * to be handed to context_dispatched() afterwards */
InspectId context_dispatches (GMainContext *context, InspectId task, InspectLocationId place);
void context_dispatched (GMainContext *context, InspectId outer);

/* The place that called a hook. A callback that ends in a call of GLib may have become a jump, and then
 * the call seems to come from libglib, which does not call itself through a hook: its place is the
 * callback that runs. */
InspectLocationId context_place_of_call (const void *caller);

#endif
