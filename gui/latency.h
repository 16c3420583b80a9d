/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef UI_LATENCY_H
#define UI_LATENCY_H

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* How late the main thread comes to what it is asked: a timer of the priority of input is due each 5 ms,
 * and how much later it runs is what a key would have waited. On a machine that is busy with others that is
 * not the app's doing: "busy" is the CPU time that the main thread has taken from one to the next.
 *
 * For benchmarks: it runs only where ASYNC_INSPECT_GUI_MEASURE is set. The action "app.latency" has the
 * figures as its state, in microseconds and bytes: "late-p50=80 late-p99=4000 late-max=31000 busy-p50=...
 * n=1000 anonymous=90000000 file=50000000"; activated, it forgets them. */
void ui_latency_start (GApplication *application);

G_END_DECLS

#endif
